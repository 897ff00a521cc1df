import { readFileSync, statSync } from "node:fs";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { fromBase64Url, fromHex, toBase64Url, toHex } from "../../../firmware/base/index.ts";
import type { Wallet } from "../../../firmware/key/index.ts";
import { decode } from "../../../firmware/cbor/index.ts";
import { parsePublicKey, parseSign1, verifySign1 } from "../../../firmware/cose/index.ts";
import { SUBCOMMANDS } from "../../../scripts/app/index.ts";
import { saveSession } from "../../../scripts/app/session.ts";
import { Output } from "../../../scripts/cli/output.ts";
import { WalletFile } from "../../../scripts/key/wallet-file.ts";
import { claimedCar, quickCrypto } from "../../support/wired-car.ts";
import { ownFolder, startCloud, type Answered, type Asked } from "./rig.ts";

const typed = vi.hoisted(() => ({ lines: "" }));
vi.mock("../../../scripts/key/reading-text.ts", () => ({ readText: () => Promise.resolve(typed.lines) }));

beforeEach(() => {
  const { isTTY } = process.stdin;
  process.stdin.isTTY = false;
  onTestFinished(() => void (process.stdin.isTTY = isTTY));
});

async function runApp(name: string, lines: readonly string[], answer: (asked: Asked) => Answered, options: { readonly positionals?: readonly string[]; readonly values?: Readonly<Record<string, string | boolean>> } = {}): Promise<{ readonly told: Record<string, unknown>; readonly said: readonly string[]; readonly asked: readonly Asked[]; readonly file: string }> {
  typed.lines = lines.join("\n");
  const cloud = await startCloud(answer);
  const values = { ...ownFolder(), cloud: cloud.url.origin, account: "anna", ...options.values };
  if (!["create", "login"].includes(name)) await saveSession(values, { cloud: cloud.url.origin, account: "anna", session: "s" });
  const output = new Output({ json: true, color: false });
  const [told, said]: [Record<string, unknown>[], string[]] = [[], []];
  vi.spyOn(output, "answer").mockImplementation((data) => void told.push(data as Record<string, unknown>));
  vi.spyOn(output, "say").mockImplementation((text) => void said.push(text));
  await SUBCOMMANDS.find((subcommand) => subcommand.name === `app ${name}`)!.run(values, options.positionals ?? [], output);
  return { told: told[0]!, said, asked: cloud.asked, file: values.file };
}

const SESSION: Answered = { status: 201, body: { session: "new", expiresAtMs: 1, twoFactor: true } };

describe("logging in", () => {
  it("asks for a code only where the cloud wants one, and keeps the session", async () => {
    const { asked, file } = await runApp("login", ["secret words", "123 456"], ({ body }) => ((body as { code?: string }).code === undefined ? { status: 401, body: { error: "codeNeeded" } } : SESSION));
    expect(asked.map(({ body }) => body)).toEqual([{ account: "anna", password: "secret words" }, { account: "anna", password: "secret words", code: "123456" }]);
    expect(JSON.parse(readFileSync(`${file}.account`, "utf8"))).toMatchObject({ account: "anna", session: "new" });
  });

  it("takes a recovery code instead", async () => {
    const { asked } = await runApp("login", ["secret words", "abcd-efgh"], () => SESSION, { values: { recovery: true } });
    expect(asked.map(({ body }) => body)).toEqual([{ account: "anna", password: "secret words", recoveryCode: "abcd-efgh" }]);
  });

  it("fails with a way out, and keeps nothing", async () => {
    await expect(runApp("login", ["x"], () => ({ status: 401, body: { error: "wrongCredentials" } }))).rejects.toMatchObject({ message: "account or password is wrong" });
    await expect(runApp("login", ["x"], () => ({ status: 401, body: { error: "codeNeeded" } }))).rejects.toThrow("the code of your authenticator app is missing");
    await expect(runApp("login", ["x", "12345"], () => ({ status: 401, body: { error: "codeNeeded" } }))).rejects.toThrow("six digits");
    await expect(runApp("login", ["x"], () => ({ status: 201, body: { session: "a\nb" } }))).rejects.toThrow("the cloud's answer is none");
  });
});

describe("an account", () => {
  it("is made with a password that is long enough", async () => {
    expect((await runApp("create", ["secret words"], () => ({ status: 201 }))).asked.map(({ path, body }) => [path, body])).toEqual([["/v1/accounts", { account: "anna", password: "secret words" }]]);
    await expect(runApp("create", ["short"], () => ({ status: 201 }))).rejects.toThrow("8 letters");
  });
});

