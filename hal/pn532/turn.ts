import { ACK, encodeCommand, FrameHunter, NACK, type Received } from "./frame.ts";
import type { Timer } from "./timer.ts";

/**
 * How long the chip may take to acknowledge. It does so within 15 ms; a USB adapter collects bytes for 16 ms each way, and a busy
 * machine reads late.
 */
export const ACK_TIMEOUT_MS = 150;

/** The first one after opening: an adapter may hold it back for a second. */
export const FIRST_ACK_TIMEOUT_MS = 1500;

/** How often a damaged answer is asked for again. */
export const ASK_AGAIN_COUNT_MAX = 3;

export type TurnResult =
  | { readonly kind: "answered"; readonly data: Uint8Array }
  /** The chip has no such command, or not with this data. */
  | { readonly kind: "refused" }
  /** `at: "answer"`: it had taken the command; whoever waits no longer breaks it off with {@link Turns.abort}. */
  | { readonly kind: "silent"; readonly at: "ack" | "answer" };

export interface TurnOptions {
  /** Sent in one piece before the command's frame. */
  readonly before?: Uint8Array;
  readonly ackTimeoutMs?: number;
  /** From the acknowledgement to the answer. */
  readonly answerTimeoutMs: number;
}

interface Turn {
  readonly answerCode: number;
  readonly answerTimeoutMs: number;
  readonly done: (result: TurnResult) => void;
  taken: boolean;
  askedAgainCount: number;
  cancelTimer: () => void;
}

/** One command at a time: its frame, the chip's acknowledgement, the answer. What comes out of turn is dropped. */
export class Turns {
  readonly #timer: Timer;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #hunter = new FrameHunter();
  #turn: Turn | undefined;

  constructor(options: { readonly timer: Timer; readonly write: (bytes: Uint8Array) => void }) {
    this.#timer = options.timer;
    this.#write = options.write;
  }

  /** Sends `command`; `done` is called once, later, unless the turn is dropped before. */
  begin(command: Uint8Array, options: TurnOptions, done: (result: TurnResult) => void): void {
    this.drop();
    const turn: Turn = {
      answerCode: command[0]! + 1,
      answerTimeoutMs: options.answerTimeoutMs,
      done,
      taken: false,
      askedAgainCount: 0,
      cancelTimer: this.#timer.after(options.ackTimeoutMs ?? ACK_TIMEOUT_MS, () => this.#end({ kind: "silent", at: "ack" })),
    };
    this.#turn = turn;
    const frame = encodeCommand(command);
    this.#write(options.before === undefined ? frame : Uint8Array.of(...options.before, ...frame));
  }

  received(bytes: Uint8Array): void {
    for (const frame of this.#hunter.push(bytes)) this.#take(frame);
  }

  /** Has the chip break off what it is at. */
  abort(): void {
    this.drop();
    this.#write(ACK);
  }

  /** Forgets the running turn; its `done` is not called. */
  drop(): void {
    this.#turn?.cancelTimer();
    this.#turn = undefined;
  }

  /** As {@link drop}, and what came in half is forgotten: the line is a new one. */
  reset(): void {
    this.drop();
    this.#hunter.reset();
  }

  #take(frame: Received): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    if (!turn.taken) {
      // An answer before the acknowledgement belongs to a command that was broken off.
      if (frame.kind === "ack") this.#taken(turn);
      return;
    }
    if (frame.kind === "error") this.#end({ kind: "refused" });
    if (frame.kind === "answer" && frame.code === turn.answerCode) this.#end({ kind: "answered", data: frame.data });
    if (frame.kind === "damaged" && turn.askedAgainCount < ASK_AGAIN_COUNT_MAX) {
      turn.askedAgainCount += 1;
      this.#write(NACK);
    }
  }

  #taken(turn: Turn): void {
    turn.taken = true;
    turn.cancelTimer();
    turn.cancelTimer = this.#timer.after(turn.answerTimeoutMs, () => this.#end({ kind: "silent", at: "answer" }));
  }

  #end(result: TurnResult): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.drop();
    turn.done(result);
  }
}
