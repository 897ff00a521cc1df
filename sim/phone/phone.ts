import { err, ok, type Result } from "../../firmware/base/index.ts";
import {
  acceptEnrolment,
  acceptGrant,
  beginPairing,
  carryList,
  checkLog,
  createWallet,
  formatKeyInvitation,
  formatList,
  KeyLink,
  listsToDeliver,
  parseKeyInvitation,
  recogniseCar,
  restoreFromKit,
  resumePairing,
  revokeGrant,
  shareCar,
  shareGrant,
  type GrantRequest,
  type KeyFault,
  type LatchStates,
  type LinkTarget,
  type LogPage,
  type PairingTask,
  type Wallet,
} from "../../firmware/key/index.ts";
import type { CryptoPort, RandomPort, SignatureAlgorithm } from "../../firmware/ports/index.ts";
import type { Command, Role } from "../../firmware/wire/index.ts";
import type { Air, LinkEnd, Place, Radio } from "../air/index.ts";
import type { VirtualClock } from "../time/index.ts";
import { Connection, type PhoneOutcome, type Settled, type FrameCarrier } from "./connection.ts";
import { Search } from "./search.ts";

export interface PhoneParts {
  readonly clock: VirtualClock;
  readonly air: Air;
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  /** Wall time on this phone. */
  unixS(): number;
  /** One line for the trace. */
  observe(what: string): void;
}

export interface PhoneOptions {
  readonly name: string;
  readonly place: Place;
  /** Default: Ed25519. */
  readonly algorithm?: SignatureAlgorithm;
  /** A printed owner's kit: the phone then holds the recovery key and the one car of that kit. */
  readonly ownersKit?: string;
  /** Stay connected while in range, as an app in the background does. Default: true. */
  readonly staysConnected?: boolean;
}

/** A phone that stays around tells of its motion this often. */
const REPORT_EVERY_MS = 5_000;

interface Plan {
  readonly target: LinkTarget;
  readonly begin: (connection: Connection) => void;
  /** The car could not be reached. */
  readonly failed: () => void;
}

/** A phone with the Latchkey app: a wallet, a radio, and the key side of the protocol. It needs no network for anything. */
export class SimPhone {
  readonly name: string;
  readonly radio: Radio;
  readonly #parts: PhoneParts;
  readonly #staysConnected: boolean;
  readonly #holder: { wallet: Wallet };
  readonly #connections = new Map<FrameCarrier, Connection>();
  /** Open connections by the car they are for. */
  readonly #toCar = new Map<string, Connection>();
  readonly #searches = new Map<string, { readonly search: Search; readonly waiting: { command: Command; settled: Settled }[] }>();
  readonly #plans = new Map<Radio, Plan>();
  /** Called when a latch has finished what this phone began. */
  latchesReported: ((states: LatchStates) => void) | undefined;

  constructor(options: PhoneOptions, parts: PhoneParts) {
    this.name = options.name;
    this.#parts = parts;
    this.#staysConnected = options.staysConnected ?? true;
    const wallet = options.ownersKit === undefined
      ? createWallet(parts.crypto, { algorithm: options.algorithm ?? "Ed25519", name: options.name })
      : restoreFromKit(parts.crypto, options.ownersKit, "car");
    if (!wallet.ok) throw new RangeError(`phone ${options.name}: ${wallet.error}`);
    this.#holder = { wallet: wallet.value };
    this.radio = parts.air.addRadio(options.name, options.place, {
      linkOpened: (end) => this.#linkOpened(end),
      received: (end, bytes) => this.#connections.get(end)?.received(bytes),
      linkClosed: (end) => this.#connections.get(end)?.lost(),
      sighted: (radio, advertisement, rssiDbm) => {
        for (const { search } of [...this.#searches.values()]) search.sighted(radio, advertisement, rssiDbm);
      },
    });
  }

  get wallet(): Wallet {
    return this.#holder.wallet;
  }

  /** Whether this phone holds an open link to the car. */
  isConnected(vehicleId: string): boolean {
    return this.#toCar.get(vehicleId)?.usable === true;
  }

  /** Scans the code on the console of the car behind `car`, or an owner's transfer code, and becomes its owner. Settles once. */
  pair(car: Radio, uri: string, label: string, settled: Settled): void {
    const task = beginPairing(this.#parts, this.wallet, { uri, label });
    if (!task.ok) throw new RangeError(`phone ${this.name} cannot pair: ${task.error}`);
    this.#pairWith(car, task.value, settled);
  }

  /** Fetches the answer of a pairing that this phone missed; no code is needed. Settles once. */
  resumePairing(car: Radio, settled: Settled): void {
    const task = resumePairing(this.wallet);
    if (task === undefined) throw new RangeError(`phone ${this.name} has no pairing to finish`);
    this.#pairWith(car, task, settled);
  }

  #pairWith(car: Radio, task: PairingTask, settled: Settled): void {
    this.#connect(car, {
      target: { kind: "pairing", task },
      begin: (connection) => connection.pair(settled),
      failed: () => settled(NOT_FOUND),
    });
  }

