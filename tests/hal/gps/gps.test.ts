import { describe, expect, it } from "vitest";
import { correctRollover, fixOfGga, GpsReceiver, Lines, parseSentence, positionOfRmc, ROLLOVER_S, SENTENCE_BYTES_MAX, timeOfRmc, timeOfZda, type GpsEvent, type Sentence } from "../../../hal/gps/index.ts";
import type { SerialListener } from "../../../hal/serial-line/index.ts";
import { seededRandom } from "../../support/random.ts";

const BUILT_S = Date.UTC(2025, 0, 1) / 1000;

/** `body` between `$` and its check. */
function framed(body: string): string {
  let check = 0;
  for (let i = 0; i < body.length; i++) check ^= body.charCodeAt(i);
  return `$${body}*${check.toString(16).toUpperCase().padStart(2, "0")}`;
}

function sentence(body: string): Sentence {
  const parsed = parseSentence(framed(body));
  if (typeof parsed === "string") throw new Error(`${body}: ${parsed}`);
  return parsed;
}

describe("a sentence", () => {
  it("is read as NMEA 0183 and its users print it", () => {
    expect(parseSentence("$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47")).toMatchObject({ type: "GGA" });
    expect(parseSentence("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A")).toMatchObject({ type: "RMC", fields: expect.arrayContaining(["230394"]) });
  });

  it.each([
    ["GPGGA,123519*00", "noise"],
    ["$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*48", "badCheck"],
    ["$GPGGA,1235\u000719*47", "noise"],
    [`$GPGGA,${"1".repeat(SENTENCE_BYTES_MAX)}*00`, "tooLong"],
    ["$", "noise"],
  ])("%j is none: %s", (line, fault) => {
    expect(parseSentence(line)).toBe(fault);
  });
});

describe("a fix", () => {
  it("is a place north and south, east and west, with its error", () => {
    expect(fixOfGga(sentence("GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,"))).toEqual({ latitudeDeg: 48 + 7.038 / 60, longitudeDeg: 11 + 31 / 60, satellites: 8, hdop: 0.9 });
    expect(positionOfRmc(sentence("GNRMC,123519,A,3351.500,S,15112.500,W,0.0,,230324,,,A"))).toEqual({ latitudeDeg: -(33 + 51.5 / 60), longitudeDeg: -(151 + 12.5 / 60) });
  });

  it.each([
    "GPGGA,123519,4807.038,N,01131.000,E,0,08,0.9,545.4,M,46.9,M,,",
    "GPGGA,123519,4807.038,N,01131.000,E,6,08,0.9,545.4,M,46.9,M,,",
    "GPGGA,123519,4807.038,N,01131.000,E,8,08,0.9,545.4,M,46.9,M,,",
    "GPGGA,123519,9107.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,",
    "GPGGA,123519,4860.000,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,",
    "GPGGA,123519,4807.038,X,01131.000,E,1,08,0.9,545.4,M,46.9,M,,",
    "GPGGA,123519,,,,,1,08,0.9,545.4,M,46.9,M,,",
  ])("is none in %s", (body) => {
    expect(fixOfGga(sentence(body))).toBeUndefined();
  });
});

