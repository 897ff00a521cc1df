import { describe, expect, it } from "vitest";
import type { FlashGeometry } from "../../../firmware/ports/index.ts";
import { mountRecords, TABLES, type MountedRecords, type MountFailure, type RecordChange } from "../../../firmware/records/index.ts";
import { crc32 } from "../../../firmware/records/crc32.ts";
import { decodeSectorHeader, SECTOR_DATA_OFFSET, sealBatch, sectorSeed } from "../../../firmware/records/layout.ts";
import { SimFlash } from "../../../sim/flash/index.ts";
import { seededRandom } from "../../support/random.ts";
import { fingerprint, GEOMETRIES, imageFlash, nameOf, Recorder } from "../../power/harness.ts";
import { choices, liveThrough } from "../../power/scenario.ts";

const geometry: FlashGeometry = { sectorCount: 8, sectorBytes: 4096, writeAlignBytes: 4, erasedByte: 0xff };
const put = (id: number, length = 50): RecordChange => ({ table: TABLES.keys, key: Uint8Array.of(id >> 8, id), value: new Uint8Array(length).fill(id) });

/** A flash with `count` acknowledged batches of one record each, and where each batch begins. */
function written(count: number, on = geometry): { readonly flash: SimFlash; readonly offsets: readonly number[] } {
  const recorder = new Recorder(new SimFlash({ geometry: on }));
  for (let id = 0; id < count; id++) {
    expect(recorder.commit([put(id)])).toBe(true);
    recorder.sync();
  }
  const offsets = recorder.moments.flatMap(({ operation }) =>
    operation.kind === "program" && operation.offset % on.sectorBytes !== 0 ? [operation.offset] : [],
  );
  return { flash: recorder.flash, offsets };
}

function recover(image: Uint8Array, on = geometry): MountedRecords {
  const mounted = mountRecords(imageFlash(on, image));
  if (!mounted.ok) throw new Error(`${mounted.error.kind}: ${mounted.error.detail}`);
  return mounted.value;
}

function refused(image: Uint8Array, on = geometry): MountFailure {
  const mounted = mountRecords(imageFlash(on, image));
  if (mounted.ok) throw new Error("mounted");
  expect(mounted.error.wayOut.length).toBeGreaterThan(10);
  return mounted.error;
}

function flipped(image: Uint8Array, offset: number, bit = 0): Uint8Array {
  const copy = image.slice();
  copy[offset]! ^= 1 << bit;
  return copy;
}

describe("CRC-32", () => {
  it("gives the check value of the standard, in one piece and in two", () => {
    const check = Uint8Array.from("123456789", (c) => c.charCodeAt(0));
    expect(crc32(check, 0, 9)).toBe(0xcbf43926);
    expect(crc32(check, 4, 9, crc32(check, 0, 4))).toBe(0xcbf43926);
  });
});

