import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../../firmware/base/index.ts";
import { loadCarConfig } from "../../../scripts/config/car-config.ts";
import { Maker } from "../../firmware/update/maker.ts";
import { testFolder } from "../../hal/support/folder.ts";

async function load(update: object) {
  const file = join(testFolder(), "car.json");
  writeFileSync(file, JSON.stringify({ update }));
  return loadCarConfig(file);
}

describe("what a configuration says of updates", () => {
  it.each(["Ed25519", "ES256"] as const)("names a model and pins a release key (%s)", async (algorithm) => {
    const { coseKey } = new Maker("config", algorithm).publicKey;
    const { config, faults } = await load({ model: "camper", releaseKey: toBase64Url(coseKey) });
    expect(faults).toEqual([]);
    expect(config.update).toEqual({ model: "camper", releaseKey: coseKey });
  });

  it.each([
    ["no model", {}, "/update/model"],
    ["a model that acts on a terminal", { model: "a\u001bb" }, "/update/model"],
    ["a key that is none", { model: "m", releaseKey: "A".repeat(54) }, "/update/releaseKey"],
    ["a key of another length", { model: "m", releaseKey: "abc" }, "/update/releaseKey"],
    ["a word that is not known", { model: "m", key: "x" }, "/update/key"],
  ])("with %s is a fault that names its place", async (_what, update, path) => {
    const { faults } = await load(update);
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]!.fix).not.toBe("");
  });
});