describe("the second factor", () => {
  const URI = "otpauth://totp/Latchkey:anna?secret=JBSWY3DPEHPK3PXP";

  it("is enrolled by a QR code and its first code, and gives recovery codes once", async () => {
    const { told, said, asked } = await runApp("two-factor", ["123456"], ({ path }) => ({ status: 200, body: path.endsWith("confirm") ? { recoveryCodes: ["aa", "bb"] } : { uri: URI } }), { positionals: ["enrol"] });
    expect(told).toMatchObject({ recoveryCodes: ["aa", "bb"] });
    expect(said.join()).toContain(URI);
    expect(asked.map(({ path, body }) => [path, body])).toEqual([["/v1/two-factor", undefined], ["/v1/two-factor/confirm", { code: "123456" }]]);
  });

  it.each(["javascript:1", `otpauth://totp/${"x".repeat(600)}`, 7])("is not enrolled by %j", async (uri) => {
    await expect(runApp("two-factor", ["123456"], () => ({ status: 200, body: { uri } }), { positionals: ["enrol"] })).rejects.toThrow("the cloud's answer is none");
  });

  it("is taken off with a code, and its recovery codes are renewed with one", async () => {
    const off = await runApp("two-factor", ["123456"], () => ({ status: 204 }), { positionals: ["off"] });
    expect(off.asked).toMatchObject([{ method: "DELETE", path: "/v1/two-factor", body: { code: "123456" } }]);
    const renewed = await runApp("recovery-codes", ["123456"], () => ({ status: 200, body: { recoveryCodes: ["cc"] } }));
    expect(renewed.told).toMatchObject({ recoveryCodes: ["cc"] });
  });
});

describe("registering a car", () => {
  it("is signed by the key for this account and challenge, and writes the uplink's token for its owner alone", async () => {
    const { owner } = claimedCar();
    const wallet: Wallet = owner.wallet;
    const { file } = ownFolder();
    const tokenFile = `${file}.token`;
    await WalletFile.create(file, wallet);
    const challenge = new Uint8Array(32).fill(7);
    const { told, asked } = await runApp("register", [], ({ path }) => (path === "/v1/registrations" ? { status: 200, body: { challenge: toBase64Url(challenge) } } : { status: 201, body: { vehicle: "v1", uplinkToken: "upl1nk" } }), { values: { file, "token-file": tokenFile } });
    const { statement } = asked.at(-1)!.body as { statement: string };
    const parsed = parseSign1(fromBase64Url(statement)!);
    const crypto = quickCrypto("verifier");
    const key = parsePublicKey(crypto, wallet.key.publicKey);
    if (!parsed.ok || !key.ok) throw new Error("unreadable");
    expect(verifySign1(crypto, parsed.value, key.value)).toBe(true);
    const payload = decode(parsed.value.payload);
    expect(payload.ok && (payload.value as readonly unknown[]).map((part) => (part instanceof Uint8Array ? toHex(part) : part))).toEqual(["latchkey-vehicle-registration", toHex(challenge), wallet.cars[0]!.vehicleId, "anna", toHex(wallet.key.publicKey)]);
    expect(readFileSync(tokenFile, "utf8")).toBe("upl1nk\n");
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(told)).not.toContain("upl1nk");
    await expect(runApp("register", [], () => ({ status: 500 }), { values: { file, "token-file": tokenFile } })).rejects.toThrow("is there already");
  });
});

describe("unlocking through a cloud that loses the way", () => {
  it("fails with a way out for somebody who is far away", async () => {
    const { wallet } = claimedCar().owner;
    const { file } = ownFolder();
    await WalletFile.create(file, wallet);
    const vehicles = [{ vehicle: "v1", label: "van", vehicleId: toBase64Url(fromHex(wallet.cars[0]!.vehicleId)!), uplinkSeenAtMs: null }];
    const answer = ({ method, path }: Asked): Answered => {
      if (path === "/v1/vehicles") return { status: 200, body: { vehicles } };
      if (method === "DELETE") return { status: 204 };
      return method === "POST" ? { status: 201, body: { link: "l1" } } : { status: 200, body: { frames: [], next: 0, closed: true } };
    };
    await expect(runApp("unlock", [], answer, { values: { file } })).rejects.toMatchObject({ data: { reason: "linkLost" }, wayOut: expect.stringContaining("latchkey key unlock") });
  });
});