describe("recovery of a damaged flash", () => {
  it("tells a decayed acknowledged batch as loss, whichever bit of it flipped, and keeps all others", () => {
    const { flash, offsets } = written(12);
    const image = flash.image();
    const [from, to] = [offsets[5]!, offsets[6]!];
    let told = 0;
    for (let offset = from; offset < to; offset++) {
      const { store, report } = recover(flipped(image, offset, offset % 8));
      if (report.batchesLost === 0) {
        // Padding behind the last change carries nothing.
        expect(fingerprint(store)).toBe(fingerprint(recover(image).store));
        continue;
      }
      told++;
      expect(report).toMatchObject({ batchesLost: 1, recordCount: 11 });
      expect(report.tornBytes).toBeGreaterThan(0);
    }
    expect(told).toBeGreaterThanOrEqual(32 + 8 + 2 + 50);
  });

  it("tells the loss of the first and of the last but one batch", () => {
    const { flash, offsets } = written(6);
    for (const nth of [0, 4]) {
      expect(recover(flipped(flash.image(), offsets[nth]! + 40)).report).toMatchObject({ batchesLost: 1, recordCount: 5 });
    }
  });

  it("tells the loss of a whole sector in the middle", () => {
    const { flash, offsets } = written(120);
    const image = flash.image();
    image.fill(0x00, 4096, 8192);
    const inSector = offsets.filter((offset) => offset >= 4096 && offset < 8192).length;
    expect(recover(image).report).toMatchObject({ batchesLost: inSector, recordCount: 120 - inSector, sectorsUnreadable: [1] });
  });

  it("counts the newest batch as torn when it decays: that is all that can be known", () => {
    const { flash, offsets } = written(6);
    const { report } = recover(flipped(flash.image(), offsets[5]! + 40));
    expect(report).toMatchObject({ batchesLost: 0, recordCount: 5 });
    expect(report.tornBytes).toBeGreaterThan(50);
  });

  it("survives one flipped bit in a sector's header by its second copy", () => {
    const { flash } = written(6);
    for (const offset of [0, 13, 31, 32, 63]) {
      expect(recover(flipped(flash.image(), offset, 3)).report).toMatchObject({ batchesLost: 0, recordCount: 6 });
    }
  });

  it("goes on storing behind the damage, and tells the loss again until the log has turned past it", () => {
    const { flash, offsets } = written(12);
    let next = flash.restart(flipped(flash.image(), offsets[5]! + 40));
    const recorder = new Recorder(next);
    for (let id = 100; id < 110; id++) recorder.commit([put(id)]);
    recorder.sync();
    next = next.restart(next.image());
    expect(recover(next.image()).report).toMatchObject({ batchesLost: 1, recordCount: 21 });
    const turning = new Recorder(next);
    for (let i = 0; i < 400; i++) {
      turning.commit([put(200)]);
      turning.sync();
    }
    expect(recover(next.image()).report).toMatchObject({ batchesLost: 0, recordCount: 22 });
  });

  it("does not take a value that looks like a batch for one, when the batch around it decays", () => {
    const flash = new SimFlash({ geometry });
    const recorder = new Recorder(flash);
    recorder.commit([put(1)]);
    recorder.sync();
    const own = flash.image().slice(SECTOR_DATA_OFFSET, SECTOR_DATA_OFFSET + 32 + 60);
    recorder.commit([{ table: TABLES.settings, key: Uint8Array.of(1), value: Uint8Array.of(0, 0, 0, ...own) }]);
    recorder.sync();
    recorder.commit([put(2)]);
    recorder.sync();
    const { store, report } = recover(flipped(flash.image(), SECTOR_DATA_OFFSET + 96));
    expect(report.batchesLost).toBeGreaterThan(0);
    expect(store.get(TABLES.settings, Uint8Array.of(1))).toBeUndefined();
  });

  it("refuses an image of which nothing is left, instead of taking the car for a new one", () => {
    const { flash } = written(120);
    const image = flash.image();
    for (let sector = 0; sector < 8; sector++) image.fill(0, sector * 4096 + SECTOR_DATA_OFFSET, (sector + 1) * 4096);
    expect(refused(image).kind).toBe("damaged");
  });
});

