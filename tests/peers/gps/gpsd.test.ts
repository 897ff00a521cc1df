import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { GpsReceiver, type GpsEvent } from "../../../hal/gps/index.ts";
import type { SerialListener } from "../../../hal/serial-line/index.ts";
import { sentencesOf, type GpsState } from "../../../sim/gps/index.ts";
import { User } from "../../processes/programs.ts";
import { freePort } from "../../support/free-port.ts";
import { describeWithTools, ENVIRONMENT, start } from "../tools.ts";

const STATE: GpsState = { latitudeDeg: -33.85834, longitudeDeg: 151.20876, unixS: Date.UTC(2026, 10, 26, 18, 53, 7) / 1000, hasFix: true, hdop: 0.9 };

/** Three seconds of a receiver: gpsd learns from the first in which order the sentences come. */
const SENTENCES = [0, 1, 2].map((second) => sentencesOf({ ...STATE, unixS: STATE.unixS + second })).join("");

interface Report {
  readonly class: string;
  readonly lat?: number;
  readonly lon?: number;
  readonly time?: string;
}

function reports(text: string): readonly Report[] {
  return text.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Report);
}

/** What our driver makes of the same sentences. */
function ours(): readonly GpsEvent[] {
  const events: GpsEvent[] = [];
  const open = (listener: SerialListener) => {
    queueMicrotask(() => listener.received(Buffer.from(SENTENCES, "latin1")));
    return { write: () => undefined, close: () => Promise.resolve() };
  };
  new GpsReceiver({ open, listener: (event) => events.push(event), onTrouble: () => undefined, builtS: Date.UTC(2025, 0, 1) / 1000 });
  return events;
}

describeWithTools("gpsd's decoder", ["gpsdecode"], () => {
  it("reads from a virtual receiver the place and time that our driver reads", async () => {
    const { stdout } = spawnSync("gpsdecode", ["-j"], { input: SENTENCES, encoding: "latin1", env: ENVIRONMENT });
    const events = ours();
    await Promise.resolve();
    const place = events.find((event) => event.kind === "position")!;
    const time = events.find((event) => event.kind === "time")!;
    const fixes = reports(stdout).filter(({ class: kind }) => kind === "TPV");
    expect(fixes.map(({ lat, lon }) => [lat, lon])).toContainEqual([expect.closeTo(place.latitudeDeg, 6), expect.closeTo(place.longitudeDeg, 6)]);
    // It tells of a second once the next has begun.
    expect(fixes.map((fix) => Date.parse(fix.time!) / 1000)).toContain(time.unixS + 1);
  });
});

describeWithTools("gpsd", ["socat", "gpsd", "gpspipe"], () => {
  it("finds a receiver on our pseudo-terminal, and where it is", async () => {
    const anna = new User();
    const device = anna.start(["device", "gps", "--link", anna.path("gps")]);
    await device.heard((event) => event["event"] === "ready");
    const port = await freePort();
    const daemon = start("gpsd", ["-N", "-n", "-b", "-S", String(port), anna.path("gps")]);
    let output = "";
    // It refuses clients until it has opened its port.
    while (!output.includes('"TPV"')) {
      if (daemon.child.exitCode !== null) throw new Error(`gpsd does not run: ${daemon.output()}`);
      const client = start("gpspipe", ["-w", "-n", "8", `127.0.0.1:${port}`]);
      await client.ended;
      output = client.output();
    }
    expect(output).toContain('"driver":"NMEA0183"');
    expect(reports(output).filter(({ lat }) => lat !== undefined)[0]).toMatchObject({ lat: expect.closeTo(48.13743, 5), lon: expect.closeTo(11.57549, 5) });
  });
});
