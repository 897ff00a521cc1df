import { equalBytes, err, ok, type Result } from "../base/index.ts";
import { CHAIN_START, decodeHead, extend, type ChainHead, type Sha256 } from "./chain-head.ts";
import { decodeEntry, type AuditEntry } from "./entry.ts";
import type { AuditLine } from "./lines.ts";

/**
 * Why a log is not what its car once vouched for. `restored`: its head is older than one that this phone has seen, so the car's
 * flash was put back to an earlier state. `rewritten`: as far as the phone had seen it, it says something else now. `gap`: a
 * line is missing. `mismatch`: the lines do not lead to the signed head. `signature`: head or anchor are not this car's.
 */
export interface AuditFault {
  readonly kind: "restored" | "rewritten" | "gap" | "mismatch" | "signature" | "malformed";
  /** The line at which it shows. */
  readonly sequence: number;
  readonly detail: string;
}

export interface VerifiedLog {
  /** To be remembered, and given as `seen` the next time. */
  readonly head: ChainHead;
  /** Lines that this reader may read. */
  readonly entries: readonly AuditEntry[];
  readonly hiddenCount: number;
  /** Lines that rolled away before this phone had seen them: the first and the last, if any. */
  readonly missed: { readonly from: number; readonly to: number } | undefined;
}

export interface LogToVerify {
  /** The last head that this phone has verified for this car, if any. */
  readonly seen: ChainHead | undefined;
  /** Signed. */
  readonly anchor: Uint8Array | undefined;
  /** All lines up to the head, from as many answers as it took. */
  readonly lines: readonly AuditLine[];
  /** Signed. */
  readonly head: Uint8Array;
  /** The payload of a head signed by this car (docs/protocol.md, "The audit head"), or undefined where the signature is not its. */
  readonly openHead: (signed: Uint8Array) => Uint8Array | undefined;
  readonly sha256: Sha256;
}

const fault = (kind: AuditFault["kind"], sequence: number, detail: string): Result<never, AuditFault> => err({ kind, sequence, detail });

/** Checks offline that `lines` lead from what this phone knows to the head that the car signs now. Linear in the lines. */
export function verifyLog(log: LogToVerify): Result<VerifiedLog, AuditFault> {
  const head = open(log, log.head);
  if (!head.ok) return head;
  const { seen } = log;
  if (seen !== undefined && head.value.sequence < seen.sequence) {
    return fault("restored", head.value.sequence, `the car's log ends at line ${head.value.sequence}; line ${seen.sequence} was seen before: its flash was restored`);
  }
  const base = baseOf(log);
  if (!base.ok) return base;
  const { start, missed } = base.value;
  const walked = walk(log, start);
  if (!walked.ok) return walked;
  const { end, entries, hiddenCount } = walked.value;
  if (end.sequence !== head.value.sequence) return fault("gap", end.sequence + 1, `the lines end at ${end.sequence}, the head stands at ${head.value.sequence}`);
  if (!equalBytes(end.hash, head.value.hash)) {
    const kind = seen !== undefined && seen.sequence === end.sequence ? "rewritten" : "mismatch";
    return fault(kind, end.sequence, "the lines do not lead to the signed head");
  }
  return ok({ head: end, entries, hiddenCount, missed });
}

function open(log: LogToVerify, signed: Uint8Array): Result<ChainHead, AuditFault> {
  const payload = log.openHead(signed);
  if (payload === undefined) return fault("signature", 0, "the signature is not this car's");
  const head = decodeHead(payload);
  return head === undefined ? fault("malformed", 0, "the signed payload is no chain head") : ok(head);
}

/** Where the lines begin: at what the phone has seen, at the anchor, or at the beginning. */
function baseOf(log: LogToVerify): Result<{ start: ChainHead; missed: VerifiedLog["missed"] }, AuditFault> {
  const { seen } = log;
  const known = seen ?? CHAIN_START;
  const first = log.lines[0]?.sequence;
  if (first === known.sequence + 1 || (first === undefined && log.anchor === undefined)) return ok({ start: known, missed: undefined });
  if (first === 1) return ok({ start: CHAIN_START, missed: undefined });
  if (log.anchor === undefined) return fault("gap", known.sequence + 1, "lines are missing, and no anchor stands in their place");
  const anchor = open(log, log.anchor);
  if (!anchor.ok) return anchor;
  const { sequence, hash } = anchor.value;
  if (first !== undefined && first !== sequence + 1) return fault("gap", sequence + 1, `the anchor stands at ${sequence}, the lines begin at ${first}`);
  if (sequence === known.sequence && !equalBytes(hash, known.hash)) return fault("rewritten", sequence, "the anchor differs from what was seen");
  const missed = sequence > known.sequence ? { from: known.sequence + 1, to: sequence } : undefined;
  return ok({ start: anchor.value, missed });
}

function walk(log: LogToVerify, start: ChainHead): Result<{ end: ChainHead; entries: readonly AuditEntry[]; hiddenCount: number }, AuditFault> {
  const entries: AuditEntry[] = [];
  let end = start;
  for (const line of log.lines) {
    if (line.sequence !== end.sequence + 1) return fault("gap", end.sequence + 1, `line ${end.sequence + 1} is missing`);
    if (line.kind === "entry") {
      const entry = decodeEntry(line.bytes);
      if (entry?.sequence !== line.sequence) return fault("malformed", line.sequence, "the line is no entry of this place");
      entries.push(entry);
    }
    end = extend(end, line.kind === "entry" ? log.sha256(line.bytes) : line.digest, log.sha256);
    if (log.seen?.sequence === end.sequence && !equalBytes(log.seen.hash, end.hash)) {
      return fault("rewritten", end.sequence, "up to here the log says something else than when it was last seen");
    }
  }
  return ok({ end, entries, hiddenCount: log.lines.length - entries.length });
}
