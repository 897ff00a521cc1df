import { expect, it } from "vitest";
import type { FlashGeometry, FlashPort } from "../../../firmware/ports/index.ts";

/** A small flash of the usual kind, for the contract. */
export const TEST_GEOMETRY: FlashGeometry = { sectorCount: 4, sectorBytes: 256, writeAlignBytes: 8, erasedByte: 0xff };

/** The rarer kind: erases to zero, programs in units of one. */
export const ZERO_ERASED_GEOMETRY: FlashGeometry = { sectorCount: 2, sectorBytes: 64, writeAlignBytes: 1, erasedByte: 0x00 };

/**
 * What every flash promises, beside durability. `create` gives a new, erased flash of the geometry; the tests call it anew each time.
 */
export function flashContract(create: (geometry: FlashGeometry) => FlashPort): void {
  it("starts erased, with the geometry it was asked for", () => {
    for (const geometry of [TEST_GEOMETRY, ZERO_ERASED_GEOMETRY]) {
      const flash = create(geometry);
      expect(flash.geometry).toEqual(geometry);
      const size = geometry.sectorCount * geometry.sectorBytes;
      expect(flash.read(0, size)).toEqual(new Uint8Array(size).fill(geometry.erasedByte));
    }
  });

  it("reads back what was programmed, and nothing around it changes", () => {
    const flash = create(TEST_GEOMETRY);
    expect(flash.program(240, pattern(16)).ok).toBe(true);
    expect(flash.read(240, 16)).toEqual(pattern(16));
    expect(flash.read(232, 8)).toEqual(erased(8));
    expect(flash.read(252, 8)).toEqual(Uint8Array.of(13, 14, 15, 16, ...erased(4)));
  });

  it("programs up to its very last byte", () => {
    const flash = create(TEST_GEOMETRY);
    expect(flash.program(1016, pattern(8)).ok).toBe(true);
    expect(flash.read(1016, 8)).toEqual(pattern(8));
  });

  it("programs bytes once: a second time is refused and changes nothing", () => {
    const flash = create(TEST_GEOMETRY);
    flash.program(0, pattern(8));
    const again = flash.program(0, new Uint8Array(8));
    expect(again).toMatchObject({ ok: false, error: { kind: "not-erased" } });
    expect(flash.program(0, new Uint8Array(16))).toMatchObject({ ok: false, error: { kind: "not-erased" } });
    expect(flash.read(0, 16)).toEqual(Uint8Array.of(...pattern(8), ...erased(8)));
  });

  it("erases one sector whole, which may then be programmed again", () => {
    const flash = create(TEST_GEOMETRY);
    for (const offset of [0, 256, 504, 512]) flash.program(offset, pattern(8));
    expect(flash.erase(1).ok).toBe(true);
    expect(flash.read(256, 256)).toEqual(erased(256));
    expect(flash.read(0, 8)).toEqual(pattern(8));
    expect(flash.read(512, 8)).toEqual(pattern(8));
    expect(flash.program(256, pattern(8)).ok).toBe(true);
  });

  it("works the same where erased bytes are zero", () => {
    const flash = create(ZERO_ERASED_GEOMETRY);
    expect(flash.program(3, Uint8Array.of(0xff)).ok).toBe(true);
    expect(flash.program(3, Uint8Array.of(0xff))).toMatchObject({ ok: false, error: { kind: "not-erased" } });
    expect(flash.erase(0).ok).toBe(true);
    expect(flash.read(0, 64)).toEqual(new Uint8Array(64));
  });

  it("refuses to program or erase outside of its region", () => {
    const flash = create(TEST_GEOMETRY);
    for (const offset of [-8, 1024, 1020, 2 ** 40]) expect(flash.program(offset, pattern(8)), `offset ${offset}`).toMatchObject({ ok: false, error: { kind: "out-of-range" } });
    expect(flash.program(0, new Uint8Array(1032))).toMatchObject({ ok: false, error: { kind: "out-of-range" } });
    for (const sector of [-1, 4, 0.5, Number.NaN]) expect(flash.erase(sector), `sector ${sector}`).toMatchObject({ ok: false, error: { kind: "out-of-range" } });
    expect(flash.read(0, 1024)).toEqual(erased(1024));
  });

  it("refuses to program at an offset or of a length out of its write units", () => {
    const flash = create(TEST_GEOMETRY);
    expect(flash.program(4, pattern(8)).ok).toBe(false);
    expect(flash.program(0, pattern(7)).ok).toBe(false);
    expect(flash.read(0, 16)).toEqual(erased(16));
  });

  it("refuses to program over the border of two sectors", () => {
    const flash = create(TEST_GEOMETRY);
    expect(flash.program(248, pattern(16))).toMatchObject({ ok: false, error: { kind: "out-of-range" } });
    expect(flash.read(240, 32)).toEqual(erased(32));
  });

  it("shares no memory with its callers", () => {
    const flash = create(TEST_GEOMETRY);
    const data = pattern(8);
    flash.program(0, data);
    data.fill(0);
    flash.read(0, 8).fill(0);
    expect(flash.read(0, 8)).toEqual(pattern(8));
  });

  it("reads nothing outside of its region", () => {
    const flash = create(TEST_GEOMETRY);
    expect(flash.read(1024, 0)).toEqual(new Uint8Array(0));
    for (const [offset, length] of [[1020, 8], [-1, 1], [0, -1]] as const) expect(() => flash.read(offset, length)).toThrow();
  });
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i + 1);
}

function erased(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xff);
}
