import { assert } from "../base/index.ts";
import { decode, encode } from "../cbor/index.ts";
import { recordFault, type RecordFault } from "../fold/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { CHAIN_START, decodeHead, encodeHead, extend, HASH_BYTES, type ChainHead, type Sha256 } from "./chain-head.ts";
import { clipped, decodeEntry, encodeEntry, ENTRY_BYTES_MAX, SALT_BYTES, type AuditEvent } from "./entry.ts";
import { READ_LINES_MAX, type AuditLine } from "./lines.ts";

/** Lines kept at most: a few months of daily use, in about 200 KiB of flash. */
export const AUDIT_LINES_MAX = 2_000;
/** Lines older than this roll, as far as their time is known: long enough to settle a dispute, no longer. */
export const AUDIT_DAYS_MAX = 90;
/** Lines that one {@link AuditChain.roll} removes at most; also how far the count may fall below its limit. */
export const ROLL_LINES_MAX = 32;

const DAY_S = 86_400;
const ANCHOR_KEY = Uint8Array.of(0);
const LINE_KEY_BYTES = 4;

/** What a chain needs. `signHead` wraps a head's payload as the COSE_Sign1 of docs/protocol.md, "The audit head". */
export interface AuditPorts {
  readonly crypto: Pick<CryptoPort, "sha256">;
  readonly random: RandomPort;
  readonly signHead: (payload: Uint8Array) => Uint8Array;
}

export interface AuditLimits {
  readonly linesMax: number;
  readonly daysMax: number;
}

interface Line {
  readonly bytes: Uint8Array;
  readonly who: string;
  readonly atS: number | undefined;
}

/** What a reader gets. Verify with {@link verifyLog} against the last head seen. */
export interface AuditPage {
  readonly lines: readonly AuditLine[];
  /** Signed head of the whole chain; more lines follow while the last one here is below it. */
  readonly head: Uint8Array;
  /** Signed head up to which lines have rolled, where the lines asked for begin before it. */
  readonly anchor: Uint8Array | undefined;
}

/**
 * The audit chain, kept in the records of TABLES.audit: one record per line under its sequence (4 bytes, big-endian), and the
 * anchor under the key 0. The chain is nothing but the fold of these records: `plan` says what to commit together with the
 * change that the lines tell of, and `apply` takes it in once it is committed. Hashes are computed when they are asked for.
 */
export class AuditChain {
  private readonly ports: AuditPorts;
  private readonly sha256: Sha256;
  private readonly limits: AuditLimits;
  private readonly lines = new Map<number, Line>();
  /** Lines of the last plan: spares reading back what was just written. */
  private planned: readonly Line[] = [];
  private first = 1;
  private last = 0;
  private anchor: Uint8Array | undefined;
  /** Lines begin after the first, and no anchor says what went before. */
  private unanchored = false;
  private start: ChainHead = CHAIN_START;
  private folded: ChainHead = CHAIN_START;
  private signed: { readonly sequence: number; readonly bytes: Uint8Array } | undefined;

  /** An empty chain; {@link apply} fills it from the live records of TABLES.audit. */
  constructor(ports: AuditPorts, limits: Partial<AuditLimits> = {}) {
    this.ports = ports;
    this.sha256 = (data) => ports.crypto.sha256(data);
    this.limits = { linesMax: limits.linesMax ?? AUDIT_LINES_MAX, daysMax: limits.daysMax ?? AUDIT_DAYS_MAX };
  }

  /** How many lines are kept. */
  get lineCount(): number {
    return this.last - this.first + 1;
  }

  /** The number of the newest line; 0 before the first. */
  get lastSequence(): number {
    return this.last;
  }

  /** One put for each event, in their order; nothing changes until they are committed and applied. */
  plan(events: readonly AuditEvent[]): RecordChange[] {
    const planned: Line[] = [];
    const changes: RecordChange[] = [];
    for (const event of events) {
      const sequence = this.last + 1 + planned.length;
      const { who, what, outcome, why, atS } = clipped(event);
      const bytes = encodeEntry({ sequence, who, what, outcome, why, atS, salt: this.ports.random.bytes(SALT_BYTES) });
      assert(bytes.length <= ENTRY_BYTES_MAX, "an audit entry is at most 256 bytes");
      planned.push({ bytes, who, atS });
      changes.push({ table: TABLES.audit, key: lineKey(sequence), value: bytes });
    }
    this.planned = planned;
    return changes;
  }

  /**
   * Removes the oldest lines beyond the limits and puts the signed anchor that takes their place; empty where nothing is due. At
   * most {@link ROLL_LINES_MAX} lines a call. Signs once, so it belongs into quiet moments, not before an actuator. `nowS`: the
   * time, if it is trusted. `tight`: there is no room for as many as the limits allow. A line without a time rolls when a later
   * one with a time is too old.
   */
  roll(nowS: number | undefined, tight = false): RecordChange[] {
    const count = this.dueCount(nowS, tight);
    if (count === 0) return [];
    const changes: RecordChange[] = [];
    let anchor = this.start;
    for (let sequence = this.first; sequence < this.first + count; sequence++) {
      anchor = extend(anchor, this.digest(sequence), this.sha256);
      changes.push({ table: TABLES.audit, key: lineKey(sequence), value: undefined });
    }
    const value = encode([encodeHead(anchor), this.ports.signHead(encodeHead(anchor))]);
    return [{ table: TABLES.audit, key: ANCHOR_KEY, value }, ...changes];
  }

  /** Whether {@link roll} has something to do. */
  rollDue(nowS: number | undefined, tight = false): boolean {
    return this.dueCount(nowS, tight) > 0;
  }

