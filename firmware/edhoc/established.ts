import { assert, err, type Result } from "../base/index.ts";
import { EMPTY } from "../cose/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import type { PeerCredential } from "./credentials.ts";
import { fault, type EdhocFault } from "./fault.ts";
import type { IdCred } from "./identifier.ts";
import { KDF_BYTES_MAX, KDF_LABELS, kdf, message4Aead } from "./key-schedule.ts";
import { encodeWrapped, parsePlaintext4, unwrap } from "./messages.ts";
import { HASH_BYTES, type Suite } from "./suites.ts";

/** What a finished handshake leaves behind. */
export interface EstablishedParts<Tag> {
  readonly crypto: CryptoPort;
  readonly role: "initiator" | "responder";
  readonly suite: Suite;
  readonly peer: PeerCredential<Tag>;
  readonly peerIdCred: IdCred;
  readonly prk4e3m: Uint8Array;
  readonly transcript4: Uint8Array;
}

/**
 * The keys of a finished handshake.
 *
 * The initiator may send protected data at once, but knows that the responder is there, with the same keys, only from message_4
 * or a protected reply; before that it must store nothing. The responder knows it from message_3.
 */
export class Established<Tag = undefined> {
  /** Number of the cipher suite. */
  readonly suite: number;
  /** The credential that was verified, with the caller's tag. */
  readonly peer: PeerCredential<Tag>;
  /** How the peer named it. */
  readonly peerIdCred: IdCred;

  private readonly crypto: CryptoPort;
  private prkOut: Uint8Array | undefined;
  private prkExporter: Uint8Array | undefined;
  /** What message_4 is made from or opened with; gone once that has happened. */
  private confirmation: EstablishedParts<Tag> | undefined;

  constructor(parts: EstablishedParts<Tag>) {
    this.crypto = parts.crypto;
    this.suite = parts.suite.id;
    this.peer = parts.peer;
    this.peerIdCred = parts.peerIdCred;
    this.prkOut = kdf(parts.crypto, parts.prk4e3m, KDF_LABELS.prkOut, parts.transcript4, HASH_BYTES);
    this.confirmation = parts;
  }

  /**
   * EDHOC_Exporter (RFC 9528 section 4.2.1): `length` bytes (at most 8160) for this `label` and `context`. A pair of label and
   * context serves one purpose only. Not to be asked after a failed message_4.
   */
  exporter(label: number, context: Uint8Array, length: number): Uint8Array {
    assert(length <= KDF_BYTES_MAX, "an exported key has at most 8160 bytes");
    return kdf(this.crypto, this.exporterSecret(), label, context, length);
  }

  /** PRK_exporter, for who must go on exporting after a restart of his own. Secret; whoever has it has every exported key. */
  exporterSecret(): Uint8Array {
    this.prkExporter ??= kdf(this.crypto, this.secret(), KDF_LABELS.prkExporter, EMPTY, HASH_BYTES);
    return this.prkExporter;
  }

  /** EDHOC_KeyUpdate (RFC 9528 appendix H): from now on the exporter gives other keys; the old ones cannot be had again. */
  keyUpdate(context: Uint8Array): void {
    this.prkOut = kdf(this.crypto, this.secret(), KDF_LABELS.keyUpdate, context, HASH_BYTES);
    this.prkExporter = undefined;
    this.confirmation = undefined;
  }

  /** message_4 of the responder, once, before any key update. `ead`: encoded EAD_4. */
  message4(ead: Uint8Array = EMPTY): Uint8Array {
    const parts = this.confirmation;
    assert(parts?.role === "responder", "message_4 is made once, by the responder");
    this.confirmation = undefined;
    const aead = message4Aead(this.crypto, parts.suite, parts.prk4e3m, parts.transcript4);
    return encodeWrapped(this.crypto.aeadSeal(aead, ead));
  }

  /** Takes message_4 at the initiator, once. After any fault the keys are gone. */
  processMessage4(message: Uint8Array): Result<void, EdhocFault> {
    const outcome = this.openMessage4(message);
    this.confirmation = undefined;
    if (!outcome.ok) {
      this.prkOut = undefined;
      this.prkExporter = undefined;
    }
    return outcome;
  }

  private openMessage4(message: Uint8Array): Result<void, EdhocFault> {
    const parts = this.confirmation;
    if (parts?.role !== "initiator") return err({ kind: "out-of-turn" });
    const ciphertext = unwrap(message);
    if (!ciphertext.ok) return ciphertext;
    const aead = message4Aead(this.crypto, parts.suite, parts.prk4e3m, parts.transcript4);
    const plaintext = this.crypto.aeadOpen(aead, ciphertext.value);
    return plaintext === undefined ? fault("forged") : parsePlaintext4(plaintext);
  }

  private secret(): Uint8Array {
    assert(this.prkOut !== undefined, "a failed session gives no keys");
    return this.prkOut;
  }
}
