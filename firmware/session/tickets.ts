import { toHex } from "../base/index.ts";
import type { Asker } from "../access/index.ts";
import type { RandomPort } from "../ports/index.ts";
import { FAST_NONCE_BYTES, TICKET_ID_BYTES, type Ticket } from "../wire/index.ts";
import type { Exporter } from "./channel.ts";
import type { SessionLimits } from "./limits.ts";

/** One full handshake and what continues it: its exporter, and how many fast reconnects it has served. */
export interface Family {
  readonly asker: Asker;
  readonly exporter: Exporter;
  readonly establishedAtMs: number;
  uses: number;
  /** The resolving key this peer was last given, so that it is sent again only when it has changed. */
  resolvingKey: Uint8Array | undefined;
}

/** A ticket that was shown: what it continues, and the nonce and use number of its keys. */
export interface Redeemed {
  readonly family: Family;
  readonly carNonce: Uint8Array;
  readonly useNumber: number;
}

interface Kept {
  readonly family: Family;
  /** Unused tickets by id in hex, oldest first. */
  readonly unused: Map<string, { readonly carNonce: Uint8Array; readonly useNumber: number }>;
}

/** Whose key an asker's is: one family per key, and the links of one key are counted together. */
export function holderOf(asker: Asker): string {
  return asker.kind === "grant" ? asker.grant.holderId : asker.keyId;
}

/**
 * Tickets for fast reconnects. In memory only: a restart forgets them all, and the phones run full handshakes.
 *
 * One family per key: a new full handshake of a key drops what the one before had left over.
 */
export class Tickets {
  private readonly random: RandomPort;
  private readonly limits: SessionLimits;
  private readonly familyOf = new Map<string, Kept>();
  private readonly keptByTicket = new Map<string, Kept>();

  constructor(random: RandomPort, limits: SessionLimits) {
    this.random = random;
    this.limits = limits;
  }

  /** Unused tickets in all. */
  get count(): number {
    return this.keptByTicket.size;
  }

  /** The family of a full handshake that has just been completed. */
  begin(asker: Asker, exporter: Exporter, nowMs: number): Family {
    const family = this.none(asker, exporter, nowMs);
    const holder = holderOf(asker);
    this.forget(holder);
    if (this.familyOf.size >= this.limits.ticketFamiliesMax) {
      for (const oldest of this.familyOf.keys()) {
        this.forget(oldest);
        break;
      }
    }
    this.familyOf.set(holder, { family, unused: new Map() });
    return family;
  }

  /** A family that is kept nowhere, so that no ticket is ever issued for it. */
  none(asker: Asker, exporter: Exporter, nowMs: number): Family {
    return { asker, exporter, establishedAtMs: nowMs, uses: 0, resolvingKey: undefined };
  }

  /**
   * A new ticket out of the session that had the use number `ownUseNumber` (0 for a full handshake); it serves the next number.
   * Undefined where the family was replaced, has grown old or is used up.
   */
  issue(family: Family, ownUseNumber: number, nowMs: number): Ticket | undefined {
    const kept = this.familyOf.get(holderOf(family.asker));
    if (kept === undefined || kept.family !== family || this.isOver(family, nowMs)) return undefined;
    const fresh = this.random.bytes(TICKET_ID_BYTES + FAST_NONCE_BYTES);
    const ticket = { id: fresh.slice(0, TICKET_ID_BYTES), carNonce: fresh.slice(TICKET_ID_BYTES) };
    const id = toHex(ticket.id);
    if (this.keptByTicket.has(id)) return undefined;
    if (kept.unused.size >= this.limits.ticketsPerFamilyMax) {
      for (const oldest of kept.unused.keys()) {
        kept.unused.delete(oldest);
        this.keptByTicket.delete(oldest);
        break;
      }
    }
    kept.unused.set(id, { carNonce: ticket.carNonce, useNumber: ownUseNumber + 1 });
    this.keptByTicket.set(id, kept);
    return ticket;
  }

  /** Spends the ticket, whatever becomes of the message it came with; undefined for one unknown, spent or too old. */
  redeem(ticketId: Uint8Array, nowMs: number): Redeemed | undefined {
    const id = toHex(ticketId);
    const kept = this.keptByTicket.get(id);
    const unused = kept?.unused.get(id);
    if (kept === undefined || unused === undefined) return undefined;
    this.keptByTicket.delete(id);
    kept.unused.delete(id);
    const holder = holderOf(kept.family.asker);
    if (this.isOver(kept.family, nowMs)) {
      this.forget(holder);
      return undefined;
    }
    this.familyOf.delete(holder);
    this.familyOf.set(holder, kept);
    kept.family.uses++;
    return { family: kept.family, ...unused };
  }

  /** Drops what is left of a family, so that its key has to run a full handshake. */
  drop(family: Family): void {
    const holder = holderOf(family.asker);
    if (this.familyOf.get(holder)?.family === family) this.forget(holder);
  }

  /** Drops every family whose asker `matches`. */
  dropWhere(matches: (asker: Asker) => boolean): void {
    for (const [holder, kept] of this.familyOf) if (matches(kept.family.asker)) this.forget(holder);
  }

  private isOver(family: Family, nowMs: number): boolean {
    return nowMs - family.establishedAtMs >= this.limits.ticketLifetimeMs || family.uses >= this.limits.ticketUsesMax;
  }

  private forget(holder: string): void {
    for (const id of this.familyOf.get(holder)?.unused.keys() ?? []) this.keptByTicket.delete(id);
    this.familyOf.delete(holder);
  }
}
