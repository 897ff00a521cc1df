import { describe, expect, it } from "vitest";
import { plainText } from "../../../scripts/terminal/ascii.ts";
import { widthOf } from "../../../scripts/terminal/line.ts";
import { systemsLine, type SystemsView } from "../../../scripts/terminal/systems.ts";
import { viewCar, type CarView } from "../../../scripts/terminal/view.ts";

const REST: SystemsView = {
  charge: { charging: "complete", levelPercent: 80, limitPercent: 80, kilowatts: 0, minutesToLimit: 0 },
  climate: { on: false, insideCelsius: 14.2, driverCelsius: 21 },
  sentry: false,
  flashing: false,
  honking: false,
  infotainment: "awake",
};
const CHARGING: SystemsView["charge"] = { charging: "charging", levelPercent: 62.9, limitPercent: 80, kilowatts: 11.04, minutesToLimit: 94 };
const EVERYTHING: SystemsView = { charge: CHARGING, climate: { ...REST.climate, on: true }, sentry: true, flashing: true, honking: true, infotainment: "asleep" };

const textOf = (view: SystemsView): string => systemsLine(view).map(({ text }) => text).join("");
const carOf = (systems: SystemsView): CarView => ({
  name: "car", address: "-", clock: "12:00:00", supplyVolts: 12.6, cloud: "up", drive: "immobilised", valet: false, place: "-", occupied: false, systems,
  latches: [], phones: [], keys: [], log: [{ clock: "11:59:58", outcome: "done", text: "newest" }], help: [["q", "quit"]], status: "", overlay: undefined,
});
const screenOf = (systems: SystemsView, columns = 80, rows = 24): string[] => viewCar(carOf(systems), { columns, rows }).map((line) => line.map(({ text }) => text).join(""));

describe("the line of the comfort systems", () => {
  it("is empty where everything is at rest", () => {
    expect(textOf(REST)).toBe("");
  });

  it.each<readonly [Partial<SystemsView>, string]>([
    [{ charge: CHARGING }, "charging 62 to 80 % 11.0 kW 1 h 34"],
    [{ charge: { ...CHARGING, minutesToLimit: 9 } }, "charging 62 to 80 % 11.0 kW 9 min"],
    [{ climate: { ...REST.climate, on: true } }, "cabin 14.2 to 21.0 C"],
    [{ sentry: true }, "sentry"],
    [{ flashing: true }, "LIGHTS FLASH"],
    [{ honking: true }, "HORN"],
    [{ infotainment: "asleep" }, "screens off"],
    [{ infotainment: "booting" }, "screens boot"],
    [{ flashing: true, sentry: true }, "LIGHTS FLASH  sentry"],
  ])("tells %j as %s", (changes, text) => {
    expect(textOf({ ...REST, ...changes })).toBe(text);
  });

  it("stands between picture and log, and costs no row", () => {
    const [rest, busy] = [screenOf(REST), screenOf({ ...REST, sentry: true, charge: CHARGING })];
    const differs = rest.flatMap((line, row) => (line === busy[row] ? [] : [row]));
    expect(differs).toHaveLength(1);
    expect(rest[differs[0]!]).toBe(`─ Log ${"─".repeat(74)}`);
    expect(busy[differs[0]!]).toBe(`─ Log ─ charging 62 to 80 % 11.0 kW 1 h 34  sentry ${"─".repeat(29)}`);
  });

  it.each([[79, 20], [80, 24], [200, 60]])("fills %i columns and %i rows exactly, with everything in it at once", (columns, rows) => {
    const lines = viewCar(carOf(EVERYTHING), { columns, rows });
    expect(lines).toHaveLength(rows);
    for (const line of lines) expect(widthOf(line)).toBe(columns);
    const line = screenOf(EVERYTHING, columns, rows).find((text) => text.startsWith("─ Log"))!;
    expect(line).toContain("LIGHTS FLASH  HORN  charging 62 to 80 %");
    expect(line.endsWith(" ─")).toBe(columns < 100);
    expect(plainText(line)).not.toContain("?");
  });
});
