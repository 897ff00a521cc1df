import type { Access } from "../access/index.ts";

/** Keys that a list of this dialect can name: bits of its mask. */
export const SLOT_COUNT = 32;

/**
 * Which slot each key has in lists of the Tesla dialect: the lowest that is free when the key is first heard or listed. It stays with its key while
 * the car runs; keys beyond the last slot are in no list, and as good as any other.
 */
export class TeslaSlots {
  private readonly access: Pick<Access, "key" | "listKeys">;
  /** By key id; keys that are no longer enrolled among them until their slots are needed. */
  private readonly slots = new Map<string, number>();
  /** A bit for each slot in {@link slots}. */
  private taken = 0;

  constructor(access: Pick<Access, "key" | "listKeys">) {
    this.access = access;
  }

  /** The slot of an enrolled key. */
  of(keyId: string): number | undefined {
    const known = this.slots.get(keyId);
    if (known !== undefined) return known;
    if (~this.taken === 0) this.freeUnused();
    // The lowest bit that is not set.
    const free = ~this.taken & (this.taken + 1);
    if (free === 0) return undefined;
    this.taken |= free;
    const slot = 31 - Math.clz32(free);
    this.slots.set(keyId, slot);
    return slot;
  }

  /** Every slot with its key; those without one get theirs in the order of their enrolment. */
  all(): ReadonlyMap<number, string> {
    this.freeUnused();
    for (const { keyId } of this.access.listKeys(SLOT_COUNT).keys) this.of(keyId);
    return new Map([...this.slots].map(([keyId, slot]) => [slot, keyId] as const).sort(([a], [b]) => a - b));
  }

  private freeUnused(): void {
    for (const [keyId, slot] of this.slots) {
      if (this.access.key(keyId) !== undefined) continue;
      this.slots.delete(keyId);
      this.taken &= ~(1 << slot);
    }
  }
}
