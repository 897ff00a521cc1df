import { concat, fromHex, toHex } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { KEY_ID_BYTES, type Action } from "../wire/index.ts";
import type { Grant } from "./asker.ts";
import { ADMITTED_GRANT_COUNT_MAX, USE_REPEAT_MS } from "./limits.ts";
import type { GrantRemains } from "./stale.ts";

const VERSION = 1;

interface UseRecord {
  readonly recordKey: Uint8Array;
  /** Highest use number consumed; numbers up to it are spent. */
  readonly use: number;
  readonly issuerEpoch: number;
  readonly expiresAtS: number | undefined;
}

interface OpenUse {
  readonly use: number;
  readonly action: Action;
  readonly untilMs: number;
}

/** What asking for a use number comes to: a new use to commit, a repeat that is free, or a refusal. */
export type UseAnswer = { readonly kind: "consumes"; readonly change: RecordChange } | { readonly kind: "repeats" } | { readonly kind: "spent" };

/** The uses of counted grants that are consumed. They only grow; a record goes when its grant is dead without it. */
export class GrantUses {
  private readonly records = new Map<string, UseRecord>();
  /** Uses of this boot that may still be repeated: they begin when the consumption is planned and count once it is applied. */
  private readonly open = new Map<string, OpenUse>();

  get count(): number {
    return this.records.size;
  }

  has(grant: Grant): boolean {
    return this.records.has(idOf(grant));
  }

  /** Highest use number consumed, 0 before the first. */
  usedOf(grant: Grant): number {
    return this.records.get(idOf(grant))?.use ?? 0;
  }

  /** End of the grant where a use of it told the car. */
  expiresAtS(issuerId: string, grantId: string): number | undefined {
    return this.records.get(issuerId + grantId)?.expiresAtS;
  }

  /**
   * Whether `use` is new (any number above the consumed ones, within the grant: skipped numbers are lost to the guest),
   * a repeat of the last one for the same action, or spent. A restart ends repeats: on doubt a use is gone.
   */
  ask(grant: Grant, action: Action, use: number, nowMs: number): UseAnswer {
    const used = this.usedOf(grant);
    const id = idOf(grant);
    if (use > used && use <= grant.usesMax!) return { kind: "consumes", change: putUse(grant, use) };
    const open = this.open.get(id);
    if (use === used && open?.use === use && open.action === action && nowMs < open.untilMs) return { kind: "repeats" };
    return { kind: "spent" };
  }

  /** Whether the last use is still open to repeats: the guest who has used up the grant may still look at what it did. */
  isOpen(grant: Grant, nowMs: number): boolean {
    const open = this.open.get(idOf(grant));
    return open !== undefined && open.use === this.usedOf(grant) && nowMs < open.untilMs;
  }

  /** Opens `use` to repeats; called with the decision that consumes it. */
  begin(grant: Grant, action: Action, use: number, nowMs: number): void {
    const id = idOf(grant);
    this.open.delete(id);
    if (this.open.size >= ADMITTED_GRANT_COUNT_MAX) this.open.delete(this.open.keys().next().value!);
    this.open.set(id, { use, action, untilMs: nowMs + USE_REPEAT_MS });
  }

  /** The latch has reported: the use is not repeated any more. */
  end(grant: Grant): void {
    this.open.delete(idOf(grant));
  }

  apply(change: RecordChange): RecordFault | undefined {
    const id = toHex(change.key);
    if (change.value === undefined) {
      this.records.delete(id);
      return undefined;
    }
    const fields = readRecord(change.value, VERSION, 3);
    const use = uintField(fields?.[0]);
    const issuerEpoch = uintField(fields?.[1]);
    const expiresAtS = fields?.[2] === null ? undefined : uintField(fields?.[2]);
    if (use === undefined || issuerEpoch === undefined || (fields?.[2] !== null && expiresAtS === undefined)) {
      const spent = Number.MAX_SAFE_INTEGER;
      this.records.set(id, { recordKey: change.key, use: spent, issuerEpoch: spent, expiresAtS: undefined });
      return recordFault(change, "how often a counted grant was used; it counts as used up");
    }
    this.records.set(id, { recordKey: change.key, use, issuerEpoch, expiresAtS });
    return undefined;
  }

  /** What is known of single grants, for the sweep. */
  *remains(): Iterable<GrantRemains> {
    for (const [id, entry] of this.records) {
      yield { table: TABLES.grantUses, recordKey: entry.recordKey, issuerId: id.slice(0, 2 * KEY_ID_BYTES), issuerEpoch: entry.issuerEpoch, expiresAtS: entry.expiresAtS };
    }
  }
}

function idOf(grant: Grant): string {
  return grant.issuerId + grant.grantId;
}

function putUse(grant: Grant, use: number): RecordChange {
  const key = concat(fromHex(grant.issuerId)!, fromHex(grant.grantId)!);
  return { table: TABLES.grantUses, key, value: writeRecord(VERSION, use, grant.issuerEpoch, grant.expiresAtS ?? null) };
}
