import type { CardPlace, ReaderId } from "../../../firmware/controller/index.ts";
import type { CryptoPort, RandomPort } from "../../../firmware/ports/index.ts";
import { TeslaCard, VirtualReader } from "../../../sim/card/index.ts";
import type { VirtualClock } from "../../../sim/time/index.ts";
import type { WireEvent } from "../board.ts";

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
  readonly #cards = new Map<string, TeslaCard>();
  /** The keys of the cards, which outlive the process as plastic does: 32-byte scalars. */
  readonly #keys = new Map<string, Uint8Array>();

  constructor(world: { readonly clock: VirtualClock; readonly crypto: CryptoPort; readonly random: RandomPort; emit(event: WireEvent): void }, kept: Readonly<Record<string, string>>) {
    this.#clock = world.clock;
    this.#crypto = world.crypto;
    this.#random = world.random;
    this.#readers = new Map([new VirtualReader(1, "outside", world), new VirtualReader(2, "inside", world)].map((reader) => [reader.id, reader]));
    for (const [name, hex] of Object.entries(kept)) this.#make(name, Uint8Array.from(Buffer.from(hex, "hex")));
  }

  /** The keys of all cards, in hexadecimal, for the file beside the flash. */
  get kept(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#keys].map(([name, key]) => [name, Buffer.from(key).toString("hex")]));
  }

  /** Holds the card called `name` to a reader for a moment; one that nobody has seen yet is new. `relayed`: through a relay. False where there are too many. */
  tap(name: string, place: CardPlace, relayed = false): boolean {
    const card = this.#cards.get(name) ?? (this.#cards.size < CARD_COUNT_MAX ? this.#make(name, this.#random.bytes(32)) : undefined);
    const reader = [...this.#readers.values()].find((candidate) => candidate.place === place)!;
    if (card === undefined) return false;
    reader.hold(card, relayed ? RELAY_MS : undefined);
    this.#clock.after(relayed ? HOLD_MS + 4 * RELAY_MS : HOLD_MS, "card taken away", () => reader.take());
    return true;
  }

  ask(reader: ReaderId, command: Uint8Array): void {
    this.#readers.get(reader)?.ask(command);
  }

  #make(name: string, scalar: Uint8Array): TeslaCard | undefined {
    const key = this.#crypto.importAgreementKey("P-256", scalar);
    if (key === undefined) return undefined;
    const card = new TeslaCard({ crypto: this.#crypto, key });
    this.#cards.set(name, card);
    this.#keys.set(name, scalar);
    return card;
  }
}
