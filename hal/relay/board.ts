import type { OpenSerialLine, SerialLine, Timer } from "../serial-line/index.ts";
import type { RelayChannels, RelayListener } from "./channels.ts";
import type { ChannelState, RelayProtocol } from "./protocol.ts";

/** Longest time that a pulse may energise a relay: lock motors burn out. */
export const PULSE_MS_MAX = 2_000;
/** Attempts to hold a relay whose board does not confirm it. A pulse has one: whoever asked for it decides whether to ask again. */
export const ATTEMPTS_MAX = 3;
/** Between attempts to let a relay go whose board does not confirm it: for ever, since it may stand under current. */
export const RELEASE_AGAIN_MS = 500;
/** Bytes kept of an answer that is not whole yet. */
const PENDING_BYTES_MAX = 256;

interface Channel {
  readonly number: number;
  wanted: boolean;
  /** What the board is known (or, without confirmation, told) to have; undefined after a loss. */
  known: boolean | undefined;
  attempts: number;
  /** A release that was not confirmed waits for its next attempt. */
  isResting: boolean;
  pulseMs: number | undefined;
  endPulse: () => void;
}

/** The answer that is waited for: of one command, or whether the board answers at all. */
type Answer = { readonly channel: Channel; readonly on: boolean } | "states";

export interface RelayBoardOptions {
  readonly open: OpenSerialLine;
  readonly protocol: RelayProtocol;
  /** The channels that are wired; all are let go whenever the line opens. */
  readonly channels: readonly number[];
  /** Pairs of channels that are never energised together: two directions of one motor. */
  readonly interlocks: readonly (readonly [number, number])[];
  readonly timer: Timer;
  readonly listener: RelayListener;
}

/**
 * A relay board on a serial line, one frame at a time. What is wanted of each channel is kept here and told again after a loss;
 * letting go comes before energising, and a channel of an interlock waits until its other is known to be off.
 */
