import type { BootReport, Note } from "../../firmware/controller/index.ts";
import { REASONS } from "../../firmware/wire/index.ts";
import type { Output } from "../cli/output.ts";
import type { RunningCar } from "../board/running-car.ts";
import type { CarFacts } from "../console/index.ts";

/** What a running car says without a screen: a line each on stderr, or JSON lines on stdout. Never a pairing code. */
export class Reporter {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  begin(car: RunningCar, facts: CarFacts): void {
    car.watch({
      noted: (note) => this.#event({ event: "note", ...note }, noteText(note)),
      claimShown: () => this.#event({ event: "claim", open: true }, "a pairing is open; its code is shown by: latchkey car claim"),
      claimHidden: (why) => this.#event({ event: "claim", open: false, why }, `the pairing is closed: ${why}`),
    });
    const lost = lossesOf(car.report);
    const { tesla } = car.controller;
    for (const text of lost) this.#event({ event: "recovery", text }, text);
    this.#event(
      { event: "ready", ...facts, claimed: car.isClaimed, lost, ...(tesla && { vin: tesla.options.vin, localName: tesla.advertisement.localName }) },
      `ready on ${facts.address ?? "no address"}, flash ${facts.flash}, ${car.isClaimed ? "claimed" : "no owner yet: latchkey car claim"}${tesla === undefined ? "" : `, for Tesla clients ${tesla.options.vin}`}`,
    );
  }

  trouble(text: string): void {
    this.#event({ event: "trouble", text }, text);
  }

  ended(): void {
    this.#event({ event: "stopped" }, "stopped");
  }

  #event(data: object, text: string): void {
    const at = new Date().toISOString();
    if (this.#output.json) this.#output.answer({ at, ...data }, "");
    else this.#output.say(`${at.slice(11, 19)}  ${text}`);
  }
}

/** A note in one line, a refusal with its rule. */
export function noteText({ what, who, outcome, why }: Note): string {
  const reason = Object.hasOwn(REASONS, why) ? REASONS[why as keyof typeof REASONS].rule : why;
  return [outcome.padEnd(7), [who, what].filter((part) => part !== "").join(": "), reason].filter((part) => part !== "").join("  ");
}

/** What the flash had lost at the start, a sentence each, and records that could not be read by their names. */
export function lossesOf({ recovery, faults }: BootReport): readonly string[] {
  const lost: string[] = [];
  if (recovery.batchesLost > 0) lost.push(`the flash lost ${recovery.batchesLost} acknowledged changes, revocations perhaps among them: check the list of keys`);
  if (recovery.batchesDropped > 0) lost.push(`${recovery.batchesDropped} unacknowledged changes were left out`);
  if (recovery.tornBytes > 0) lost.push(`${recovery.tornBytes} bytes of unfinished writes were skipped`);
  if (recovery.sectorsUnreadable.length > 0) lost.push(`unreadable flash sectors: ${recovery.sectorsUnreadable.join(", ")}`);
  return [...lost, ...faults.map(({ table, key, what }) => `lost from the flash: ${what} (table ${table}, record ${key})`)];
}
