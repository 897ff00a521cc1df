import { createHash } from "node:crypto";
import { equalBytes } from "../../firmware/base/index.ts";
import type { CryptoPort, Slot } from "../../firmware/ports/index.ts";
import { chooseBoot, decodeBootRecord, encodeBootRecord, otherSlot, rolledBack, type BootRecord, type BundleFacts } from "../../firmware/update/index.ts";
import type { SlotFolder } from "../../hal/slots/index.ts";
import { EXIT } from "../cli/command.ts";

/** How a car came to its end. `hung`: it was on trial and had not confirmed itself in time, so it was killed. */
export type CarEnd = { readonly kind: "exited"; readonly code: number } | { readonly kind: "hung" } | { readonly kind: "stopped" };

/** What the boot loader starts. */
export interface Programs {
  /** Why the bundle at `path` cannot run this car; undefined where it can. */
  selfTest(path: string): Promise<string | undefined>;
  /** Runs a car to its end. `confirmed`: it is on trial, and must not run past its time while this says no. */
  run(path: string, confirmed: (() => boolean) | undefined): Promise<CarEnd>;
}

export interface LoaderOptions {
  readonly slots: SlotFolder;
  readonly crypto: Pick<CryptoPort, "sha256">;
  readonly programs: Programs;
  /** The bundle that this boot loader came with: what a new car starts with, and what is left where no slot can be used. */
  readonly factoryBundle: () => Uint8Array;
  readonly say: (event: string, text: string) => void;
}

const PIECE_BYTES = 1024 * 1024;

/**
 * Starts what the boot record names, and tries what it has armed: once, after a self-test, and under a watchdog. Whatever goes
 * wrong with a trial, the release before is started next; where no slot holds what the record promises, the factory's bundle is.
 */
export class Loader {
  readonly #options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Runs cars until one ends for good; gives its exit code. */
  async run(): Promise<number> {
    for (;;) {
      const record = this.#record() ?? (await this.#installFactory("there is no boot record"));
      const choice = chooseBoot(record);
      if (choice.kind === "rollBack") {
        await this.#save(choice.record);
        this.#options.say("rolledBack", "the update on trial was not confirmed: the release before runs");
        continue;
      }
      const end = choice.kind === "trial" ? await this.#try(choice.record) : await this.#runActive(record);
      if (end !== undefined) return end;
    }
  }

  /** Undefined: go on with what the record says now. */
  async #runActive(record: BootRecord): Promise<number | undefined> {
    if (!(await this.#holds(record.active, record.bundle))) {
      await this.#installFactory(`slot ${record.active} does not hold what the boot record promises`);
      return undefined;
    }
    this.#options.say("started", `slot ${record.active}`);
    return codeOf(await this.#options.programs.run(this.#options.slots.pathOf(record.active), undefined));
  }

  async #try(record: BootRecord): Promise<number | undefined> {
    const { slots, programs, say } = this.#options;
    const slot = otherSlot(record.active);
    const { bundle } = record.trial!;
    if (!(await this.#holds(slot, bundle))) return this.#undo(record, `slot ${slot} does not hold what was staged`);
    const fault = await programs.selfTest(slots.pathOf(slot));
    if (fault !== undefined) return this.#undo(record, `it did not pass its self-test: ${fault}`);
    // Durable first: whatever happens from here on, it is started once.
    await this.#save(record);
    say("trial", `slot ${slot} is on trial`);
    const confirmed = (): boolean => this.#record()?.active === slot;
    const end = await programs.run(slots.pathOf(slot), confirmed);
    if (confirmed()) return codeOf(end);
    if (end.kind === "stopped") return 0;
    return this.#undo(this.#record() ?? record, end.kind === "hung" ? "it was not confirmed in time" : `it ended with ${end.code}`);
  }

  async #undo(record: BootRecord, why: string): Promise<undefined> {
    await this.#save(rolledBack(record));
    this.#options.say("rolledBack", `the update is undone: ${why}`);
    return undefined;
  }

  /** Puts the factory's bundle into slot a and starts a new record. Keys and log are elsewhere and stay. */
  async #installFactory(why: string): Promise<BootRecord> {
    const { slots, factoryBundle, say } = this.#options;
    const bytes = factoryBundle();
    for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
      const piece = bytes.subarray(offset, offset + PIECE_BYTES);
      await new Promise<void>((resolve, reject) => slots.write("a", offset, piece, (error) => (error ? reject(error) : resolve())));
    }
    const digest = new Uint8Array(createHash("sha256").update(bytes).digest());
    const record: BootRecord = { active: "a", bundle: { digest, sizeBytes: bytes.length }, trial: undefined, rolledBack: this.#record()?.rolledBack };
    await this.#save(record);
    say("factory", `the bundle of this installation is in slot a: ${why}`);
    return record;
  }

  #holds(slot: Slot, bundle: BundleFacts): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#options.slots.digest(slot, bundle.sizeBytes, (error, digest) => (error ? reject(error) : resolve(digest !== undefined && equalBytes(digest, bundle.digest))));
    });
  }

  #record(): BootRecord | undefined {
    const bytes = this.#options.slots.readRecord();
    return bytes && decodeBootRecord(this.#options.crypto, bytes);
  }

  #save(record: BootRecord): Promise<void> {
    const bytes = encodeBootRecord(this.#options.crypto, record);
    return new Promise((resolve, reject) => this.#options.slots.replaceRecord(bytes, (error) => (error ? reject(error) : resolve())));
  }
}

/** The exit code of a car that has ended for good; undefined where it asks to be started again. */
function codeOf(end: CarEnd): number | undefined {
  if (end.kind !== "exited") return 0;
  return end.code === EXIT.again ? undefined : end.code;
}
