import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inputListener, rtcDevice } from "../../../scripts/board/pi/index.ts";
import type { WireEvent } from "../../../scripts/board/board.ts";
import type { PiInputSettings } from "../../../scripts/config/pi-settings.ts";
import { testFolder } from "../../hal/support/folder.ts";

const COMMON = { activeLow: true, pull: "up" } as const;
const LINES: readonly PiInputSettings[] = [
  { ...COMMON, line: 5, kind: "door", latch: "driverDoor" },
  { ...COMMON, line: 6, kind: "insideHandle", latch: "driverDoor" },
  { ...COMMON, line: 13, kind: "bolt", latch: "driverDoor" },
  { ...COMMON, line: 19, kind: "button", input: "resetButton" },
  { ...COMMON, line: 20, kind: "ignition" },
  { ...COMMON, line: 26, kind: "pulse", input: "crash" },
];

describe("the wires of a pi board", () => {
  it("say what they are wired to, each in the controller's words", () => {
    const told: WireEvent[] = [];
    const listener = inputListener(LINES, (event) => told.push(event), () => undefined);
    for (const { line } of LINES) for (const active of [false, true]) listener.changed(line, active);
    for (const { line } of LINES) listener.pulsed(line, 20);
    expect(told).toEqual([
      { kind: "doorChanged", latch: "driverDoor", open: false },
      { kind: "doorChanged", latch: "driverDoor", open: true },
      { kind: "insideHandlePulled", latch: "driverDoor" },
      { kind: "latchReported", latch: "driverDoor", report: "unlocked" },
      { kind: "latchReported", latch: "driverDoor", report: "locked" },
      { kind: "inputChanged", input: "resetButton", active: false },
      { kind: "inputChanged", input: "resetButton", active: true },
      { kind: "powertrainChanged", running: false, moving: false },
      { kind: "powertrainChanged", running: true, moving: false },
      { kind: "inputPulsed", input: "crash", pulseMs: 20 },
    ]);
  });

  it("tell the time of a clock that runs, and none of one whose cell is dead or that is not there", () => {
    const path = join(testFolder(), "since_epoch");
    const told = (text: string | undefined): unknown => {
      const said: unknown[] = [];
      if (text !== undefined) writeFileSync(path, text);
      rtcDevice((what) => said.push(what), text === undefined ? `${path}.absent` : path)((event) => said.push(event));
      return said;
    };
    expect(told("1790000000\n")).toEqual([{ kind: "timeReported", source: "rtc", unixS: 1_790_000_000 }]);
    for (const dead of ["0\n", "946684800\n", "nonsense", ""]) expect(told(dead)).toEqual(["the real-time clock shows no time: its cell may be dead"]);
    expect(told(undefined)).toEqual([]);
  });
});
