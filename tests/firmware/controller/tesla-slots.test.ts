import { describe, expect, it } from "vitest";
import type { EnrolledKey } from "../../../firmware/access/index.ts";
import { SLOT_COUNT, TeslaSlots } from "../../../firmware/controller/tesla-slots.ts";

/** An access room of nothing but keys. */
function enrolled(ids: readonly string[]) {
  const keys = new Map(ids.map((keyId) => [keyId, { keyId } as EnrolledKey]));
  return { keys, key: (keyId: string) => keys.get(keyId), listKeys: (countMax: number) => ({ keys: [...keys.values()].slice(0, countMax), more: keys.size > countMax }) };
}

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `key ${index}`);

describe("slots of the Tesla dialect", () => {
  it("are given from the lowest, to whoever is heard first, and stay", () => {
    const slots = new TeslaSlots(enrolled(idsOf(3)));
    expect([slots.of("key 2"), slots.of("key 0"), slots.of("key 2")]).toEqual([0, 1, 0]);
    expect([...slots.all()]).toEqual([[0, "key 2"], [1, "key 0"], [2, "key 1"]]);
  });

  it("are 32; a key beyond has none until another is removed", () => {
    const access = enrolled(idsOf(SLOT_COUNT + 1));
    const slots = new TeslaSlots(access);
    expect(idsOf(SLOT_COUNT).map((id) => slots.of(id))).toEqual([...Array(SLOT_COUNT).keys()]);
    expect(slots.of("key 32")).toBeUndefined();
    access.keys.delete("key 31");
    access.keys.delete("key 7");
    expect([slots.of("key 32"), slots.of("key 32")]).toEqual([7, 7]);
  });

  it("list no key that was removed", () => {
    const access = enrolled(idsOf(2));
    const slots = new TeslaSlots(access);
    slots.all();
    access.keys.delete("key 0");
    expect([...slots.all()]).toEqual([[1, "key 1"]]);
  });
});
