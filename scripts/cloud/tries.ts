import { LIMITS } from "./limits.ts";
import type { Records } from "./records.ts";
import { Refusal } from "./refusal.ts";
import { hashOf, type Surroundings } from "./secrets.ts";

/** Wrong tries that cost nothing. */
const FREE_COUNT = 5;
const DELAY_MAX_MS = 15 * 60_000;
const ADDRESS_PER_MINUTE = 30;
const ADDRESS_COUNT_MAX = 10_000;

/** The growing delay of an account name. It is the same for names that do not exist, and is counted before the answer. */
export class Tries {
  readonly #records: Records;
  readonly #surroundings: Surroundings;
  readonly #minutes = new Map<string, { startMs: number; count: number }>();

  constructor(records: Records, surroundings: Surroundings) {
    this.#records = records;
    this.#surroundings = surroundings;
  }

  /** Refuses the address that asks too often, whatever it asks. */
  countAddress(address: string): void {
    const nowMs = this.#surroundings.nowMs();
    const minute = this.#minutes.get(address);
    if (minute === undefined || nowMs - minute.startMs >= 60_000) {
      this.#minutes.delete(address);
      if (this.#minutes.size >= ADDRESS_COUNT_MAX) this.#minutes.delete(this.#minutes.keys().next().value!);
      this.#minutes.set(address, { startMs: nowMs, count: 1 });
    } else if (++minute.count > ADDRESS_PER_MINUTE) throw tooMany(minute.startMs + 60_000 - nowMs);
  }

  /** Counts a try as wrong until {@link Tries.forgive} or {@link Tries.succeed} takes that back; durable when it resolves. */
  async begin(account: string): Promise<void> {
    const id = hashOf(account);
    const nowMs = this.#surroundings.nowMs();
    const { count, untilMs } = this.#records.get("tries", id) ?? { count: 0, untilMs: 0 };
    if (nowMs < untilMs) throw tooMany(untilMs - nowMs);
    const wrong = count + 1;
    const delayMs = wrong < FREE_COUNT ? 0 : Math.min(DELAY_MAX_MS, 1000 * 2 ** Math.min(wrong - FREE_COUNT, 20));
    const all = this.#records.all("tries");
    const oldest = count === 0 && all.size >= LIMITS.triedNameCount ? [...all].sort(([, a], [, b]) => a.untilMs - b.untilMs)[0]![0] : undefined;
    await this.#records.commit([...(oldest === undefined ? [] : [["tries", oldest, undefined] as const]), ["tries", id, { count: wrong, untilMs: nowMs + delayMs }]]);
  }

  /** The try was neither right nor wrong: the password was, and a code is still to come. */
  async forgive(account: string): Promise<void> {
    const id = hashOf(account);
    const tries = this.#records.get("tries", id);
    if (tries !== undefined) await this.#records.commit([["tries", id, { count: Math.max(0, tries.count - 1), untilMs: 0 }]]);
  }

  succeed(account: string): Promise<void> {
    return this.#records.commit([["tries", hashOf(account), undefined]]);
  }
}

function tooMany(waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  return new Refusal(429, "tooManyTries", "too many tries", `Wait ${seconds} s. The key in your phone and the card need no login.`, seconds);
}
