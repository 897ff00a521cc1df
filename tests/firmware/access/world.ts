import { fromHex, toHex, type Result } from "../../../firmware/base/index.ts";
import { Access, type AccessOptions, type Asker, type Closing, type Decision, type PairPlan } from "../../../firmware/access/index.ts";
import { publicKeyOf, thumbprint, type PublicKey } from "../../../firmware/cose/index.ts";
import { signGrant, type GrantClaims } from "../../../firmware/cwt/index.ts";
import type { RecordFault } from "../../../firmware/fold/index.ts";
import { signRevocationList, type RevocationEntry } from "../../../firmware/lists/index.ts";
import type { CryptoPort, SignatureAlgorithm, SigningKey } from "../../../firmware/ports/index.ts";
import type { RecordChange } from "../../../firmware/records/index.ts";
import { ACTIONS, type Action, type Role } from "../../../firmware/wire/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { seededRandom } from "../../support/random.ts";

/** 2026-06-01T00:00:00Z. */
export const JUNE_S = 1_780_272_000;
export const DAY_S = 86_400;
export const DAY_MS = 86_400_000;

/** Verifies; {@link signer} signs. */
export const crypto: CryptoPort = createNodeCrypto({ random: seededRandom("access tests") });
const signer = testCrypto("signer");
export const VEHICLE_ID = crypto.sha256(Uint8Array.of(1, 2, 3));

/** A key pair somebody carries. */
export interface Person {
  readonly signingKey: SigningKey;
  readonly publicKey: PublicKey;
  readonly id: string;
  readonly thumbprint: Uint8Array;
  readonly asker: Extract<Asker, { kind: "key" }>;
  readonly newcomer: Extract<Asker, { kind: "newcomer" }>;
}

const people = new Map<string, Person>();

/** The person of that name; always the same one in a test file. */
export function person(name: string, algorithm: SignatureAlgorithm = "Ed25519"): Person {
  const known = people.get(name);
  if (known !== undefined) return known;
  const signingKey = testCrypto(name).generateSigningKey(algorithm);
  const publicKey = publicKeyOf(algorithm, signingKey.publicKey);
  const print = thumbprint(crypto, publicKey);
  const id = toHex(print.subarray(0, 8));
  const made: Person = {
    signingKey,
    publicKey,
    id,
    thumbprint: print,
    asker: { kind: "key", keyId: id },
    newcomer: { kind: "newcomer", keyId: id, publicKey: publicKey.coseKey },
  };
  people.set(name, made);
  return made;
}

/** A car's access with its records, in which a commit is at once durable and a restart is a reload. */
export class World {
  access: Access;
  nowMs = 1_000;
  readonly records = new Map<string, RecordChange>();
  readonly faults: RecordFault[] = [];
  private readonly options: Partial<AccessOptions>;
  private boots = 0;

  constructor(options: Partial<AccessOptions> = {}) {
    this.options = options;
    this.access = this.boot();
  }

  /** Stores and applies; returns what it was given. */
  commit(changes: readonly RecordChange[]): void {
    for (const change of changes) {
      const id = `${change.table}/${toHex(change.key)}`;
      if (change.value === undefined) this.records.delete(id);
      else this.records.set(id, change);
    }
    for (const change of changes) this.fault(this.access.apply(change));
  }

  /** Commits a plan that must have been allowed. */
  done<T extends { readonly changes: readonly RecordChange[] }>(plan: Result<T, unknown>): T {
    if (!plan.ok) throw new Error(`refused: ${JSON.stringify(plan.error)}`);
    this.commit(plan.value.changes);
    return plan.value;
  }

  doneChanges(plan: Result<readonly RecordChange[], unknown>): void {
    if (!plan.ok) throw new Error(`refused: ${JSON.stringify(plan.error)}`);
    this.commit(plan.value);
  }

  /** The car is switched off and on: what was not a record is gone, monotonic time begins anew. */
  restart(): void {
    this.nowMs = 500;
    this.access = this.boot();
  }

  /** A second memory made from the records alone. */
  boot(order: (changes: RecordChange[]) => RecordChange[] = (changes) => changes): Access {
    const random = seededRandom(`boot ${this.boots++}`);
    const access = new Access({ crypto, random, vehicleId: VEHICLE_ID, nowMs: this.nowMs, ...this.options });
    for (const change of order([...this.records.values()])) this.fault(access.apply(change));
    return access;
  }

