import { assert, err, type Result } from "../base/index.ts";
import { encodeSequence } from "../cbor/index.ts";
import { openEncrypt0, sealEncrypt0, type CoseFault, type DirectionKeys } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { EXPORTER_LABELS, MESSAGE_BYTES_MAX } from "../wire/index.ts";

/** EDHOC_Exporter of one session (RFC 9528 section 4.2.1): label, context, length in bytes. */
export type Exporter = (label: number, context: Uint8Array, length: number) => Uint8Array;

/** Which end of a channel this is. */
export type ChannelRole = "phone" | "car";

/** Phone-to-car key (32), car-to-phone key (32), phone-to-car IV (12), car-to-phone IV (12). */
export const CHANNEL_KEY_BYTES = 88;

/** Messages that one direction may carry: Partial IVs stay within 2 bytes, and the phone has long run a new handshake. */
export const SEQUENCE_COUNT_MAX = 0x10000;

/** Longest plaintext: what COSE_Encrypt0 adds is 30 bytes at most, and MESSAGE_BYTES_MAX bounds the whole. */
export const PLAINTEXT_BYTES_MAX = MESSAGE_BYTES_MAX - 32;

/** Why a protected message was not opened. The peer is told none of these: the link closes. */
export type ChannelFault = CoseFault | "too-long" | "exhausted";

/** What the nonces and the use number of one fast reconnect are. */
export interface FastInput {
  readonly carNonce: Uint8Array;
  readonly phoneNonce: Uint8Array;
  /** Of the link that it is for: what was made for another one, or kept back until that has ended, opens nothing. */
  readonly challenge: Uint8Array;
  /** From 1: how many fast reconnects the full handshake has served, this one included. */
  readonly useNumber: number;
}

const NO_CONTEXT = new Uint8Array(0);

interface Direction {
  readonly keys: DirectionKeys;
  sequence: number;
}

/**
 * The two directions of a protected session: COSE_Encrypt0 messages of one fixed shape, each sequence number exactly one more
 * than the last. A message that does not open changes nothing here; the caller closes the link and drops the channel.
 */
export class ProtectedChannel {
  private readonly crypto: CryptoPort;
  private readonly outgoing: Direction;
  private readonly incoming: Direction;

  /** `keyMaterial` is {@link CHANNEL_KEY_BYTES} long and serves one channel only. */
  constructor(crypto: CryptoPort, keyMaterial: Uint8Array, role: ChannelRole) {
    assert(keyMaterial.length === CHANNEL_KEY_BYTES, "a channel takes 88 bytes of key material");
    const phoneToCar = { keys: { key: keyMaterial.subarray(0, 32), iv: keyMaterial.subarray(64, 76) }, sequence: 0 };
    const carToPhone = { keys: { key: keyMaterial.subarray(32, 64), iv: keyMaterial.subarray(76, 88) }, sequence: 0 };
    this.crypto = crypto;
    this.outgoing = role === "car" ? carToPhone : phoneToCar;
    this.incoming = role === "car" ? phoneToCar : carToPhone;
  }

  /** Whether one direction has carried all it may: the session ends and the phone runs a new handshake. */
  get exhausted(): boolean {
    return this.outgoing.sequence >= SEQUENCE_COUNT_MAX || this.incoming.sequence >= SEQUENCE_COUNT_MAX;
  }

  /** The next COSE_Encrypt0 of this end. `plaintext` is 1 to {@link PLAINTEXT_BYTES_MAX} bytes; the channel is not exhausted. */
  seal(plaintext: Uint8Array): Uint8Array {
    const sequence = this.outgoing.sequence;
    assert(sequence < SEQUENCE_COUNT_MAX, "a sequence number is never used twice");
    assert(plaintext.length > 0 && plaintext.length <= PLAINTEXT_BYTES_MAX, "a protected message fits");
    this.outgoing.sequence++;
    return sealEncrypt0(this.crypto, this.outgoing.keys, sequence, plaintext);
  }

  /** The plaintext of the next message of the other end; `bytes` is one whole COSE_Encrypt0 and nothing else. */
  open(bytes: Uint8Array): Result<Uint8Array, ChannelFault> {
    const sequence = this.incoming.sequence;
    if (sequence >= SEQUENCE_COUNT_MAX) return err("exhausted");
    if (bytes.length > MESSAGE_BYTES_MAX) return err("too-long");
    const opened = openEncrypt0(this.crypto, this.incoming.keys, sequence, bytes);
    if (opened.ok) this.incoming.sequence++;
    return opened;
  }
}

/** The channel of a full handshake: Exporter(32768, h'', 88). */
export function channelFromExporter(crypto: CryptoPort, exporter: Exporter, role: ChannelRole): ProtectedChannel {
  return new ProtectedChannel(crypto, exporter(EXPORTER_LABELS.commandKeys, NO_CONTEXT, CHANNEL_KEY_BYTES), role);
}

/** The channel of one fast reconnect: Exporter(32769, << bstr car nonce, bstr phone nonce, uint use number, bstr challenge >>, 88). */
export function fastChannel(crypto: CryptoPort, exporter: Exporter, input: FastInput, role: ChannelRole): ProtectedChannel {
  const context = encodeSequence(input.carNonce, input.phoneNonce, input.useNumber, input.challenge);
  return new ProtectedChannel(crypto, exporter(EXPORTER_LABELS.fastKeys, context, CHANNEL_KEY_BYTES), role);
}
