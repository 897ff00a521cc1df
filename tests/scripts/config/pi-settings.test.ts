import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadCarConfig } from "../../../scripts/config/car-config.ts";
import { testFolder } from "../../hal/support/folder.ts";

const LATCH = { id: "driverDoor", kind: "door", vssPath: "Vehicle.Cabin.Door.Row1.DriverSide", feedback: "none", onPowerLoss: "stays" };
const WIRED = { latch: "driverDoor", lockChannel: 1, unlockChannel: 2 };
const RELAY = { kind: "modbus", path: "/dev/serial/by-path/x" };

async function faultsOf(config: object): Promise<readonly string[]> {
  const file = join(testFolder(), "car.json");
  writeFileSync(file, JSON.stringify(config));
  return (await loadCarConfig(file)).faults.map(({ path, message }) => `${path} ${message}`);
}

describe("the configuration of a pi board", () => {
  it("is taken with its defaults", async () => {
    const file = join(testFolder(), "car.json");
    writeFileSync(file, JSON.stringify({ vehicle: { latches: [LATCH] }, pi: { relay: RELAY, latches: [WIRED] } }));
    const { config, faults } = await loadCarConfig(file);
    expect([faults, config.pi]).toEqual([[], { relay: { ...RELAY, address: 1, channelCount: 4, activeLow: false }, latches: [WIRED], inputs: { debounceMs: 30, lines: [] }, readers: [] }]);
  });

  it("of the hardware page is in order", async () => {
    const { faults } = await loadCarConfig(fileURLToPath(new URL("../../../docs/car-config.pi-example.json", import.meta.url)));
    expect(faults).toEqual([]);
  });

  it.each<[string, unknown, unknown, string]>([
    ["says nothing of power loss", { relay: RELAY, latches: [WIRED] }, { latches: [{ ...LATCH, onPowerLoss: undefined }] }, "/vehicle/latches/0/onPowerLoss is missing"],
    ["describes no vehicle", { relay: RELAY, latches: [WIRED] }, undefined, "/vehicle is missing"],
    ["leaves out the board's port", { relay: { kind: "lcus" }, latches: [WIRED] }, { latches: [LATCH] }, "/pi/relay/path is missing"],
    ["names a kind of board that is not known", { relay: { kind: "usb", path: "/dev/x" }, latches: [WIRED] }, { latches: [LATCH] }, '/pi/relay/kind is "usb"'],
    ["wires a latch that is not there", { relay: RELAY, latches: [WIRED, { latch: "hatch", lockChannel: 3, unlockChannel: 4 }] }, { latches: [LATCH] }, "/pi/latches/1/latch is hatch, which the vehicle does not have"],
    ["leaves a latch unwired", { relay: RELAY, latches: [WIRED] }, { latches: [LATCH, { ...LATCH, id: "trunk", kind: "trunk" }] }, "/pi/latches does not wire trunk exactly once"],
    ["gives one channel to both directions", { relay: RELAY, latches: [{ ...WIRED, unlockChannel: 1 }] }, { latches: [LATCH] }, "/pi/latches/0/unlockChannel is 1, which is used twice"],
    ["names a channel that the board lacks", { relay: { kind: "lcus", path: "/dev/x" }, latches: [{ ...WIRED, unlockChannel: 9 }] }, { latches: [LATCH] }, "/pi/latches/0/unlockChannel is 9"],
    ["claims an end stop without a bolt sensor", { relay: RELAY, latches: [WIRED] }, { latches: [{ ...LATCH, feedback: "endStop" }] }, "/vehicle/latches/0/feedback is endStop, and no input is its bolt"],
    ["pulses longer than a motor stands", { relay: RELAY, latches: [WIRED] }, { latches: [{ ...LATCH, pulseMs: 5000 }] }, "/vehicle/latches/0/pulseMs is 5000"],
    ["debounces longer than a hand moves", { relay: RELAY, latches: [WIRED], inputs: { debounceMs: 500 } }, { latches: [LATCH] }, "/pi/inputs/debounceMs must be <= 50"],
    ["uses a line twice", { relay: RELAY, latches: [WIRED], inputs: { lines: [{ line: 17, kind: "door", latch: "driverDoor" }, { line: 17, kind: "bolt", latch: "driverDoor" }] } }, { latches: [LATCH] }, "/pi/inputs/lines/1/line is 17, which is used twice"],
    ["leaves the reset button unwired", { relay: RELAY, latches: [WIRED] }, { latches: [LATCH], resetInput: "inside" }, "/vehicle/resetInput is inside, which is not wired"],
  ])("is refused where it %s", async (_what, pi, vehicle, fault) => {
    expect(await faultsOf({ pi, vehicle })).toContain(fault);
  });
});
