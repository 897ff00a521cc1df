import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createWallet, encodeWallet } from "../../../firmware/key/index.ts";
import { openFlash, geometryOf } from "../../../scripts/board/flash.ts";
import { runChecks, type Check } from "../../../scripts/doctor/checks.ts";
import { crypto } from "../../../scripts/key/wallet-file.ts";
import { testFolder } from "../../hal/support/folder.ts";

const GEOMETRY = geometryOf({ sectorCount: 16, sectorBytes: 4096 });

function check(what: string, paths: { readonly flash?: string; readonly key?: string }): Check {
  const nowhere = join(testFolder(), "nothing");
  const found = runChecks({ flashPath: paths.flash ?? nowhere, keyPath: paths.key ?? nowhere }).find((one) => one.what === what)!;
  if (found.state === "fault") expect(found.wayOut).not.toBe("");
  return found;
}

function fileOf(content: string | Uint8Array, mode = 0o600): string {
  const path = join(testFolder(), "file");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function keyBytes(): Uint8Array {
  const wallet = createWallet(crypto, { algorithm: "Ed25519", name: "anna" });
  if (!wallet.ok) throw new Error(wallet.error);
  return encodeWallet(crypto, wallet.value);
}

describe("the doctor", () => {
  it("finds a key and a flash file in order, and says where there is none yet", () => {
    const flash = join(testFolder(), "car.flash");
    openFlash(flash, GEOMETRY).close();
    expect(check("flash", { flash })).toMatchObject({ state: "ok", found: expect.stringContaining("sectors=16") as string });
    expect(check("key", { key: fileOf(keyBytes()) }).state).toBe("ok");
    expect([check("flash", {}).state, check("key", {}).state]).toEqual(["absent", "absent"]);
  });

  it("does not take any file for a flash file", () => {
    expect(check("flash", { flash: fileOf("hello") })).toMatchObject({ state: "fault", found: expect.stringContaining("is no flash file") as string });
    expect(check("flash", { flash: testFolder() }).state).toBe("fault");
  });

  it.each([
    ["text", () => fileOf("hello"), "is no key file"],
    ["a folder", () => { const path = join(testFolder(), "key"); mkdirSync(path, { mode: 0o700 }); return path; }, "is no key file"],
    ["a key that others can read", () => fileOf(keyBytes(), 0o644), "can be read by others"],
    ["a key with a changed byte", () => { const path = fileOf(keyBytes()); const bytes = readFileSync(path); bytes[bytes.length >> 1]! ^= 1; writeFileSync(path, bytes); return path; }, "is damaged"],
  ])("finds the fault in %s", (_what, make, found) => {
    expect(check("key", { key: make() })).toMatchObject({ state: "fault", found: expect.stringContaining(found) as string });
  });
});
