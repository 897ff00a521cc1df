import type { Allowed, Asker, Closing, Grant } from "../access/index.ts";
import { fromHex } from "../base/index.ts";
import type { CborMap } from "../cbor/index.ts";
import type { RecordChange } from "../records/index.ts";
import type { SessionOutcome } from "../session/index.ts";
import type { AuditDraft } from "./ledger.ts";
import type { Turn } from "./turn.ts";

/** Takes the answer to a request: 0 or the code of a reason, and what a body tells beside. */
export type Answered = (turn: Turn, code: number, body: CborMap) => void;

/** A command of a proven key. `answered`: who takes the answer, where it is not the session that the command came in. */
export type Request = Extract<SessionOutcome, { kind: "request" }> & { readonly answered?: Answered };

/** A command that was allowed, on its way to being done. */
export interface Job {
  readonly turn: Turn;
  readonly request: Request;
  readonly decision: Allowed;
}

/** What a change of the key store comes to. */
export interface Change {
  readonly changes: readonly RecordChange[];
  readonly line: AuditDraft;
  readonly closing?: Closing;
  readonly code?: number;
  readonly body?: CborMap;
  /** Any beginning of `changes` may be stored without the rest: they need not fit into one batch. */
  readonly inPieces?: boolean;
}

/** Who a line of the audit log names: the key's id. */
export function whoOf(asker: Asker): string {
  return asker.kind === "grant" ? asker.grant.holderId : asker.keyId;
}

/** The same with the name that the owner gave a guest, for the terminal. */
export function actorOf(asker: Asker): { readonly who: string; readonly name: string | undefined } {
  return asker.kind === "grant" ? { who: asker.grant.holderId, name: guestName(asker.grant) } : { who: asker.keyId, name: undefined };
}

/** A guest as its owner named it. */
export function guestName(grant: Grant): string {
  return `${grant.role} ${grant.name}`;
}

/** A key id of the wire. */
export function keyIdBytes(keyId: string): Uint8Array {
  return fromHex(keyId)!;
}
