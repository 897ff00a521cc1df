import { equalBytes } from "../../firmware/base/index.ts";
import type { UpdateSettings } from "../../firmware/controller/index.ts";
import type { CryptoPort, Slot } from "../../firmware/ports/index.ts";
import { chooseBoot, decodeBootRecord, encodeBootRecord, otherSlot, rolledBack, SlotDriver, type BootRecord, type SlotAnswer, type SlotTask } from "../../firmware/update/index.ts";
import { EMPTY_SLOTS, SimSlots } from "../slots/index.ts";
import type { BootController } from "./controller-like.ts";

export interface TwoSlotsOptions {
  /** Model and release key of the car. */
  readonly update: UpdateSettings;
  /** The bundle that the car came with. */
  readonly factory: Uint8Array;
  /** What a bundle runs as; undefined: nothing that starts. */
  programOf(bundle: Uint8Array): BootController | undefined;
  /** Whether a program opens a car: looked at before it is tried in this one. */
  selfTest(program: BootController): boolean;
}

export interface TwoSlotsParts {
  readonly crypto: Pick<CryptoPort, "sha256">;
  /** One line for the trace. */
  observe(what: string): void;
}

/**
 * The firmware's slots of a virtual car and the boot loader between its starts: it starts what its record names, and what is staged
 * once, after a self-test; a trial that has not proved itself is undone at the next start.
 */
export class TwoSlots {
  readonly #options: TwoSlotsOptions;
  readonly #parts: TwoSlotsParts;
  #store: SimSlots;
  #driver: SlotDriver | undefined;

  constructor(options: TwoSlotsOptions, parts: TwoSlotsParts) {
    this.#options = options;
    this.#parts = parts;
    const { factory } = options;
    const { crypto } = parts;
    const record: BootRecord = { active: "a", bundle: { digest: crypto.sha256(factory), sizeBytes: factory.length }, trial: undefined, rolledBack: undefined };
    this.#store = new SimSlots((data) => crypto.sha256(data), { ...EMPTY_SLOTS, a: factory, record: encodeBootRecord(crypto, record) });
  }

  get update(): UpdateSettings {
    return this.#options.update;
  }

  get record(): BootRecord {
    const bytes = this.#store.readRecord();
    const record = bytes && decodeBootRecord(this.#parts.crypto, bytes);
    if (record === undefined) throw new RangeError("the boot record of a virtual car cannot be read");
    return record;
  }

  /** The bundle that the record has running. */
  get running(): Uint8Array {
    const { active, trial } = this.record;
    return this.#store.contentOf(trial?.started === true ? otherSlot(active) : active);
  }

  /** The boot loader's part of a start: writes its record and gives the program to run. */
  load(): BootController {
    const { record } = this;
    const choice = chooseBoot(record);
    if (choice.kind === "rollBack") this.#save(choice.record, "the update on trial was not confirmed: the release before runs");
    if (choice.kind === "trial") {
      const program = this.#tested(otherSlot(record.active), choice.record);
      if (program !== undefined) {
        this.#save(choice.record, `slot ${otherSlot(record.active)} is on trial`);
        return program;
      }
      this.#save(rolledBack(record), "the update is undone: it did not pass its self-test");
    }
    const program = this.#options.programOf(this.#store.contentOf(record.active));
    if (program === undefined) throw new RangeError("the active slot of a virtual car holds no program");
    return program;
  }

  /** The program has started; `tell` brings it what becomes of its tasks. */
  started(tell: (answer: SlotAnswer) => void): void {
    this.#driver = new SlotDriver(this.#store, this.#parts.crypto, tell);
    this.#driver.start();
  }

  /** @throws {SlotPowerCut} where the power fails in the middle of it, see {@link cutAfter}. */
  perform(task: SlotTask): void {
    this.#driver?.perform(task);
  }

  /** The power is to fail in the middle of the next write, once so many of its bytes are written. */
  cutAfter(bytes: number): void {
    // The write itself begins with a step of its own.
    this.#store.cutAt = this.#store.steps + 1 + bytes;
  }

  /** What was written before the cut lies there, however little of it; the worst a start can find. */
  losePower(): void {
    const { crypto } = this.#parts;
    this.#driver = undefined;
    this.#store = new SimSlots((data) => crypto.sha256(data), this.#store.imageAfterCut("kept"));
  }

  #tested(slot: Slot, { trial }: BootRecord): BootController | undefined {
    const content = this.#store.contentOf(slot);
    if (trial === undefined || !equalBytes(this.#parts.crypto.sha256(content), trial.bundle.digest)) return undefined;
    const program = this.#options.programOf(content);
    return program !== undefined && this.#options.selfTest(program) ? program : undefined;
  }

  #save(record: BootRecord, why: string): void {
    this.#parts.observe(`boot loader: ${why}`);
    this.#store.replaceRecord(encodeBootRecord(this.#parts.crypto, record), () => undefined);
  }
}
