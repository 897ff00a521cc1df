import type { FoundBatch } from "./scan.ts";

/** The batches that make up the state, oldest first, and what had to be left out. */
export interface Chain {
  readonly batches: readonly FoundBatch[];
  readonly lost: number;
  readonly dropped: number;
}

/**
 * Chooses the newest state that the batches found can vouch for; undefined where there are batches and none can.
 *
 * Each batch names its predecessor and the oldest batch that still counts. If all links from a batch down to that oldest one
 * are there, then the state after that batch is known exactly. So a batch that survived a power cut which an earlier one did
 * not survive is left out: what it builds on is gone, and neither was acknowledged. A missing link up to `durableThrough` is
 * another matter: that batch was acknowledged and has decayed. The batches around it still count, and the gap is told as loss.
 *
 * `inLogOrder` is ordered by generation of the sector, then by place. That is the order of the numbers too, but for sectors
 * whose batches were dropped and which were not erased yet; so the time taken is linear in practice.
 */
export function chooseChain(inLogOrder: readonly FoundBatch[], durableThrough: number): Chain | undefined {
  const found = [...inLogOrder].sort((a, b) => a.number - b.number);
  if (found.length === 0) return { batches: [], lost: 0, dropped: 0 };
  const indexByNumber = new Map<number, number>();
  const link: number[] = [];
  const reach: number[] = [];
  let head = -1;
  let nearest = -1;
  found.forEach((batch, index) => {
    const predecessor = indexByNumber.get(batch.previous);
    const decayed = predecessor === undefined && batch.previous > 0 && batch.previous <= durableThrough;
    link[index] = predecessor ?? (decayed ? nearest : -1);
    const below = link[index]!;
    reach[index] = below >= 0 ? reach[below]! : batch.previous === 0 || decayed ? 0 : batch.number;
    if (reach[index]! <= batch.oldest) head = nearest = index;
    indexByNumber.set(batch.number, index);
  });
  return head < 0 ? undefined : follow(found, link, head);
}

function follow(found: readonly FoundBatch[], link: readonly number[], head: number): Chain {
  const { oldest } = found[head]!;
  const batches: FoundBatch[] = [];
  let lost = 0;
  for (let index = head; index >= 0 && found[index]!.number >= oldest; index = link[index]!) {
    const batch = found[index]!;
    batches.push(batch);
    const below = link[index]! >= 0 ? found[link[index]!]!.number : 0;
    if (batch.number > oldest && batch.previous !== below) lost += batch.previous - Math.max(below, oldest - 1);
  }
  batches.reverse();
  const counted = new Set(batches);
  const dropped = found.filter((batch) => batch.number >= oldest && !counted.has(batch)).length;
  return { batches, lost, dropped };
}
