import { createInterface } from "node:readline";
import { GPS_FAULTS, sentencesOf, type GpsFault, type GpsState } from "../../sim/gps/index.ts";
import { stopSignal } from "../car/signals.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { openPty } from "../pty/index.ts";

const PERIOD_MS = 1000;
const START = { latitudeDeg: 48.13743, longitudeDeg: 11.57549 };
const ACTS_HELP = `move LATITUDE LONGITUDE, fix on|off, fault ${GPS_FAULTS.join("|")}`;

export const GPS_SUBCOMMAND: Subcommand = {
  name: "device gps",
  summary: "a virtual GPS receiver (NMEA 0183) on a pseudo-terminal, once a second",
  positionals: [],
  options: { link: { type: "string", value: "PATH", help: "where programs find its serial port" } },
  examples: ["latchkey device gps --link /tmp/gps", `Its standard input takes lines: ${ACTS_HELP}`],
  run,
};

/** Runs a virtual receiver until it is told to stop. */
async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const { link } = values;
  if (typeof link !== "string") throw new UsageError("--link PATH is missing: where programs find its serial port");
  const stop = stopSignal();
  const state: GpsState & { fault: GpsFault } = { ...START, unixS: 0, hasFix: true, hdop: 0.9, fault: "none" };
  const pty = await openPty(link, () => undefined);
  const timer = setInterval(() => {
    state.unixS = Math.floor(Date.now() / 1000);
    pty.write(Buffer.from(sentencesOf(state, state.fault), "latin1"));
  }, PERIOD_MS);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    if (!act(state, line)) output.say(`that is none of: ${ACTS_HELP}`);
  });
  output.answer({ event: "ready", path: pty.path }, `A virtual GPS receiver is at ${pty.path}. Ctrl-C ends it.`);
  const ended = await Promise.race([stop.stopped.then(() => undefined), pty.ended]);
  clearInterval(timer);
  stop.release();
  lines.close();
  process.stdin.destroy();
  await pty.close();
  if (ended !== undefined) throw new CommandFailure(`the pseudo-terminal is gone: ${ended}`, "Start it again.");
  return EXIT.ok;
}

/** Does what `line` says; false where it says nothing that can be done. */
export function act(state: GpsState & { fault: GpsFault }, line: string): boolean {
  const [verb, ...words] = line.trim().split(/\s+/);
  const [first, second] = words;
  if (verb === "") return true;
  if (verb === "move" && words.length === 2) {
    const [latitudeDeg, longitudeDeg] = [Number(first), Number(second)];
    if (!(Math.abs(latitudeDeg) <= 90 && Math.abs(longitudeDeg) <= 180)) return false;
    Object.assign(state, { latitudeDeg, longitudeDeg });
    return true;
  }
  if (verb === "fix" && words.length === 1 && (first === "on" || first === "off")) {
    state.hasFix = first === "on";
    return true;
  }
  const fault = verb === "fault" && words.length === 1 ? GPS_FAULTS.find((name) => name === first) : undefined;
  if (fault !== undefined) state.fault = fault;
  return fault !== undefined;
}
