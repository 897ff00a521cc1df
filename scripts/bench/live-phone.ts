import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { decodeWallet, KeyLink, type KeyEffect, type Wallet, type WalletHolder } from "../../firmware/key/index.ts";
import type { Command } from "../../firmware/wire/index.ts";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import type { KeyRadioLink } from "../../hal/radio/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { connect, type SocketAddress } from "../../hal/socket-radio/index.ts";

const TRY_COUNT = 5;
/** A flat refusal before a full handshake is for now; a phone tries again in a few seconds. */
const REFUSED_WAIT_MS = 2000;

const random = createSystemRandom();
const crypto = createNodeCrypto({ random });
const clock = createMonotonicClock();

/** A car that is locked already has been locked; an unlock must have had something to do. */
function isGood({ reply, reason }: Extract<KeyEffect, { kind: "reply" }>, { kind }: Command): boolean {
  return reply.code === 0 || (kind === "lock" && reason === "nothingToDo");
}

/** A paired phone that comes back to its car again and again. Its wallet stays in memory, so that its own disk is not measured. */
export class LivePhone implements WalletHolder {
  wallet: Wallet;
  /** Flat refusals met on the way, after each of which it waited. */
  refusedCount = 0;
  readonly #at: SocketAddress;

  constructor(keyFile: string, at: SocketAddress) {
    const wallet = decodeWallet(crypto, readFileSync(keyFile));
    if (!wallet.ok) throw new Error(`the bench's key file cannot be read: ${wallet.error.kind}`);
    this.wallet = wallet.value;
    this.#at = at;
  }

  /**
   * Milliseconds of one fast unlock, from reaching for the car to the confirmed reply. The car was told to lock just before: one that is
   * unlocked has nothing to do. Where the tickets are used up, a full handshake brings new ones first.
   */
  async fastUnlock(): Promise<number> {
    for (let tries = 0; tries < TRY_COUNT; tries++) {
      const locked = await this.#ask({ kind: "lock", forced: true });
      const { path, ms, refused } = locked.refused ? locked : await this.#ask({ kind: "unlock" });
      if (path === "fast" && !refused) return ms;
      if (!refused) continue;
      this.refusedCount++;
      await setTimeout(REFUSED_WAIT_MS);
    }
    throw new Error(`the bench's car gave no fast unlock in ${TRY_COUNT} tries`);
  }

  async #ask(command: Command): Promise<{ readonly path: "full" | "fast" | undefined; readonly ms: number; readonly refused: boolean }> {
    const link = new KeyLink({ crypto, random, holder: this, target: { kind: "cars", vehicleIds: this.wallet.cars.map(({ vehicleId }) => vehicleId) } });
    const own: { radio?: KeyRadioLink } = {};
    let path: "full" | "fast" | undefined;
    const start = process.hrtime.bigint();
    let failed: (why: string) => void = () => undefined;
    let answered: (refused: boolean) => void = () => undefined;
    const perform = (effects: readonly KeyEffect[]): void => {
      for (const effect of effects) {
        if (effect.kind === "saveWallet") this.wallet = effect.wallet;
        else if (effect.kind === "send") own.radio?.send(effect.frame);
        else if (effect.kind === "connected") path = effect.path;
        else if (effect.kind === "failed" && effect.why === "refused") answered(true);
        else if (effect.kind === "failed") failed(effect.why);
        else if (effect.kind !== "reply") continue;
        else if (isGood(effect, command)) answered(false);
        else failed(`refused: ${effect.reason ?? effect.reply.code}`);
      }
    };
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const opened = await connect({
      at: this.#at,
      onEvent: (event) => {
        if (event.kind === "frameReceived") perform(link.receive(event.bytes, clock.monotonicMs()));
        if (event.kind !== "closed") return;
        perform(link.closed());
        closed();
      },
    });
    if (!opened.ok) throw new Error(opened.error.message);
    own.radio = opened.value;
    const timer = setInterval(() => perform(link.expire(clock.monotonicMs())), 1000);
    try {
      const refused = await new Promise<boolean>((resolve, reject) => {
        answered = resolve;
        failed = (why) => reject(new Error(`the bench's ${command.kind} failed: ${why}`));
        perform(link.open(opened.value.attPayloadBytes, clock.monotonicMs()));
        perform(link.request(command, clock.monotonicMs()).effects);
      });
      return { path, ms: Number(process.hrtime.bigint() - start) / 1e6, refused };
    } finally {
      clearInterval(timer);
      opened.value.close();
      await gone;
    }
  }
}
