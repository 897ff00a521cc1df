import {
  acceptEnrolment,
  acceptGrant,
  checkLog,
  formatKeyInvitation,
  nextLogCommand,
  ownKeyId,
  parseKeyInvitation,
  readLogPage,
  restoreFromKit,
  revokeGrant,
  shareCar,
  shareGrant,
  type GrantRequest,
  type LogPage,
} from "../../firmware/key/index.ts";
import type { SignatureAlgorithm } from "../../firmware/ports/index.ts";
import { BODY, KEY_ID_BYTES, type Action, type ReasonName, type Role } from "../../firmware/wire/index.ts";
import type { WiredCar } from "./wired-car.ts";
import { WiredKey, type Outcome } from "./wired-key.ts";

/** 2026-11-01T00:00:00Z: when the stories on a bench begin. */
export const START_S = 1_793_491_200;
export const DAY_S = 86_400;

/** A phone of its own name and key. */
export function newKey(car: WiredCar, name: string, algorithm: SignatureAlgorithm = "Ed25519"): WiredKey {
  return new WiredKey(car, name, { ...car.keyParts(name), algorithm });
}

/** Makes `name` the first owner of `car`. */
export function claim(car: WiredCar, name = "anna", algorithm: SignatureAlgorithm = "Ed25519"): WiredKey {
  car.tell({ kind: "claimRequested" });
  const owner = newKey(car, name, algorithm);
  const outcome = owner.pair();
  if (outcome.kind !== "paired") throw new RangeError(`pairing ended with ${JSON.stringify(outcome)}`);
  return owner;
}

/** The reply's code, its reason's name, or why there was none: short enough to compare at a glance. */
export function told(outcome: Outcome): "done" | "paired" | ReasonName | `failed: ${string}` {
  if (outcome.kind === "paired") return "paired";
  if (outcome.kind === "failed") return `failed: ${outcome.why}`;
  return outcome.reply.code === 0 ? "done" : (outcome.reason ?? `failed: ${outcome.reply.code}`);
}

export function bodyOf(outcome: Outcome): ReadonlyMap<unknown, unknown> {
  if (outcome.kind !== "reply") throw new RangeError(`no reply: ${told(outcome)}`);
  return outcome.reply.body;
}

export function vehicleOf(key: WiredKey): string {
  return key.wallet.cars[0]!.vehicleId;
}

export function idOf(key: WiredKey): string {
  return ownKeyId(key.crypto, key.wallet);
}

/** The key id as commands carry it. */
export function keyIdOf(key: WiredKey): Uint8Array {
  return key.crypto.sha256(key.wallet.key.publicKey).slice(0, KEY_ID_BYTES);
}

/** Has `key` enrolled and told of the car. */
export function enrol(owner: WiredKey, key: WiredKey, role: Role): Outcome {
  const outcome = owner.askFresh({ kind: "enrol", role, name: key.wallet.name, publicKey: key.wallet.key.publicKey });
  if (told(outcome) !== "done") return outcome;
  learnCar(owner, key, role, Number(bodyOf(outcome).get(BODY.issuerEpoch)));
  return outcome;
}

/** Tells a phone what it needs to know of a car in which it is enrolled. */
export function learnCar(from: WiredKey, key: WiredKey, role: Role, issuerEpoch: number): void {
  const text = shareCar(from.wallet, vehicleOf(from), { role, issuerEpoch });
  if (!text.ok) throw new RangeError(text.error);
  const accepted = acceptEnrolment(key.crypto, key.wallet, text.value);
  if (!accepted.ok) throw new RangeError(accepted.error);
  key.wallet = accepted.value.wallet;
}

/** A newly enrolled phone. */
export function enrolled(owner: WiredKey, name: string, role: Role): WiredKey {
  const key = newKey(owner.car, name);
  const outcome = enrol(owner, key, role);
  if (told(outcome) !== "done") throw new RangeError(`${name} was not enrolled: ${told(outcome)}`);
  return key;
}

export interface ShareOptions {
  readonly role?: "guest" | "valet";
  readonly actions?: readonly Action[];
  readonly uses?: number;
  readonly notBeforeS?: number;
  readonly expiresAtS?: number;
  readonly issuedAtS?: number;
}

/** Signs a grant for a phone and has it take it; gives the grant's id. Without a window and uses: a counted grant of 3 uses. */
export function share(owner: WiredKey, guest: WiredKey, options: ShareOptions = {}): string {
  const { role = "guest", actions = ["unlock", "lock", "status"], notBeforeS, expiresAtS, issuedAtS = START_S } = options;
  const holder = parseKeyInvitation(owner.crypto, formatKeyInvitation(guest.wallet));
  if (!holder.ok) throw new RangeError(holder.error);
  const uses = options.uses ?? (expiresAtS === undefined ? 3 : undefined);
  const request: GrantRequest = { holder: holder.value, role, actions, notBeforeS, expiresAtS, uses, issuedAtS };
  const shared = shareGrant(owner, owner.wallet, vehicleOf(owner), request);
  if (!shared.ok) throw new RangeError(shared.error);
  owner.wallet = shared.value.wallet;
  const accepted = acceptGrant(guest.crypto, guest.wallet, shared.value.text);
  if (!accepted.ok) throw new RangeError(accepted.error);
  guest.wallet = accepted.value.wallet;
  return shared.value.grantId;
}

/** A newly invited guest. */
export function guestOf(owner: WiredKey, name: string, options: ShareOptions = {}): WiredKey {
  const guest = newKey(owner.car, name);
  share(owner, guest, options);
  return guest;
}

/** A signed list that revokes a grant, in the owner's wallet but not yet at the car. */
export function signRevocation(owner: WiredKey, grantId: string, signedAtS = START_S): Uint8Array {
  const revoked = revokeGrant(owner.crypto, owner.wallet, vehicleOf(owner), { grantId, signedAtS });
  if (!revoked.ok) throw new RangeError(revoked.error);
  owner.wallet = revoked.value.wallet;
  return revoked.value.list;
}

/** The recovery key of a printed kit, in a wallet of its own. */
export function recoveryKey(car: WiredCar, kit: string): WiredKey {
  const key = newKey(car, "recovery");
  const restored = restoreFromKit(key.crypto, kit, "car");
  if (!restored.ok) throw new RangeError(restored.error);
  key.wallet = restored.value;
  return key;
}

export function setTime(owner: WiredKey, unixS: number, newTimeEpoch = false): Outcome {
  return owner.askFresh({ kind: "setTime", unixS, newTimeEpoch });
}

/** Reads the car's whole log since it was last seen and checks it as a phone does; throws where it does not verify. */
export function verifiedLog(key: WiredKey, from: "seen" | "start" = "seen") {
  const vehicleId = vehicleOf(key);
  const pages: LogPage[] = [];
  for (;;) {
    const command = nextLogCommand(key.crypto, key.wallet, { vehicleId, from, pages });
    if (command === undefined) break;
    const outcome = key.ask(command);
    if (outcome.kind !== "reply") throw new RangeError(told(outcome));
    const page = readLogPage(outcome.reply);
    if (!page.ok) throw new RangeError(`${told(outcome)}: ${page.error}`);
    pages.push(page.value);
  }
  const checked = checkLog(key.crypto, key.wallet, vehicleId, pages);
  if (!checked.ok) throw new RangeError(`the log does not verify: ${JSON.stringify(checked.error)}`);
  key.wallet = checked.value.wallet;
  return checked.value.log;
}
