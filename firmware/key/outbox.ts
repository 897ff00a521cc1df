import { assert } from "../base/index.ts";
import { ATT_PAYLOAD_BYTES_MAX, ATT_PAYLOAD_BYTES_MIN, fragment, type MessageKind } from "../session/index.ts";
import type { KeyEffect } from "./key-effects.ts";
import type { Wallet, WalletHolder } from "./wallet.ts";

/** What a link wants done, in the order in which it is to be performed, and the wallet as it is once that is done. */
export class Outbox {
  private readonly holder: WalletHolder;
  private attPayloadBytes = ATT_PAYLOAD_BYTES_MIN;
  private effects: KeyEffect[] = [];

  constructor(holder: WalletHolder) {
    this.holder = holder;
  }

  get wallet(): Wallet {
    return this.holder.wallet;
  }

  /** What follows waits until `wallet` is stored durably; the same wallet again is nothing to store. */
  save(wallet: Wallet): void {
    if (wallet === this.holder.wallet) return;
    this.holder.wallet = wallet;
    this.effects.push({ kind: "saveWallet", wallet });
  }

  /** For the next message. */
  attPayloadChanged(attPayloadBytes: number): void {
    assert(attPayloadBytes >= ATT_PAYLOAD_BYTES_MIN, "an ATT payload holds at least 20 bytes");
    this.attPayloadBytes = Math.min(attPayloadBytes, ATT_PAYLOAD_BYTES_MAX);
  }

  send(kind: MessageKind, body: Uint8Array): void {
    for (const frame of fragment(kind, body, this.attPayloadBytes)) this.effects.push({ kind: "send", frame });
  }

  do(effect: KeyEffect): void {
    this.effects.push(effect);
  }

  /** Hands over what has come together. */
  drain(): readonly KeyEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}