  /** Asks a known car for something: over the open link, or after finding it on the air. Settles once. */
  ask(vehicleId: string, command: Command, settled: Settled): void {
    const connection = this.#toCar.get(vehicleId);
    if (connection?.usable === true) {
      connection.ask(command, settled);
      return;
    }
    const running = this.#searches.get(vehicleId);
    if (running !== undefined) {
      running.waiting.push({ command, settled });
      return;
    }
    this.#search(vehicleId, { command, settled });
  }

  /** Connects to the car whenever it is in reach and says every few seconds whether it has moved: what passive entry asks of a phone. */
  stayAround(vehicleId: string, isStill: () => boolean): void {
    this.ask(vehicleId, { kind: "reportMotion", still: isStill() }, () => {
      this.#parts.clock.after(REPORT_EVERY_MS, "motion", () => this.stayAround(vehicleId, isStill));
    });
  }

  /** A connection to a known car over something else than the air, such as the cloud as a courier. It serves what it is asked, and no more. */
  connectOver(vehicleId: string, carrier: FrameCarrier): Connection {
    const { clock, crypto, random, unixS } = this.#parts;
    const target = { kind: "cars", vehicleIds: [vehicleId] } as const;
    const link = new KeyLink({ crypto, random, holder: this.#holder, target, unixS: unixS() });
    return new Connection(clock, carrier, link, { connected: () => undefined, latches: (states) => this.latchesReported?.(states), ended: () => undefined });
  }

  /** Ends the link to a car, as flight mode does. */
  disconnect(vehicleId: string): void {
    this.#toCar.get(vehicleId)?.close();
  }

  /** What another phone needs to enrol this one or to share with it. */
  get invitation(): string {
    return formatKeyInvitation(this.wallet);
  }

  /** Has another phone's key enrolled at the car. The other phone then needs {@link carText}. */
  enrol(vehicleId: string, invitation: string, role: Role, settled: Settled): Result<void, KeyFault> {
    const holder = parseKeyInvitation(this.#parts.crypto, invitation);
    if (!holder.ok) return err(holder.error);
    const { publicKey, name } = holder.value;
    this.ask(vehicleId, { kind: "enrol", role, name, publicKey }, settled);
    return ok();
  }

  /** The text about the car for the phone that was enrolled. `issuerEpoch` stands in the reply to `enrol`; 0 where it names none. */
  carText(vehicleId: string, role: Role, issuerEpoch: number): Result<string, KeyFault> {
    return shareCar(this.wallet, vehicleId, { role, issuerEpoch });
  }

  /** Takes the text an owner sent after enrolling this phone. */
  acceptCar(text: string): Result<string, KeyFault> {
    return this.#keep(acceptEnrolment(this.#parts.crypto, this.wallet, text), (accepted) => accepted.vehicleId);
  }

  /** Signs a grant for the phone behind `invitation`; no car and no network is needed. The text goes to that phone. */
  share(vehicleId: string, invitation: string, grant: Omit<GrantRequest, "holder" | "issuedAtS">): Result<{ text: string; grantId: string }, KeyFault> {
    const holder = parseKeyInvitation(this.#parts.crypto, invitation);
    if (!holder.ok) return err(holder.error);
    const request = { ...grant, holder: holder.value, issuedAtS: this.#parts.unixS() };
    return this.#keep(shareGrant(this.#parts, this.wallet, vehicleId, request), ({ text, grantId }) => ({ text, grantId }));
  }

  /** Takes a grant that somebody shared. Answers the vehicle id. */
  accept(text: string): Result<string, KeyFault> {
    return this.#keep(acceptGrant(this.#parts.crypto, this.wallet, text), (accepted) => accepted.vehicleId);
  }

  /** Revokes a grant on this phone; the car learns it at the next contact of any key that carries the list. */
  revoke(vehicleId: string, grantId: string): Result<void, KeyFault> {
    const signedAtS = this.#parts.unixS();
    return this.#keep(revokeGrant(this.#parts.crypto, this.wallet, vehicleId, { grantId, signedAtS }), () => undefined);
  }

  /** The newest list of what this phone has revoked at a car, as text for a phone that comes by there sooner. */
  revocationText(vehicleId: string): string | undefined {
    const list = this.wallet.cars.find((car) => car.vehicleId === vehicleId)?.issuer.list;
    return list && formatList(list);
  }

  /** Takes another phone's revocation list to the car. Answers the vehicle id. */
  carry(text: string): Result<string, KeyFault> {
    return this.#keep(carryList(this.wallet, text), (carried) => carried.vehicleId);
  }

  /** Checks a log read from the car, page by page, and remembers its head: a memory that was put back shows at the next check. */
  checkLog(vehicleId: string, pages: readonly LogPage[]) {
    return this.#keep(checkLog(this.#parts.crypto, this.wallet, vehicleId, pages), ({ log }) => log);
  }

  #keep<T extends { readonly wallet: Wallet }, R, F>(result: Result<T, F>, give: (value: T) => R): Result<R, F> {
    if (!result.ok) return result;
    this.#holder.wallet = result.value.wallet;
    return ok(give(result.value));
  }

  #search(vehicleId: string, first: { command: Command; settled: Settled }): void {
    const waiting = [first];
    const finish = (): void => {
      this.#searches.delete(vehicleId);
      if (this.#searches.size === 0) this.#parts.air.setScanning(this.radio, false);
    };
    const failed = (): void => {
      finish();
      for (const { settled } of waiting) settled(NOT_FOUND);
    };
    const begin = (connection: Connection): void => {
      finish();
      this.#toCar.set(vehicleId, connection);
      for (const { command, settled } of waiting) connection.ask(command, settled);
    };
    const search = new Search(this.#parts.clock, {
      recognise: ({ identity }) => {
        const recognised = recogniseCar(this.#parts.crypto, this.wallet, identity);
        return recognised === undefined ? undefined : recognised.vehicleId === vehicleId;
      },
      found: (radio) => this.#connect(radio, { target: { kind: "cars", vehicleIds: [vehicleId] }, begin, failed }),
      failed,
    });
    this.#searches.set(vehicleId, { search, waiting });
    // A fresh scan shows what was there before this search began as well.
    this.#parts.air.setScanning(this.radio, true);
  }

  #connect(radio: Radio, plan: Plan): void {
    if (this.#plans.has(radio)) {
      plan.failed();
      return;
    }
    this.#plans.set(radio, plan);
    this.#parts.air.connect(this.radio, radio, () => {
      this.#plans.delete(radio);
      plan.failed();
    });
  }

  #linkOpened(end: LinkEnd): void {
    const plan = this.#plans.get(end.peer);
    if (plan === undefined) {
      end.close();
      return;
    }
    this.#plans.delete(end.peer);
    const { clock, crypto, random, unixS } = this.#parts;
    const link = new KeyLink({ crypto, random, holder: this.#holder, target: plan.target, unixS: unixS() });
    const connection = new Connection(clock, end, link, {
      connected: (vehicleId, path) => this.#connected(vehicleId, path),
      latches: (states) => this.#latches(states),
      ended: (ended) => this.#ended(ended),
    });
    this.#connections.set(end, connection);
    plan.begin(connection);
  }

  #connected(vehicleId: string, path: "full" | "fast"): void {
    this.#parts.observe(`connected by ${path} handshake`);
    for (const list of listsToDeliver(this.wallet, vehicleId)) {
      this.#parts.clock.after(0, "deliver list", () => {
        const connection = this.#toCar.get(vehicleId);
        if (connection?.usable === true) connection.ask({ kind: "deliverList", list }, (outcome) => this.#listDelivered(outcome));
      });
    }
  }

  #listDelivered(outcome: PhoneOutcome): void {
    this.#parts.observe(`revocation list ${outcome.kind}`);
  }

  #latches(states: LatchStates): void {
    this.latchesReported?.(states);
    if (this.#staysConnected) return;
    for (const connection of this.#toCar.values()) connection.close();
  }

  #ended(connection: Connection): void {
    this.#connections.delete(connection.end);
    for (const [vehicleId, open] of this.#toCar) if (open === connection) this.#toCar.delete(vehicleId);
  }

  /** The one car of this wallet; for scenarios with one. */
  get onlyVehicleId(): string | undefined {
    return this.wallet.cars[0]?.vehicleId;
  }
}

const NOT_FOUND: PhoneOutcome = { kind: "failed", why: "carNotFound", mayHaveSucceeded: false };
