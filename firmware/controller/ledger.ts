import type { Access } from "../access/index.ts";
import type { AuditChain } from "../audit/index.ts";
import { TABLES, type RecordChange, type RecordLog } from "../records/index.ts";
import { canRead, type Updates } from "../update/index.ts";
import { resolvingKeyOf } from "./identity.ts";
import type { ControllerParts } from "./parts.ts";
import type { Turn } from "./turn.ts";

/** One line for the audit chain, before it has a number. */
export interface AuditDraft {
  readonly what: string;
  /** A key id, `car`, `console` or the name of a sensor. */
  readonly who: string;
  /** How the terminal names who, where the car cannot look it up: a guest. */
  readonly name?: string | undefined;
  readonly outcome: "done" | "refused" | "failed" | "info";
  /** A reason name, or a few words without secrets and places. */
  readonly why: string;
}

/** Rolling old audit lines costs a signature; it waits this long for a quiet moment. */
const ROLL_PAUSE_MS = 1000;

/** After a commit that failed, whatever can wait waits this long: a flash that fails must not keep the processor busy. */
export const STORAGE_RETRY_MS = 10_000;

/** Audit lines that may wait because what they tell must not wait for the flash; the oldest gives way. */
export const DEFERRED_LINES_MAX = 64;

/** Deferred lines of one batch: 7 records of at most 268 bytes fit into the 2016 bytes of a batch on sectors of 4 KiB. */
const DEFERRED_LINES_PER_BATCH = 7;

/**
 * What the controller writes: changes with the audit lines that tell of them, each commit folded into the rooms' memory. Keeps
 * lines that could not be written yet, and makes room in the log before the flash is full.
 */
export class Ledger {
  private readonly store: RecordLog;
  private readonly access: Access;
  private readonly audit: AuditChain;
  private readonly updates: Updates;
  private deferred: AuditDraft[] = [];
  private rollDueMs: number | undefined;
  private isTight = false;
  private cachedResolvingKey: Uint8Array | undefined;
  /** Until then nothing that can wait is tried again. */
  private retryMs = 0;

  constructor(parts: Pick<ControllerParts, "store" | "access" | "audit" | "updates">) {
    this.store = parts.store;
    this.access = parts.access;
    this.audit = parts.audit;
    this.updates = parts.updates;
    this.isTight = this.measure();
  }

  /** The 16 bytes in force now. */
  get resolvingKey(): Uint8Array {
    return (this.cachedResolvingKey ??= resolvingKeyOf(this.store));
  }

  /** `atMs`, or later while the flash fails. */
  notBefore(atMs: number): number {
    return Math.max(atMs, this.retryMs);
  }

  /** A line for the next commit. */
  defer(line: AuditDraft): void {
    if (this.deferred.length >= DEFERRED_LINES_MAX) this.deferred.shift();
    this.deferred.push(line);
  }

  /**
   * Commits `changes` together with `lines` and folds both into memory; lines that waited go first. Effects that the turn gets
   * after this wait until the flash is durable. False: nothing of it was stored.
   */
  commit(turn: Turn, changes: readonly RecordChange[], lines: readonly AuditDraft[]): boolean {
    this.storeDeferred(turn);
    return this.put(turn, changes, lines);
  }

  /** Writes the lines that wait, unless the flash failed a moment ago. */
  storeDeferred(turn: Turn): void {
    while (this.deferred.length > 0 && turn.nowMs >= this.retryMs) {
      const portion = this.deferred.slice(0, DEFERRED_LINES_PER_BATCH);
      if (!this.put(turn, [], portion)) return;
      this.deferred = this.deferred.slice(portion.length);
    }
  }

  /** Rolls old audit lines when their time has come. */
  serve(turn: Turn): void {
    if (this.rollDueMs === undefined || this.rollDueMs > turn.nowMs) return;
    this.rollDueMs = undefined;
    this.put(turn, this.audit.roll(this.access.nowS(turn.nowMs), this.isTight), []);
  }

  /** When there is something to write without an event; undefined: not by itself. */
  nextDueMs(nowMs: number): number | undefined {
    if (this.audit.rollDue(this.access.nowS(nowMs), this.isTight)) this.rollDueMs ??= this.notBefore(nowMs + ROLL_PAUSE_MS);
    if (this.deferred.length === 0) return this.rollDueMs;
    return Math.min(this.notBefore(nowMs), this.rollDueMs ?? Infinity);
  }

  private put(turn: Turn, changes: readonly RecordChange[], lines: readonly AuditDraft[]): boolean {
    const atS = this.access.nowS(turn.nowMs);
    const batch = [...changes, ...this.audit.plan(lines.map(({ what, who, outcome, why }) => ({ what, who, outcome, why, atS })))];
    const { trialFormats } = this.updates;
    if (trialFormats !== undefined && !canRead(trialFormats, batch)) {
      // The record that ends the trial is the first that may be in a new format; until then the release before must read everything.
      this.retryMs = turn.nowMs + STORAGE_RETRY_MS;
      turn.note({ what: "storage", who: "car", outcome: "failed", why: "the release before this trial could not read it" });
      return false;
    }
    const stored = this.store.commit(batch);
    if (!stored.ok) {
      this.retryMs = turn.nowMs + STORAGE_RETRY_MS;
      turn.note({ what: "storage", who: "car", outcome: "failed", why: `${stored.error.kind}: ${stored.error.detail}` });
      return false;
    }
    this.retryMs = 0;
    for (const change of batch) {
      if (change.table === TABLES.audit) this.audit.apply(change);
      else if (change.table === TABLES.update) this.updates.apply(change);
      else this.access.apply(change);
      if (change.table === TABLES.identity) this.cachedResolvingKey = undefined;
    }
    this.isTight = this.measure();
    turn.commit();
    return true;
  }

  /** Whether the log of acts would soon take the room that keys and grants may still use. */
  private measure(): boolean {
    const { liveBytes, limitBytes, reserveBytes } = this.store.usage();
    return liveBytes > limitBytes - 1.5 * reserveBytes;
  }
}
