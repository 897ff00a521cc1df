import type { Prng } from "../chance/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";
import { lossPerMillion, type AirSettings, type Place } from "./propagation.ts";
import type { LinkLoss, Radio, RadioListener } from "./radio.ts";

/** Frames one side may have under way; a sender that does not wait for credit loses its link. */
export const FRAMES_UNDER_WAY_MAX = 128;

/** One side of a link: a reliable ordered pipe for frames, as a BLE connection is. Loss costs time, never bytes. */
export interface LinkEnd {
  /** The same on both sides; counted from 1 by the air. */
  readonly linkNumber: number;
  readonly own: Radio;
  readonly peer: Radio;
  readonly attPayloadBytes: number;
  readonly open: boolean;
  /** Ignored once the link is closed: the bytes would never arrive. */
  send(bytes: Uint8Array): void;
  /** Frames already handed over are still delivered first. */
  close(): void;
}

/** What a link needs of the air around it. */
export interface LinkMedium {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly settings: AirSettings;
  /** Mean strength on the best path between two places. */
  rssiDbm(a: Place, b: Place): number;
  /** What the path adds to the time of a packet. */
  addedMs(a: Place, b: Place): number;
  listenerOf(radio: Radio): RadioListener;
  /** A frame as anybody in range hears it. */
  overheard(from: Radio, linkNumber: number, bytes: Uint8Array): void;
  ended(link: Link): void;
}

interface Direction {
  readonly end: End;
  /** When the last frame handed over arrives; later ones never arrive earlier. */
  lastArrivalMs: number;
  /** The connection event that frame travels in, and how many travel with it. */
  eventMs: number;
  framesInEvent: number;
  underWay: number;
  /** Frames sent while out of range: they go out when the devices meet again, or die with the link. */
  held: Uint8Array[];
}

class End implements LinkEnd {
  readonly own: Radio;
  readonly peer: Radio;
  readonly link: Link;
  readonly #side: 0 | 1;

  constructor(link: Link, side: 0 | 1, own: Radio, peer: Radio) {
    this.link = link;
    this.#side = side;
    this.own = own;
    this.peer = peer;
  }

  get linkNumber(): number {
    return this.link.number;
  }

  get attPayloadBytes(): number {
    return this.link.attPayloadBytes;
  }

  get open(): boolean {
    return this.link.open;
  }

