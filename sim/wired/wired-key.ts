import { beginPairing, createWallet, KeyLink, type KeyEffect, type LatchStates, type LinkTarget, type PairingTask, type Reply, type Wallet, type WalletHolder } from "../../firmware/key/index.ts";
import type { CryptoPort, RandomPort, SignatureAlgorithm } from "../../firmware/ports/index.ts";
import { reasonName, type Command, type ReasonName } from "../../firmware/wire/index.ts";
import { ATT_PAYLOAD_BYTES, type WiredCar } from "./wired-car.ts";

export interface WiredKeyParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly algorithm?: SignatureAlgorithm;
}

/** What became of a request on the bench. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply; readonly reason: ReasonName | undefined }
  | { readonly kind: "paired"; readonly ownersKit: string; readonly vehicleId: string }
  | { readonly kind: "failed"; readonly why: string; readonly mayHaveSucceeded: boolean };

/** The car has said nothing to a request. */
export class Unanswered extends RangeError {
  override readonly name = "Unanswered";
}

/** A phone on a bench: its wallet, and one link at a time to the car, without air between. */
export class WiredKey implements WalletHolder {
  wallet: Wallet;
  readonly crypto: CryptoPort;
  readonly latches: LatchStates[] = [];
  readonly car: WiredCar;
  path: "full" | "fast" | undefined;
  /** Frames sent to the car since the link opened. */
  framesSent: Uint8Array[] = [];
  /** Frames of the car after its challenge. */
  framesReceived: Uint8Array[] = [];
  link: number | undefined;
  /** Whether links of this phone prove no proximity, unless told otherwise. */
  remote = false;
  private machine: KeyLink | undefined;
  private outcome: Outcome | undefined;
  readonly random: RandomPort;

  constructor(car: WiredCar, name: string, parts: WiredKeyParts) {
    this.car = car;
    this.crypto = parts.crypto;
    this.random = parts.random;
    const created = createWallet(this.crypto, { algorithm: parts.algorithm ?? "Ed25519", name });
    if (!created.ok) throw new RangeError(`${name}: ${created.error}`);
    this.wallet = created.value;
  }

  /** Pairs with the code the car shows. */
  pair(uri: string = this.car.claim ?? ""): Outcome {
    const task = beginPairing({ crypto: this.crypto, random: this.random }, this.wallet, { uri, label: "car" });
    if (!task.ok) throw new RangeError(`no pairing: ${task.error}`);
    return this.pairWith(task.value);
  }

  /** Pairs, or fetches the answer of a pairing that was begun. */
  pairWith(task: PairingTask): Outcome {
    this.connect({ kind: "pairing", task });
    return this.run(() => this.machine!.pair(this.car.nowMs).effects);
  }

  connect(target: LinkTarget = { kind: "cars", vehicleIds: this.wallet.cars.map((car) => car.vehicleId) }, options: { readonly attPayloadBytes?: number; readonly proximity?: "local" | "remote" } = {}): void {
    this.disconnect();
    this.framesSent = [];
    this.framesReceived = [];
    this.machine = new KeyLink({ crypto: this.crypto, random: this.random, holder: this, target });
    this.perform(this.machine.open(options.attPayloadBytes ?? ATT_PAYLOAD_BYTES, this.car.nowMs));
    this.link = this.car.attach(this, { proximity: this.remote ? "remote" : "local", ...options });
    this.framesReceived = [];
  }

  disconnect(): void {
    if (this.link !== undefined) this.car.detach(this.link);
    this.lost();
  }

  /** Asks over the open link, or over a new one. */
  ask(command: Command): Outcome {
    if (this.machine === undefined) this.connect();
    return this.run(() => this.machine!.request(command, this.car.nowMs).effects);
  }

  /** Asks over a new link, so that each request stands for itself. */
  askFresh(command: Command, options: { readonly proximity?: "local" | "remote" } = {}): Outcome {
    this.connect(undefined, options);
    return this.ask(command);
  }

  /** Asks without waiting: the car may be busy with its flash. The answer, once it has come, is in {@link answer}. */
  begin(command: Command): void {
    if (this.machine === undefined) this.connect();
    this.outcome = undefined;
    this.perform(this.machine!.request(command, this.car.nowMs).effects);
  }

  /** What this phone's ranging radio would be keyed with. */
  get rangingKeys(): KeyLink["rangingKeys"] {
    return this.machine?.rangingKeys;
  }

  /** What became of the last request; undefined while nothing has. */
  get answer(): Outcome | undefined {
    return this.outcome;
  }

  receive(frame: Uint8Array): void {
    this.framesReceived.push(frame);
    if (this.machine !== undefined) this.perform(this.machine.receive(frame, this.car.nowMs));
  }

  lost(): void {
    const { machine } = this;
    this.machine = undefined;
    this.link = undefined;
    if (machine !== undefined) this.perform(machine.closed());
  }

  /** What became of what `begin` asked; undefined where the car never answered. */
  tries(begin: () => Outcome): Outcome | undefined {
    try {
      return begin();
    } catch (fault) {
      if (fault instanceof Unanswered) return undefined;
      throw fault;
    }
  }

  private run(begin: () => readonly KeyEffect[]): Outcome {
    this.outcome = undefined;
    this.perform(begin());
    if (this.outcome === undefined) throw new Unanswered("the request was not answered");
    return this.outcome;
  }

  private perform(effects: readonly KeyEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") {
        this.framesSent.push(effect.frame);
        if (this.link !== undefined) this.car.tell({ kind: "frameReceived", link: this.link, bytes: effect.frame });
      } else if (effect.kind === "connected") this.path = effect.path;
      else if (effect.kind === "latches") this.latches.push(effect.latches);
      else if (effect.kind === "reply") this.outcome = { kind: "reply", reply: effect.reply, reason: reasonName(effect.reply.code) };
      else if (effect.kind === "paired") this.outcome = { kind: "paired", ownersKit: effect.ownersKit, vehicleId: effect.vehicleId };
      else if (effect.kind === "failed") this.outcome = { kind: "failed", why: effect.why, mayHaveSucceeded: effect.mayHaveSucceeded };
      else if (effect.kind === "close") this.disconnect();
    }
  }
}
