import { describe, expect, it } from "vitest";
import { createMemoryFlash } from "../../../hal/flash-memory/index.ts";
import { flashContract, TEST_GEOMETRY } from "./contract.ts";

describe("flash in memory", () => {
  flashContract((geometry) => createMemoryFlash(geometry));

  it("starts from a copy of an image and gives a copy of it", () => {
    const image = new Uint8Array(1024).fill(7);
    const flash = createMemoryFlash(TEST_GEOMETRY, image);
    image.fill(0);
    flash.image().fill(0);
    expect(flash.read(0, 4)).toEqual(Uint8Array.of(7, 7, 7, 7));
  });

  it("has nothing to wait for", () => {
    let done = 0;
    createMemoryFlash(TEST_GEOMETRY).sync(() => done++);
    expect(done).toBe(1);
  });

  it("refuses a geometry that no flash has, and an image of another size", () => {
    for (const wrong of [{ sectorCount: 0 }, { sectorBytes: 100 }, { writeAlignBytes: 1.5 }, { sectorCount: 2 ** 30 }]) {
      expect(() => createMemoryFlash({ ...TEST_GEOMETRY, ...wrong })).toThrow();
    }
    expect(() => createMemoryFlash(TEST_GEOMETRY, new Uint8Array(3))).toThrow("size of its geometry");
  });
});
