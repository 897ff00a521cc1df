import { createHash } from "node:crypto";
import { appendFileSync, closeSync, constants, fstatSync, openSync, rmSync, writeFileSync } from "node:fs";
import { equalBytes } from "../../firmware/base/index.ts";
import { messageOf, readUpTo } from "../../hal/durable-file/index.ts";
import type { Release } from "./uplink.ts";

const NOTHING = new Uint8Array(0);
/** Which release it is, before the release's own bytes. */
const LABEL_BYTES = 32;

/**
 * The part of a release that has come so far, in a file of mode 0600, so that a download goes on after a restart. One release at a time, at most
 * as long as it. What was kept is trusted with nothing: whoever reads it checks the whole. Where no file can be had, nothing is kept.
 */
export class KeptDownload {
  readonly #path: string;
  readonly #onTrouble: (message: string) => void;
  #isKeeping = false;

  constructor(path: string, onTrouble: (message: string) => void) {
    this.#path = path;
    this.#onTrouble = onTrouble;
  }

  /** What there is of `release`; the beginning of a new file where that is nothing. */
  open(release: Release): Uint8Array {
    const label = labelOf(release);
    this.#isKeeping = true;
    const bytes = this.#read(LABEL_BYTES + release.sizeBytes);
    if (equalBytes(bytes.subarray(0, LABEL_BYTES), label)) return bytes.subarray(LABEL_BYTES);
    this.#write(() => {
      rmSync(this.#path, { force: true });
      writeFileSync(this.#path, label, { flag: "wx", mode: 0o600 });
    });
    return NOTHING;
  }

  /** The bytes that follow those before. */
  add(bytes: Uint8Array): void {
    if (this.#isKeeping) this.#write(() => appendFileSync(this.#path, bytes));
  }

  drop(): void {
    this.#isKeeping = false;
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // What is no file was never written.
    }
  }

  /** Nothing where there is no file, or one of more than `bytesMax`. */
  #read(bytesMax: number): Uint8Array {
    try {
      const file = openSync(this.#path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        const status = fstatSync(file);
        return status.isFile() && status.size <= bytesMax ? readUpTo(file, status.size, 0) : NOTHING;
      } finally {
        closeSync(file);
      }
    } catch {
      return NOTHING;
    }
  }

  /** A file that ends in the middle of a piece would not be gone on with rightly, so one fault ends the keeping. */
  #write(write: () => void): void {
    try {
      write();
    } catch (fault) {
      this.#onTrouble(`a download is not kept: ${messageOf(fault)}`);
      this.drop();
    }
  }
}

function labelOf({ model, sequenceNumber, sizeBytes }: Release): Uint8Array {
  return new Uint8Array(createHash("sha256").update(JSON.stringify([model, sequenceNumber, sizeBytes])).digest());
}
