import { concat } from "../../../firmware/base/index.ts";
import { decodeSequence, encode } from "../../../firmware/cbor/index.ts";
import type { AgreementKey, CryptoPort } from "../../../firmware/ports/index.ts";
import type { Device } from "./parties.ts";

/*
 * EDHOC method 0 over suite 4, written once more and straight from the formulas, with a joint at every place where a hostile or
 * mistaken peer could differ. Shares nothing with the code under test but the CBOR encoder and the crypto port.
 */

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

export function kdfByHand(crypto: CryptoPort, prk: Uint8Array, label: number, context: Uint8Array, length: number): Uint8Array {
  return crypto.hkdfExpand(prk, concat(encode(label), encode(context), encode(length)), length);
}

/** G_X of a message_1. */
export function keyShareOf(message1: Uint8Array): Uint8Array {
  const items = decodeSequence(message1, 20);
  if (!items.ok) throw new Error(items.error);
  return items.value[2]!.value as Uint8Array;
}

export interface Slips {
  /** C_R as it is hashed and sent. */
  readonly connectionId?: Uint8Array;
  /** Hashed into TH_2 after G_Y, as drafts before the RFC did. */
  readonly inTranscript2?: Uint8Array;
  /** What stands in place of C_R in context_2. */
  readonly inContext?: Uint8Array;
  /** The identifier as it stands in the plaintext. */
  readonly compact?: Uint8Array;
  /** The identifier map as MAC and signature cover it. */
  readonly idCred?: Uint8Array;
  readonly ead?: Uint8Array;
  /** EAD as MAC and signature cover it. */
  readonly coveredEad?: Uint8Array;
  readonly proof?: (genuine: Uint8Array) => Uint8Array;
  readonly signer?: Device;
  readonly plaintext?: (genuine: Uint8Array) => Uint8Array;
  readonly ciphertext?: (genuine: Uint8Array) => Uint8Array;
}

interface Keys {
  readonly prk: Uint8Array;
  readonly transcript: Uint8Array;
}

/** TH_2 and PRK_2e = PRK_3e2m. */
function keysByHand(crypto: CryptoPort, message1: Uint8Array, keyShareY: Uint8Array, secret: Uint8Array, extra?: Uint8Array): Keys {
  const transcript = crypto.sha256(concat(encode(keyShareY), extra ?? bytes(), encode(crypto.sha256(message1))));
  return { transcript, prk: crypto.hmacSha256(transcript, secret) };
}

interface Proof {
  readonly keys: Keys;
  /** KDF label of the MAC. */
  readonly label: number;
  readonly who: Device;
  /** C_R in message_2. */
  readonly prefix: Uint8Array;
}

function plaintextByHand(crypto: CryptoPort, { keys, label, who, prefix }: Proof, slips: Slips): Uint8Array {
  const kid = who.own.idCred.kind === "kid" ? who.own.idCred.kid : bytes();
  const idCred = slips.idCred ?? encode(new Map([[4, kid]]));
  const ead = slips.ead ?? bytes();
  const covered = concat(encode(keys.transcript), who.own.credential, slips.coveredEad ?? ead);
  const mac = kdfByHand(crypto, keys.prk, label, concat(slips.inContext ?? prefix, idCred, covered), 32);
  const signature = crypto.sign((slips.signer ?? who).key, encode(["Signature1", idCred, covered, mac]));
  const proof = encode(slips.proof?.(signature) ?? signature);
  const plaintext = concat(prefix, slips.compact ?? encode(kid), proof, ead);
  return slips.plaintext?.(plaintext) ?? plaintext;
}

/** message_2 to `message1` by hand, with slips. */
export function craftMessage2(crypto: CryptoPort, message1: Uint8Array, car: Device, slips: Slips = {}): Uint8Array {
  const ephemeral = crypto.generateAgreementKey("X25519");
  const secret = crypto.agree(ephemeral, keyShareOf(message1))!;
  const keys = keysByHand(crypto, message1, ephemeral.publicKey, secret, slips.inTranscript2);
  const plaintext = plaintextByHand(crypto, { keys, label: 2, who: car, prefix: slips.connectionId ?? bytes(1) }, slips);
  const keystream = kdfByHand(crypto, keys.prk, 0, keys.transcript, Math.min(plaintext.length, 8160));
  const ciphertext = plaintext.map((byte, i) => byte ^ (keystream[i] ?? 0));
  return encode(concat(ephemeral.publicKey, slips.ciphertext?.(ciphertext) ?? ciphertext));
}

/** message_2 whose PLAINTEXT_2 is exactly `plaintext`, over any curve. */
export function craftPlaintext2(crypto: CryptoPort, message1: Uint8Array, curve: AgreementKey["curve"], plaintext: Uint8Array): Uint8Array {
  const ephemeral = crypto.generateAgreementKey(curve);
  const secret = crypto.agree(ephemeral, keyShareOf(message1))!;
  const keys = keysByHand(crypto, message1, ephemeral.publicKey, secret);
  const keystream = kdfByHand(crypto, keys.prk, 0, keys.transcript, plaintext.length);
  return encode(concat(ephemeral.publicKey, plaintext.map((byte, i) => byte ^ keystream[i]!)));
}

/** An initiator by hand: its message_1, and its message_3 to a car's message_2, with slips. */
export function craftedInitiator(crypto: CryptoPort, phone: Device, car: Device) {
  const ephemeral = crypto.generateAgreementKey("X25519");
  const message1 = concat(bytes(0, 4), encode(ephemeral.publicKey), bytes(0));
  return {
    message1,
    message3(message2: Uint8Array, slips: Slips = {}): Uint8Array {
      const content = message2.subarray(2);
      const keyShareY = content.slice(0, 32);
      const keys2 = keysByHand(crypto, message1, keyShareY, crypto.agree(ephemeral, keyShareY)!);
      const keystream = kdfByHand(crypto, keys2.prk, 0, keys2.transcript, content.length - 32);
      const plaintext2 = content.slice(32).map((byte, i) => byte ^ keystream[i]!);
      const transcript = crypto.sha256(concat(encode(keys2.transcript), plaintext2, car.own.credential));
      const keys = { prk: keys2.prk, transcript };
      const plaintext = plaintextByHand(crypto, { keys, label: 6, who: phone, prefix: bytes() }, slips);
      const key = kdfByHand(crypto, keys.prk, 3, transcript, 32);
      const nonce = kdfByHand(crypto, keys.prk, 4, transcript, 12);
      const aad = encode(["Encrypt0", bytes(), transcript]);
      const ciphertext = crypto.aeadSeal({ algorithm: "ChaCha20-Poly1305", key, nonce, aad }, plaintext);
      return encode(slips.ciphertext?.(ciphertext) ?? ciphertext);
    },
  };
}
