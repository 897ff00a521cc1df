import { equalBytes, toHex } from "../base/index.ts";
import { parsePublicKey, publicKeyOf } from "../cose/index.ts";
import { FORM_FACTOR, INFORMATION, OPERATION, POINT_BYTES, pointOf, WHITELIST, type FromVcsecMessage, type InformationRequest, type PermissionChange, type ReplyTo, type UnsignedMessage, type WhitelistOperation } from "../tesla/index.ts";
import type { ReasonName, Role } from "../wire/index.ts";
import type { CardPlace, LinkId, Proximity } from "./events.ts";
import { keyIdBytes } from "./request.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { TeslaDesk, TeslaRequest } from "./tesla-desk.ts";
import { faultOf, formFactorOf, keyRoleOf, nameOfKey, roleOf, whitelistCodeOf } from "./tesla-words.ts";
import type { Turn } from "./turn.ts";

/** How long somebody has to tap a card after a request to add a key, and then to confirm it on the car's own screen. */
export const KEY_REQUEST_TAP_MS = 30_000;
export const KEY_REQUEST_CONFIRM_MS = 30_000;

/** Bytes of SHA-1 over a point that name a key in lists. */
const ID_BYTES = 4;

/** A key that somebody wants to have. */
interface WantedKey {
  readonly publicKey: Uint8Array;
  readonly role: Role;
  readonly name: string;
  /** Of the dialect: what the screen shows, and the asker too, so that a person can compare. */
  readonly id: string;
}

interface KeyRequest extends WantedKey {
  readonly link: LinkId;
  /** Undefined: without an envelope, so that the outcome is broadcast. */
  readonly reply: ReplyTo | undefined;
  readonly untilMs: number;
  /** The card that was tapped since. */
  readonly card: string | undefined;
}

/**
 * The keys of the Tesla dialect: lists of them, changes that an owner signs, and requests of strangers, which take a card tapped inside
 * after the request and a yes on the car's own screen: a card that is tapped to drive approves nothing.
 */
export class TeslaKeys {
  private readonly tesla: TeslaDesk;
  private readonly desk: RequestDesk;
  private pending: KeyRequest | undefined;

  constructor(tesla: TeslaDesk, desk: RequestDesk) {
    this.tesla = tesla;
    this.desk = desk;
  }

  get dueMs(): number | undefined {
    return this.pending?.untilMs;
  }

  /** Whether a request waits for its card. */
  get isWaiting(): boolean {
    return this.pending !== undefined && this.pending.card === undefined;
  }

  /** A stranger asks for a key to be added. One request at a time; the same one again is the same one. */
  requested(turn: Turn, { id: link, proximity }: { readonly id: LinkId; readonly proximity: Proximity }, message: UnsignedMessage, reply: ReplyTo | undefined, full: boolean): void {
    const refuse = (code: number, why: string): void => {
      turn.note({ what: "keyRequest", who: "stranger", outcome: "refused", why });
      this.tellOutcome(turn, { link, reply }, code);
    };
    if (full) return refuse(WHITELIST.full, "storeFull");
    const wanted = this.wantedOf(message.whitelistOperation);
    if (typeof wanted === "number") return refuse(wanted, "no key that could be added");
    if (proximity !== "local") return refuse(WHITELIST.noPermissionToAdd, "remoteLink");
    if (this.pending !== undefined) {
      if (!equalBytes(this.pending.publicKey, wanted.publicKey)) return turn.note({ what: "keyRequest", who: "stranger", outcome: "refused", why: "another request waits for its card" });
      this.pending = { ...this.pending, link, reply };
      return;
    }
    if (this.tesla.enrolledWith(wanted.publicKey) !== undefined) return refuse(WHITELIST.alreadyOnWhitelist, "alreadyEnrolled");
    this.pending = { ...wanted, link, reply, untilMs: turn.nowMs + KEY_REQUEST_TAP_MS, card: undefined };
    turn.note({ what: "keyRequest", who: wanted.name, outcome: "info", why: `wants to be ${wanted.role}; waits for a card tapped inside` });
  }

