import { assert, err, ok, type Result } from "../base/index.ts";
import { decodeHead, linesFromCbor, openAuditHead, verifyLog, type AuditFault, type AuditLine, type VerifiedLog } from "../audit/index.ts";
import { parsePublicKey } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { BODY, type Command } from "../wire/index.ts";
import type { KeyFault } from "./faults.ts";
import type { Reply } from "./key-effects.ts";
import { findCar, withCar, type CarRecord, type Wallet } from "./wallet.ts";

/** One answer to `readLog`. */
export interface LogPage {
  readonly lines: readonly AuditLine[];
  /** Signed by the car. */
  readonly head: Uint8Array;
  readonly anchor: Uint8Array | undefined;
}

/** Lines asked for at a time; the car gives as many of them as fit. */
const LINES_PER_PAGE = 64;
/** Answers of one reading: the car keeps 2000 lines and gives 10 at a time; five times that is no log any more. */
export const LOG_PAGE_COUNT_MAX = 1000;

/** The page in a successful reply to `readLog`. */
export function readLogPage(reply: Reply): Result<LogPage, KeyFault> {
  const head = reply.body.get(BODY.head);
  const anchor = reply.body.get(BODY.anchor);
  const lines = linesFromCbor(reply.body.get(BODY.lines) ?? null);
  if (reply.code !== 0 || lines === undefined || !(head instanceof Uint8Array)) return err("malformedText");
  if (anchor !== undefined && !(anchor instanceof Uint8Array)) return err("malformedText");
  return ok({ lines, head, anchor });
}

/**
 * What to ask for after `pages`: lines since the last check (`seen`), or all the car has kept (`start`). Undefined where the last
 * page reaches its own head, or where more answers would not help; then {@link checkLog} judges.
 */
export function nextLogCommand(
  crypto: CryptoPort,
  wallet: Wallet,
  { vehicleId, from, pages }: { readonly vehicleId: string; readonly from: "seen" | "start"; readonly pages: readonly LogPage[] },
): Command | undefined {
  const car = findCar(wallet, vehicleId);
  if (car === undefined || pages.length >= LOG_PAGE_COUNT_MAX) return undefined;
  const last = pages.at(-1);
  const first = from === "seen" ? (car.auditHead?.sequence ?? 0) + 1 : 1;
  if (last === undefined) return { kind: "readLog", fromSequence: first, countMax: LINES_PER_PAGE };
  const payload = openHeadOf(crypto, car)(last.head);
  const head = payload && decodeHead(payload);
  const reached = last.lines.at(-1)?.sequence;
  if (head === undefined || reached === undefined || reached >= head.sequence) return undefined;
  return { kind: "readLog", fromSequence: reached + 1, countMax: LINES_PER_PAGE };
}

/**
 * Checks a log offline: the car's signature, the chain, and that it goes on from where this phone saw it last, so that a flash
 * image that was put back shows. The wallet then remembers the new head. A fault leaves the wallet as it was.
 */
export function checkLog(
  crypto: CryptoPort,
  wallet: Wallet,
  vehicleId: string,
  pages: readonly LogPage[],
): Result<{ readonly wallet: Wallet; readonly log: VerifiedLog }, AuditFault | { readonly kind: "unknownCar" | "nothingRead" }> {
  const car = findCar(wallet, vehicleId);
  const last = pages.at(-1);
  if (car === undefined) return err({ kind: "unknownCar" });
  if (last === undefined) return err({ kind: "nothingRead" });
  const log = verifyLog({
    seen: car.auditHead,
    anchor: pages[0]!.anchor,
    lines: pages.flatMap((page) => page.lines),
    head: last.head,
    openHead: openHeadOf(crypto, car),
    sha256: (data) => crypto.sha256(data),
  });
  if (!log.ok) return log;
  return ok({ wallet: withCar(wallet, vehicleId, (it) => ({ ...it, auditHead: log.value.head })), log: log.value });
}

function openHeadOf(crypto: CryptoPort, car: CarRecord): (signed: Uint8Array) => Uint8Array | undefined {
  const key = parsePublicKey(crypto, car.carKeys.ed25519);
  assert(key.ok, "a car's key was checked before it was stored");
  return (signed) => openAuditHead(crypto, key.value, signed);
}
