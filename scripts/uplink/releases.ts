import { createHash } from "node:crypto";
import { equalBytes } from "../../firmware/base/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { shown } from "../cli/output.ts";
import type { Ask } from "../update/car.ts";
import { parsePackage, type UpdatePackage } from "../update/package.ts";
import type { Gate } from "./gate.ts";
import type { KeptDownload } from "./kept-download.ts";
import { offer } from "./offer.ts";
import { download } from "./release.ts";
import type { Release } from "./uplink.ts";

/** An event as JSON, or as a line. */
export type Tell = (event: string, data: Readonly<Record<string, unknown>>, text: string) => void;

export interface ReleasesParts {
  readonly gate: Gate;
  readonly token: () => string;
  /** The car's console, for updates. */
  readonly ask: Ask;
  readonly kept: KeptDownload;
  readonly tell: Tell;
}

/** Releases that the cloud tells of: one at a time, the newest next. */
export class Releases {
  readonly #parts: ReleasesParts;
  #next: Release | undefined;
  #busy = false;

  constructor(parts: ReleasesParts) {
    this.#parts = parts;
  }

  async take(release: Release): Promise<void> {
    this.#next = release;
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#next; next !== undefined; next = this.#next) {
      this.#next = undefined;
      await this.#fetch(next);
    }
    this.#busy = false;
  }

  /** Whether the car has it, or a later one; a console that does not answer is met again when it is offered. */
  async #isKnown({ sequenceNumber }: Release): Promise<boolean> {
    try {
      return sequenceNumber <= Number((await this.#parts.ask({ act: "status" }))["counter"]);
    } catch {
      return false;
    }
  }

  async #fetch(release: Release): Promise<void> {
    const { gate, ask, kept, tell } = this.#parts;
    const { sequenceNumber } = release;
    const name = nameOf(release);
    if (await this.#isKnown(release)) return kept.drop();
    const update = await this.#updateIn(release);
    if (gate.isClosed) return;
    if (update === undefined) return tell("releaseUseless", { sequenceNumber }, `release ${name} cannot be had, or is no update`);
    try {
      tell("releaseOffered", { sequenceNumber }, `release ${name} is offered to the car; it waits for an owner: latchkey key update consent`);
      const state = await offer(ask, update, (waitMs) => gate.pause(waitMs), () => !gate.isClosed && this.#next === undefined);
      tell("releaseEnded", { sequenceNumber, state }, `release ${name}: ${state}`);
    } catch (fault) {
      if (!(fault instanceof CommandFailure)) throw fault;
      tell("releaseRefused", { sequenceNumber, why: fault.message }, `release ${name} is not taken: ${shown(fault.message)}`);
    }
    // The car may still be waiting for an owner when the uplink ends: the next one has the whole at once.
    if (!gate.isClosed) kept.drop();
  }

  /** Goes on with what an earlier process has kept; where the whole is then not what its manifest promises, all of it is fetched again. */
  async #updateIn(release: Release): Promise<UpdatePackage | undefined> {
    const { gate, token, kept, tell } = this.#parts;
    const fetch = async (begun: Uint8Array): Promise<UpdatePackage | undefined> => {
      const file = await download(gate, token, release, begun, (piece) => kept.add(piece));
      return file && parsePackage(file);
    };
    const begun = kept.open(release);
    if (begun.length === 0) return fetch(begun);
    tell("releaseResumed", { sequenceNumber: release.sequenceNumber, keptBytes: begun.length }, `release ${nameOf(release)} goes on after ${begun.length} of ${release.sizeBytes} bytes`);
    const update = await fetch(begun);
    if (gate.isClosed || (update !== undefined && isWhole(update))) return update;
    kept.drop();
    return fetch(kept.open(release));
  }
}

function nameOf({ version, sequenceNumber }: Release): string {
  return `${shown(version)} (${sequenceNumber})`;
}

function isWhole({ bundle, parsed }: UpdatePackage): boolean {
  return equalBytes(new Uint8Array(createHash("sha256").update(bundle).digest()), parsed.manifest.digest);
}
