import { armed, chooseBoot, decodeBootRecord, encodeBootRecord, rolledBack, SlotDriver, type BootRecord, type UpdateStatus } from "../../../firmware/update/index.ts";
import type { FlashPort } from "../../../firmware/ports/index.ts";
import type { UpdateSettings } from "../../../firmware/controller/index.ts";
import { EMPTY_SLOTS, SimSlots, type SlotImage } from "../../../sim/slots/index.ts";
import type { WiredCar, WiredKey } from "../../../sim/wired/index.ts";
import { claim, newCar, quickCrypto } from "../../support/wired-car.ts";
import { Maker, MODEL, type Release } from "./maker.ts";

export const FACTORY = new TextEncoder().encode("the bundle that the car came with");
const crypto = quickCrypto("slots");

export interface Setup {
  readonly update?: Partial<UpdateSettings>;
  readonly flash?: FlashPort;
  readonly sync?: (flash: FlashPort) => void;
}

/** The slots of a car that runs its first bundle. */
export function factorySlots(): SlotImage {
  const record: BootRecord = { active: "a", bundle: { digest: crypto.sha256(FACTORY), sizeBytes: FACTORY.length }, trial: undefined, rolledBack: undefined };
  return { ...EMPTY_SLOTS, a: FACTORY, record: encodeBootRecord(crypto, record) };
}

/** A car on a bench with two slots and a boot loader between its starts. The code that runs is the same whatever the slot says. */
export class UpdatingCar {
  readonly car: WiredCar;
  readonly maker: Maker;
  slots: SimSlots;
  driver!: SlotDriver;
  /** The controller has asked for a restart. */
  wantsRestart = false;

  constructor(setup: Setup = {}, slots: SlotImage | SimSlots = factorySlots()) {
    this.maker = new Maker();
    this.slots = slots instanceof SimSlots ? slots : new SimSlots((data) => crypto.sha256(data), slots);
    this.load();
    const update = { model: MODEL, releaseKey: this.maker.publicKey.coseKey, ...setup.update };
    this.car = newCar({ update, ...(setup.flash && { flash: setup.flash }), ...(setup.sync && { sync: setup.sync }) });
    this.plug();
  }

  get status(): UpdateStatus {
    return this.car.controller.parts.updates.status;
  }

  get record(): BootRecord {
    const record = decodeBootRecord(crypto, this.slots.readRecord() ?? new Uint8Array(0));
    if (record === undefined) throw new RangeError("no boot record");
    return record;
  }

  /** The bundle that the boot loader's record has running. */
  get running(): Uint8Array {
    const { active, trial } = this.record;
    return this.slots.contentOf(trial?.started === true ? (active === "a" ? "b" : "a") : active);
  }

  /** The boot loader's part of a start, then the car's. `fails`: the trial crashes before the car runs. */
  start(options: { readonly flash?: FlashPort; readonly fails?: boolean } = {}): void {
    this.wantsRestart = false;
    if (this.load() === "trial" && options.fails === true) this.slots.replaceRecord(encodeBootRecord(crypto, rolledBack(this.record)), () => undefined);
    this.car.onSlotEffect = undefined;
    const failure = this.car.restart(options.flash ?? this.car.flash);
    if (failure !== undefined) throw new RangeError(failure.detail);
    this.plug();
  }

  /** A trial that hangs is killed and undone by the boot loader. */
  startAfterHang(): void {
    this.slots.replaceRecord(encodeBootRecord(crypto, rolledBack(this.record)), () => undefined);
    this.start();
  }

  offer(release: Release): void {
    this.car.tell({ kind: "updateOffered", manifest: release.envelope });
  }

  /** Sends pieces from where the car wants them until it wants no more, `countMax` at most. */
  deliver(release: Release, options: { readonly pieceBytes?: number; readonly countMax?: number; readonly bundle?: Uint8Array } = {}): void {
    const { pieceBytes = 1000, countMax = 1000, bundle = release.bundle } = options;
    for (let count = 0; count < countMax; count++) {
      const offset = this.car.controller.updateDesk.wantedOffset;
      if (offset === undefined) return;
      const bytes = bundle.slice(offset, offset + pieceBytes);
      if (bytes.length === 0) return;
      this.car.tell({ kind: "updatePieceArrived", offset, bytes });
    }
  }

  /** Brings a release to its trial: offered, consented, delivered, restarted. */
  toTrial(owner: WiredKey, release: Release): void {
    this.offer(release);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    owner.disconnect();
    this.deliver(release);
    this.start();
  }

  /** Lets the trial run until it has proved itself. */
  prove(): void {
    this.car.pass(60_000);
  }

  private load(): "active" | "trial" | "rollBack" {
    const choice = chooseBoot(this.record);
    if (choice.kind !== "active") this.slots.replaceRecord(encodeBootRecord(crypto, choice.record), () => undefined);
    return choice.kind;
  }

  private plug(): void {
    this.driver = new SlotDriver(this.slots, crypto, (answer) => this.car.tell(answer));
    this.car.onSlotEffect = (effect) => {
      if (effect.kind === "restartForTrial") this.wantsRestart = true;
      else this.driver.perform(effect);
    };
    this.driver.start();
  }
}

/** The same with an owner whose phone is at hand. */
export function claimedUpdatingCar(setup: Setup = {}): { readonly bench: UpdatingCar; readonly owner: WiredKey } {
  const bench = new UpdatingCar(setup);
  return { bench, owner: claim(bench.car) };
}

/** The record that has the other slot tried, for a car that was never told. */
export function armBehindItsBack(bench: UpdatingCar, bundle: Uint8Array): void {
  bench.slots.write("b", 0, bundle, () => undefined);
  bench.slots.replaceRecord(encodeBootRecord(crypto, armed(bench.record, { digest: crypto.sha256(bundle), sizeBytes: bundle.length })), () => undefined);
}

/** Reasons of everything refused so far, newest last. */
export function refusals({ car }: UpdatingCar): readonly string[] {
  return car.notes.filter(({ outcome }) => outcome === "refused").map(({ why }) => why);
}
