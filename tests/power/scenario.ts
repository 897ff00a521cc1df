import { TABLES, type RecordChange, type RecordTable } from "../../firmware/records/index.ts";
import type { Recorder } from "./harness.ts";

/** A small stream of choices, the same on every machine. */
export function choices(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

export function put(table: RecordTable, key: number, value: Uint8Array): RecordChange {
  return { table, key: Uint8Array.of(key), value };
}

export function remove(table: RecordTable, key: number): RecordChange {
  return { table, key: Uint8Array.of(key), value: undefined };
}

/** Values that also hold erased bytes of either kind and the magic numbers of the format. */
export function someValue(pick: (below: number) => number, lengthMax: number): Uint8Array {
  const value = Uint8Array.from({ length: 1 + pick(lengthMax) }, () => pick(256));
  const kind = pick(5);
  if (kind === 0) value.fill(0xff, value.length >> 1);
  if (kind === 1) value.fill(0x00, value.length >> 1);
  if (kind === 2) value.set([0xb5, 0x4c, 0, 0].slice(0, value.length));
  return value;
}

/**
 * Keys come and go, counters grow, batches of several records, several commits between two syncs, the store full and a removal
 * in the full store; until every sector was erased `turns` times on average.
 */
export function liveThrough(recorder: Recorder, seed: number, turns: number): void {
  const pick = choices(seed);
  const { sectorBytes, sectorCount } = recorder.flash.geometry;
  const lengthMax = Math.min(120, Math.floor(sectorBytes / 24));
  const keys = 3 + Math.floor((sectorCount * sectorBytes) / 2048);
  const isDone = (): boolean => recorder.flash.counters.erases >= turns * sectorCount;
  for (let step = 0; step < 20_000 && !isDone(); step++) {
    if (step === 20) fillUp(recorder, lengthMax);
    const kind = pick(8);
    if (kind < 4) recorder.commit([put(TABLES.attempts, pick(keys), someValue(pick, lengthMax))]);
    else if (kind === 4) recorder.commit([remove(TABLES.keys, pick(keys)), put(TABLES.audit, pick(4), someValue(pick, lengthMax))]);
    else if (kind === 5) recorder.commit([put(TABLES.keys, pick(keys), someValue(pick, lengthMax)), put(TABLES.boot, 0, someValue(pick, 8)), remove(TABLES.audit, pick(4))]);
    else if (kind === 6) recorder.commit([put(TABLES.keys, 100 + pick(100), someValue(pick, lengthMax))]);
    else for (let key = 100; key < 200; key++) if (recorder.store.get(TABLES.keys, Uint8Array.of(key)) !== undefined) recorder.commit([remove(TABLES.keys, key)]);
    if (pick(3) > 0) recorder.sync();
  }
  recorder.sync();
}

/** New keys until the store refuses; then a revocation, a removal and the counter that an unlock needs must still go in. */
function fillUp(recorder: Recorder, lengthMax: number): void {
  const value = new Uint8Array(lengthMax).fill(0x5a);
  for (const table of [TABLES.attempts, TABLES.audit]) {
    for (const [key] of [...recorder.store.entries(table)]) recorder.commit([{ table, key, value: undefined }]);
    recorder.sync();
  }
  for (let key = 0; key < 4096; key++) {
    const change: RecordChange = { table: TABLES.keys, key: Uint8Array.of(0xf0, key >> 8, key & 0xff), value };
    if (!recorder.commit([change])) break;
    recorder.sync();
  }
  const needed = [
    recorder.commit([put(TABLES.revocations, 1, value.subarray(0, 8))]),
    recorder.commit([{ table: TABLES.keys, key: Uint8Array.of(0xf0, 0, 0), value: undefined }]),
    recorder.commit([put(TABLES.audit, 1, value.subarray(0, 4))]),
  ];
  if (needed.includes(false)) throw new Error(`a full store refused what it keeps a reserve for: ${JSON.stringify(recorder.failures)}`);
  recorder.sync();
  for (const [key] of [...recorder.store.entries(TABLES.keys)]) {
    if (key[0] === 0xf0 && !recorder.commit([{ table: TABLES.keys, key, value: undefined }])) throw new Error(`a removal was refused: ${JSON.stringify(recorder.failures)}`);
    recorder.sync();
  }
}
