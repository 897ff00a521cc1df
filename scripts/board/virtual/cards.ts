import type { CardPlace, ReaderId } from "../../../firmware/controller/index.ts";
import type { CryptoPort, RandomPort } from "../../../firmware/ports/index.ts";
import { VirtualReader, type HeldCard } from "../../../sim/card/index.ts";
import type { Task, VirtualClock } from "../../../sim/time/index.ts";
import type { WireEvent } from "../board.ts";
import { cardOfMemory, newCardMemory, typeOfMemory } from "./kept-cards.ts";

/** Cards that one world may hold. */
export const CARD_COUNT_MAX = 16;

/** How long a person holds a card to a reader. */
const HOLD_MS = 1500;

/** A relay between a card and a reader adds at least so much, with radios and a network between. */
export const RELAY_MS = 900;

/** The card readers of a virtual car, one at the door pillar and one inside, and the cards that people have. */
export class Cards {
  readonly #readers: ReadonlyMap<ReaderId, VirtualReader>;
  readonly #clock: VirtualClock;
  readonly #crypto: CryptoPort;
  readonly #random: RandomPort;
  readonly #cards = new Map<string, HeldCard>();
  readonly #takingAway = new Map<ReaderId, Task>();
  /** What the cards remember, which outlives the process as plastic does. */
  readonly #memories = new Map<string, string>();

  constructor(world: { readonly clock: VirtualClock; readonly crypto: CryptoPort; readonly random: RandomPort; emit(event: WireEvent): void }, kept: Readonly<Record<string, string>>) {
    this.#clock = world.clock;
    this.#crypto = world.crypto;
    this.#random = world.random;
    this.#readers = new Map([new VirtualReader(1, "outside", world), new VirtualReader(2, "inside", world)].map((reader) => [reader.id, reader]));
    for (const [name, memory] of Object.entries(kept)) this.#make(name, memory);
  }

  /** What all cards remember, for the file beside the flash. */
  get kept(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#memories);
  }

  /** Of which type the card called `name` is; undefined where nobody has seen it yet. */
  typeOf(name: string): "own" | "tesla" | undefined {
    const memory = this.#memories.get(name);
    return memory === undefined ? undefined : typeOfMemory(memory);
  }

  /** Holds the card called `name` to a reader for a moment; one that nobody has seen yet is new, and of the type `newType`. `relayed`: through a relay. False where there are too many. */
  tap(name: string, place: CardPlace, { relayed = false, newType = "tesla" }: { readonly relayed?: boolean; readonly newType?: "own" | "tesla" } = {}): boolean {
    const card = this.#cards.get(name) ?? (this.#cards.size < CARD_COUNT_MAX ? this.#make(name, newCardMemory(newType, this.#random.bytes(32))) : undefined);
    const reader = [...this.#readers.values()].find((candidate) => candidate.place === place)!;
    if (card === undefined) return false;
    reader.hold(card, relayed ? RELAY_MS : 0);
    // The end of the tap before is not the end of this one.
    this.#clock.cancel(this.#takingAway.get(reader.id));
    this.#takingAway.set(reader.id, this.#clock.after(relayed ? HOLD_MS + 6 * RELAY_MS : HOLD_MS, "card taken away", () => reader.take()));
    return true;
  }

  /** Whether somebody holds a card to a reader now. */
  get isHeld(): boolean {
    return [...this.#readers.values()].some(({ isHeld }) => isHeld);
  }

  ask(reader: ReaderId, command: Uint8Array): void {
    this.#readers.get(reader)?.ask(command);
  }

  #make(name: string, memory: string): HeldCard | undefined {
    const card = cardOfMemory(this.#crypto, memory, (more) => this.#memories.set(name, more));
    if (card === undefined) return undefined;
    this.#cards.set(name, card);
    this.#memories.set(name, memory);
    return card;
  }
}
