import type { KeyEffect, KeyLink, LatchStates, LinkFailureName, Reply, RequestId } from "../../firmware/key/index.ts";
import type { Command, ReasonName } from "../../firmware/wire/index.ts";
import type { LinkEnd } from "../air/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

/** How one thing a phone was asked to do ended. Exactly one per request. */
export type PhoneOutcome =
  | { readonly kind: "done"; readonly reply: Reply }
  | { readonly kind: "paired"; readonly vehicleId: string; readonly ownersKit: string }
  | { readonly kind: "refused"; readonly code: number; readonly reason: ReasonName | undefined }
  | { readonly kind: "failed"; readonly why: LinkFailureName | "carNotFound"; readonly mayHaveSucceeded: boolean };

export type Settled = (outcome: PhoneOutcome) => void;

/** The outcome in a few words, for timelines. */
export function describeOutcome(outcome: PhoneOutcome): string {
  switch (outcome.kind) {
    case "done":
      return "done";
    case "paired":
      return "paired";
    case "refused":
      return `refused: ${outcome.reason ?? outcome.code}`;
    case "failed":
      return `failed: ${outcome.why}`;
  }
}

/** What carries the frames of a connection: a link of the air, or a courier. */
export type FrameCarrier = Pick<LinkEnd, "attPayloadBytes" | "open" | "send" | "close">;

export interface ConnectionListener {
  connected(vehicleId: string, path: "full" | "fast"): void;
  latches(states: LatchStates): void;
  /** The key link has ended; the radio link may follow. */
  ended(connection: Connection): void;
}

/** Puts the phone's protocol on one radio link: frames in, effects out, deadlines on the clock. */
export class Connection {
  readonly #clock: VirtualClock;
  readonly #end: FrameCarrier;
  readonly #link: KeyLink;
  readonly #listener: ConnectionListener;
  readonly #waiting = new Map<RequestId, Settled>();
  #deadline: Task | undefined;
  #ended = false;

  constructor(clock: VirtualClock, end: FrameCarrier, link: KeyLink, listener: ConnectionListener) {
    this.#clock = clock;
    this.#end = end;
    this.#link = link;
    this.#listener = listener;
    this.#perform(link.open(end.attPayloadBytes, clock.monotonicMs()));
  }

  get end(): FrameCarrier {
    return this.#end;
  }

  /** False once nothing more can be asked over it. */
  get usable(): boolean {
    return !this.#ended && this.#end.open;
  }

  ask(command: Command, settled: Settled): void {
    const { requestId, effects } = this.#link.request(command, this.#clock.monotonicMs());
    this.#waiting.set(requestId, settled);
    this.#perform(effects);
  }

  pair(settled: Settled): void {
    const { requestId, effects } = this.#link.pair(this.#clock.monotonicMs());
    this.#waiting.set(requestId, settled);
    this.#perform(effects);
  }

  received(frame: Uint8Array): void {
    this.#perform(this.#link.receive(frame, this.#clock.monotonicMs()));
  }

  /** The radio link is gone. */
  lost(): void {
    this.#perform(this.#link.closed());
    this.#finish();
  }

  close(): void {
    this.#end.close();
  }

  #perform(effects: readonly KeyEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
    this.#clock.cancel(this.#deadline);
    const dueMs = this.#link.nextDeadlineMs;
    this.#deadline = dueMs === undefined ? undefined
      : this.#clock.at(dueMs, "phone deadline", () => this.#perform(this.#link.expire(this.#clock.monotonicMs())));
  }

  #performOne(effect: KeyEffect): void {
    switch (effect.kind) {
      case "saveWallet":
        // The link has put it into the holder; a simulated phone loses nothing it was given.
        return;
      case "send":
        this.#end.send(effect.frame);
        return;
      case "connected":
        this.#listener.connected(effect.vehicleId, effect.path);
        return;
      case "latches":
        this.#listener.latches(effect.latches);
        return;
      case "reply":
        this.#settle(effect.requestId, effect.reply.code === 0
          ? { kind: "done", reply: effect.reply }
          : { kind: "refused", code: effect.reply.code, reason: effect.reason });
        return;
      case "paired":
        this.#settle(effect.requestId, { kind: "paired", vehicleId: effect.vehicleId, ownersKit: effect.ownersKit });
        return;
      case "failed":
        this.#settle(effect.requestId, { kind: "failed", why: effect.why, mayHaveSucceeded: effect.mayHaveSucceeded });
        return;
      case "close":
        this.#end.close();
        this.#finish();
        return;
    }
  }

  #settle(requestId: RequestId, outcome: PhoneOutcome): void {
    const settled = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    // From a task of its own: whoever waits may ask the next thing at once.
    if (settled !== undefined) this.#clock.after(0, "settled", () => settled(outcome));
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#clock.cancel(this.#deadline);
    this.#listener.ended(this);
  }
}
