import { Access } from "../../firmware/access/index.ts";
import { toHex } from "../../firmware/base/index.ts";
import { keyIdOf, publicKeyOf } from "../../firmware/cose/index.ts";
import type { RecordChange } from "../../firmware/records/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { figure, median, microseconds, type Figure } from "./figure.ts";

const ROUNDS = 101;
const DECISIONS_PER_ROUND = 2000;

const random = createSystemRandom();
const crypto = createNodeCrypto({ random });

/** A decision with 10,000 enrolled keys over one with 10, taken in turns. */
export function benchDecide(): readonly Figure[] {
  const few = carWith(10);
  const many = carWith(10_000);
  const fewUs: number[] = [];
  const manyUs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    fewUs.push(timed(few));
    manyUs.push(timed(many));
  }
  return [figure("access.decide", median(manyUs), "us", ROUNDS, median(fewUs))];
}

interface Car {
  readonly access: Access;
  readonly keyIds: readonly string[];
}

function carWith(keyCount: number): Car {
  const access = new Access({ crypto, random, vehicleId: random.bytes(32), nowMs: 0 });
  const apply = (changes: readonly RecordChange[]): void => changes.forEach((change) => access.apply(change));
  const owner = newKey();
  const opened = access.openPairing({ why: "claim", nowMs: 0 });
  if (!opened.ok) throw new Error(opened.error);
  const exported = random.bytes(32);
  const proof = crypto.hmacSha256(opened.value.secret, exported);
  const asker = { kind: "newcomer", keyId: owner.keyId, publicKey: owner.coseKey } as const;
  access.verifyPairingProof({ newcomerId: owner.keyId, proof, exported, proximity: "local", nowMs: 0 });
  const paired = access.planPair(asker, { name: "owner", recoveryKey: newKey().coseKey, mirrorExported: exported, nowMs: 0 });
  if (!paired.ok) throw new Error(paired.error);
  apply(paired.value.changes);
  const keyIds = [owner.keyId];
  while (keyIds.length < keyCount) {
    const { keyId, coseKey } = newKey();
    const plan = access.planEnrol({ kind: "key", keyId: owner.keyId }, { role: "driver", name: `driver ${keyIds.length}`, publicKey: coseKey }, 0);
    if (!plan.ok) throw new Error(plan.error);
    apply(plan.value.changes);
    keyIds.push(keyId);
  }
  // As many different keys are asked about in both cars, so that only the size of the store differs.
  const step = Math.floor(keyCount / 10);
  return { access, keyIds: Array.from({ length: 10 }, (_, index) => keyIds[index * step]!) };
}

function newKey(): { readonly keyId: string; readonly coseKey: Uint8Array } {
  const key = crypto.generateSigningKey("Ed25519");
  const publicKey = publicKeyOf("Ed25519", key.publicKey);
  return { keyId: toHex(keyIdOf(crypto, publicKey)), coseKey: publicKey.coseKey };
}

function timed({ access, keyIds }: Car): number {
  const us = microseconds(() => {
    for (let index = 0; index < DECISIONS_PER_ROUND; index++) {
      const asker = { kind: "key", keyId: keyIds[index % keyIds.length]! } as const;
      const decision = access.decide({ asker, action: "unlock", proximity: "local", path: "full", nowMs: index });
      if (!decision.allowed) throw new Error(decision.reason);
    }
  });
  return us / DECISIONS_PER_ROUND;
}
