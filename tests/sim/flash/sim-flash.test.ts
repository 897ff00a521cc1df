import { describe, expect, it } from "vitest";
import type { FlashGeometry } from "../../../firmware/ports/index.ts";
import { BYTE_TEARS, ERASE_TEARS, imagesAfterCut, PowerCut, SimFlash, type FlashOperation } from "../../../sim/flash/index.ts";

const geometry: FlashGeometry = { sectorCount: 4, sectorBytes: 512, writeAlignBytes: 4, erasedByte: 0xff };
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("the simulated flash", () => {
  it("programs erased bytes once, aligned, within a sector, and says what is wrong otherwise", () => {
    const flash = new SimFlash({ geometry });
    expect(flash.program(0, bytes(1, 2, 3, 4))).toEqual({ ok: true });
    expect([...flash.read(0, 5)]).toEqual([1, 2, 3, 4, 255]);
    expect(flash.program(0, bytes(1, 2, 3, 4))).toMatchObject({ error: { kind: "not-erased" } });
    expect(flash.program(2, bytes(1, 2, 3, 4))).toMatchObject({ error: { kind: "out-of-range" } });
    expect(flash.program(8, bytes(1, 2))).toMatchObject({ error: { kind: "out-of-range" } });
    expect(flash.program(508, new Uint8Array(8))).toMatchObject({ error: { kind: "out-of-range" } });
    expect(flash.program(2048, bytes(1, 2, 3, 4))).toMatchObject({ error: { kind: "out-of-range" } });
    expect(flash.erase(4)).toMatchObject({ error: { kind: "out-of-range" } });
    expect(flash.counters).toEqual({ programs: 1, programmedBytes: 4, erases: 0, reads: 1, syncs: 0 });
    expect(flash.read(0, 2048)).toHaveLength(2048);
  });

  it("tells what is volatile, and what was durable before", () => {
    const flash = new SimFlash({ geometry });
    flash.program(0, bytes(1, 2, 3, 4));
    flash.sync();
    flash.program(4, bytes(5, 6, 7, 8));
    flash.erase(1);
    expect(flash.unsynced.map(({ kind }) => kind)).toEqual(["program", "erase"]);
    expect([...flash.durableImage().subarray(0, 8)]).toEqual([1, 2, 3, 4, 255, 255, 255, 255]);
    expect([...flash.image().subarray(0, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("is cut at any byte, with the byte in flight old, new, or between", () => {
    for (const [tear, expected] of [["old", 0xff], ["new", 0x0f], ["both", 0x0f]] as const) {
      const flash = new SimFlash({ geometry });
      flash.cutAt({ afterSteps: 2, byteTear: tear, eraseTear: "all" });
      expect(() => flash.program(0, bytes(1, 2, 0x0f, 4))).toThrow(PowerCut);
      expect([...flash.image().subarray(0, 4)]).toEqual([1, 2, expected, 255]);
    }
    expect(BYTE_TEARS).toHaveLength(4);
  });

  it("is cut in an erase, with any part of the sector gone", () => {
    const seen = ERASE_TEARS.map((tear) => {
      const flash = new SimFlash({ geometry });
      flash.program(512, new Uint8Array(512));
      flash.cutAt({ afterSteps: 0, byteTear: "old", eraseTear: tear });
      expect(() => flash.erase(1)).toThrow(PowerCut);
      return flash.image().subarray(512, 1024).reduce((sum, byte) => sum + (byte === 255 ? 1 : 0), 0);
    });
    expect(seen.slice(0, 4)).toEqual([0, 512, 256, 256]);
    expect(seen[4]).toBeLessThan(64);
  });

  it("goes on after the cut from the image that was left, and keeps its wear", () => {
    const flash = new SimFlash({ geometry, eraseCountMax: 2 });
    flash.erase(0);
    const next = flash.restart(flash.image());
    expect(next.erase(0)).toEqual({ ok: true });
    expect(next.erase(0)).toMatchObject({ error: { kind: "worn-out" } });
    expect(next.eraseCountsBySector()).toEqual([2, 0, 0, 0]);
  });

  it("branches into flashes that do not see each other's writes", () => {
    const flash = new SimFlash({ geometry });
    flash.program(0, bytes(1, 1, 1, 1));
    const branch = flash.branch();
    branch.program(4, bytes(2, 2, 2, 2));
    flash.program(4, bytes(3, 3, 3, 3));
    expect([...branch.image().subarray(0, 8)]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    expect([...flash.image().subarray(0, 8)]).toEqual([1, 1, 1, 1, 3, 3, 3, 3]);
    flash.sync();
    flash.program(8, bytes(4, 4, 4, 4));
    expect(flash.durableImage()[8]).toBe(255);
  });

  it("flips bits and fails programs on demand", () => {
    const flash = new SimFlash({ geometry });
    flash.flipBit(700, 3);
    expect(flash.image()[700]).toBe(0xf7);
    flash.failPrograms(1);
    expect(flash.program(0, bytes(1, 2, 3, 4))).toMatchObject({ error: { kind: "io" } });
    expect([...flash.image().subarray(0, 4)]).toEqual([1, 2, 255, 255]);
    expect(flash.program(4, bytes(1, 2, 3, 4))).toEqual({ ok: true });
  });
});

describe("what power loss may leave of unsynced operations", () => {
  const shape = { sectorBytes: 512, erasedByte: 0xff, medium: "overlay" } as const;
  const durable = new Uint8Array(1024).fill(0xff);
  const program = (offset: number): FlashOperation => ({ kind: "program", offset, data: bytes(offset + 1) });

  it("is every subset of a few of them", () => {
    const images = [...imagesAfterCut(durable, [program(0), program(1), program(2)], shape, { samples: 0, seed: 1 })];
    expect(new Set(images.map((image) => image.subarray(0, 3).join())).size).toBe(8);
  });

  it("is none, all, each prefix, each one alone and each one missing of many", () => {
    const many = Array.from({ length: 8 }, (_, i) => program(i));
    const images = [...imagesAfterCut(durable, many, shape, { samples: 0, seed: 1 })];
    expect(images).toHaveLength(9 + 8 + 8);
  });

  it("holds torn and reordered ones, the same for the same seed", () => {
    const pending: FlashOperation[] = [{ kind: "erase", sector: 0 }, { kind: "program", offset: 0, data: new Uint8Array(64) }];
    const old = new Uint8Array(1024).fill(0x33);
    const take = (seed: number): string[] => [...imagesAfterCut(old, pending, shape, { samples: 50, seed })].map((image) => image.join());
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
    const erasedLast = old.slice().fill(0xff, 0, 512).join();
    expect(take(1)).toContain(erasedLast);
    expect(new Set(take(1)).size).toBeGreaterThan(15);
  });

  it("on raw flash, meets what stood there bit by bit", () => {
    const [, programmed] = [...imagesAfterCut(Uint8Array.of(0x0f, 0xff), [{ kind: "program", offset: 0, data: bytes(0x3c) }], { ...shape, medium: "bits" }, { samples: 0, seed: 1 })];
    expect(programmed![0]).toBe(0x0c);
  });
});