  send(bytes: Uint8Array): void {
    this.link.send(this.#side, bytes);
  }

  close(): void {
    this.link.closeAfterDelivery(this.#side);
  }
}

/** A connection between two radios. Draws how many intervals each frame costs when it is sent: one task per frame, no polling. */
export class Link {
  readonly number: number;
  readonly attPayloadBytes: number;
  readonly #medium: LinkMedium;
  readonly #directions: readonly [Direction, Direction];
  readonly #anchorMs: number;
  #open = true;
  #closing = false;
  #silence: Task | undefined;

  constructor(medium: LinkMedium, number: number, central: Radio, peripheral: Radio) {
    this.#medium = medium;
    this.number = number;
    this.attPayloadBytes = medium.settings.attPayloadBytes;
    this.#anchorMs = medium.clock.monotonicMs();
    const direction = (end: End): Direction => ({ end, lastArrivalMs: 0, eventMs: -1, framesInEvent: 0, underWay: 0, held: [] });
    this.#directions = [direction(new End(this, 0, central, peripheral)), direction(new End(this, 1, peripheral, central))];
  }

  get open(): boolean {
    return this.#open;
  }

  /** The ends, central first. */
  get ends(): readonly [LinkEnd, LinkEnd] {
    return [this.#directions[0].end, this.#directions[1].end];
  }

  send(side: 0 | 1, bytes: Uint8Array): void {
    const direction = this.#directions[side];
    if (!this.#open || this.#closing || !direction.end.own.on) return;
    if (direction.underWay + direction.held.length >= FRAMES_UNDER_WAY_MAX) {
      this.#medium.clock.after(0, "link overflow", () => this.end("overflow"));
      return;
    }
    if (this.#rssiDbm() <= this.#medium.settings.sensitivityDbm) direction.held.push(bytes);
    else this.#transmit(direction, bytes);
  }

  closeAfterDelivery(side: 0 | 1): void {
    if (!this.#open || this.#closing || !this.#directions[side].end.own.on) return;
    this.#closing = true;
    const afterMs = Math.max(this.#directions[side].lastArrivalMs, this.#medium.clock.monotonicMs());
    this.#medium.clock.at(afterMs, "link closed", () => this.end("closed"));
  }

  /** One of the radios moved or was switched: out of range starts the supervision timeout, back in range ends it. */
  reassess(): void {
    if (!this.#open) return;
    const { clock, settings } = this.#medium;
    const off = !this.#directions[0].end.own.on || !this.#directions[1].end.own.on;
    if (off || this.#rssiDbm() <= settings.sensitivityDbm) {
      this.#silence ??= clock.after(settings.supervisionTimeoutMs, "supervision timeout", () => this.end("supervision-timeout"));
      return;
    }
    clock.cancel(this.#silence);
    this.#silence = undefined;
    for (const direction of this.#directions) {
      const held = direction.held;
      direction.held = [];
      for (const bytes of held) this.#transmit(direction, bytes);
    }
  }

  /** Ends the link now and tells both sides. */
  end(why: LinkLoss): void {
    if (!this.#open) return;
    this.#open = false;
    this.#medium.clock.cancel(this.#silence);
    this.#medium.ended(this);
    for (const { end } of this.#directions) {
      if (end.own.on) this.#medium.listenerOf(end.own).linkClosed?.(end, why);
    }
  }

  #rssiDbm(): number {
    const [a, b] = this.#directions;
    return this.#medium.rssiDbm(a.end.own.place, b.end.own.place);
  }

  #transmit(direction: Direction, bytes: Uint8Array): void {
    const { clock, settings, prng } = this.#medium;
    const fadedDbm = Math.round(this.#rssiDbm() + settings.fadingDb * prng.bell());
    const loss = Math.min(lossPerMillion(fadedDbm, settings), 950_000);
    const intervalsMax = Math.ceil(settings.supervisionTimeoutMs / settings.connectionIntervalMs);
    let lost = 0;
    while (lost < intervalsMax && prng.chance(loss)) lost += 1;
    if (lost >= intervalsMax) {
      this.#silence ??= clock.after(settings.supervisionTimeoutMs, "supervision timeout", () => this.end("supervision-timeout"));
      return;
    }
    const { own, peer } = direction.end;
    const arrivalMs = this.#place(direction, lost) + settings.latencyMs + this.#medium.addedMs(own.place, peer.place);
    direction.lastArrivalMs = Math.max(direction.lastArrivalMs, arrivalMs);
    direction.underWay += 1;
    this.#medium.overheard(direction.end.own, this.number, bytes);
    clock.at(direction.lastArrivalMs, "frame", () => {
      direction.underWay -= 1;
      const receiver = direction.end.peer;
      if (!this.#open || !receiver.on) return;
      const other = this.#directions[direction === this.#directions[0] ? 1 : 0].end;
      this.#medium.listenerOf(receiver).received?.(other, bytes);
    });
  }

  /** The connection event in which the next frame of `direction` gets through after `lost` failures, as a moment. */
  #place(direction: Direction, lost: number): number {
    const { clock, settings } = this.#medium;
    const intervalMs = settings.connectionIntervalMs;
    const sinceAnchorMs = clock.monotonicMs() - this.#anchorMs;
    const nextMs = this.#anchorMs + Math.ceil(sinceAnchorMs / intervalMs) * intervalMs;
    if (nextMs > direction.eventMs) {
      direction.eventMs = nextMs;
      direction.framesInEvent = 0;
    } else if (direction.framesInEvent >= settings.packetsPerEvent) {
      direction.eventMs += intervalMs;
      direction.framesInEvent = 0;
    }
    // A lost packet is sent again in the next event, and everything behind it waits: the link layer keeps order.
    if (lost > 0) {
      direction.eventMs += lost * intervalMs;
      direction.framesInEvent = 0;
    }
    direction.framesInEvent += 1;
    return direction.eventMs;
  }
}
