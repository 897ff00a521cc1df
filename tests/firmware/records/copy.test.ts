import { describe, expect, it } from "vitest";
import type { FlashGeometry } from "../../../firmware/ports/index.ts";
import { mountRecords, recordsOf, storeCopy, TABLES, type RecordLog, type StoredRecord } from "../../../firmware/records/index.ts";
import { SimFlash } from "../../../sim/flash/index.ts";

const geometry: FlashGeometry = { sectorCount: 8, sectorBytes: 4096, writeAlignBytes: 4, erasedByte: 0xff };

function storeOn(flash: SimFlash): RecordLog {
  const mounted = mountRecords(flash);
  if (!mounted.ok) throw new Error(mounted.error.detail);
  return mounted.value.store;
}

/** `count` records of `bytes` each, over several tables. */
const someRecords = (count: number, bytes: number): readonly StoredRecord[] =>
  Array.from({ length: count }, (_, i) => [[TABLES.keys, TABLES.revocations, TABLES.audit][i % 3]!, Uint8Array.of(i >> 8, i & 255), new Uint8Array(bytes).fill(i)] as const);

const inTables = (records: readonly StoredRecord[]): readonly StoredRecord[] => [...records].sort(([a], [b]) => a - b);

describe("a copy of the records", () => {
  it("holds every live record of every table, on a flash of other dimensions too, after that has lost its power", () => {
    const flash = new SimFlash({ geometry });
    const records = someRecords(60, 90);
    expect(storeCopy(storeOn(flash), records)).toEqual({ ok: true });
    const removed = records[4]!;
    expect(storeOn(flash).commit([{ table: removed[0], key: removed[1], value: undefined }])).toEqual({ ok: true });
    const copy = recordsOf(storeOn(flash));
    expect(copy).toEqual(inTables(records.filter((record) => record !== removed)));

    const other = new SimFlash({ geometry: { ...geometry, sectorCount: 64, sectorBytes: 512, writeAlignBytes: 1 } });
    expect(storeCopy(storeOn(other), copy)).toEqual({ ok: true });
    other.sync();
    expect(recordsOf(storeOn(other.restart(other.durableImage())))).toEqual(copy);
  });

  it("of nothing writes nothing", () => {
    const flash = new SimFlash({ geometry });
    expect(storeCopy(storeOn(flash), [])).toEqual({ ok: true });
    expect(flash.counters.programs).toBe(0);
  });

  it("that does not fit is refused, and says so", () => {
    expect(storeCopy(storeOn(new SimFlash({ geometry })), someRecords(200, 400))).toMatchObject({ ok: false, error: { kind: "full" } });
  });
});
