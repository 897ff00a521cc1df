import type { Asker } from "../access/index.ts";
import { earliest } from "../base/index.ts";
import type { ProtectedChannel } from "./channel.ts";
import type { Reassembler } from "./framing.ts";
import type { Handshake } from "./handshake.ts";
import type { SessionLimits } from "./limits.ts";
import type { LinkId, Proximity } from "./link-event.ts";
import type { Path } from "./outcome.ts";
import { holderOf, type Family } from "./tickets.ts";

/** Nobody yet; `handshake` once a message_2 is out. */
export interface Stranger {
  readonly kind: "stranger";
  readonly handshake: Handshake | undefined;
}

/** A key has proved itself. */
export interface Live {
  readonly kind: "live";
  readonly asker: Asker;
  readonly path: Path;
  readonly channel: ProtectedChannel;
  readonly family: Family;
  /** 0 for a full handshake, else the number of the fast reconnect. */
  readonly useNumber: number;
  /** Commands handed on and not replied to yet. */
  pendingRequests: number;
  lastHeardMs: number;
  /** From when on a command is too old: nobody knows how long it was held on its way. */
  freshUntilMs: number;
}

/** One radio link and all that is kept for it. */
export interface Link {
  readonly id: LinkId;
  readonly proximity: Proximity;
  attPayloadBytes: number;
  readonly reassembler: Reassembler;
  /** When a first frame must have come; undefined once it has. */
  firstFrameDueMs: number | undefined;
  /** When a stranger must have proved a key. */
  authenticationDueMs: number;
  handshakeCount: number;
  /** What the car said first: a ticket counts for the link whose challenge it was shown with. */
  readonly challenge: Uint8Array;
  ticketTried: boolean;
  state: Stranger | Live;
}

/** A link whose peer has proved a key. */
export type LiveLink = Link & { state: Live };

/** Whether a key has proved itself on `link`. */
export function isLive(link: Link): link is LiveLink {
  return link.state.kind === "live";
}

/** When `link` is to be closed unless something happens before; undefined for one that may stay. */
export function dueMs(link: Link): number | undefined {
  const { deadlineMs } = link.reassembler;
  return isLive(link) ? deadlineMs : earliest(deadlineMs, link.firstFrameDueMs, link.authenticationDueMs);
}

/** The open links, oldest first, and who has to go when one too many comes. */
export class LinkTable {
  private readonly limits: SessionLimits;
  private readonly links = new Map<LinkId, Link>();

  constructor(limits: SessionLimits) {
    this.limits = limits;
  }

  get(id: LinkId): Link | undefined {
    return this.links.get(id);
  }

  add(link: Link): void {
    this.links.set(link.id, link);
  }

  remove(id: LinkId): void {
    this.links.delete(id);
  }

  get count(): number {
    return this.links.size;
  }

  all(): Iterable<Link> {
    return this.links.values();
  }

  live(): readonly LiveLink[] {
    return [...this.all()].filter(isLive);
  }

  /**
   * The oldest stranger, where it has to go so that one more may come, on `newLinks` more links; undefined where there is room.
   * Links of proven keys never go for a stranger.
   */
  strangerInTheWay(newLinks: 0 | 1): Link | undefined {
    const strangers = [...this.all()].filter((link) => !isLive(link));
    const full = strangers.length >= this.limits.strangerCountMax || this.links.size + newLinks > this.limits.linkCountMax;
    return full ? strangers[0] : undefined;
  }

  /**
   * The session that has to go so that `asker` may have one more: the oldest of the same key beyond its share, else the oldest
   * newcomer beyond theirs, else, where all but the last slot are taken, a newcomer's or the one heard from longest ago;
   * undefined where there is room.
   */
  sessionInTheWay(asker: Asker): LiveLink | undefined {
    const live = this.live();
    const same = live.filter((link) => holderOf(link.state.asker) === holderOf(asker));
    if (same.length >= this.limits.sessionsPerKeyMax) return same[0];
    const newcomers = live.filter((link) => link.state.asker.kind === "newcomer");
    if (asker.kind === "newcomer" && newcomers.length >= this.limits.newcomerCountMax) return newcomers[0];
    if (live.length < this.limits.linkCountMax - 1) return undefined;
    // Whoever is not enrolled yet may be anybody: keys of the car stay.
    return (newcomers.length > 0 ? newcomers : live).reduce((quietest, link) => (link.state.lastHeardMs < quietest.state.lastHeardMs ? link : quietest));
  }
}
