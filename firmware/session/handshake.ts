import type { Asker } from "../access/index.ts";
import { equalBytes, err, ok, type Result } from "../base/index.ts";
import { credentialOf, type PublicKey } from "../cose/index.ts";
import {
  idCredOfCcs,
  idCredOfKid,
  Responder,
  type EdhocFault,
  type IdCred,
  type OwnCredential,
  type PeerCredential,
} from "../edhoc/index.ts";
import type { CryptoPort, SignatureAlgorithm, SigningKey } from "../ports/index.ts";
import { KEY_ID_BYTES, type ReasonName } from "../wire/index.ts";
import type { Exporter } from "./channel.ts";
import type { Candidate, CredentialDirectory } from "./outcome.ts";

/** Who the car is: a key for each suite. */
export interface CarKeys {
  readonly signingKeys: Readonly<Record<SignatureAlgorithm, SigningKey>>;
  readonly publicKeys: Readonly<Record<SignatureAlgorithm, PublicKey>>;
}

/** Suites on the air, in the car's order (RFC 9528 section 10.2): 4 for Ed25519 keys, 5 for P-256 keys. */
const SUITES = [4, 5] as const;
const ALGORITHM_OF: Readonly<Record<number, SignatureAlgorithm>> = { 4: "Ed25519", 5: "ES256" };

/** C_R. The link tells handshakes apart, so it identifies nobody. */
const CONNECTION_ID = Uint8Array.of(1);

/** A CCS of this profile is `{8: {1: COSE_Key}}` and nothing else; the directory reads the COSE_Key that follows. */
const CCS_HEAD = credentialOf(new Uint8Array(0));

/** What a handshake is run with. */
export interface HandshakeParts {
  readonly crypto: CryptoPort;
  readonly identity: CarKeys;
  readonly directory: CredentialDirectory;
}

/** Why no message_2 was made. `message`: the one error a stranger may be told, the list of suites; `why` is for the car's log. */
export interface HandshakeRefusal {
  readonly why: string;
  readonly message: Uint8Array | undefined;
}

/** Whether an edhoc body begins like message_1, with its METHOD; message_3 begins with a byte string. */
export function isMessage1(body: Uint8Array): boolean {
  return body[0] !== undefined && body[0] >> 5 === 0;
}

/** Takes message_1. `identity` is what the car advertises now, and answers as kid. */
export function beginHandshake(
  parts: HandshakeParts,
  identity: Uint8Array,
  message1: Uint8Array,
): Result<{ readonly handshake: Handshake; readonly message2: Uint8Array }, HandshakeRefusal> {
  const { crypto, directory } = parts;
  const responder = new Responder<Asker, string>({
    crypto,
    methods: [0],
    suites: SUITES,
    connectionId: CONNECTION_ID,
    own: (suite) => ownCredential(parts, identity, suite),
    peers: (idCred, suite) => peersOf(directory, idCred, suite),
  });
  const message2 = responder.processMessage1(message1);
  if (message2.ok) return ok({ handshake: new Handshake(responder), message2: message2.value });
  const { kind, errorMessage } = message2.error;
  return err({ why: kind, message: kind === "unsupported-suite" ? errorMessage : undefined });
}

/** A handshake whose message_2 is out. */
export class Handshake {
  private readonly responder: Responder<Asker, string>;

  constructor(responder: Responder<Asker, string>) {
    this.responder = responder;
  }

  /** Takes message_3, once: who the peer is, or why it is nobody (for the car's own log). */
  finish(message3: Uint8Array): Result<{ readonly asker: Asker; readonly exporter: Exporter }, string> {
    const established = this.responder.processMessage3(message3);
    if (!established.ok) return err(whyOf(established.error));
    const session = established.value;
    return ok({ asker: session.peer.tag, exporter: (label, context, length) => session.exporter(label, context, length) });
  }
}

function whyOf(fault: EdhocFault<string>): string {
  return fault.kind === "peer-refused" ? fault.reason : fault.kind;
}

/** The rotating identity in place of a fixed key id; the key by value only while a newcomer has no other way to learn it. */
function ownCredential(parts: HandshakeParts, identity: Uint8Array, suite: number): OwnCredential {
  const algorithm = ALGORITHM_OF[suite]!;
  const credential = credentialOf(parts.identity.publicKeys[algorithm].coseKey);
  const idCred = parts.directory.pairingOpen() ? idCredOfCcs(credential) : idCredOfKid(identity);
  return { idCred, credential, key: parts.identity.signingKeys[algorithm] };
}

function peersOf(directory: CredentialDirectory, idCred: IdCred, suite: number): Result<readonly PeerCredential<Asker>[], string> {
  switch (idCred.kind) {
    case "kid": {
      const candidates = idCred.kid.length === KEY_ID_BYTES ? directory.byKeyId(idCred.kid) : [];
      return ok(candidates.filter((candidate) => isOfSuite(candidate, suite)).map((candidate) => peerOf(candidate)));
    }
    case "kcwt":
      return onePeer(directory.byGrant(idCred.credential), suite, idCred.credential);
    case "kccs":
      if (!directory.pairingOpen()) return err("a key by value while no pairing is open");
      if (!startsLikeCcs(idCred.credential)) return err("malformed");
      return onePeer(directory.newcomer(idCred.credential.subarray(CCS_HEAD.length)), suite, idCred.credential);
    case "other":
      return ok([]);
  }
}

function onePeer(
  found: Result<Candidate, ReasonName>,
  suite: number,
  credential: Uint8Array,
): Result<readonly PeerCredential<Asker>[], string> {
  if (!found.ok) return found;
  return ok(isOfSuite(found.value, suite) ? [{ ...peerOf(found.value), credential }] : []);
}

const startsLikeCcs = (credential: Uint8Array): boolean => equalBytes(credential.subarray(0, CCS_HEAD.length), CCS_HEAD);

const isOfSuite = (candidate: Candidate, suite: number): boolean => candidate.publicKey.algorithm === ALGORITHM_OF[suite];

function peerOf({ publicKey, asker }: Candidate): PeerCredential<Asker> {
  return { credential: credentialOf(publicKey.coseKey), publicKey: publicKey.raw, tag: asker };
}