describe("an image of something else", () => {
  it("is refused as foreign, whatever it is full of", () => {
    for (const fill of [0x00, 0xa5]) expect(refused(new Uint8Array(8 * 4096).fill(fill)).kind).toBe("foreign");
    expect(refused(seededRandom("foreign").bytes(8 * 4096)).kind).toBe("foreign");
  });

  it("is refused when it was written with other dimensions or by another format", () => {
    const { flash } = written(3);
    const image = flash.image();
    expect(refused(image, { ...geometry, sectorCount: 4, sectorBytes: 8192 }).kind).toBe("geometry");
    expect(refused(image.slice(0, 4 * 4096), { ...geometry, sectorCount: 4 }).kind).toBe("geometry");
    expect(refused(image.slice(0, 8 * 2048), { ...geometry, sectorBytes: 2048 }).kind).toBe("geometry");
    const newer = image.slice();
    for (const at of [0, 32]) {
      newer[at + 4] = 2;
      new DataView(newer.buffer).setUint32(at + 28, crc32(newer, at, at + 28), true);
    }
    expect(refused(newer)).toMatchObject({ kind: "version", detail: "the records are in format 2, this firmware reads 1" });
  });

  it("is not mounted on a flash of dimensions that are not served", () => {
    for (const wrong of [{ sectorCount: 3 }, { sectorCount: 1025 }, { sectorBytes: 256 }, { sectorBytes: 1000 }, { sectorBytes: 131072 }, { writeAlignBytes: 3 }, { writeAlignBytes: 16 }]) {
      expect(refused(new Uint8Array(8 * 4096).fill(0xff), { ...geometry, ...wrong }).kind).toBe("geometry");
    }
  });

  it("in the remains of a first commit that was never acknowledged is written over", () => {
    const image = new Uint8Array(8 * 4096).fill(0xff);
    image.set([0x4c, 0x43, 0x48, 0x00, 1, 2, 3], 0);
    const { store, report } = recover(image);
    expect(report).toMatchObject({ blank: true, recordCount: 0, sectorsUnreadable: [0] });
    expect([...store.entries(TABLES.keys)]).toEqual([]);
    const recorder = new Recorder(new SimFlash({ geometry }, image));
    for (let id = 0; id < 100; id++) {
      expect(recorder.commit([put(id)])).toBe(true);
      recorder.sync();
    }
    expect(recover(recorder.flash.image()).report).toMatchObject({ recordCount: 100, batchesLost: 0, sectorsUnreadable: [] });
  });

  it("never makes a mount throw, however a good image was bent", () => {
    for (const small of GEOMETRIES.filter(({ sectorBytes }) => sectorBytes <= 1024)) {
      const recorder = new Recorder(new SimFlash({ geometry: small }));
      liveThrough(recorder, 11, 1.5);
      const pick = choices(5);
      for (let round = 0; round < 300; round++) {
        const image = recorder.flash.image();
        for (let i = pick(6); i >= 0; i--) {
          const from = pick(image.length);
          const length = Math.min(pick(3) === 0 ? pick(700) : 1, image.length - from);
          if (pick(3) === 0) image.copyWithin(from, pick(image.length - length), image.length);
          else image.fill(pick(256), from, from + length);
        }
        const mounted = mountRecords(imageFlash(small, image));
        if (!mounted.ok) expect(mounted.error.wayOut, nameOf(small)).not.toBe("");
        else expect(mounted.value.report.batchesApplied, nameOf(small)).toBeGreaterThan(-1);
      }
    }
  });

  it("made to cost time is given up after four times its size in checksums", () => {
    const { flash, offsets } = written(2);
    const image = flash.image();
    const seed = sectorSeed(decodeSectorHeader(image)!);
    // Headers that are valid for bodies that are not, one after another, and behind them a batch that would count.
    for (let at = offsets[1]! + 200; at < 3800; at += 32) {
      const hostile = new Uint8Array(4096 - at);
      sealBatch(hostile, { bodyBytes: hostile.length - 32, number: 9, previous: 2, oldest: 1, durableThrough: 1 }, seed);
      hostile[28]! ^= 1;
      image.set(hostile.subarray(0, 32), at);
    }
    const genuine = image.slice(offsets[0]!, offsets[1]!);
    sealBatch(genuine, { bodyBytes: 60, number: 3, previous: 2, oldest: 1, durableThrough: 1 }, seed);
    image.set(genuine, 3900);
    expect(recover(image).report).toMatchObject({ recordCount: 2, batchesApplied: 2, batchesLost: 0 });
    image.fill(0xff, offsets[1]! + 200, 3800);
    expect(recover(image).report).toMatchObject({ batchesApplied: 3 });
  });
});

describe("batches that were given up", () => {
  it("stay given up when their sector was not erased yet and later ones were written elsewhere", () => {
    const recorder = new Recorder(new SimFlash({ geometry }));
    recorder.commit([put(1, 1900)]);
    recorder.commit([put(2, 1900)]);
    recorder.sync();
    const durable = recorder.flash.image();
    recorder.commit([put(3, 10)]); // still fits the first sector; lost
    recorder.commit([put(4, 200)]); // opens the second; survives
    recorder.commit([put(5, 200)]);
    const left = recorder.flash.image();
    left.set(durable.subarray(0, 4096));
    const again = new Recorder(new SimFlash({ geometry }, left));
    expect(again.store.get(TABLES.keys, Uint8Array.of(0, 4))).toBeUndefined();
    for (const id of [6, 7]) {
      again.commit([put(id, 1)]);
      again.sync();
    }
    const { store, report } = recover(again.flash.image());
    expect([...store.entries(TABLES.keys)].map(([key]) => key[1])).toEqual([1, 2, 6, 7]);
    expect(report).toMatchObject({ batchesLost: 0, batchesDropped: 2 });
  });
});
