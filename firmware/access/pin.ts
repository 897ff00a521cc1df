import { equalBytes, err, ok, utf8Encode, type Result } from "../base/index.ts";
import { bytesField, readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import type { ReasonName } from "../wire/index.ts";
import type { Attempts } from "./attempts.ts";
import { OWNER_EPOCH_MAX } from "./ownership.ts";
import { Stale } from "./stale.ts";

/** How the slow hash of a PIN is made: by the board, for the controller waits for nothing. */
export interface PinHashing {
  readonly salt: Uint8Array;
  /** scrypt's N as a power of two; r = 8, p = 1, 32 bytes out (RFC 7914). */
  readonly costLog2: number;
}

/** 32 MiB and a tenth of a second on a desktop, half a second on a small Pi. The delay, not this, keeps a guesser at the keypad out. */
export const PIN_COST_LOG2 = 15;
const SALT_BYTES = 16;
const PEPPER_BYTES = 32;
const HASH_BYTES = 32;

/** How long a PIN that was entered is good for one drive. */
export const PIN_WINDOW_MS = 60_000;

/** Wrong PINs in a row that cost nothing; each further one doubles the wait, from half a minute to an hour. */
export const FREE_PIN_TRIES = 3;
const DELAY_FIRST_MS = 30_000;
const DELAY_LONGEST_MS = 3_600_000;

const VERSION = 1;
const PIN_KEY = utf8Encode("pin");
const PEPPER_KEY = utf8Encode("pepper");

type Stored =
  | { readonly kind: "off" }
  | (PinHashing & { readonly kind: "set"; readonly epoch: number; readonly verifier: Uint8Array })
  /** There is one and it cannot be read: nobody drives before an owner has set another, or none. */
  | { readonly kind: "unreadable"; readonly epoch: number };

/**
 * PIN to drive: the immobiliser waits for it besides a key or a card. It opens no door and enrols nothing, and whatever is wrong with it
 * leaves keys and cards as good as they are.
 */
export class PinToDrive {
  private readonly attempts: Attempts;
  private stored: Stored = { kind: "off" };
  private pepper: Uint8Array | undefined;
  readonly stale = new Stale(TABLES.pin);
  highestEpoch = 0;
  /** One boot: until when (monotonic) a PIN that was entered is good. */
  private openUntilMs = -Infinity;
  /** One boot: when the last wrong PIN came; before it, the start, so that a restart shortens no wait. */
  private waitsSinceMs: number;

  constructor(attempts: Attempts, nowMs: number) {
    this.attempts = attempts;
    this.waitsSinceMs = nowMs;
  }

  get isOn(): boolean {
    return this.stored.kind !== "off";
  }

  /** What the slow hash of a try is made with; undefined where no PIN can be right. */
  get hashing(): PinHashing | undefined {
    return this.stored.kind === "set" ? this.stored : undefined;
  }

  apply(change: RecordChange, ownerEpoch: number): RecordFault | undefined {
    if (equalBytes(change.key, PEPPER_KEY)) {
      this.pepper = bytesField(change.value, PEPPER_BYTES);
      return this.pepper === undefined && change.value !== undefined ? recordFault(change, "the device's part of the PIN to drive") : undefined;
    }
    this.stale.delete(change.key);
    this.stored = { kind: "off" };
    this.openUntilMs = -Infinity;
    if (change.value === undefined) return undefined;
    const fields = readRecord(change.value, VERSION, 4);
    const epoch = uintField(fields?.[0], OWNER_EPOCH_MAX);
    const salt = bytesField(fields?.[1], SALT_BYTES);
    const costLog2 = uintField(fields?.[2], 20);
    const verifier = bytesField(fields?.[3], HASH_BYTES);
    if (epoch === undefined || salt === undefined || costLog2 === undefined || verifier === undefined) {
      this.stored = { kind: "unreadable", epoch: ownerEpoch };
      return recordFault(change, "the PIN to drive; nobody drives before an owner has set or cleared it");
    }
    this.highestEpoch = Math.max(this.highestEpoch, epoch);
    if (epoch < ownerEpoch) this.stale.add(change.key);
    else this.stored = { kind: "set", epoch, salt, costLog2, verifier };
    return undefined;
  }

  /** The PIN of an earlier owner is not the new one's. */
  startEpoch(ownerEpoch: number): void {
    if (this.stored.kind === "off" || this.stored.epoch >= ownerEpoch) return;
    this.stale.add(PIN_KEY);
    this.stored = { kind: "off" };
  }

  /** Whether a PIN was entered for the drive that is asked for now. */
  isOpen(nowMs: number): boolean {
    return nowMs < this.openUntilMs;
  }

  /** Drive was released, which is what the PIN was entered for. */
  spend(): void {
    this.openUntilMs = -Infinity;
  }

  /** Milliseconds until the next try is taken: 0 now. */
  waitMs(nowMs: number): number {
    const excess = this.attempts.pinFailures - FREE_PIN_TRIES;
    if (excess < 0) return 0;
    const delayMs = Math.min(DELAY_FIRST_MS * 2 ** excess, DELAY_LONGEST_MS);
    return Math.max(0, this.waitsSinceMs + delayMs - nowMs);
  }

  /** The record of one more try, to be durable before the answer; refused while it has to wait. */
  planTry(nowMs: number): Result<readonly RecordChange[], ReasonName> {
    if (this.stored.kind === "off") return err("nothingToDo");
    return this.waitMs(nowMs) > 0 ? err("tooManyAttempts") : ok([this.attempts.planPinTry()]);
  }

  /** Whether `hash` is that of the PIN. Compared in constant time. */
  matches(crypto: CryptoPort, hash: Uint8Array): boolean {
    return this.stored.kind === "set" && this.pepper !== undefined && equalBytes(crypto.hmacSha256(this.pepper, hash), this.stored.verifier);
  }

  /** A wrong PIN was entered: the wait begins. */
  failed(nowMs: number): void {
    this.waitsSinceMs = nowMs;
  }

  /** The right PIN was entered, and that it was is on record. */
  entered(nowMs: number): void {
    this.openUntilMs = nowMs + PIN_WINDOW_MS;
  }

  /** How a new PIN is to be hashed. */
  newHashing(random: RandomPort): PinHashing {
    return { salt: random.bytes(SALT_BYTES), costLog2: PIN_COST_LOG2 };
  }

  /** The records of a new PIN whose slow hash is `hash`. Failures of the old one do not count against it. */
  planSet(ports: { readonly crypto: CryptoPort; readonly random: RandomPort }, hash: Uint8Array, { salt, costLog2 }: PinHashing, ownerEpoch: number): readonly RecordChange[] {
    const pepper = this.pepper ?? ports.random.bytes(PEPPER_BYTES);
    const kept: readonly RecordChange[] = this.pepper === undefined ? [{ table: TABLES.pin, key: PEPPER_KEY, value: pepper }] : [];
    const verifier = ports.crypto.hmacSha256(pepper, hash);
    return [...kept, { table: TABLES.pin, key: PIN_KEY, value: writeRecord(VERSION, ownerEpoch, salt, costLog2, verifier) }, this.attempts.planPinGood()];
  }

  planClear(): Result<readonly RecordChange[], ReasonName> {
    return this.stored.kind === "off" ? err("nothingToDo") : ok([{ table: TABLES.pin, key: PIN_KEY, value: undefined }, this.attempts.planPinGood()]);
  }
}

/** Four to eight digits, neither all the same nor a run: the first that anybody tries. */
export function isGoodPin(pin: string): boolean {
  if (!/^[0-9]{4,8}$/.test(pin)) return false;
  const steps = new Set<number>();
  for (let i = 1; i < pin.length; i++) steps.add((pin.charCodeAt(i) - pin.charCodeAt(i - 1) + 10) % 10);
  const [step] = steps;
  return steps.size > 1 || ![0, 1, 9].includes(step!);
}
