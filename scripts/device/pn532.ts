import { createInterface } from "node:readline";
import { SYSTEM_TIMER } from "../../hal/pn532/index.ts";
import { VirtualPn532 } from "../../sim/pn532/index.ts";
import { stopSignal } from "../car/signals.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { openPty } from "../pty/index.ts";
import { CARD_NAMES, makeCard } from "./cards.ts";
import { act, ACTS_HELP } from "./reader-acts.ts";

/** Runs a virtual PN532 until it is told to stop. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const { link, card: cardName } = values;
  const card = typeof cardName === "string" ? makeCard(cardName) : undefined;
  if (typeof cardName === "string" && card === undefined) throw new UsageError(`--card: there is no card "${cardName}"; there are: ${CARD_NAMES}`);
  const stop = stopSignal();
  let send: (bytes: Uint8Array) => void = () => undefined;
  const chip = new VirtualPn532({ scheduler: SYSTEM_TIMER, send: (bytes) => send(bytes) });
  if (card !== undefined) chip.tap(card);
  const pty = await openPty({
    ...(typeof link === "string" ? { link } : {}),
    received: (bytes) => chip.receive(bytes),
    ended: (why) => stop.fail(new Error(why)),
  });
  send = (bytes) => pty.write(bytes);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const wrong = act(chip, line);
    if (wrong !== undefined) output.say(wrong);
  });
  output.answer({ event: "ready", path: pty.path }, `A virtual PN532 is at ${pty.path}, 115200 baud. Ctrl-C ends it.`);
  output.say(`Lines it takes: ${ACTS_HELP}`);
  const failure = await stop.stopped;
  stop.release();
  lines.close();
  process.stdin.destroy();
  await pty.close();
  if (failure !== undefined) throw new CommandFailure(`the pseudo-terminal is gone: ${failure.message}`, "Start it again.");
  return EXIT.ok;
}
