import type { CardPlace, ControllerEvent, ReaderId } from "../../firmware/controller/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

/** What a card of today takes to answer a command that computes, on the reader's clock. */
export const CARD_ANSWER_MS = 180;

/** A card that somebody holds to a reader. Undefined: it has left in the middle, or says nothing. */
export interface HeldCard {
  powerUp(): void;
  /** How long it takes over the answer to `command`, where that depends on it; else {@link CARD_ANSWER_MS}. */
  answerMs?(command: Uint8Array): number;
  answer(command: Uint8Array): Uint8Array | undefined;
}

type CardEvent = Extract<ControllerEvent, { kind: "cardEntered" | "cardAnswered" | "cardLeft" }>;

/** A card reader of a virtual car: takes the controller's commands to the card in its field, and its answers back, in virtual time. */
export class VirtualReader {
  readonly id: ReaderId;
  readonly place: CardPlace;
  readonly #clock: VirtualClock;
  readonly #emit: (event: CardEvent) => void;
  #held: { readonly card: HeldCard; readonly relayMs: number } | undefined;
  #answering: Task | undefined;
  #silent = false;

  constructor(id: ReaderId, place: CardPlace, world: { readonly clock: VirtualClock; emit(event: CardEvent): void }) {
    this.id = id;
    this.place = place;
    this.#clock = world.clock;
    this.#emit = (event) => world.emit(event);
  }

  /** Whether a card is in its field. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Somebody holds a card to it. `relayMs`: what a relay between them adds to each answer. */
  hold(card: HeldCard, relayMs = 0): void {
    this.take();
    if (this.#silent) return;
    this.#held = { card, relayMs };
    card.powerUp();
    this.#emit({ kind: "cardEntered", reader: this.id, place: this.place });
  }

  /** The card is taken away. */
  take(): void {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#clock.cancel(this.#answering);
    this.#emit({ kind: "cardLeft", reader: this.id });
  }

  /** Says nothing, whatever is held to it; a card that was in its field counts as taken away. A card has to be held to it anew once it speaks again. */
  get silent(): boolean {
    return this.#silent;
  }

  set silent(silent: boolean) {
    this.take();
    this.#silent = silent;
  }

  ask(command: Uint8Array): void {
    const held = this.#held;
    const bytes = held?.card.answer(command);
    if (held === undefined || bytes === undefined) return;
    const elapsedMs = (held.card.answerMs?.(command) ?? CARD_ANSWER_MS) + held.relayMs;
    this.#answering = this.#clock.after(elapsedMs, "card answers", () => this.#emit({ kind: "cardAnswered", reader: this.id, bytes, elapsedMs }));
  }
}
