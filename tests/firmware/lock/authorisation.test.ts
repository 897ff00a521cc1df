import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { InvariantViolation } from "../../../firmware/base/index.ts";
import { Authorisation, mintAuthorisation } from "../../../firmware/lock/index.ts";
import { authoriseDrive, Car } from "./fixtures.ts";

const ROOT = join(import.meta.dirname, "../../..");

test("only a minted authorisation is genuine", () => {
  const genuine = mintAuthorisation("unlock", "owner");
  expect(Authorisation.isGenuine(genuine)).toBe(true);
  const forged = Object.create(Authorisation.prototype, { action: { value: "unlock" }, by: { value: "owner" } }) as object;
  for (const value of [forged, { ...genuine }, undefined, null, "unlock", structuredClone({ action: "unlock", by: "owner" })]) {
    expect(Authorisation.isGenuine(value)).toBe(false);
  }
  expect(() => new Authorisation(Symbol("mint"), "unlock", "owner")).toThrow(InvariantViolation);
  expect(() => Object.assign(genuine, { action: "drive" })).toThrow(TypeError);
});

test("the lock takes no forged authorisation", () => {
  const forged = { action: "unlock", by: "owner" } as unknown as Authorisation;
  expect(() => Car.parked().tell({ kind: "unlockAuthorised", authorisation: forged, scope: "cabin" })).toThrow(InvariantViolation);
  expect(() => Car.parked().tell({ kind: "driveAuthorised", authorisation: forged, limited: false })).toThrow(InvariantViolation);
});

test("an authorisation for one action serves no other", () => {
  const unlock = mintAuthorisation("unlock", "owner");
  expect(() => Car.parked().tell({ kind: "unlockAuthorised", authorisation: unlock, scope: "trunk" })).toThrow(InvariantViolation);
  expect(() => Car.parked().tell({ kind: "driveAuthorised", authorisation: unlock, limited: false })).toThrow(InvariantViolation);
  const drive = authoriseDrive();
  expect(() => Car.parked().tell({ ...drive, kind: "unlockAuthorised", scope: "cabin" } as never)).toThrow(InvariantViolation);
  const renamed = Object.defineProperty(mintAuthorisation("unlock", "owner"), "action", { value: "drive" });
  expect(() => Car.parked().tell({ kind: "driveAuthorised", authorisation: renamed, limited: false })).toThrow(InvariantViolation);
});

/** Files of the product that name the mint, other than the one that declares it. */
function callers(): readonly string[] {
  return ["firmware", "hal", "sim", "scripts"]
    .flatMap((house) => readdirSync(join(ROOT, house), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => file !== "firmware/lock/authorisation.ts" && readFileSync(join(ROOT, file), "utf8").includes("mintAuthorisation"));
}

test("nobody but the access decision mints authorisations", () => {
  expect(callers().filter((file) => file !== "firmware/access/decide.ts")).toEqual([]);
});
