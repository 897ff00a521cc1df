import type { VirtualPn532 } from "../../sim/pn532/index.ts";
import { CARD_NAMES, makeCard } from "./cards.ts";

const FAULTS: Readonly<Record<string, (chip: VirtualPn532) => void>> = {
  silent: ({ faults }) => (faults.silent = true),
  late: ({ faults }) => (faults.lateMs = 500),
  split: ({ faults }) => (faults.split = true),
  doubled: ({ faults }) => (faults.doubled = true),
  noise: ({ faults }) => (faults.noise = Uint8Array.of(0xaa, 0x00, 0x55, 0x17)),
  "bad-checksum": ({ faults }) => (faults.badChecksumCount = 1),
  overheated: ({ faults }) => (faults.overheated = true),
  "card-leaves": ({ faults }) => (faults.cardLeavesMidExchange = true),
  none: ({ faults }) => Object.assign(faults, { silent: false, lateMs: 0, split: false, doubled: false, noise: new Uint8Array(0), badChecksumCount: 0, overheated: false, cardLeavesMidExchange: false }),
};

/** What a line on the virtual reader's standard input may say. */
export const ACTS_HELP = `tap CARD (${CARD_NAMES}), remove, power-cut, fault ${Object.keys(FAULTS).join("|")}`;

/** Does what `line` says; the answer is what was wrong with it. */
export function act(chip: VirtualPn532, line: string): string | undefined {
  const [verb, noun, ...rest] = line.trim().split(/\s+/);
  if (verb === "") return undefined;
  if (rest.length > 0) return `this is too much: ${ACTS_HELP}`;
  if (verb === "tap" && noun !== undefined) {
    const card = makeCard(noun);
    if (card === undefined) return `there is no card of that name; there are: ${CARD_NAMES}`;
    chip.tap(card);
    return undefined;
  }
  if (verb === "remove" && noun === undefined) return void chip.removeCard();
  if (verb === "power-cut" && noun === undefined) return void chip.restart();
  if (verb === "fault" && noun !== undefined && Object.hasOwn(FAULTS, noun)) return void FAULTS[noun]!(chip);
  return `that is none of: ${ACTS_HELP}`;
}
