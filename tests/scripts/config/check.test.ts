import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCarConfig, requireCarConfig } from "../../../scripts/config/car-config.ts";
import { testFolder } from "../../hal/support/folder.ts";

function fileOf(text: string): string {
  const path = join(testFolder(), "car.json");
  writeFileSync(path, text);
  return path;
}

const LATCH = { id: "hatch", kind: "trunk", vssPath: "Vehicle.Body.Trunk.Rear", onPowerLoss: "stays" };

describe("a car's configuration", () => {
  it("fills in what it does not say", async () => {
    const { config, faults } = await loadCarConfig(fileOf(JSON.stringify({ flash: { sectorCount: 64 }, vehicle: { latches: [LATCH] } })));
    expect(faults).toEqual([]);
    expect(config).toMatchObject({ listen: "127.0.0.1:4150", allowRemote: false, flash: { sectorCount: 64, sectorBytes: 4096 } });
    expect(config.vehicle).toMatchObject({ latches: [{ id: "hatch", attemptsMax: 3, feedback: "endStop" }], autoRelockMs: 30_000, crash: undefined });
  });

  it.each([
    ["an unknown name", { listne: "x" }, "/listne"],
    ["an unknown name further down", { flash: { size: 1 } }, "/flash/size"],
    ["a number out of range", { flash: { sectorCount: 3 } }, "/flash/sectorCount"],
    ["a word that is none of those there are", { vehicle: { latches: [{ ...LATCH, kind: "roof" }] } }, "/vehicle/latches/0/kind"],
    ["something missing", { vehicle: { latches: [{ ...LATCH, onPowerLoss: undefined }] } }, "/vehicle/latches/0/onPowerLoss"],
    ["two latches of one name", { vehicle: { latches: [LATCH, LATCH] } }, "/vehicle"],
    ["a port that there cannot be", { listen: "127.0.0.1:99999" }, "/listen"],
    ["null instead of an object", null, ""],
    ["a list instead of an object", [], ""],
  ])("names the place of %s, and the way out", async (_what, content, path) => {
    const { faults } = await loadCarConfig(fileOf(JSON.stringify(content)));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]!.fix).not.toBe("");
  });

  it.each(["", "{", "\u0000", "[".repeat(100_000)])("that is no JSON is refused with the file's name", async (text) => {
    const file = fileOf(text);
    await expect(loadCarConfig(file)).rejects.toThrow(`${file} is not JSON`);
  });

  it("with faults stops a command, which names all of them", async () => {
    await expect(requireCarConfig(fileOf(JSON.stringify({ a: 1, b: 2 })))).rejects.toThrow(/2 faults:\n.*\/a: is not known.*\n.*\/b: is not known/);
  });
});
