import type { CborMap } from "../../../firmware/cbor/index.ts";
import type { CarMessage, Command } from "../../../firmware/wire/index.ts";
import { ROLES, type Role } from "../../../firmware/wire/index.ts";
import { seededRandom } from "../../support/random.ts";

/** Draws commands and car messages within the stated bounds from a named stream. */
export class Draw {
  private readonly random;

  constructor(seed: string) {
    this.random = seededRandom(seed);
  }

  uint(max: number): number {
    const [a, b, c, d, e, f] = this.random.bytes(6);
    const draw = ((a! * 256 + b!) * 256 + c!) * 2 ** 24 + (d! << 16) + (e! << 8) + f!;
    return draw % (max + 1);
  }

  bytes(min: number, max = min): Uint8Array {
    return this.random.bytes(min + this.uint(max - min));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.uint(choices.length - 1)]!;
  }

  name(): string {
    const letters = ["a", "Z", "0", " ", "ß", "é", "キ", "鍵", "🚐", "-", "'"];
    let name = this.pick(letters);
    const length = this.uint(14);
    for (let i = 0; i < length; i++) name += this.pick(letters);
    return name;
  }

  private use(): { use?: number } {
    return this.uint(1) === 0 ? {} : { use: 1 + this.uint(0xfffffffe) };
  }

  body(): CborMap {
    const body = new Map<number | string, number | string | Uint8Array>();
    const entries = this.uint(4);
    for (let i = 0; i < entries; i++) body.set(this.uint(1) ? this.uint(30) : this.name(), this.uint(1) ? this.bytes(0, 40) : this.uint(1e9));
    return body;
  }

  command(): Command {
    const role = this.pick(Object.keys(ROLES) as Role[]);
    const every: readonly (() => Command)[] = [
      () => ({ kind: "unlock", ...this.use() }),
      () => ({ kind: "lock", forced: this.uint(1) === 1, ...this.use() }),
      () => ({ kind: "trunk", ...this.use() }),
      () => ({ kind: "drive", ...this.use() }),
      () => ({ kind: "status" }),
      () => ({ kind: "pair", name: this.name(), proof: this.bytes(32), recoveryKey: this.bytes(40, 75) }),
      () => ({ kind: "enrol", role, name: this.name(), publicKey: this.bytes(40, 75) }),
      () => ({ kind: "revoke", keyId: this.bytes(8) }),
      () => ({ kind: "listKeys" }),
      () => ({ kind: "listKeys", after: this.bytes(8) }),
      () => ({ kind: "readLog", fromSequence: this.uint(2 ** 45), countMax: 1 + this.uint(255) }),
      () => ({ kind: "deliverList", list: this.bytes(1, 500) }),
      () => ({ kind: "newIssuerEpoch" }),
      () => ({ kind: "valetMode", on: this.uint(1) === 1 }),
      () => ({ kind: "changeSettings", settings: new Map([[this.uint(9), this.uint(1000)]]) }),
      () => ({ kind: "cancelPending", pendingId: this.uint(0xffffffff) }),
      () => ({ kind: "transfer" }),
      () => ({ kind: "reset" }),
      () => ({ kind: "offerUpdate", manifest: this.bytes(1, 512) }),
      () => ({ kind: "consentUpdate", id: this.bytes(32) }),
      () => ({ kind: "setTime", unixS: this.uint(253402300799), newTimeEpoch: this.uint(1) === 1 }),
      () => ({ kind: "locate" }),
      () => ({ kind: "enrolCard", name: this.name() }),
      () => ({ kind: this.pick(["setPin", "enterPin"] as const), pin: String(this.uint(99_999_999)) }),
      () => ({ kind: "reportMotion", still: this.uint(1) === 1 }),
    ];
    return this.pick(every)();
  }

  carMessage(): CarMessage {
    if (this.uint(3) === 0) {
      const states = ["locked", "unlocked", "jammed", "unconfirmed"] as const;
      const latches = new Map<string, (typeof states)[number]>();
      for (let i = this.uint(4); i >= 0; i--) latches.set(`${i}${this.name()}`, this.pick(states));
      return { kind: "latches", latches };
    }
    const notice = () => ({
      pendingId: this.uint(0xffffffff),
      what: this.pick(["removeOwner", "reset"] as const),
      target: this.uint(1) ? this.bytes(8) : undefined,
      dueInS: this.uint(0xffffffff),
    });
    return {
      kind: "reply",
      code: this.uint(999),
      body: this.body(),
      ...(this.uint(1) && { ticket: { id: this.bytes(8), carNonce: this.bytes(16) } }),
      ...(this.uint(1) && { resolvingKey: this.bytes(16) }),
      ...(this.uint(1) && { notices: [notice(), notice()] }),
    };
  }
}
