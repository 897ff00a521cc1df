import { readFileSync } from "node:fs";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import type { AeadInput, AgreementCurve, CryptoPort } from "../../../firmware/ports/index.ts";

export interface TraceItem {
  readonly step: string;
  readonly name: string;
  readonly encoding: string;
  readonly hex: string;
}

/** A published trace: every value of one handshake by name. */
export interface Trace {
  readonly items: readonly TraceItem[];
  /** The bytes of the item called `name`; where it stands in several steps or encodings, say which. */
  get(name: string, where?: { readonly step?: string; readonly encoding?: string }): Uint8Array;
}

export function readTrace(file: string): Trace {
  const { items } = readVectors(file) as { items: readonly TraceItem[] };
  return {
    items,
    get(name, where = {}) {
      const found = items.filter(
        (item) =>
          item.name === name &&
          (where.step === undefined || item.step === where.step) &&
          (where.encoding === undefined || item.encoding === where.encoding),
      );
      if (found.length !== 1) throw new Error(`${name}: ${found.length} items`);
      return fromHex(found[0]!.hex)!;
    },
  };
}

export function readVectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../vectors/edhoc/${file}`, import.meta.url), "utf8"));
}

/** Everything a crypto port was given and gave, as hex: what a handshake computed on the way. */
export interface Recorder {
  readonly crypto: CryptoPort;
  readonly seen: ReadonlySet<string>;
  /** Names of the operations, in order. */
  readonly operations: string[];
}

export function recording(inner: CryptoPort): Recorder {
  const seen = new Set<string>();
  const operations: string[] = [];
  const note = (operation: string, ...values: (Uint8Array | undefined)[]): void => {
    operations.push(operation);
    for (const value of values) if (value !== undefined) seen.add(toHex(value));
  };
  const noteAead = (operation: string, input: AeadInput, text: Uint8Array, result: Uint8Array | undefined): void =>
    note(operation, input.key, input.nonce, input.aad, text, result);
  const crypto: CryptoPort = {
    ...inner,
    sha256(data) {
      const hash = inner.sha256(data);
      note("sha256", data, hash);
      return hash;
    },
    hmacSha256(key, data) {
      const mac = inner.hmacSha256(key, data);
      note("hmacSha256", key, data, mac);
      return mac;
    },
    hkdfExpand(prk, info, length) {
      const out = inner.hkdfExpand(prk, info, length);
      note("hkdfExpand", prk, info, out);
      return out;
    },
    agree(own, peer) {
      const secret = inner.agree(own, peer);
      note("agree", peer, secret);
      return secret;
    },
    generateAgreementKey(curve) {
      operations.push("generateAgreementKey");
      return inner.generateAgreementKey(curve);
    },
    sign(key, message) {
      const signature = inner.sign(key, message);
      note("sign", message, signature);
      return signature;
    },
    verify(algorithm, publicKey, message, signature) {
      note("verify", publicKey, message, signature);
      return inner.verify(algorithm, publicKey, message, signature);
    },
    aeadSeal(input, plaintext) {
      const ciphertext = inner.aeadSeal(input, plaintext);
      noteAead("aeadSeal", input, plaintext, ciphertext);
      return ciphertext;
    },
    aeadOpen(input, ciphertext) {
      const plaintext = inner.aeadOpen(input, ciphertext);
      noteAead("aeadOpen", input, ciphertext, plaintext);
      return plaintext;
    },
  };
  return { crypto, seen, operations };
}

export function agreementKey(crypto: CryptoPort, curve: AgreementCurve, secret: Uint8Array) {
  const key = crypto.importAgreementKey(curve, secret);
  if (key === undefined) throw new Error("no agreement key");
  return key;
}

/** The value of a result that must be a success. */
export function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** How a step ended: `accepted`, or the kind of its fault. */
export function kindOf(outcome: { readonly ok: true } | { readonly ok: false; readonly error: { readonly kind: string } }): string {
  return outcome.ok ? "accepted" : outcome.error.kind;
}
