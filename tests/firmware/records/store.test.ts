import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import type { FlashGeometry } from "../../../firmware/ports/index.ts";
import { mountRecords, TABLES, type MountedRecords, type RecordChange, type RecordStore, type RecordTable } from "../../../firmware/records/index.ts";
import { SimFlash } from "../../../sim/flash/index.ts";
import { choices, someValue } from "../../power/scenario.ts";

const geometry: FlashGeometry = { sectorCount: 8, sectorBytes: 4096, writeAlignBytes: 4, erasedByte: 0xff };

function mount(flash: SimFlash): MountedRecords {
  const mounted = mountRecords(flash);
  if (!mounted.ok) throw new Error(`${mounted.error.kind}: ${mounted.error.detail}`);
  flash.sync();
  mounted.value.store.durable();
  return mounted.value;
}

function again(flash: SimFlash): MountedRecords {
  return mount(flash.restart(flash.image()));
}

function commit(flash: SimFlash, store: RecordStore, ...changes: RecordChange[]): void {
  expect(store.commit(changes)).toEqual({ ok: true });
  flash.sync();
  store.durable();
}

const key = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const put = (table: RecordTable, id: number, value: Uint8Array): RecordChange => ({ table, key: key(id >> 8, id & 255), value });
const remove = (table: RecordTable, id: number): RecordChange => ({ table, key: key(id >> 8, id & 255), value: undefined });
const keysOf = (store: RecordStore, table: RecordTable): string[] => [...store.entries(table)].map(([k]) => toHex(k));

