import { chance } from "./chance.ts";
import { BYTE_TEARS, ERASE_TEARS, erasePart, perform, programPart, programShredded, type FlashOperation, type Shape } from "./operations.ts";

/** How many unsynced operations are enumerated as all their subsets (at most 2^5); more are sampled. */
export const SUBSET_OPERATIONS_MAX = 5;

/** What became of one unsynced operation: it is gone, it is there, or it is there in part. */
type Fate = "lost" | "kept" | "torn" | "shredded";

/**
 * Images that power loss may leave when `pending` was told to the flash after `durable` and nothing of it was made durable:
 * all subsets while they are few, else none, all, each prefix, each one missing and `samples` seeded mixtures; mixtures also
 * tear operations and perform them out of order. Each image is a fresh copy. Deterministic in `seed`.
 */
export function* imagesAfterCut(
  durable: Uint8Array,
  pending: readonly FlashOperation[],
  shape: Shape,
  options: { readonly samples: number; readonly seed: number },
): Iterable<Uint8Array> {
  for (const kept of keptSets(pending.length)) {
    yield build(durable, pending, shape, { fates: pending.map((_, i) => (kept(i) ? "kept" : "lost")), order: pending.map((_, i) => i), seed: 0 });
  }
  if (pending.length === 0) return;
  const random = chance(options.seed);
  for (let sample = 0; sample < options.samples; sample++) {
    const fates: Fate[] = pending.map(() => (["lost", "kept", "torn", "shredded"] as const)[random(4)]!);
    const order = shuffled(pending.length, random);
    yield build(durable, pending, shape, { fates, order, seed: random(0x7fffffff) });
  }
}

function* keptSets(count: number): Iterable<(index: number) => boolean> {
  if (count <= SUBSET_OPERATIONS_MAX) {
    for (let set = 0; set < 1 << count; set++) yield (index) => (set & (1 << index)) !== 0;
    return;
  }
  for (let prefix = 0; prefix <= count; prefix++) yield (index) => index < prefix;
  for (let missing = 0; missing < count; missing++) yield (index) => index !== missing;
  for (let only = 0; only < count; only++) yield (index) => index === only;
}

function shuffled(count: number, random: (below: number) => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  // Half of the mixtures keep the order: out of order and torn at once would hide what either does alone.
  if (random(2) === 0) return order;
  for (let i = count - 1; i > 0; i--) {
    const other = random(i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

interface Mixture {
  readonly fates: readonly Fate[];
  readonly order: readonly number[];
  readonly seed: number;
}

function build(durable: Uint8Array, pending: readonly FlashOperation[], shape: Shape, { fates, order, seed }: Mixture): Uint8Array {
  const image = durable.slice();
  const random = chance(seed);
  for (const index of order) {
    const operation = pending[index]!;
    const fate = fates[index]!;
    if (fate === "kept") perform(image, operation, shape);
    else if (fate !== "lost" && operation.kind === "erase") erasePart(image, operation.sector, ERASE_TEARS[random(5)]!, random(0x7fffffff), shape);
    else if (fate === "shredded" && operation.kind === "program") programShredded(image, operation.offset, operation.data, random(0x7fffffff), shape);
    else if (fate === "torn" && operation.kind === "program") {
      const part = { whole: random(operation.data.length), tear: BYTE_TEARS[random(4)]!, seed: random(0x7fffffff) };
      programPart(image, operation.offset, operation.data, part, shape);
    }
  }
  return image;
}
