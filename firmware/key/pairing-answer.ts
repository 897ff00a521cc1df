import { assert, equalBytes } from "../base/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { mirrorProof, pairingProof } from "../session/index.ts";
import { BODY, REASONS, type Command } from "../wire/index.ts";
import { carKeysMatch, vehicleIdOf } from "./car-identity.ts";
import type { LinkFailureName, Reply } from "./key-effects.ts";
import { issuerEpochOf } from "./learning.ts";
import type { Session } from "./link-session.ts";
import type { Outbox } from "./outbox.ts";
import { ownersKit, recoveryPublicKey } from "./owners-kit.ts";
import { forgetPairing, type PairingTask } from "./pairing.ts";
import { newCar, storeCar } from "./sharing.ts";
import { NEW_ISSUER, type CarKeys, type Wallet } from "./wallet.ts";

/** What the car said to `pair`. */
export interface PairingAnswer {
  readonly task: PairingTask;
  readonly session: Session;
  readonly reply: Reply;
}

/** A proof that proves nothing: an enrolled key asks only for the answer it missed. */
const NO_PROOF = new Uint8Array(32);

/** The newcomer's one command, bound to the session by its exporter. */
export function pairCommand(crypto: CryptoPort, name: string, task: PairingTask, session: Session): Command {
  const recoveryKey = recoveryPublicKey(crypto, task.pending.recoverySeed);
  assert(recoveryKey !== undefined, "the recovery key was opened when the pairing began");
  const proof = task.secret === undefined ? NO_PROOF : pairingProof(crypto, task.secret, session.exporter);
  return { kind: "pair", name, proof, recoveryKey };
}

/** That command, with the pairing stored before it is asked for, so that an answer that gets lost loses neither the car nor the owner's kit. */
export function askPairing(crypto: CryptoPort, out: Outbox, task: PairingTask, session: Session): Command {
  const { carKey } = announcedCar(session);
  out.save({ ...out.wallet, pairing: { ...task.pending, carKey } });
  return pairCommand(crypto, out.wallet.name, task, session);
}

/** How a pairing ends. Only `paired` has the car in its wallet. */
export type PairingEnd =
  | { readonly kind: "paired"; readonly wallet: Wallet; readonly vehicleId: string; readonly ownersKit: string }
  | { readonly kind: "refused"; readonly wallet: Wallet }
  | { readonly kind: "failed"; readonly wallet: Wallet; readonly why: LinkFailureName };

/**
 * Judges the answer to `pair` before anything of the car is stored: the mirror proof, then the car's keys against the code, which
 * the key of the handshake fits already. A car that says "enrolled already" to the key of a begun pairing answers the attempt
 * whose reply was lost; the announced key it has proved itself with stands for the mirror proof then.
 */
export function completePairing(crypto: CryptoPort, wallet: Wallet, answer: PairingAnswer): PairingEnd {
  const { task, session, reply } = answer;
  const car = announcedCar(session);
  const again = reply.code === REASONS.alreadyEnrolled.code && !car.open;
  if (reply.code !== 0 && !again) return { kind: "refused", wallet: car.open ? forgetPairing(wallet) : wallet };
  // There is no secret, and nothing to mirror, where only a missed answer is fetched.
  const mirror = task.secret && mirrorProof(crypto, task.secret, session.exporter);
  const shown = reply.body.get(BODY.mirrorProof);
  if (!again && (mirror === undefined || !(shown instanceof Uint8Array) || !equalBytes(shown, mirror))) {
    return { kind: "failed", wallet: forgetPairing(wallet), why: "wrongProof" };
  }
  const carKeys = readCarKeys(reply);
  if (carKeys === undefined) return { kind: "failed", wallet, why: "damaged" };
  const vehicleId = vehicleIdOf(crypto, carKeys);
  if (!vehicleId.ok || !carKeysMatch(crypto, carKeys, task.pending.carKeysHash)) {
    return { kind: "failed", wallet: forgetPairing(wallet), why: "otherCarKeys" };
  }
  return store(crypto, wallet, answer, { vehicleId: vehicleId.value, carKeys });
}

function store(
  crypto: CryptoPort,
  wallet: Wallet,
  { task, reply }: PairingAnswer,
  car: { readonly vehicleId: string; readonly carKeys: CarKeys },
): PairingEnd {
  const { label, recoverySeed } = task.pending;
  const stored = storeCar(forgetPairing(wallet), {
    ...newCar(label, car.vehicleId, car.carKeys),
    role: "owner",
    issuer: { ...NEW_ISSUER, epoch: issuerEpochOf(reply) ?? NEW_ISSUER.epoch },
    resolvingKey: reply.resolvingKey,
    recoverySeed,
  });
  if (!stored.ok) return { kind: "failed", wallet, why: stored.error === "walletFull" ? "walletFull" : "otherCarKeys" };
  const kit = ownersKit(crypto, stored.value.wallet, car.vehicleId);
  assert(kit !== undefined, "a car that was just paired has its kit");
  return { kind: "paired", wallet: stored.value.wallet, vehicleId: car.vehicleId, ownersKit: kit };
}

function announcedCar({ car }: Session): Extract<Session["car"], { kind: "announced" }> {
  assert(car.kind === "announced", "a pairing is asked of an announced car");
  return car;
}

/** Both COSE_Keys, Ed25519 first. */
function readCarKeys(reply: Reply): CarKeys | undefined {
  const keys = reply.body.get(BODY.carKeys);
  if (!Array.isArray(keys) || keys.length !== 2) return undefined;
  const [ed25519, es256] = keys as readonly unknown[];
  return ed25519 instanceof Uint8Array && es256 instanceof Uint8Array ? { ed25519, es256 } : undefined;
}