describe("the record store", () => {
  it("formats a blank flash by its first commit and finds it again", () => {
    const flash = new SimFlash({ geometry });
    const { store, report } = mount(flash);
    expect(report).toEqual({ blank: true, recordCount: 0, batchesApplied: 0, batchesLost: 0, batchesDropped: 0, tornBytes: 0, sectorsUnreadable: [] });
    expect(flash.counters.programs).toBe(0);
    commit(flash, store, put(TABLES.keys, 1, key(7, 8)), put(TABLES.time, 1, key()), remove(TABLES.keys, 9));
    const found = again(flash);
    expect(found.report).toMatchObject({ blank: false, recordCount: 2, batchesApplied: 1, batchesLost: 0, tornBytes: 0 });
    expect(found.store.get(TABLES.keys, key(0, 1))).toEqual(key(7, 8));
    expect(found.store.get(TABLES.time, key(0, 1))).toEqual(key());
    expect(found.store.get(TABLES.settings, key(0, 1))).toBeUndefined();
  });

  it("tells keys apart that begin alike, whatever their length and their bytes", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    const keys = [[1, 2, 3, 4], [1, 2, 3, 5], [0, 2, 3, 4], [129, 2, 3, 4], [1, 130, 3, 4], [1, 2, 131, 4], [1, 2, 3, 132], [255, 255, 255, 255], [1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3, 4, 6], [0, 1, 2, 3, 4], [52]];
    commit(flash, store, ...keys.map((bytes, index) => ({ table: TABLES.audit, key: key(...bytes), value: key(index) })));
    commit(flash, store, { table: TABLES.audit, key: key(1, 2, 3), value: undefined });
    for (const records of [store, again(flash).store]) {
      expect(keys.map((bytes) => records.get(TABLES.audit, key(...bytes))?.[0])).toEqual(keys.map((bytes, index) => (bytes.length === 3 ? undefined : index)));
    }
  });

  it("gives records in the order of their keys' first appearance, also after compaction and restart", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    for (const id of [5, 3, 9, 1]) commit(flash, store, put(TABLES.keys, id, key(id)));
    commit(flash, store, put(TABLES.keys, 3, key(33)));
    commit(flash, store, remove(TABLES.keys, 9), put(TABLES.keys, 9, key(99)));
    const order = ["0005", "0003", "0001", "0009"];
    expect(keysOf(store, TABLES.keys)).toEqual(order);
    for (let i = 0; i < 600; i++) commit(flash, store, put(TABLES.boot, 0, new Uint8Array(200).fill(i)));
    expect(flash.counters.erases).toBeGreaterThan(8);
    expect(keysOf(store, TABLES.keys)).toEqual(order);
    expect(keysOf(again(flash).store, TABLES.keys)).toEqual(order);
  });

  it("keeps its own copy of what it is given", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    const value = key(1, 2, 3);
    commit(flash, store, put(TABLES.keys, 1, value));
    value.fill(0);
    expect(store.get(TABLES.keys, key(0, 1))).toEqual(key(1, 2, 3));
  });

  it("refuses a batch that is too large, a store that is full, and leaves itself as it was", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    const large = store.commit([put(TABLES.keys, 1, new Uint8Array(2000))]);
    expect(large).toMatchObject({ ok: false, error: { kind: "too-large" } });
    let stored = 0;
    for (; stored < 1000; stored++) {
      const committed = store.commit([put(TABLES.keys, stored, new Uint8Array(100))]);
      flash.sync();
      store.durable();
      if (committed.ok) continue;
      expect(committed.error.kind).toBe("full");
      break;
    }
    expect(stored).toBeGreaterThan(60);
    expect(stored).toBeLessThan(1000);
    expect(store.get(TABLES.keys, key(stored >> 8, stored & 255))).toBeUndefined();
    expect(again(flash).report.recordCount).toBe(stored);
  });

  it("still stores revocations, removals, counters and audit lines when it is full of keys", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    let id = 0;
    while (store.commit([put(TABLES.keys, id, new Uint8Array(100))]).ok) {
      id++;
      flash.sync();
      store.durable();
    }
    commit(flash, store, put(TABLES.revocations, 1, new Uint8Array(100)));
    commit(flash, store, put(TABLES.attempts, 1, new Uint8Array(20)), put(TABLES.audit, 1, new Uint8Array(100)));
    commit(flash, store, remove(TABLES.keys, 0), put(TABLES.audit, 2, new Uint8Array(100)));
    for (let i = 0; i < 500; i++) commit(flash, store, put(TABLES.attempts, 1, new Uint8Array(20).fill(i)));
    const { liveBytes, limitBytes } = mount(flash).store.usage();
    expect(liveBytes).toBeLessThanOrEqual(limitBytes);
  });

  it("spreads wear over all sectors, with records that never change among it", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    for (let id = 0; id < 40; id++) commit(flash, store, put(TABLES.keys, id, new Uint8Array(100).fill(id)));
    for (let i = 0; i < 3000; i++) commit(flash, store, put(TABLES.boot, 0, new Uint8Array(100).fill(i)));
    const wear = flash.eraseCountsBySector();
    expect(Math.min(...wear)).toBeGreaterThan(10);
    expect(Math.max(...wear) - Math.min(...wear)).toBeLessThanOrEqual(1);
  });

  it("writes for one commit at most a sector of copies and four times its own bytes", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    for (let id = 0; id < 60; id++) commit(flash, store, put(TABLES.keys, id, new Uint8Array(100).fill(id)));
    let most = 0;
    for (let i = 0; i < 2000; i++) {
      const before = flash.counters.programmedBytes;
      commit(flash, store, put(TABLES.boot, 0, new Uint8Array(60).fill(i)));
      most = Math.max(most, flash.counters.programmedBytes - before);
    }
    expect(most).toBeGreaterThan(200);
    expect(most).toBeLessThan(4096 + 5 * 104 + 4 * 64);
  });

  it("writes little beside a commit while there is room, even with half of the flash in use", () => {
    const roomy = { ...geometry, sectorCount: 24 };
    const flash = new SimFlash({ geometry: roomy });
    const { store } = mount(flash);
    for (let id = 0; id < 200; id++) commit(flash, store, put(TABLES.keys, id, new Uint8Array(130).fill(id)));
    let most = 0;
    let copied = 0;
    for (let i = 0; i < 3000; i++) {
      const before = flash.counters.programmedBytes;
      commit(flash, store, put(TABLES.boot, 0, new Uint8Array(60).fill(i)));
      most = Math.max(most, flash.counters.programmedBytes - before);
      if (flash.counters.programmedBytes - before > 300) copied++;
    }
    expect(copied).toBeGreaterThan(50);
    // A portion of copies that has been saved up for, one more record, the commit, and two headers of sectors.
    expect(most).toBeLessThan(1024 + 4 * 104 + 200 + 104 + 128);
  });

  it("can be filled to its limit and changed for ever, whatever the sizes of records", () => {
    for (const [sectorCount, sectorBytes] of [[4, 512], [5, 1024], [6, 4096], [12, 512], [16, 1024], [40, 512]] as const) {
      for (const lengthMax of [8, 60, sectorBytes / 2 - 140]) {
        const flash = new SimFlash({ geometry: { sectorCount, sectorBytes, writeAlignBytes: 4, erasedByte: 0xff } });
        const { store } = mount(flash);
        const pick = choices(sectorCount * 1000 + lengthMax);
        let full = 0;
        for (let step = 0; step < 1500; step++) {
          const id = pick(sectorCount * 30);
          const changes = pick(5) === 0 ? [remove(TABLES.revocations, id)] : [put(TABLES.revocations, id, someValue(pick, lengthMax))];
          const committed = store.commit(changes);
          if (!committed.ok) {
            full++;
            expect(committed.error.detail, `${sectorCount} x ${sectorBytes}, values to ${lengthMax}, step ${step}`).toContain("bytes of records");
          }
          flash.sync();
          store.durable();
        }
        if (lengthMax > 8) expect(full, `${sectorCount} x ${sectorBytes}, values to ${lengthMax}`).toBeGreaterThan(0);
        expect(flash.counters.erases).toBeGreaterThan(0);
        const found = mount(flash).store;
        expect([...found.entries(TABLES.revocations)].map(([k, v]) => toHex(k) + toHex(v))).toEqual([...store.entries(TABLES.revocations)].map(([k, v]) => toHex(k) + toHex(v)));
      }
    }
  });

  it("refuses honestly, unharmed, while nothing becomes durable, and goes on when it does", () => {
    const flash = new SimFlash({ geometry: { ...geometry, sectorCount: 4, sectorBytes: 512 } });
    const { store } = mount(flash);
    commit(flash, store, put(TABLES.boot, 0, key(1)));
    let refusal = "";
    for (let i = 0; i < 100 && refusal === ""; i++) {
      const committed = store.commit([put(TABLES.boot, 0, new Uint8Array(100).fill(i))]);
      if (!committed.ok) refusal = `${committed.error.kind}: ${committed.error.detail}`;
    }
    expect(refusal).toMatch(/^full: .*durable/);
    flash.sync();
    store.durable();
    commit(flash, store, put(TABLES.boot, 0, key(2)));
    expect(again(flash).store.get(TABLES.boot, key(0, 0))).toEqual(key(2));
  });

  it("never wedges itself, with sectors failing and durability coming seldom: a removal always goes in once it has come", () => {
    for (let seed = 3; seed <= 900; seed += 3) {
      const pick = choices(seed);
      const sectorCount = [4, 5, 6, 8, 12][pick(5)]!;
      const sectorBytes = [512, 1024][pick(2)]!;
      const flash = new SimFlash({ geometry: { sectorCount, sectorBytes, writeAlignBytes: 1, erasedByte: 0xff } });
      const { store } = mount(flash);
      const id = (): number => pick(sectorCount * 8);
      const lengthMax = pick(3) === 0 ? sectorBytes / 4 + 30 : pick(2) ? 20 : sectorBytes / 2 - 80;
      for (let step = 0; step < 1500; step++) {
        if (pick(400) === 0 && store.usage().sectorsBad < sectorCount - 4) flash.failPrograms(1);
        store.commit([pick(6) === 0 ? remove(TABLES.revocations, id()) : put(TABLES.revocations, id(), someValue(pick, lengthMax))]);
        if (pick(25) > 0) continue;
        flash.sync();
        store.durable();
        const [first] = store.entries(TABLES.revocations);
        if (first === undefined) continue;
        let tries = 1;
        while (!store.commit([{ table: TABLES.revocations, key: first[0], value: undefined }]).ok) {
          if (++tries > 6) expect.fail(`seed ${seed}, step ${step}`);
          flash.sync();
          store.durable();
        }
        flash.sync();
        store.durable();
      }
    }
  });

  it("takes two sectors at most before its first acknowledgement, so that its remains are not taken for a foreign image", () => {
    const flash = new SimFlash({ geometry });
    const mounted = mountRecords(flash);
    if (!mounted.ok) throw new Error(mounted.error.detail);
    const { store } = mounted.value;
    let stored = 0;
    while (store.commit([put(TABLES.boot, 0, new Uint8Array(400))]).ok && stored < 100) stored++;
    expect(store.commit([put(TABLES.boot, 0, new Uint8Array(400))])).toMatchObject({ error: { kind: "full", detail: "the first commits wait to become durable" } });
    expect(new Set(flash.unsynced.map((o) => (o.kind === "program" ? o.offset >> 12 : -1))).size).toBe(2);
    flash.sync();
    store.durable();
    commit(flash, store, put(TABLES.boot, 0, new Uint8Array(400)));
  });

  it("may use blank sectors at once after a mount", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    commit(flash, store, put(TABLES.boot, 0, new Uint8Array(1900)), put(TABLES.boot, 1, key(1)));
    const mounted = mountRecords(flash.restart(flash.image()));
    if (!mounted.ok) throw new Error(mounted.error.detail);
    for (let i = 0; i < 6; i++) {
      expect(mounted.value.store.commit([put(TABLES.boot, 0, new Uint8Array(1900).fill(i))])).toEqual({ ok: true });
      if (i === 2) mounted.value.store.durable();
    }
  });

  it("does in quiet moments what commits would have to do, and comes to an end with it", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    for (let i = 0; i < 400; i++) commit(flash, store, put(TABLES.boot, i % 7, new Uint8Array(100).fill(i)));
    let steps = 0;
    while (store.maintain()) {
      flash.sync();
      store.durable();
      expect(++steps).toBeLessThan(50);
    }
    const before = flash.counters.erases;
    for (let i = 0; i < 30; i++) commit(flash, store, put(TABLES.boot, i % 7, new Uint8Array(100).fill(i)));
    expect(flash.counters.erases).toBe(before);
    expect(again(flash).store.get(TABLES.boot, key(0, 0))).toEqual(new Uint8Array(100).fill(28));
  });

  it("comes to an end in quiet moments also when it is full", () => {
    const flash = new SimFlash({ geometry: { ...geometry, sectorCount: 24 } });
    const { store } = mount(flash);
    // Records of which two fill two thirds of a sector and three do not fit: no copying makes such a log shorter.
    for (let id = 0; store.commit([put(TABLES.revocations, id, new Uint8Array(1320))]).ok; id++) {
      flash.sync();
      store.durable();
    }
    let steps = 0;
    while (store.maintain()) {
      flash.sync();
      store.durable();
      expect(++steps).toBeLessThan(80);
    }
  });

  it("refuses keys of no or too many bytes as a fault of the program", () => {
    const { store } = mount(new SimFlash({ geometry }));
    expect(() => store.commit([{ table: TABLES.keys, key: key(), value: key(1) }])).toThrow("a record key is 1 to 64 bytes");
    expect(() => store.commit([{ table: TABLES.keys, key: new Uint8Array(65), value: key(1) }])).toThrow("a record key is 1 to 64 bytes");
  });
});

