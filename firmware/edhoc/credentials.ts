import { concat, equalBytes, ok, type Result } from "../base/index.ts";
import { sigStructure } from "../cose/index.ts";
import type { AgreementKey, CryptoPort, SigningKey } from "../ports/index.ts";
import { CANDIDATES_MAX, fault, type EdhocFault } from "./fault.ts";
import type { IdCred } from "./identifier.ts";
import { hashItem, kdf, mixStatic } from "./key-schedule.ts";
import { HASH_BYTES, SIGNATURE_BYTES, type Authentication, type Suite } from "./suites.ts";

/** Who this device is in a handshake. */
export interface OwnCredential {
  readonly idCred: IdCred;
  /** CRED_x as hashed (RFC 9528 section 3.5.2): a CCS, an untagged CWT, or a byte string item with an X.509 certificate. */
  readonly credential: Uint8Array;
  /** Signs, or is the static Diffie-Hellman key, as the method says; of the suite's algorithm or curve. */
  readonly key: SigningKey | AgreementKey;
}

/** Someone the peer may be. */
export interface PeerCredential<Tag> {
  /** CRED_x as hashed, the bytes as they were received or enrolled. */
  readonly credential: Uint8Array;
  /** In the port's form: of the suite's signature algorithm, or of its curve for a static key. */
  readonly publicKey: Uint8Array;
  /** The caller's own; comes back with the candidate that was verified. */
  readonly tag: Tag;
}

/**
 * Who a received identifier may stand for: several where a kid is ambiguous, at most {@link CANDIDATES_MAX}, each is tried; none
 * where nobody has it; a refusal where the caller has a reason. Nothing is authenticated yet when this is asked.
 */
export type PeerLookup<Tag, Refusal> = (
  idCred: IdCred,
  suite: number,
) => Result<readonly PeerCredential<Tag>[], Refusal>;

/** What Signature_or_MAC_2 or _3 covers, apart from the credential. */
export interface ProofContext {
  /** KDF label of the MAC. */
  readonly macLabel: number;
  /** C_R in its wire form in message_2, nothing in message_3. */
  readonly connectionId: Uint8Array;
  /** The whole ID_CRED map. */
  readonly idCred: Uint8Array;
  readonly transcript: Uint8Array;
  readonly ead: Uint8Array;
}

/** How the PRK of a role comes from the one before it. */
export interface PrkStep {
  readonly authentication: Authentication;
  readonly previousPrk: Uint8Array;
  /** KDF label of the salt; used by static keys only. */
  readonly saltLabel: number;
}

/** Bytes of Signature_or_MAC for a role that authenticates like this. */
export function proofBytes(suite: Suite, authentication: Authentication): number {
  return authentication === "signature" ? SIGNATURE_BYTES : suite.staticMacBytes;
}

/** Signature_or_MAC of this device (sections 5.3.2 and 5.4.2). `prk` is the PRK of the own role. */
export function prove(
  crypto: CryptoPort,
  suite: Suite,
  prk: Uint8Array,
  context: ProofContext,
  own: OwnCredential,
): Uint8Array {
  const covered = coveredBytes(context, own.credential);
  if ("curve" in own.key) return mac(crypto, prk, context, covered, suite.staticMacBytes);
  const message = sigStructure(context.idCred, covered, mac(crypto, prk, context, covered, HASH_BYTES));
  return crypto.sign(own.key, message);
}

/** A candidate whose key made the proof, and the PRK of its role. */
export interface ProvenPeer<Tag> {
  readonly peer: PeerCredential<Tag>;
  readonly prk: Uint8Array;
}

/** What {@link findProven} needs besides the candidates. */
export interface ProofToCheck extends PrkStep {
  readonly suite: Suite;
  /** Own ephemeral key; used against static keys only. */
  readonly ephemeral: AgreementKey;
  readonly context: ProofContext;
  /** Signature_or_MAC as received. */
  readonly received: Uint8Array;
}

/** The first candidate whose key made the proof. Faults: `unknown-peer`, `too-many-candidates`, `unproven`. */
export function findProven<Tag>(
  crypto: CryptoPort,
  check: ProofToCheck,
  candidates: readonly PeerCredential<Tag>[],
): Result<ProvenPeer<Tag>, EdhocFault> {
  if (candidates.length === 0) return fault("unknown-peer");
  if (candidates.length > CANDIDATES_MAX) return fault("too-many-candidates");
  for (const peer of candidates) {
    const prk = check.authentication === "signature" ? check.previousPrk : staticPrk(crypto, check, peer);
    if (prk !== undefined && isProof(crypto, check, prk, peer)) return ok({ peer, prk });
  }
  return fault("unproven");
}

/** PRK of the own role, or undefined where the peer's key share gives no secret with the own static key. */
export function ownPrk(
  crypto: CryptoPort,
  step: PrkStep,
  transcript: Uint8Array,
  key: OwnCredential["key"],
  peerKeyShare: Uint8Array,
): Uint8Array | undefined {
  if (!("curve" in key)) return step.previousPrk;
  const secret = crypto.agree(key, peerKeyShare);
  return secret && mixStatic(crypto, step.previousPrk, step.saltLabel, transcript, secret);
}

/** Whether a peer's key is this device's own: its messages were sent back to it. */
export function isReflection(own: OwnCredential, peer: PeerCredential<unknown>): boolean {
  return equalBytes(own.key.publicKey, peer.publicKey);
}

function staticPrk(crypto: CryptoPort, check: ProofToCheck, peer: PeerCredential<unknown>): Uint8Array | undefined {
  const secret = crypto.agree(check.ephemeral, peer.publicKey);
  return secret && mixStatic(crypto, check.previousPrk, check.saltLabel, check.context.transcript, secret);
}

function isProof(crypto: CryptoPort, check: ProofToCheck, prk: Uint8Array, peer: PeerCredential<unknown>): boolean {
  const { context, received, suite } = check;
  const covered = coveredBytes(context, peer.credential);
  if (check.authentication === "static") {
    return equalBytes(mac(crypto, prk, context, covered, suite.staticMacBytes), received);
  }
  const message = sigStructure(context.idCred, covered, mac(crypto, prk, context, covered, HASH_BYTES));
  return crypto.verify(suite.signature, peer.publicKey, message, received);
}

/** bstr(TH), CRED, EAD: the end of context_2 and context_3, and the external_aad of the signature. */
function coveredBytes(context: ProofContext, credential: Uint8Array): Uint8Array {
  return concat(hashItem(context.transcript), credential, context.ead);
}

function mac(
  crypto: CryptoPort,
  prk: Uint8Array,
  context: ProofContext,
  covered: Uint8Array,
  length: number,
): Uint8Array {
  return kdf(crypto, prk, context.macLabel, concat(context.connectionId, context.idCred, covered), length);
}