  /** Pairs `owner` with `recovery` as an unclaimed car's console would. */
  claim(owner: Person, recovery: Person, why: "claim" | "reset" = "claim"): PairPlan {
    const opened = this.access.openPairing({ why, nowMs: this.nowMs });
    if (!opened.ok) throw new Error(opened.error);
    return this.pair(owner, recovery, opened.value.secret);
  }

  pair(owner: Person, recovery: Person, secret: Uint8Array): PairPlan {
    const exported = Uint8Array.of(7, 7);
    const proof = crypto.hmacSha256(secret, exported);
    const verified = this.access.verifyPairingProof({ newcomerId: owner.id, proof, exported, proximity: "local", nowMs: this.nowMs });
    if (!verified.ok) throw new Error(verified.error.reason);
    const wish = { name: `phone of ${owner.id}`, recoveryKey: recovery.publicKey.coseKey, mirrorExported: Uint8Array.of(8), nowMs: this.nowMs };
    return this.done(this.access.planPair(owner.newcomer, wish));
  }

  enrol(by: Person, who: Person, role: Role): void {
    this.done(this.access.planEnrol(by.asker, { role, name: role, publicKey: who.publicKey.coseKey }, this.nowMs));
  }

  ask(asker: Asker, action: Action, more: { use?: number; proximity?: "local" | "remote" | "tap"; path?: "full" | "fast" } = {}): Decision {
    return this.access.decide({ asker, action, proximity: "local", path: "full", nowMs: this.nowMs, ...more });
  }

  /** "allowed" or the reason. Consumptions are not committed. */
  verdict(asker: Asker, action: Action, more: { use?: number; proximity?: "local" | "remote" | "tap"; path?: "full" | "fast" } = {}): string {
    const decision = this.ask(asker, action, more);
    return decision.allowed ? "allowed" : decision.reason;
  }

  /** The asker of a grant, admitted. */
  guest(cwt: Uint8Array): Asker {
    const admitted = this.access.admitGrant(cwt);
    if (!admitted.ok) throw new Error(admitted.error);
    return { kind: "grant", grant: admitted.value };
  }

  /** Runs due ticks until `untilMs`, as a controller would. */
  runUntil(untilMs: number): { readonly happened: string[]; readonly closings: Closing[] } {
    const happened: string[] = [];
    const closings: Closing[] = [];
    for (let turns = 0; turns < 10_000; turns++) {
      const nextMs = this.access.nextTickMs(this.nowMs);
      if (nextMs === undefined || nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      const tick = this.access.planTick(this.nowMs);
      this.commit(tick.changes);
      if (tick.happened !== undefined) happened.push(`${tick.happened.what} ${tick.happened.target ?? ""}`.trim());
      closings.push(tick.closing);
      if (tick.changes.length === 0 && !tick.pairingExpired) this.nowMs += 1000;
    }
    this.nowMs = untilMs;
    return { happened, closings };
  }

  private fault(fault: RecordFault | undefined): void {
    if (fault !== undefined) this.faults.push(fault);
  }
}

let grants = 0;

/** A CWT by `issuer` for `holder`: unlock, lock and status for June's first week unless said otherwise. */
export function grantFor(issuer: Person, holder: Person, claims: Partial<GrantClaims> & { readonly actions?: readonly Action[] } = {}): Uint8Array {
  const { actions = ["unlock", "lock", "status"], ...rest } = claims;
  return signGrant(signer, issuer.signingKey, fromHex(issuer.id)!, {
    role: "guest",
    name: "Gus",
    audience: VEHICLE_ID,
    expiresAtS: JUNE_S + 7 * DAY_S,
    notBeforeS: JUNE_S,
    issuedAtS: JUNE_S - DAY_S,
    cti: Uint8Array.of(0, 0, 0, 0, 0, 0, grants >> 8, grants++ & 0xff),
    holder: holder.publicKey,
    scope: actions.reduce((bits, action) => bits | (1 << ACTIONS[action]), 0),
    issuerEpoch: 0,
    ...rest,
  });
}

/** A list by `issuer`. */
export function listBy(issuer: Person, version: number, entries: readonly RevocationEntry[], more: { epoch?: number; vehicleId?: Uint8Array } = {}): Uint8Array {
  return signRevocationList(signer, issuer.signingKey, fromHex(issuer.id)!, { vehicleId: more.vehicleId ?? VEHICLE_ID, version, issuerEpoch: more.epoch ?? 0, entries });
}