describe("a flash that fails", () => {
  it("costs a sector, not a record: the batch goes to the next one, and recovery steps over the part", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    commit(flash, store, put(TABLES.keys, 1, key(1)));
    flash.failPrograms(1);
    commit(flash, store, put(TABLES.keys, 2, new Uint8Array(100).fill(2)));
    expect(store.usage().sectorsBad).toBe(1);
    const found = again(flash);
    expect(found.report).toMatchObject({ recordCount: 2, batchesLost: 0 });
    expect(found.report.tornBytes).toBeGreaterThan(0);
  });

  it("is told as such when the second sector fails too, and nothing of the batch is stored", () => {
    const flash = new SimFlash({ geometry });
    const { store } = mount(flash);
    commit(flash, store, put(TABLES.keys, 1, key(1)));
    flash.failPrograms(3);
    expect(store.commit([put(TABLES.keys, 2, key(2)), remove(TABLES.keys, 1)])).toMatchObject({ ok: false, error: { kind: "flash" } });
    expect(store.get(TABLES.keys, key(0, 2))).toBeUndefined();
    commit(flash, store, put(TABLES.keys, 3, key(3)));
    expect(keysOf(again(flash).store, TABLES.keys)).toEqual(["0001", "0003"]);
  });

  it("is noticed when it says that all is well but reads back otherwise", () => {
    const flash = new SimFlash({ geometry });
    let lies = 0;
    const lying = {
      geometry,
      read: (offset: number, length: number) => flash.read(offset, length),
      erase: (sector: number) => flash.erase(sector),
      program: (offset: number, data: Uint8Array) => {
        const bent = data.slice();
        if (lies-- > 0 && data.length > 60) bent[60] = bent[60]! & 0x55;
        return flash.program(offset, bent);
      },
    };
    const mounted = mountRecords(lying);
    if (!mounted.ok) throw new Error(mounted.error.detail);
    const { store } = mounted.value;
    commit(flash, store, put(TABLES.keys, 1, key(1)));
    lies = 1;
    commit(flash, store, put(TABLES.keys, 2, new Uint8Array(40).fill(0xff)));
    expect(store.usage().sectorsBad).toBe(1);
    expect(again(flash).report).toMatchObject({ recordCount: 2, batchesLost: 0 });
  });

  it("is noticed when an erase leaves something standing", () => {
    const flash = new SimFlash({ geometry });
    const forgetful = {
      geometry,
      read: (offset: number, length: number) => flash.read(offset, length),
      program: (offset: number, data: Uint8Array) => flash.program(offset, data),
      erase: (sector: number) => {
        const erased = flash.erase(sector);
        if (sector === 3) flash.flipBit(sector * 4096 + 4000, 0);
        return erased;
      },
    };
    const mounted = mountRecords(forgetful);
    if (!mounted.ok) throw new Error(mounted.error.detail);
    const { store } = mounted.value;
    for (let i = 0; i < 300; i++) commit(flash, store, put(TABLES.boot, 0, new Uint8Array(200).fill(i)));
    expect(store.usage().sectorsBad).toBe(1);
    expect(again(flash).store.get(TABLES.boot, key(0, 0))).toEqual(new Uint8Array(200).fill(299));
  });

  it("wears out sector by sector and keeps everything acknowledged to the end", () => {
    const flash = new SimFlash({ geometry: { ...geometry, sectorBytes: 512 }, eraseCountMax: 6 });
    const { store } = mount(flash);
    let last = -1;
    for (let i = 0; i < 20_000; i++) {
      const committed = store.commit([put(TABLES.boot, 0, key(i >> 8, i & 255))]);
      if (!committed.ok) break;
      flash.sync();
      store.durable();
      last = i;
    }
    expect(last).toBeGreaterThan(8 * 6 * 5);
    expect(last).toBeLessThan(19_999);
    expect(again(flash).store.get(TABLES.boot, key(0, 0))).toEqual(key(last >> 8, last & 255));
  });
});
