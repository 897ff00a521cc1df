import { readFileSync } from "node:fs";
import { decodeWallet, KeyLink, type KeyEffect, type Wallet, type WalletHolder } from "../../firmware/key/index.ts";
import type { Command } from "../../firmware/wire/index.ts";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import type { KeyRadioLink } from "../../hal/radio/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { connect, type SocketAddress } from "../../hal/socket-radio/index.ts";

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
    for (let tries = 0; tries < 2; tries++) {
      await this.#ask({ kind: "lock", forced: true });
      const { path, ms } = await this.#ask({ kind: "unlock" });
      if (path === "fast") return ms;
    }
    throw new Error("the bench's car takes no tickets");
  }

  async #ask(command: Command): Promise<{ readonly path: "full" | "fast" | undefined; readonly ms: number }> {
    const link = new KeyLink({ crypto, random, holder: this, target: { kind: "cars", vehicleIds: this.wallet.cars.map(({ vehicleId }) => vehicleId) } });
    const own: { radio?: KeyRadioLink } = {};
    let path: "full" | "fast" | undefined;
    const start = process.hrtime.bigint();
    let failed: (why: string) => void = () => undefined;
    let confirmed: () => void = () => undefined;
    const perform = (effects: readonly KeyEffect[]): void => {
      for (const effect of effects) {
        if (effect.kind === "saveWallet") this.wallet = effect.wallet;
        else if (effect.kind === "send") own.radio?.send(effect.frame);
        else if (effect.kind === "connected") path = effect.path;
        else if (effect.kind === "failed") failed(effect.why);
        else if (effect.kind !== "reply") continue;
        else if (isGood(effect, command)) confirmed();
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
      await new Promise<void>((resolve, reject) => {
        confirmed = resolve;
        failed = (why) => reject(new Error(`the bench's ${command.kind} failed: ${why}`));
        perform(link.open(opened.value.attPayloadBytes, clock.monotonicMs()));
        perform(link.request(command, clock.monotonicMs()).effects);
      });
      return { path, ms: Number(process.hrtime.bigint() - start) / 1e6 };
    } finally {
      clearInterval(timer);
      opened.value.close();
      await gone;
    }
  }
}
