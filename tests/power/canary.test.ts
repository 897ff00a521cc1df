import { describe, expect, it } from "vitest";
import { ok } from "../../firmware/base/index.ts";
import type { FlashPort } from "../../firmware/ports/index.ts";
import { mountRecords, TABLES, type RecordChange, type RecordStore, type RecordTable } from "../../firmware/records/index.ts";
import { SimFlash } from "../../sim/flash/index.ts";
import { cutsBetween, cutsInside } from "./cuts.ts";
import { GEOMETRIES, Recorder, verdict, type Mount } from "./harness.ts";
import { liveThrough, put } from "./scenario.ts";

const geometry = GEOMETRIES[0]!;

/** A store that takes every commit for durable at once, so that it erases sectors whose copies may yet be lost. */
const hasty: Mount = (flash) => {
  const mounted = mountRecords(flash);
  if (!mounted.ok) return mounted;
  const { store, report } = mounted.value;
  const wrapped: RecordStore = {
    get: (table, key) => store.get(table, key),
    entries: (table) => store.entries(table),
    durable: () => store.durable(),
    commit: (changes) => {
      const committed = store.commit(changes);
      store.durable();
      return committed;
    },
  };
  return ok({ store: wrapped, report });
};

/** A log without checksums: one record after another, `[table, key, value bytes, value]`. */
const trusting: Mount = (flash: FlashPort) => {
  const records = new Map<string, readonly [RecordTable, Uint8Array, Uint8Array]>();
  const take = (table: RecordTable, key: number, value: Uint8Array): unknown => records.set(`${table}/${key}`, [table, Uint8Array.of(key), value]);
  const image = flash.read(0, flash.geometry.sectorBytes);
  let at = 0;
  while (at < image.length && image[at] !== flash.geometry.erasedByte) {
    take(image[at] as RecordTable, image[at + 1]!, image.slice(at + 3, at + 3 + image[at + 2]!));
    at += 3 + image[at + 2]!;
  }
  const store: RecordStore = {
    get: (table, key) => records.get(`${table}/${key[0]}`)?.[2],
    entries: (table) => [...records.values()].filter((r) => r[0] === table).map(([, key, value]) => [key, value] as const),
    durable: () => undefined,
    commit: (changes: readonly RecordChange[]) => {
      const bytes = Uint8Array.from(changes.flatMap(({ table, key, value }) => [table, key[0]!, value!.length, ...value!]));
      flash.program(at, bytes);
      at += bytes.length;
      for (const { table, key, value } of changes) take(table, key[0]!, value!);
      return ok();
    },
  };
  return ok({ store, report: { blank: false, recordCount: records.size, batchesApplied: 0, batchesLost: 0, batchesDropped: 0, tornBytes: 0, sectorsUnreadable: [] } });
};

describe("the checker of power cuts", () => {
  it("catches a store that erases before its copies are durable", () => {
    const recorder = new Recorder(new SimFlash({ geometry }), hasty);
    liveThrough(recorder, 7, 4);
    const wrong: string[] = [];
    for (const { image, moment } of cutsBetween({ geometry, moments: recorder.moments }, "bits", 12)) {
      const verdictOnIt = verdict(image, geometry, moment, recorder.states);
      if (verdictOnIt !== undefined) wrong.push(verdictOnIt);
    }
    expect(wrong.length).toBeGreaterThan(0);
  });

  it("catches a store that does not check what it reads", () => {
    const recorder = new Recorder(new SimFlash({ geometry }), trusting);
    for (let i = 0; i < 6; i++) {
      recorder.commit([put(TABLES.keys, i, Uint8Array.of(1, 2, 3, i)), put(TABLES.settings, i, Uint8Array.of(9, i))]);
      recorder.sync();
    }
    let halves = 0;
    for (const { image, moment } of cutsInside({ geometry, moments: recorder.moments }, "bits")) {
      if (verdict(image, geometry, moment, recorder.states, trusting)?.includes("by half")) halves++;
    }
    expect(halves).toBeGreaterThan(0);
  });

  it("catches a store that forgets what it acknowledged", () => {
    const recorder = new Recorder(new SimFlash({ geometry }));
    recorder.commit([put(TABLES.keys, 1, Uint8Array.of(1))]);
    const early = recorder.flash.image();
    recorder.commit([put(TABLES.keys, 2, Uint8Array.of(2))]);
    recorder.sync();
    const now = { acknowledged: 2, attempted: 2 };
    expect(verdict(recorder.flash.image(), geometry, now, recorder.states)).toBeUndefined();
    expect(verdict(early, geometry, now, recorder.states)).toMatch(/older state/);
  });
});
