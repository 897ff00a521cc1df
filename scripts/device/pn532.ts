import { createInterface } from "node:readline";
import { SYSTEM_TIMER } from "../../hal/pn532/index.ts";
import { VirtualPn532 } from "../../sim/pn532/index.ts";
import { stopSignal } from "../car/signals.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { openPty } from "../pty/index.ts";
import { CARD_NAMES, makeCard } from "./cards.ts";
import { act, ACTS_HELP } from "./reader-acts.ts";

export const PN532_SUBCOMMAND: Subcommand = {
  name: "device pn532",
  summary: "a virtual PN532 card reader on a pseudo-terminal, for NFC tools and for a car",
  positionals: [],
  options: {
    link: { type: "string", value: "PATH", help: "where programs find its serial port" },
    card: { type: "string", value: "CARD", help: `the card that lies on it from the start: ${CARD_NAMES} (default: none)` },
  },
  examples: [
    "latchkey device pn532 --link /tmp/reader --card blank",
    "LIBNFC_DEVICE=pn532_uart:/tmp/reader:115200 nfc-list",
    `Its standard input takes lines: ${ACTS_HELP}`,
  ],
  run,
};

/** So many looks without a card, and every host has noticed. */
const LOOKS_IN_VAIN = 4;

/** Runs a virtual PN532 until it is told to stop. */
async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const { link, card: cardName } = values;
  if (typeof link !== "string") throw new UsageError("--link PATH is missing: where programs find its serial port");
  const card = typeof cardName === "string" ? makeCard(cardName) : undefined;
  if (typeof cardName === "string" && card === undefined) throw new UsageError(`--card: there is no card "${cardName}"; there are: ${CARD_NAMES}`);
  const stop = stopSignal();
  let send: (bytes: Uint8Array) => void = () => undefined;
  const missed = { count: 0 };
  const chip = new VirtualPn532({
    scheduler: SYSTEM_TIMER,
    send: (bytes) => send(bytes),
    // A host takes a card for gone after a few looks.
    lookedInVain: () => {
      if (++missed.count === LOOKS_IN_VAIN) output.answer({ event: "empty" }, "");
    },
  });
  if (card !== undefined) chip.tap(card);
  const pty = await openPty(link, (bytes) => chip.receive(bytes));
  send = (bytes) => void pty.write(bytes);
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    missed.count = 0;
    const wrong = act(chip, line);
    if (wrong !== undefined) output.say(wrong);
  });
  output.answer({ event: "ready", path: pty.path }, `A virtual PN532 is at ${pty.path}, 115200 baud. Ctrl-C ends it.`);
  output.say(`Lines it takes: ${ACTS_HELP}`);
  const ended = await Promise.race([stop.stopped.then(() => undefined), pty.ended]);
  stop.release();
  lines.close();
  process.stdin.destroy();
  await pty.close();
  if (ended !== undefined) throw new CommandFailure(`the pseudo-terminal is gone: ${ended}`, "Start it again.");
  return EXIT.ok;
}