  /** A card has proved itself at a reader; true where that was for the request that waits. */
  cardTapped(turn: Turn, place: CardPlace, keyId: string): boolean {
    const { pending } = this;
    if (pending === undefined || pending.card !== undefined || place !== "inside") return false;
    const { access } = this.tesla.car.parts;
    const decision = access.decide({ asker: { kind: "key", keyId }, action: "approveKey", proximity: "tap", path: "full", nowMs: turn.nowMs });
    if (!decision.allowed) {
      this.tesla.car.recordRefusal(turn, { what: "approveKey", who: keyId, outcome: "refused", why: decision.reason });
      if (decision.reason === "valetMode") this.end(turn, WHITELIST.valetMode);
      return true;
    }
    this.pending = { ...pending, card: keyId, untilMs: turn.nowMs + KEY_REQUEST_CONFIRM_MS };
    turn.do({ kind: "showKeyRequest", name: pending.name, role: pending.role, id: pending.id });
    turn.note({ what: "keyRequest", who: pending.name, outcome: "info", why: `tapped by ${this.tesla.car.nameOf(keyId)}; waits for a yes on the car's screen` });
    return true;
  }

  /** Somebody has answered on the car's own screen. */
  screenAnswered(turn: Turn, accept: boolean): void {
    const { pending } = this;
    if (pending?.card === undefined) return;
    if (!accept) {
      turn.note({ what: "keyRequest", who: pending.name, outcome: "refused", why: "denied on the car's screen" });
      return this.end(turn, WHITELIST.deniedOnScreen);
    }
    const { access } = this.tesla.car.parts;
    const { coseKey } = publicKeyOf("ES256", pending.publicKey);
    const plan = access.planApprovedKey({ kind: "key", keyId: pending.card }, { role: pending.role, name: pending.name, publicKey: coseKey }, turn.nowMs);
    const line = { what: "approveKey", who: pending.card, outcome: "done", why: `${pending.name} as ${pending.role}` } as const;
    if (!plan.ok) {
      this.tesla.car.recordRefusal(turn, { ...line, outcome: "refused", why: plan.error });
      return this.end(turn, whitelistCodeOf(plan.error, true) ?? WHITELIST.noPermissionToAdd);
    }
    const stored = this.desk.commit(turn, { changes: plan.value.changes, line });
    this.end(turn, stored ? WHITELIST.ok : WHITELIST.storageFull);
  }

  serve(turn: Turn): void {
    const { pending } = this;
    if (pending === undefined || turn.nowMs < pending.untilMs) return;
    turn.note({ what: "keyRequest", who: pending.name, outcome: "refused", why: pending.card === undefined ? "no card was tapped in time" : "nobody said yes on the car's screen" });
    this.end(turn, pending.card === undefined ? WHITELIST.noTapInTime : WHITELIST.notConfirmedInTime);
  }

  /** Whoever asked is gone: somebody else may ask. A card that was tapped meanwhile waits for its answer still. */
  linkGone(link: LinkId): void {
    if (this.pending?.link === link && this.pending.card === undefined && this.pending.reply !== undefined) this.pending = undefined;
  }

  /** A change of keys that an enrolled key has signed. */
  change(turn: Turn, request: TeslaRequest, operation: WhitelistOperation): void {
    const { addKeyToWhitelistAndAddPermissions, removePublicKeyFromWhitelist, addPublicKeyToWhitelist } = operation;
    if (addKeyToWhitelistAndAddPermissions !== undefined) return this.add(turn, request, operation);
    if (removePublicKeyFromWhitelist !== undefined) return this.remove(turn, request, removePublicKeyFromWhitelist.publicKeyRaw);
    if (addPublicKeyToWhitelist !== undefined) return this.outcome(turn, request, WHITELIST.keyWithoutRole);
    if (!this.tesla.mayDo(turn, request, "enrol", "keys")) return;
    // Nothing here is impermanent, and roles are changed by removing a key and adding it anew.
    this.outcome(turn, request, operation.removeAllImpermanentKeys === undefined ? WHITELIST.noPermissionToChange : WHITELIST.ok);
  }

