import type { CryptoPort, RandomPort, SignatureAlgorithm } from "../../../firmware/ports/index.ts";
import {
  acceptEnrolment,
  createWallet,
  encodeWallet,
  decodeWallet,
  KeyLink,
  type KeyEffect,
  type LinkTarget,
  type Wallet,
} from "../../../firmware/key/index.ts";
import { formatCarBundle } from "../../../firmware/key/bundles.ts";
import type { Role } from "../../../firmware/wire/index.ts";
import type { Command } from "../../../firmware/wire/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { seededRandom } from "../../support/random.ts";
import type { FakeCar } from "./fake-car.ts";

let lastLink = 0;

/** A phone whose wallet goes through its bytes at each save, as it would through a key file. */
export class Phone {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** What the key file holds. */
  file: Uint8Array;

  constructor(seed: string, algorithm: SignatureAlgorithm = "Ed25519") {
    this.crypto = testCrypto(`phone ${seed}`);
    this.random = seededRandom(`phone random ${seed}`);
    const wallet = createWallet(this.crypto, { algorithm, name: seed });
    if (!wallet.ok) throw new Error(wallet.error);
    this.file = encodeWallet(this.crypto, wallet.value);
  }

  get wallet(): Wallet {
    const wallet = decodeWallet(this.crypto, this.file);
    if (!wallet.ok) throw new Error(JSON.stringify(wallet.error));
    return wallet.value;
  }

  set wallet(wallet: Wallet) {
    this.file = encodeWallet(this.crypto, wallet);
  }

  /** Both sides know each other, as after an enrolment. */
  know(car: FakeCar, role: Role = "driver"): this {
    const text = formatCarBundle({ label: "the car", carKeys: car.carKeys, role, issuerEpoch: 0 });
    const accepted = acceptEnrolment(this.crypto, this.wallet, text);
    if (!accepted.ok) throw new Error(accepted.error);
    this.wallet = accepted.value.wallet;
    car.enrol(this.wallet.key.publicKey);
    return this;
  }
}

export interface ConnectionOptions {
  readonly target?: LinkTarget;
  readonly attPayloadBytes?: number;
  readonly unixS?: number;
  readonly nowMs?: number;
}

/** One link between a phone and a car, with virtual time and no loss unless a test takes frames away. */
export class Connection {
  readonly link: KeyLink;
  readonly id = ++lastLink;
  readonly effects: KeyEffect[] = [];
  nowMs: number;
  /** Frames on their way; delivered by {@link run}. */
  toCar: Uint8Array[] = [];
  toPhone: Uint8Array[] = [];
  /** The process dies at the first effect this names: nothing after it happens. */
  dieAt: ((effect: KeyEffect) => boolean) | undefined;
  dead = false;
  /** Messages there and back, counted where the direction turns. */
  roundTrips = 0;

  constructor(
    readonly phone: Phone,
    readonly car: FakeCar,
    options: ConnectionOptions = {},
  ) {
    this.nowMs = options.nowMs ?? 1000;
    this.link = new KeyLink({
      crypto: phone.crypto,
      random: phone.random,
      holder: { wallet: phone.wallet },
      target: options.target ?? { kind: "cars", vehicleIds: [car.vehicleId] },
      ...(options.unixS === undefined ? {} : { unixS: options.unixS }),
    });
    const attPayloadBytes = options.attPayloadBytes ?? 244;
    this.toPhone.push(...car.open(this.id, attPayloadBytes, this.nowMs));
    this.perform(this.link.open(attPayloadBytes, this.nowMs));
  }

  request(command: Command): number {
    const { requestId, effects } = this.link.request(command, this.nowMs);
    this.perform(effects);
    return requestId;
  }

  pair(): number {
    const { requestId, effects } = this.link.pair(this.nowMs);
    this.perform(effects);
    return requestId;
  }

  /** Delivers frames both ways until nothing is under way. */
  run(): this {
    for (let turns = 0; (this.toCar.length > 0 || this.toPhone.length > 0) && turns < 100; turns++) {
      if (this.toCar.length > 0) {
        this.roundTrips++;
        this.deliverToCar();
      }
      this.deliverToPhone();
    }
    return this;
  }

  deliverToCar(): void {
    for (const frame of this.toCar.splice(0)) this.toPhone.push(...this.car.receive(this.id, frame, this.nowMs));
  }

  deliverToPhone(): void {
    for (const frame of this.toPhone.splice(0)) {
      if (!this.dead) this.perform(this.link.receive(frame, this.nowMs));
    }
  }

  push(latches: Parameters<FakeCar["push"]>[1]): this {
    this.toPhone.push(...this.car.push(this.id, latches, this.nowMs));
    return this.run();
  }

  wait(ms: number): this {
    this.nowMs += ms;
    this.perform(this.link.expire(this.nowMs));
    return this;
  }

  of<K extends KeyEffect["kind"]>(kind: K): Extract<KeyEffect, { kind: K }>[] {
    return this.effects.filter((effect) => effect.kind === kind) as Extract<KeyEffect, { kind: K }>[];
  }

  perform(effects: readonly KeyEffect[]): void {
    for (const effect of effects) {
      if (this.dead) return;
      if (this.dieAt?.(effect) === true) {
        this.dead = true;
        return;
      }
      this.effects.push(effect);
      if (effect.kind === "saveWallet") this.phone.wallet = effect.wallet;
      if (effect.kind === "send") this.toCar.push(effect.frame);
    }
  }
}