  /**
   * Takes in one committed change, or, while the chain is loaded, one record. Says what is wrong with it: a line that cannot be
   * read, or lines missing before it. A missing line counts with a digest of zeros: the chain goes on, and every phone that had
   * seen further reports it as rewritten.
   */
  apply(change: RecordChange): RecordFault | undefined {
    if (change.table !== TABLES.audit) return undefined;
    const { key, value } = change;
    const isAnchor = key.length === ANCHOR_KEY.length && key[0] === ANCHOR_KEY[0];
    if (value === undefined) {
      this.lines.delete(sequenceOf(key) ?? 0);
      return undefined;
    }
    const wrong = isAnchor ? this.takeAnchor(value) : this.takeLine(key, value);
    return wrong === undefined ? undefined : recordFault(change, wrong);
  }

  /** The head as it stands. */
  head(): ChainHead {
    while (this.folded.sequence < this.last) {
      this.folded = extend(this.folded, this.digest(this.folded.sequence + 1), this.sha256);
    }
    return this.folded;
  }

  /** The head, signed by the car; signed anew only when it has moved. */
  signedHead(): Uint8Array {
    const head = this.head();
    if (this.signed?.sequence !== head.sequence) this.signed = { sequence: head.sequence, bytes: this.ports.signHead(encodeHead(head)) };
    return this.signed.bytes;
  }

  /** Lines from `fromSequence` on, at most `countMax` and {@link READ_LINES_MAX}. `reader`: who reads only its own lines, or "all". */
  read(request: { readonly fromSequence: number; readonly countMax: number; readonly reader: string }): AuditPage {
    const { fromSequence, countMax, reader } = request;
    const own = clipped({ who: reader, what: "", outcome: "info", why: "", atS: undefined }).who;
    const from = Math.max(this.first, fromSequence);
    const count = Math.max(0, Math.min(countMax, READ_LINES_MAX, this.last - from + 1));
    const lines = Array.from({ length: count }, (_, index): AuditLine => {
      const sequence = from + index;
      const line = this.lines.get(sequence);
      if (line !== undefined && (reader === "all" || own === line.who)) return { kind: "entry", sequence, bytes: line.bytes };
      return { kind: "digest", sequence, digest: this.digest(sequence) };
    });
    return { lines, head: this.signedHead(), anchor: fromSequence < this.first ? this.anchor : undefined };
  }

  private dueCount(nowS: number | undefined, tight: boolean): number {
    const { linesMax, daysMax } = this.limits;
    let count = this.lineCount > (tight ? ROLL_LINES_MAX : linesMax) ? ROLL_LINES_MAX : 0;
    if (nowS !== undefined) {
      const oldestS = nowS - daysMax * DAY_S;
      for (let index = 0; index < Math.min(ROLL_LINES_MAX, this.lineCount); index++) {
        const atS = this.lines.get(this.first + index)?.atS;
        if (atS === undefined) continue;
        if (atS >= oldestS) break;
        count = Math.max(count, index + 1);
      }
    }
    return Math.min(count, this.lineCount, ROLL_LINES_MAX);
  }

  private digest(sequence: number): Uint8Array {
    const line = this.lines.get(sequence);
    return line === undefined ? new Uint8Array(HASH_BYTES) : this.sha256(line.bytes);
  }

  private takeLine(key: Uint8Array, value: Uint8Array): string | undefined {
    const line = this.planned.find(({ bytes }) => bytes === value) ?? readLine(key, value);
    const sequence = sequenceOf(key);
    if (line === undefined || sequence === undefined) return "a line of the log is unreadable";
    if (this.last === 0 && sequence > 1) {
      // Loading: the anchor, whose record is younger than the oldest lines, comes later.
      this.unanchored = true;
      this.start = this.folded = { sequence: sequence - 1, hash: CHAIN_START.hash };
      this.first = sequence;
      this.last = sequence - 1;
    }
    const missing = sequence - this.last - 1;
    if (sequence < this.first || missing > this.limits.linesMax) return "a line of the log belongs to no chain";
    this.lines.set(sequence, line);
    this.last = Math.max(this.last, sequence);
    return missing > 0 ? `${missing} lines of the log before this one are missing` : undefined;
  }

  private takeAnchor(value: Uint8Array): string | undefined {
    const anchor = decodeAnchor(value);
    if (anchor === undefined) return "the anchor of the log is unreadable";
    const { head, signed } = anchor;
    if (this.unanchored || this.folded.sequence < head.sequence) this.folded = head;
    this.unanchored = false;
    this.anchor = signed;
    this.start = head;
    this.first = head.sequence + 1;
    this.last = Math.max(this.last, head.sequence);
    return undefined;
  }
}

function readLine(key: Uint8Array, bytes: Uint8Array): Line | undefined {
  const entry = decodeEntry(bytes);
  return entry === undefined || entry.sequence !== sequenceOf(key) ? undefined : { bytes, who: entry.who, atS: entry.atS };
}

function decodeAnchor(value: Uint8Array): { readonly head: ChainHead; readonly signed: Uint8Array } | undefined {
  const decoded = decode(value);
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== 2) return undefined;
  const [payload, signed] = decoded.value as readonly unknown[];
  if (!(payload instanceof Uint8Array) || !(signed instanceof Uint8Array)) return undefined;
  const head = decodeHead(payload);
  return head === undefined ? undefined : { head, signed };
}

function lineKey(sequence: number): Uint8Array {
  assert(sequence > 0 && sequence <= 0xffff_ffff, "an audit sequence is 32 bits");
  return Uint8Array.of(sequence >>> 24, sequence >>> 16, sequence >>> 8, sequence);
}

function sequenceOf(key: Uint8Array): number | undefined {
  if (key.length !== LINE_KEY_BYTES) return undefined;
  return ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0;
}
