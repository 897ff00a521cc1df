import type { LinkId } from "./events.ts";

/** Where the board's antennas see a device. */
export type Zone = "cabin" | "outside" | "unknown";

/** Links whose place is remembered: more than any radio carries. A board that tells of links long gone fills no memory. */
const LINK_COUNT_MAX = 64;

/**
 * Which proven keys are around: authenticated local links, and where the board sees the devices behind them. A zone may only
 * deny (no locking with a key inside) or wake; it opens nothing.
 */
export class Presence {
  private readonly zones = new Map<LinkId, Zone>();
  private readonly proven = new Set<LinkId>();

  /** The board's antennas see the device of `link` in `zone`. */
  located(link: LinkId, zone: Zone): void {
    this.zones.delete(link);
    if (this.zones.size >= LINK_COUNT_MAX) this.zones.delete(this.zones.keys().next().value!);
    this.zones.set(link, zone);
  }

  /** A key has proved itself over a link that proves proximity. */
  arrived(link: LinkId): void {
    this.proven.add(link);
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
    for (const link of this.proven) if (this.zones.get(link) === "cabin") inside++;
    return { inside, near: this.proven.size - inside };
  }
}
