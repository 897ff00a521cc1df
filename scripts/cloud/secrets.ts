import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Refusal } from "./refusal.ts";

/** Where the service takes time and chance from. */
export interface Surroundings {
  nowMs(): number;
  random(count: number): Uint8Array;
}

export const REAL_SURROUNDINGS: Surroundings = { nowMs: Date.now, random: (count) => randomBytes(count) };

const TOKEN_BYTES = 32;

/** 256 random bits as text. */
export function makeToken({ random }: Surroundings): string {
  return Buffer.from(random(TOKEN_BYTES)).toString("base64url");
}

/** How a token is stored and looked up: nobody who reads the folder can use it. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares two texts in constant time. */
export function equalTexts(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(a), "hex"), Buffer.from(hashOf(b), "hex"));
}

/** scrypt (RFC 7914): 32 MiB and about a tenth of a second on a small server. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const HASH_BYTES = 32;
const RUNNING_MAX = 2;
const WAITING_MAX = 16;

/** Slow hashes off the event loop, few at once. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Errors: `busy` (503) where too many wait already. */
  async hash(password: string, salt: Uint8Array): Promise<Uint8Array> {
    if (this.#running >= RUNNING_MAX) {
      if (this.#waiting.length >= WAITING_MAX) throw new Refusal(503, "busy", "too many log in at this moment", "Try again in some seconds. The key in your phone needs no login.", 5);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, (fault, key) => (fault === null ? resolve(key) : reject(fault)));
      });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
