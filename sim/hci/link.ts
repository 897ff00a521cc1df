import type { Prng } from "../chance/index.ts";
import { STATUS } from "./codes.ts";
import type { Scheduler } from "./scheduler.ts";
import type { HciAirSettings } from "./settings.ts";

/** What a central asks of a new connection (Bluetooth Core 5.4 Vol 4 Part E section 7.8.12), as numbers on the wire. */
export interface ConnectionParameters {
  /** Units of 1.25 ms. */
  readonly interval: number;
  readonly latency: number;
  /** Units of 10 ms. */
  readonly timeout: number;
}

/** One side of a connection, as its controller serves it. */
export interface LinkSide {
  readonly handle: number;
  received(handle: number, flags: number, data: Uint8Array): void;
  completed(handle: number): void;
  ended(handle: number, reason: number): void;
}

export interface LinkMedium {
  readonly scheduler: Scheduler;
  readonly prng: Prng;
  readonly settings: HciAirSettings;
  inRange(): boolean;
  /** Both sides have been told. */
  over(link: HciLink): void;
}

interface Packet {
  readonly flags: number;
  readonly data: Uint8Array;
}

/**
 * A connection between two controllers. Packets go out in connection events, a few a side; a lost one goes out again in the next event and
 * everything behind it waits, so that loss costs time and never bytes (Core 5.4 Vol 6 Part B section 4.5). No event is simulated
 * in which nobody has anything to say.
 */
export class HciLink {
  parameters: ConnectionParameters;
  readonly #medium: LinkMedium;
  readonly #sides: readonly [LinkSide, LinkSide];
  readonly #queues: readonly [Packet[], Packet[]] = [[], []];
  readonly #anchorMs: number;
  #cancelEvent: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  #termination: { readonly side: 0 | 1; readonly reason: number } | undefined;
  #isAbandoned = false;
  #isOver = false;

  constructor(medium: LinkMedium, sides: readonly [LinkSide, LinkSide], parameters: ConnectionParameters) {
    this.#medium = medium;
    this.#sides = sides;
    this.parameters = parameters;
    this.#anchorMs = medium.scheduler.nowMs();
  }

  /** Takes one packet from the host on `side`; its credit comes back once it is on the air. */
  send(side: 0 | 1, flags: number, data: Uint8Array): void {
    if (this.#isOver) return;
    this.#queues[side].push({ flags, data });
    this.#scheduleEvent();
  }

  /** Packets that wait on `side`. */
  waiting(side: 0 | 1): number {
    return this.#queues[side].length;
  }

  /** The host on `side` wants to end the connection: what has not gone out is thrown away. */
  terminate(side: 0 | 1, reason: number): void {
    if (this.#isOver || this.#termination !== undefined) return;
    this.#queues[side].length = 0;
    this.#termination = { side, reason };
    this.#scheduleEvent();
  }

  /** One side has forgotten the connection: it is never heard again, and the other side finds out by its supervision timeout. */
  abandon(): void {
    this.#isAbandoned = true;
    this.reassess();
  }

  /** A device moved: silence starts or ends the supervision timeout. */
  reassess(): void {
    if (this.#isOver) return;
    if (!this.#isAudible()) {
      this.#cancelSilence ??= this.#medium.scheduler.after(this.parameters.timeout * 10, () => this.#lost());
      return;
    }
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    if (this.#queues.some((queue) => queue.length > 0) || this.#termination !== undefined) this.#scheduleEvent();
  }

  #isAudible(): boolean {
    return !this.#isAbandoned && this.#medium.inRange();
  }

  #intervalMs(): number {
    return this.#medium.settings.connectionIntervalMs ?? this.parameters.interval * 1.25;
  }

  #scheduleEvent(): void {
    if (this.#cancelEvent !== undefined || this.#isOver) return;
    const { scheduler } = this.#medium;
    const intervalMs = this.#intervalMs();
    const sinceAnchorMs = scheduler.nowMs() - this.#anchorMs;
    const delayMs = intervalMs === 0 ? 0 : (Math.floor(sinceAnchorMs / intervalMs) + 1) * intervalMs - sinceAnchorMs;
    this.#cancelEvent = scheduler.after(Math.ceil(delayMs), () => {
      this.#cancelEvent = undefined;
      this.#runEvent();
    });
  }

  #runEvent(): void {
    if (this.#isOver || !this.#isAudible()) return this.reassess();
    for (const side of [0, 1] as const) this.#transmit(side);
    const ending = this.#termination;
    if (ending !== undefined && !this.#isLost()) return this.#end(ending);
    if (this.#queues.some((queue) => queue.length > 0) || ending !== undefined) this.#scheduleEvent();
  }

  #transmit(side: 0 | 1): void {
    const { settings, scheduler } = this.#medium;
    const [own, peer] = [this.#sides[side], this.#sides[1 - side]!];
    for (let count = 0; count < settings.packetsPerEvent; count++) {
      const packet = this.#queues[side][0];
      if (packet === undefined || this.#isLost()) return;
      this.#queues[side].shift();
      own.completed(own.handle);
      scheduler.after(settings.latencyMs, () => {
        if (!this.#isOver) peer.received(peer.handle, packet.flags, packet.data);
      });
    }
  }

  #isLost(): boolean {
    return this.#medium.prng.chance(this.#medium.settings.lossPerMillion);
  }

  #end({ side, reason }: { readonly side: 0 | 1; readonly reason: number }): void {
    this.#close();
    const [own, peer] = [this.#sides[side], this.#sides[1 - side]!];
    own.ended(own.handle, STATUS.terminatedByLocalHost);
    peer.ended(peer.handle, reason);
    this.#medium.over(this);
  }

  #lost(): void {
    this.#close();
    for (const side of this.#sides) side.ended(side.handle, STATUS.connectionTimeout);
    this.#medium.over(this);
  }

  #close(): void {
    this.#isOver = true;
    this.#cancelEvent?.();
    this.#cancelSilence?.();
  }
}
