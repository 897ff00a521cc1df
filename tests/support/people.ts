import { toHex } from "../../firmware/base/index.ts";
import { BODY, type Command } from "../../firmware/wire/index.ts";
import { bodyOf, keyIdOf, START_S, type WiredKey } from "../../sim/wired/index.ts";

export { DAY_S, START_S, bodyOf, enrol, enrolled, guestOf, idOf, keyIdOf, learnCar, recoveryKey, setTime, share, signRevocation, told, vehicleOf, verifiedLog, type ShareOptions } from "../../sim/wired/index.ts";

/** All key ids that the car lists, with their roles. */
export function listedKeys(key: WiredKey): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let after: Uint8Array | undefined;
  for (;;) {
    const body = bodyOf(key.ask(after === undefined ? { kind: "listKeys" } : { kind: "listKeys", after }));
    for (const [keyId, role] of body.get(BODY.keys) as [Uint8Array, number][]) {
      found.set(toHex(keyId), role);
      after = keyId;
    }
    if (body.get(BODY.more) !== true) return found;
  }
}

/** One well-formed command of each kind that a phone can send. */
export function everyCommand(anyKey: WiredKey): readonly Command[] {
  return [
    { kind: "unlock" },
    { kind: "lock", forced: false },
    { kind: "lock", forced: true },
    { kind: "trunk" },
    { kind: "drive" },
    { kind: "status" },
    { kind: "enrol", role: "owner", name: "x", publicKey: anyKey.wallet.key.publicKey },
    { kind: "revoke", keyId: keyIdOf(anyKey) },
    { kind: "listKeys" },
    { kind: "readLog", fromSequence: 1, countMax: 8 },
    { kind: "deliverList", list: Uint8Array.of(1, 2, 3) },
    { kind: "newIssuerEpoch" },
    { kind: "valetMode", on: true },
    { kind: "changeSettings", settings: new Map([["autoRelockMs", 1000]]) },
    { kind: "cancelPending", pendingId: 1 },
    { kind: "transfer" },
    { kind: "reset" },
    { kind: "setTime", unixS: START_S, newTimeEpoch: true },
    { kind: "locate" },
    { kind: "offerUpdate", manifest: Uint8Array.of(1, 2, 3) },
    { kind: "consentUpdate", id: new Uint8Array(32) },
    { kind: "reportMotion", still: false },
  ];
}
