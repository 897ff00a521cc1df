import { fromHex, toHex } from "../../../firmware/base/index.ts";
import type { CryptoPort } from "../../../firmware/ports/index.ts";
import { OwnCard, TeslaCard, type HeldCard } from "../../../sim/card/index.ts";

/** What plastic remembers: a key of 32 bytes, for the own type after `own:`, and then the COSE_Key of its car, once it has one; all in hexadecimal. */
const KEPT = /^(?:(own):)?([0-9a-f]{64})(?::([0-9a-f]{80}))?$/;

/** Whether `value` is what a card may remember. */
export function isKeptCard(value: unknown): boolean {
  const match = typeof value === "string" ? KEPT.exec(value) : null;
  return match !== null && (match[1] !== undefined || match[3] === undefined);
}

/** The memory of a card that nobody has seen yet. `key`: 32 fresh bytes. */
export function newCardMemory(type: "own" | "tesla", key: Uint8Array): string {
  return type === "own" ? `own:${toHex(key)}` : toHex(key);
}

/** Which type a card with this memory is of. */
export function typeOfMemory(memory: string): "own" | "tesla" {
  return memory.startsWith("own:") ? "own" : "tesla";
}

/** The card with this memory, and `write` told when it remembers more; undefined where its key is none. */
export function cardOfMemory(crypto: CryptoPort, memory: string, write: (memory: string) => void): HeldCard | undefined {
  const [, own, keyHex, carHex] = KEPT.exec(memory)!;
  const scalar = fromHex(keyHex!)!;
  if (own === undefined) {
    const key = crypto.importAgreementKey("P-256", scalar);
    return key && new TeslaCard({ crypto, key });
  }
  const key = crypto.importSigningKey("Ed25519", scalar);
  return key && new OwnCard({ crypto, key, ...(carHex !== undefined && { car: fromHex(carHex)! }), keep: (car) => write(`own:${keyHex!}:${toHex(car)}`) });
}
