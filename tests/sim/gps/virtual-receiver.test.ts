import { describe, expect, it } from "vitest";
import { GpsReceiver, type GpsEvent } from "../../../hal/gps/index.ts";
import type { SerialListener } from "../../../hal/serial-line/index.ts";
import { GPS_FAULTS, sentencesOf, type GpsFault, type GpsState } from "../../../sim/gps/index.ts";

const STATE: GpsState = { latitudeDeg: -33.85834, longitudeDeg: 151.20876, unixS: Date.UTC(2026, 10, 26, 18, 53, 7) / 1000, hasFix: true, hdop: 0.9 };

/** What the driver makes of a virtual receiver's second. */
function heard(state: GpsState, fault: GpsFault): readonly GpsEvent[] {
  const events: GpsEvent[] = [];
  let listener: SerialListener | undefined;
  const open = (told: SerialListener) => {
    listener = told;
    return { write: () => undefined, close: () => Promise.resolve() };
  };
  new GpsReceiver({ open, listener: (event) => events.push(event), onTrouble: () => undefined, builtS: Date.UTC(2025, 0, 1) / 1000 });
  listener!.received(Buffer.from(sentencesOf(state, fault), "latin1"));
  return events;
}

describe("a virtual receiver", () => {
  it("is understood by the driver: place and time", () => {
    const [position, time] = heard(STATE, "none");
    expect(position).toMatchObject({ kind: "position", latitudeDeg: expect.closeTo(STATE.latitudeDeg, 5), longitudeDeg: expect.closeTo(STATE.longitudeDeg, 5) });
    expect(time).toEqual({ kind: "time", unixS: STATE.unixS, corrected: false });
  });

  it.each([[90, 180], [-90, -180], [0, 0], [89.999999, 0.000001]])("says %d, %d as it is", (latitudeDeg, longitudeDeg) => {
    expect(heard({ ...STATE, latitudeDeg, longitudeDeg }, "none")[0]).toMatchObject({ latitudeDeg: expect.closeTo(latitudeDeg, 4), longitudeDeg: expect.closeTo(longitudeDeg, 4) });
  });

  it.each(["2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z", "2100-03-01T00:00:00Z"])("says the date of %s", (date) => {
    const unixS = Date.parse(date) / 1000;
    expect(sentencesOf({ ...STATE, unixS })).toContain(`${date.slice(11, 19).replaceAll(":", "")}.00,${date.slice(8, 10)},${date.slice(5, 7)},${date.slice(0, 4)},00,00`);
  });

  it("with a fault says what such receivers say", () => {
    const kinds = Object.fromEntries(GPS_FAULTS.map((fault) => [fault, heard(STATE, fault).map(({ kind }) => kind)]));
    expect(kinds).toEqual({ none: ["position", "time"], silent: [], noise: ["position", "time"], badCheck: [], rollover: ["position", "time"] });
    expect(heard(STATE, "rollover")[1]).toEqual({ kind: "time", unixS: STATE.unixS, corrected: true });
    expect(heard({ ...STATE, hasFix: false }, "none")).toEqual([]);
  });
});
