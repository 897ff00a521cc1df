import type { FlashGeometry } from "../../firmware/ports/index.ts";
import { BYTE_TEARS, ERASE_TEARS, erasePart, imagesAfterCut, perform, programPart, type FlashOperation, type Medium } from "../../sim/flash/index.ts";
import { shapeOf, type Moment } from "./harness.ts";

/** What power loss may leave, and the moment it came. */
export interface Cut {
  readonly image: Uint8Array;
  readonly moment: Moment;
  readonly where: string;
}

export interface Run {
  readonly geometry: FlashGeometry;
  readonly moments: readonly Moment[];
  /** What stood on the flash before; erased if absent. */
  readonly before?: Uint8Array;
}

function begin({ geometry, before }: Run): Uint8Array {
  return before?.slice() ?? new Uint8Array(geometry.sectorCount * geometry.sectorBytes).fill(geometry.erasedByte);
}

/**
 * Every cut inside every operation: each byte of a program (each `stride`-th, beginning elsewhere in each operation), each tear of
 * an erase; once with the unsynced operations before it kept, once with them lost.
 */
export function* cutsInside(run: Run, medium: Medium, stride = 1): Iterable<Cut> {
  const shape = shapeOf(run.geometry, medium);
  const kept = begin(run);
  const durable = kept.slice();
  let unsynced = 0;
  for (const [index, moment] of run.moments.entries()) {
    const { operation } = moment;
    for (const base of unsynced > 0 ? [kept, durable] : [kept]) {
      if (operation.kind === "sync") break;
      const isErase = operation.kind === "erase";
      const steps = isErase ? ERASE_TEARS.length : operation.data.length;
      for (let step = isErase ? 0 : index % stride; step < steps; step += isErase ? 1 : stride) {
        const image = base.slice();
        if (isErase) erasePart(image, operation.sector, ERASE_TEARS[step]!, index, shape);
        else programPart(image, operation.offset, operation.data, { whole: step, tear: BYTE_TEARS[(index + step) % 4]!, seed: index + step }, shape);
        yield { image, moment, where: `operation ${index} (${operation.kind}), step ${step}, ${base === kept ? "earlier ones kept" : "earlier ones lost"}` };
      }
    }
    perform(kept, operation, shape);
    unsynced++;
    if (operation.kind === "sync") {
      durable.set(kept);
      unsynced = 0;
    }
  }
}

/** What may be left of the operations between two syncs when power goes just after each of them: lost, torn, out of order. */
export function* cutsBetween(run: Run, medium: Medium, samples: number): Iterable<Cut> {
  const shape = shapeOf(run.geometry, medium);
  const durable = begin(run);
  let pending: FlashOperation[] = [];
  for (const [index, moment] of run.moments.entries()) {
    if (moment.operation.kind === "sync") {
      for (const operation of pending) perform(durable, operation, shape);
      pending = [];
      continue;
    }
    pending.push(moment.operation);
    for (const image of imagesAfterCut(durable, pending, shape, { samples, seed: index })) {
      yield { image, moment, where: `after operation ${index}, ${pending.length} unsynced` };
    }
  }
}