export class RelayBoard implements RelayChannels {
  readonly #line: SerialLine;
  readonly #protocol: RelayProtocol;
  readonly #timer: Timer;
  readonly #listener: RelayListener;
  readonly #channels: ReadonlyMap<number, Channel>;
  readonly #partner: ReadonlyMap<number, number>;
  #isOpen = false;
  /** Whether this board answers; undefined until it was asked. */
  #answers: boolean | undefined;
  #awaited: Answer | undefined;
  #pending = new Uint8Array(0);
  #cancelStep: () => void = () => undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(options: RelayBoardOptions) {
    this.#protocol = options.protocol;
    this.#timer = options.timer;
    this.#listener = options.listener;
    this.#channels = new Map(options.channels.map((number) => [number, { number, wanted: false, known: undefined, attempts: 0, isResting: false, pulseMs: undefined, endPulse: () => undefined }]));
    this.#partner = new Map(options.interlocks.flatMap(([a, b]) => [[a, b], [b, a]]));
    this.#line = options.open({ opened: () => this.#opened(), received: (bytes) => this.#received(bytes), lost: (why) => this.#lost(why) });
  }

  /** Whether the board confirms what it is told; undefined while nobody knows. */
  get confirms(): boolean | undefined {
    return this.#protocol.confirms === "always" ? true : this.#answers;
  }

  pulse(number: number, durationMs: number): void {
    const partner = this.#partner.get(number);
    if (partner !== undefined) this.#want(this.#channel(partner), false);
    const channel = this.#channel(number);
    const pulseMs = Math.min(durationMs, PULSE_MS_MAX);
    this.#want(channel, true);
    channel.pulseMs = pulseMs;
    // Counted anew from the moment the frame leaves. A line that is down must not keep an old wish for later, and whoever asked must
    // hear of it before the pulse would be over.
    this.#limit(channel, Math.ceil(pulseMs / 2));
    this.#step();
  }

  hold(number: number, on: boolean): void {
    this.#want(this.#channel(number), on);
    this.#step();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelStep();
    const gap = (): Promise<void> => new Promise((resolve) => void this.#timer.after(this.#protocol.gapMs, resolve));
    if (this.#isBusy) await gap();
    for (const channel of this.#channels.values()) {
      this.#want(channel, false);
      if (!this.#isOpen) continue;
      this.#line.write(this.#protocol.command(channel.number, false));
      await gap();
    }
    await this.#line.close();
  }

  #channel(number: number): Channel {
    const channel = this.#channels.get(number);
    if (channel === undefined) throw new RangeError(`relay channel ${number} is not wired`);
    return channel;
  }

  #want(channel: Channel, on: boolean): void {
    channel.endPulse();
    channel.pulseMs = undefined;
    if (channel.wanted !== on) channel.attempts = 0;
    channel.wanted = on;
  }

  #limit(channel: Channel, durationMs: number): void {
    channel.endPulse();
    channel.endPulse = this.#timer.after(durationMs, () => {
      const wasDone = channel.known === true || !channel.wanted;
      this.#want(channel, false);
      if (!wasDone) this.#listener.failed(channel.number, true, this.#isOpen ? "the board was not ready in time" : "the line to the board is down");
      this.#step();
    });
  }

  #opened(): void {
    this.#isOpen = true;
    this.#pending = new Uint8Array(0);
    this.#listener.noticed(`relay board ${this.#protocol.kind}: the line is open`);
    this.#step();
  }

  #lost(why: string): void {
    this.#isOpen = false;
    this.#isBusy = false;
    this.#awaited = undefined;
    this.#cancelStep();
    this.#answers = undefined;
    for (const channel of this.#channels.values()) channel.known = undefined;
    this.#listener.noticed(`relay board ${this.#protocol.kind}: lost: ${why}`);
  }

  /** Sends what is to be sent next, unless a frame is under way. */
  #step(): void {
    if (!this.#isOpen || this.#isBusy || this.#isClosed) return;
    const channel = this.#next();
    if (channel !== undefined) return this.#send(channel);
    if (this.#answers === undefined && this.#protocol.query !== undefined) this.#ask("states", this.#protocol.query);
  }

  #next(): Channel | undefined {
    const all = [...this.#channels.values()].filter(({ wanted, known }) => wanted !== known);
    return all.find(({ wanted, isResting }) => !wanted && !isResting) ?? all.find((channel) => channel.wanted && this.#mayEnergise(channel));
  }

  #mayEnergise({ number }: Channel): boolean {
    const partner = this.#partner.get(number);
    return partner === undefined || this.#channel(partner).known === false;
  }

  #send(channel: Channel): void {
    const on = channel.wanted;
    const isFirst = channel.attempts++ === 0;
    // The frame may arrive even if no answer does.
    channel.known = undefined;
    if (on && isFirst && channel.pulseMs !== undefined) this.#limit(channel, channel.pulseMs);
    const command = this.#protocol.command(channel.number, on);
    if (this.#protocol.confirms === "always") return this.#ask({ channel, on }, command);
    this.#line.write(command);
    if (this.#answers !== true) channel.known = on;
    this.#wait(this.#protocol.gapMs, () => {
      if (this.#answers === true) this.#ask({ channel, on }, this.#protocol.query!);
      else this.#step();
    });
  }

  #ask(awaited: Answer, frame: Uint8Array): void {
    this.#awaited = awaited;
    this.#line.write(frame);
    this.#wait(this.#protocol.answerTimeoutMs, () => this.#unanswered());
  }

  #wait(delayMs: number, then: () => void): void {
    this.#isBusy = true;
    this.#cancelStep();
    this.#cancelStep = this.#timer.after(delayMs, () => {
      this.#isBusy = false;
      then();
    });
  }

  #unanswered(): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    if (awaited === "states") {
      this.#answers = false;
      this.#listener.noticed(`relay board ${this.#protocol.kind}: does not answer its query; what it is told stays unconfirmed`);
    } else if (awaited !== undefined) this.#unconfirmed(awaited.channel, awaited.on);
    this.#step();
  }

  #unconfirmed(channel: Channel, on: boolean): void {
    if (channel.wanted !== on) return;
    const why = "the board does not confirm it";
    if (!on) {
      if (channel.attempts === 1) this.#listener.failed(channel.number, false, why);
      channel.isResting = true;
      this.#timer.after(RELEASE_AGAIN_MS, () => {
        channel.isResting = false;
        this.#step();
      });
    } else if (channel.pulseMs !== undefined || channel.attempts >= ATTEMPTS_MAX) {
      this.#want(channel, false);
      this.#listener.failed(channel.number, true, why);
    }
  }

  #received(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#pending.length + bytes.length);
    all.set(this.#pending);
    all.set(bytes, this.#pending.length);
    const { used, states } = this.#protocol.read(all);
    this.#pending = all.slice(Math.max(used, all.length - PENDING_BYTES_MAX));
    if (states.length > 0) this.#told(states);
  }

  #told(states: readonly ChannelState[]): void {
    const awaited = this.#awaited;
    if (awaited === undefined) return;
    if (awaited === "states") {
      this.#answers = true;
      this.#listener.noticed(`relay board ${this.#protocol.kind}: answers its query; what it is told is confirmed`);
    } else {
      const { channel, on } = awaited;
      if (!states.some((state) => state.channel === channel.number && state.on === on)) return;
      channel.known = on;
    }
    this.#awaited = undefined;
    this.#wait(this.#protocol.gapMs, () => this.#step());
  }
}