  /** The list of keys, or one of it. Strangers are told only where the car was started so: a list tells who comes and goes. */
  list(turn: Turn, request: TeslaRequest, type: number, { slot, keyId, publicKey }: InformationRequest): void {
    const open = this.tesla.options.openKeyList === true && request.signer === undefined;
    if (!open && !this.tesla.mayDo(turn, request, "listKeys", "listKeys")) return;
    const listed = this.listed();
    if (type === INFORMATION.whitelist) {
      const slotMask = [...listed.keys()].reduce((mask, each) => mask | (1 << each), 0) >>> 0;
      const whitelistEntries = [...listed.values()].map(({ id }) => ({ publicKeySha1: id }));
      return this.say(turn, request, { whitelistInfo: { numberOfEntries: listed.size, whitelistEntries, slotMask } });
    }
    if (type !== INFORMATION.whitelistEntry) return this.tesla.refuse(turn, request, "invalidCommand");
    const wanted = [...listed].find(
      ([each, { id, point }]) =>
        (slot !== undefined && slot === each) ||
        (publicKey !== undefined && equalBytes(publicKey, point)) ||
        (keyId?.publicKeySha1 !== undefined && equalBytes(keyId.publicKeySha1, id)),
    );
    if (wanted === undefined) return this.outcome(turn, request, WHITELIST.notOnWhitelist);
    const [each, { id, point, role, name }] = wanted;
    this.say(turn, request, {
      whitelistEntryInfo: {
        keyId: { publicKeySha1: id },
        publicKey: { publicKeyRaw: point },
        metadataForKey: { keyFormFactor: formFactorOf(role, name) },
        ...(each > 0 && { slot: each }),
        keyRole: keyRoleOf(role),
      },
    });
  }

  private add(turn: Turn, request: TeslaRequest, operation: WhitelistOperation): void {
    const wanted = this.wantedOf(operation);
    if (typeof wanted === "number") return this.tesla.mayDo(turn, request, "enrol", "enrol") ? this.outcome(turn, request, wanted) : undefined;
    const { coseKey } = this.tesla.keyIds.of(wanted.publicKey);
    this.tesla.serveCommand(turn, request, { kind: "enrol", role: wanted.role, name: wanted.name, publicKey: coseKey }, (later, reason) => this.changed(later, request, reason, true));
  }

  private remove(turn: Turn, request: TeslaRequest, point: Uint8Array | undefined): void {
    const keyId = point === undefined || point.length !== POINT_BYTES ? undefined : this.tesla.enrolledWith(point.subarray(1))?.keyId;
    if (keyId !== undefined && keyId === request.signer?.keyId) return this.outcome(turn, request, WHITELIST.mayNotRemoveSelf);
    if (keyId === undefined) return this.tesla.mayDo(turn, request, "revoke", "revoke") ? this.outcome(turn, request, WHITELIST.notOnWhitelist) : undefined;
    this.tesla.serveCommand(turn, request, { kind: "revoke", keyId: keyIdBytes(keyId) }, (later, reason) => this.changed(later, request, reason, false));
  }

  private changed(turn: Turn, request: TeslaRequest, reason: ReasonName | undefined, adding: boolean): void {
    if (reason === undefined) return this.outcome(turn, request, WHITELIST.ok);
    const code = whitelistCodeOf(reason, adding);
    if (code === undefined) return this.tesla.refuse(turn, request, faultOf(reason));
    this.outcome(turn, request, code);
  }