describe("a time", () => {
  it("is that of a valid RMC, or of a ZDA with four digits of year", () => {
    expect(timeOfRmc(sentence("GNRMC,235959.00,A,4807.038,N,01131.000,E,0.0,,311226,,,A"))).toBe(Date.UTC(2026, 11, 31, 23, 59, 59) / 1000);
    expect(timeOfZda(sentence("GNZDA,000000.00,01,01,2027,00,00"))).toBe(Date.UTC(2027, 0, 1) / 1000);
    expect(timeOfZda(sentence("GNZDA,235960.00,31,12,2016,00,00"))).toBe(Date.UTC(2016, 11, 31, 23, 59, 59) / 1000);
  });

  it.each(["GNRMC,235959.00,V,,,,,,,060180,,,N", "GNRMC,235959.00,A,4807.038,N,01131.000,E,0.0,,310226,,,A", "GNRMC,245959.00,A,4807.038,N,01131.000,E,0.0,,311226,,,A", "GNRMC,,A,4807.038,N,01131.000,E,0.0,,,,,A"])("is none in %s", (body) => {
    expect(timeOfRmc(sentence(body))).toBeUndefined();
  });

  it("of a receiver that has missed a roll-over of its week number is moved ahead by 1024 weeks, and not without end", () => {
    const now = Date.UTC(2026, 5, 1) / 1000;
    expect(correctRollover(now, BUILT_S)).toEqual({ unixS: now, corrected: false });
    expect(correctRollover(now - ROLLOVER_S, BUILT_S)).toEqual({ unixS: now, corrected: true });
    expect(correctRollover(now - 2 * ROLLOVER_S, BUILT_S)).toEqual({ unixS: now, corrected: true });
    expect(correctRollover(Date.UTC(2060, 0, 1) / 1000, BUILT_S)).toBeUndefined();
  });
});

describe("a receiver on a serial line", () => {
  function receiver() {
    const line: { listener?: SerialListener } = {};
    const events: GpsEvent[] = [];
    const troubles: string[] = [];
    const gps = new GpsReceiver({
      open: (listener) => {
        line.listener = listener;
        return { write: () => undefined, close: () => Promise.resolve() };
      },
      listener: (event) => events.push(event),
      onTrouble: (message) => troubles.push(message),
      builtS: BUILT_S,
    });
    return { gps, events, troubles, hear: (text: string) => line.listener!.received(Buffer.from(text, "latin1")), line };
  }
  const second = (s: number): string => [`GNRMC,1200${String(s).padStart(2, "0")}.00,A,4807.0380,N,01131.0000,E,0.0,,010626,,,A`, `GNGGA,1200${String(s).padStart(2, "0")}.00,4807.0380,N,01131.0000,E,1,09,1.2,520.0,M,,M,,`].map((body) => `${framed(body)}\r\n`).join("");

  it("tells each place, and the time each ten seconds, however the bytes are cut", () => {
    const { events, hear } = receiver();
    for (let s = 0; s < 30; s++) for (const character of second(s)) hear(character);
    expect(events.filter(({ kind }) => kind === "position")).toHaveLength(30);
    expect(events.filter(({ kind }) => kind === "position").at(-1)).toMatchObject({ accuracyM: 6 });
    expect(events.filter(({ kind }) => kind === "time").map((event) => event.kind === "time" && event.unixS - Date.UTC(2026, 5, 1, 12) / 1000)).toEqual([0, 10, 20]);
  });

  it("takes no time from a clock that counts on without a fix", () => {
    const { events, hear } = receiver();
    hear(`${framed("GNRMC,120000.00,V,,,,,,,060180,,,N")}\r\n${framed("GNZDA,120000.00,06,01,1980,00,00")}\r\n`);
    expect(events).toEqual([]);
  });

  it("lives through noise, half sentences, wrong checks and floods, and counts them", () => {
    const { gps, events, hear } = receiver();
    const random = seededRandom("gps noise");
    for (let i = 0; i < 200; i++) hear(Buffer.from(random.bytes(997)).toString("latin1"));
    hear("$GPGGA,12");
    hear(second(1));
    hear(`$GPRMC,120002.00,A*00\r\n${"$".repeat(5000)}\r\n${"x".repeat(100_000)}`);
    hear(`\r\n${second(3)}`);
    expect(events.filter(({ kind }) => kind === "position")).toHaveLength(2);
    expect(gps.faults.badCheck).toBeGreaterThanOrEqual(1);
    expect(gps.faults.noise + gps.faults.tooLong).toBeGreaterThan(10);
  });

  it("keeps no more of a line than a sentence may have", () => {
    const lines = new Lines();
    expect(lines.take(Buffer.from("x".repeat(1_000_000)))).toHaveLength(1);
    expect(lines.take(Buffer.from("\r\n$A\r\n"))).toEqual(["$A"]);
  });
});
