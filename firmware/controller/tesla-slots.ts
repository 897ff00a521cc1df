import type { Access } from "../access/index.ts";

/** Keys that a list of this dialect can name: bits of its mask. */
export const SLOT_COUNT = 32;

/**
 * Which slot each key has in lists of the Tesla dialect. A slot stays with its key while the car runs; keys beyond the last slot are in no list, and
 * as good as any other.
 */
export class TeslaSlots {
  private readonly access: Access;
  /** By key id. */
  private readonly slots = new Map<string, number>();

  constructor(access: Access) {
    this.access = access;
  }

  /** The slot of an enrolled key. */
  of(keyId: string): number | undefined {
    const slot = this.slots.get(keyId);
    if (slot !== undefined) return slot;
    this.fill();
    return this.slots.get(keyId);
  }

  /** Every slot with its key. */
  all(): ReadonlyMap<number, string> {
    this.fill();
    return new Map([...this.slots].map(([keyId, slot]) => [slot, keyId] as const).sort(([a], [b]) => a - b));
  }

  /** Free slots go to the keys that were enrolled first. */
  private fill(): void {
    for (const keyId of this.slots.keys()) if (this.access.key(keyId) === undefined) this.slots.delete(keyId);
    let taken = 0;
    for (const slot of this.slots.values()) taken |= 1 << slot;
    for (const { keyId } of this.access.listKeys(SLOT_COUNT).keys) {
      if (this.slots.has(keyId)) continue;
      // The lowest bit that is not set.
      const free = ~taken & (taken + 1);
      if (free === 0) return;
      taken |= free;
      this.slots.set(keyId, 31 - Math.clz32(free));
    }
  }
}
