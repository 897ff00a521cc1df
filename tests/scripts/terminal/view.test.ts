import { describe, expect, it } from "vitest";
import { plainText } from "../../../scripts/terminal/ascii.ts";
import { widthOf } from "../../../scripts/terminal/line.ts";
import { viewCar, type CarView, type TerminalSize } from "../../../scripts/terminal/view.ts";

const VIEW: CarView = {
  name: "virtual car",
  address: "127.0.0.1:4150",
  clock: "12:00:00",
  supplyVolts: 12.6,
  cloud: "down",
  drive: "immobilised",
  valet: false, place: "48.1374 N  11.5755 E",
  occupied: false,
  systems: {
    charge: { charging: "stopped", levelPercent: 62.4, limitPercent: 80, kilowatts: 0, minutesToLimit: 0 },
    climate: { on: false, insideCelsius: 14.2, driverCelsius: 21 },
    sentry: false, flashing: false, honking: false, infotainment: "awake",
  },
  latches: [
    { id: "driverDoor", kind: "door", label: "driver", state: "unlocked", open: true },
    { id: "passengerDoor", kind: "door", label: "passeng.", state: "locked", open: false },
    { id: "trunk", kind: "trunk", label: "trunk", state: "jammed", open: false },
    { id: "chargePort", kind: "chargePort", label: "charge", state: "unlocking", open: false },
  ],
  phones: [
    { name: "anna", role: "owner", distanceM: 2, connected: true, selected: true },
    { name: "ben", role: "no key", distanceM: 60, connected: false, selected: false },
  ],
  keys: [{ name: "anna", role: "owner" }],
  log: [{ clock: "11:59:58", outcome: "done", text: "anna: unlock" }],
  help: [["u", "unlock"], ["l", "lock"], ["q", "quit"]],
  status: "anna: unlock accepted",
  overlay: undefined,
};

const textOf = (view: CarView, size: TerminalSize): string[] => viewCar(view, size).map((line) => line.map(({ text }) => text).join(""));
const whole = (view: CarView, size: TerminalSize = { columns: 80, rows: 24 }): string => textOf(view, size).map((line) => line.trimEnd()).join("\n");

describe("the terminal car", () => {
  it("shows everything in 80 columns and 24 rows", () => {
    expect(whole(VIEW)).toMatchInlineSnapshot(`
      " Latchkey  virtual car  127.0.0.1:4150             cloud DOWN  12.6 V  12:00:00
                       ╭─────────╮                 Latches
                     ╭─╯         ╰─╮                 driver OPEN      passeng. locked
                     │             │                 trunk JAMMED     charge moves
                     │ ╭─────────╮ │               Drive   immobilised
                OPEN │╱           ╲│ locked        Place   48.1374 N  11.5755 E
                    ╱              ┃               Phones
                   ╱               ┃               ▸ anna    owner     2.0 m  linked
             anna ╱                ┃           ben   ben     no key   60.0 m
                ●┄┄┄┄│╲           ╱│           ○   Keys
                     │ ╰─────────╯ │                 anna           owner
        charge moves ┤ trunk JAMMED│
                     ╰─╮         ╭─╯
                       ╰─────────╯
      ─ Log ──────────────────────────────────────────────────────────────────────────
       11:59:58 done    anna: unlock






       anna: unlock accepted
       u unlock  l lock  q quit"
    `);
  });

  it.each([[80, 24], [79, 20], [200, 60], [20, 5], [1, 1]])("fills %i columns and %i rows exactly", (columns, rows) => {
    for (const view of [VIEW, { ...VIEW, overlay: ["a code", "x".repeat(300)] }]) {
      const lines = viewCar(view, { columns, rows });
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(widthOf(line)).toBe(columns);
    }
  });

  it("says what it needs where the terminal is too small", () => {
    expect(whole(VIEW, { columns: 50, rows: 10 })).toContain("79x20");
  });

  it("tells every state in words, so that it reads without colours", () => {
    const text = whole(VIEW);
    for (const word of ["OPEN", "locked", "JAMMED", "moves", "DOWN", "linked"]) expect(text).toContain(word);
  });

  it("draws in ASCII what a terminal without UTF-8 can show, column for column", () => {
    for (const line of textOf(VIEW, { columns: 80, rows: 24 })) {
      expect(plainText(line)).toMatch(/^[\x20-\x7e]*$/);
      expect(plainText(line)).not.toContain("?");
      expect([...plainText(line)]).toHaveLength([...line].length);
    }
  });

  it("keeps title and status beside an overlay", () => {
    const text = whole({ ...VIEW, overlay: ["the code"] });
    expect(text).toContain("Latchkey");
    expect(text).toContain("the code");
    expect(text).toContain("anna: unlock accepted");
    expect(text).not.toContain("Latches");
  });

  it("shows the newest log lines where not all fit, and all that fit where many do", () => {
    const log = Array.from({ length: 50 }, (_, index) => ({ clock: "12:00:00", outcome: "info" as const, text: `line ${index}.` }));
    expect(whole({ ...VIEW, log })).toContain("line 49.");
    expect(whole({ ...VIEW, log })).not.toContain("line 0.");
    expect(whole({ ...VIEW, log }, { columns: 80, rows: 80 })).toContain("line 0.");
  });

  it("puts a phone into the cabin, and a far one no farther than the edge", () => {
    const phones = [{ ...VIEW.phones[0]!, distanceM: 0 }, { ...VIEW.phones[1]!, distanceM: 900 }];
    const text = whole({ ...VIEW, phones });
    expect(text).toContain("cabin");
    expect(text).toContain("900.0 m");
  });
});
