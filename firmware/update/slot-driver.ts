import { equalBytes } from "../base/index.ts";
import type { CryptoPort, SlotStore } from "../ports/index.ts";
import { armed, confirmed, decodeBootRecord, encodeBootRecord, otherSlot, type BootRecord, type BundleFacts } from "./boot-record.ts";

/** What the controller wants done with the slots; see SlotEffect in firmware/controller. */
export type SlotTask =
  | { readonly kind: "writeSlot"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "checkSlot"; readonly bundle: BundleFacts }
  | { readonly kind: "armTrial"; readonly bundle: BundleFacts }
  | { readonly kind: "confirmTrial" };

/** What it is told in return. */
export type SlotAnswer =
  | { readonly kind: "releaseStarted"; readonly digest: Uint8Array; readonly onTrial: boolean; readonly rolledBack: Uint8Array | undefined }
  | { readonly kind: "slotWritten"; readonly throughBytes: number }
  | { readonly kind: "slotChecked"; readonly matches: boolean }
  | { readonly kind: "slotFailed"; readonly why: string }
  | { readonly kind: "trialArmed" }
  | { readonly kind: "trialConfirmed" };

const NO_RECORD = "the boot loader's record cannot be read";

/** Does for a board with two slots what the controller asks of them: the slot that runs is never written. */
export class SlotDriver {
  private readonly store: SlotStore;
  private readonly crypto: Pick<CryptoPort, "sha256">;
  private readonly tell: (answer: SlotAnswer) => void;

  constructor(store: SlotStore, crypto: Pick<CryptoPort, "sha256">, tell: (answer: SlotAnswer) => void) {
    this.store = store;
    this.crypto = crypto;
    this.tell = tell;
  }

  /** Tells what the boot loader has started, as its record has it. */
  start(): void {
    const record = this.record();
    if (record === undefined) return;
    const { bundle, trial, rolledBack } = record;
    const onTrial = trial?.started === true;
    this.tell({ kind: "releaseStarted", digest: onTrial ? trial.bundle.digest : bundle.digest, onTrial, rolledBack });
  }

  perform(task: SlotTask): void {
    const record = this.record();
    if (record === undefined) return this.tell({ kind: "slotFailed", why: NO_RECORD });
    const slot = otherSlot(record.active);
    switch (task.kind) {
      case "writeSlot": {
        // During a trial the other slot is the one that runs.
        if (record.trial?.started === true) return this.tell({ kind: "slotFailed", why: "a release is on trial" });
        const throughBytes = task.offset + task.bytes.length;
        return this.store.write(slot, task.offset, task.bytes, (error) => this.tell(error ? failed(error) : { kind: "slotWritten", throughBytes }));
      }
      case "checkSlot":
        return this.store.digest(slot, task.bundle.sizeBytes, (error, digest) => {
          this.tell(error ? failed(error) : { kind: "slotChecked", matches: digest !== undefined && equalBytes(digest, task.bundle.digest) });
        });
      case "armTrial":
        return this.replace(armed(record, task.bundle), { kind: "trialArmed" });
      case "confirmTrial": {
        const next = confirmed(record);
        return next === undefined ? this.tell({ kind: "slotFailed", why: "no release is on trial" }) : this.replace(next, { kind: "trialConfirmed" });
      }
    }
  }

  private replace(record: BootRecord, answer: SlotAnswer): void {
    this.store.replaceRecord(encodeBootRecord(this.crypto, record), (error) => this.tell(error ? failed(error) : answer));
  }

  private record(): BootRecord | undefined {
    const bytes = this.store.readRecord();
    return bytes && decodeBootRecord(this.crypto, bytes);
  }
}

function failed(error: Error): SlotAnswer {
  return { kind: "slotFailed", why: error.message };
}