  /** The key that an operation wants added, or the number of what is wrong with it. */
  private wantedOf(operation: WhitelistOperation | undefined): WantedKey | number {
    const change: PermissionChange | undefined = operation?.addKeyToWhitelistAndAddPermissions;
    const point = change?.key?.publicKeyRaw;
    const { crypto } = this.tesla.car.parts;
    if (point === undefined || point.length !== POINT_BYTES || point[0] !== 4 || !crypto.isAcceptablePublicKey("ES256", point.subarray(1))) return WHITELIST.invalidPublicKey;
    const role = roleOf(change?.keyRole ?? 0);
    if (role === undefined) return (change?.keyRole ?? 0) === 0 ? WHITELIST.keyWithoutRole : WHITELIST.noPermissionToAdd;
    const id = toHex(this.idOf(point));
    const formFactor = operation?.metadataForKey?.keyFormFactor ?? FORM_FACTOR.unknown;
    return { publicKey: point.slice(1), role, name: nameOfKey(formFactor, id), id };
  }

  /** The keys that the dialect can name: those of P-256, by slot. */
  private listed(): ReadonlyMap<number, { readonly id: Uint8Array; readonly point: Uint8Array; readonly role: Role; readonly name: string }> {
    const { access, crypto } = this.tesla.car.parts;
    const found = new Map<number, { readonly id: Uint8Array; readonly point: Uint8Array; readonly role: Role; readonly name: string }>();
    for (const [slot, keyId] of this.tesla.slots.all()) {
      const key = access.key(keyId)!;
      const parsed = parsePublicKey(crypto, key.publicKey);
      if (!parsed.ok || parsed.value.algorithm !== "ES256") continue;
      const point = pointOf(parsed.value.raw);
      found.set(slot, { id: this.idOf(point), point, role: key.role, name: key.name });
    }
    return found;
  }

  private idOf(point: Uint8Array): Uint8Array {
    return this.tesla.car.parts.crypto.sha1(point).slice(0, ID_BYTES);
  }

  private end(turn: Turn, code: number): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending?.card !== undefined) turn.do({ kind: "hideKeyRequest" });
    if (pending !== undefined) this.tellOutcome(turn, pending, code, pending.card);
  }

  /** Once, when all is over: clients take whatever comes before for success. */
  private tellOutcome(turn: Turn, { link, reply }: { readonly link: LinkId; readonly reply: ReplyTo | undefined }, code: number, card?: string): void {
    const payload = this.tesla.options.codec.encode("FromVcsecMessage", this.status(code, card === undefined ? undefined : this.pointOfKey(card)));
    if (reply === undefined) this.tesla.broadcast(turn, this.tesla.sessions.broadcast(payload));
    else this.tesla.answer(turn, { link, reply }, payload);
  }

  private outcome(turn: Turn, request: TeslaRequest, code: number): void {
    this.say(turn, request, this.status(code, request.signer && this.pointOfKey(request.signer.keyId)));
  }

  private status(code: number, signer: Uint8Array | undefined): FromVcsecMessage {
    const failed = code !== WHITELIST.ok;
    const whitelistOperationStatus = {
      ...(failed && { whitelistOperationInformation: code }),
      ...(signer && { signerOfOperation: { publicKeySha1: this.idOf(signer) } }),
      ...(failed && { operationStatus: OPERATION.error }),
    };
    return { commandStatus: { ...(failed && { operationStatus: OPERATION.error }), whitelistOperationStatus } };
  }

  private pointOfKey(keyId: string): Uint8Array | undefined {
    const { access, crypto } = this.tesla.car.parts;
    const key = access.key(keyId);
    const parsed = key && parsePublicKey(crypto, key.publicKey);
    return parsed?.ok === true && parsed.value.algorithm === "ES256" ? pointOf(parsed.value.raw) : undefined;
  }

  private say(turn: Turn, request: TeslaRequest, message: FromVcsecMessage): void {
    this.tesla.answer(turn, request, this.tesla.options.codec.encode("FromVcsecMessage", message));
  }
}
