import type { LinkId } from "./events.ts";

/** Where the board's antennas see a device. */
export type Zone = "cabin" | "outside" | "unknown";

/** Links whose place is remembered: more than any radio carries. A board that tells of links long gone fills no memory. */
const LINK_COUNT_MAX = 64;

/**
 * Which keys are around: local links of keys that are good for something here, and where the board sees the devices behind them.
 * A zone may only deny (no locking with a key inside) or wake; it opens nothing. A revoked or expired guest who waits nearby
 * must not keep the car from locking, so a grant counts from the first request it was allowed, and to its end.
 */
export class Presence {
  private readonly zones = new Map<LinkId, Zone>();
  /** Until when (monotonic) each counts. */
  private readonly proven = new Map<LinkId, number>();

  /** The board's antennas see the device of `link` in `zone`. */
  located(link: LinkId, zone: Zone): void {
    this.zones.delete(link);
    if (this.zones.size >= LINK_COUNT_MAX) this.zones.delete(this.zones.keys().next().value!);
    this.zones.set(link, zone);
  }

  zoneOf(link: LinkId): Zone {
    return this.zones.get(link) ?? "unknown";
  }

  /** A key that is good here has proved itself over a link that proves proximity; it counts until `untilMs`. */
  arrived(link: LinkId, untilMs = Infinity): void {
    this.proven.set(link, untilMs);
  }

  /** When the first of those who are here stops counting; undefined where nobody does. */
  get nextEndMs(): number | undefined {
    let endMs = Infinity;
    for (const untilMs of this.proven.values()) endMs = Math.min(endMs, untilMs);
    return endMs === Infinity ? undefined : endMs;
  }

  /** Forgets whose time is over at `nowMs`; true where there was anybody. */
  expire(nowMs: number): boolean {
    const before = this.proven.size;
    for (const [link, untilMs] of this.proven) if (untilMs <= nowMs) this.proven.delete(link);
    return this.proven.size < before;
  }

  /** The session of the link has ended. Its device is where it is: another session may begin on the same link. */
  left(link: LinkId): void {
    this.proven.delete(link);
  }

  /** The link itself is gone. */
  gone(link: LinkId): void {
    this.proven.delete(link);
    this.zones.delete(link);
  }

  /** Proven keys in the cabin, and those around the car. */
  count(): { readonly inside: number; readonly near: number } {
    let inside = 0;
    for (const link of this.proven.keys()) if (this.zones.get(link) === "cabin") inside++;
    return { inside, near: this.proven.size - inside };
  }
}
