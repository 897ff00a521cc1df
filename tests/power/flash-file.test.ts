import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FlashGeometry } from "../../firmware/ports/index.ts";
import { mountRecords, TABLES, type RecordStore } from "../../firmware/records/index.ts";
import { FLASH_FILE_HEADER_BYTES, openFlashFile, recordingFileOperations, systemFileOperations, type FileOperation, type FileOperations } from "../../hal/flash-file/index.ts";
import { imagesAfterCut, perform, type FlashOperation } from "../../sim/flash/index.ts";
import { fingerprint, shapeOf, verdict } from "./harness.ts";
import { choices, put, remove, someValue } from "./scenario.ts";

const geometry: FlashGeometry = { sectorCount: 5, sectorBytes: 512, writeAlignBytes: 1, erasedByte: 0xff };

interface FileRun {
  readonly log: readonly FileOperation[];
  readonly states: readonly string[];
  /** For each entry of the log, the state acknowledged and the newest attempted before it. */
  readonly marks: readonly { readonly acknowledged: number; readonly attempted: number }[];
  readonly before: Uint8Array;
}

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "latchkey-power-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A life of a store on a real file, as the board leads it: commit, wait for fdatasync, acknowledge. */
async function lead(operations: FileOperations): Promise<FileRun> {
  const path = join(folder, "flash");
  const marks: { acknowledged: number; attempted: number }[] = [];
  const states: string[] = [];
  const log: FileOperation[] = [];
  let acknowledged = 0;
  const recording = recordingFileOperations(operations);
  const watched: FileOperations = {
    write(file, data, offset) {
      const written = recording.write(file, data, offset);
      log.push(recording.log.at(-1)!);
      marks.push({ acknowledged, attempted: states.length });
      return written;
    },
    fdatasync(file, done) {
      const before = recording.log.length;
      recording.fdatasync(file, (error) => {
        for (const entry of recording.log.slice(before)) {
          log.push(entry);
          marks.push({ acknowledged, attempted: states.length });
        }
        done(error);
      });
    },
  };
  const opened = openFlashFile({ path, geometry, operations: watched });
  if (!opened.ok) throw new Error(opened.error.message);
  const flash = opened.value;
  const before = new Uint8Array(readFileSync(path)).slice(FLASH_FILE_HEADER_BYTES);
  const mounted = mountRecords(flash);
  if (!mounted.ok) throw new Error(mounted.error.detail);
  const { store } = mounted.value;
  states.push(fingerprint(store));
  await live(store, states, async () => {
    await new Promise<void>((resolve, reject) => flash.sync((error) => (error ? reject(error) : resolve())));
    store.durable();
    acknowledged = states.length - 1;
  });
  flash.close();
  return { log, states, marks, before };
}

async function live(store: RecordStore, states: string[], sync: () => Promise<void>): Promise<void> {
  const pick = choices(3);
  await sync();
  for (let step = 0; step < 90; step++) {
    const value = someValue(pick, 40);
    const changes = pick(4) === 0 ? [remove(TABLES.keys, pick(4)), put(TABLES.audit, pick(2), value)] : [put(TABLES.keys, pick(4), value)];
    store.commit(changes);
    states.push(fingerprint(store));
    if (pick(3) > 0) await sync();
  }
  await sync();
}

function asFlashOperation(entry: FileOperation): FlashOperation {
  if (entry.kind === "sync") return { kind: "sync" };
  return { kind: "program", offset: entry.offset - FLASH_FILE_HEADER_BYTES, data: entry.data };
}

/** Every state a power cut could leave, mounted and checked: how many there were, and what was wrong with some of them. */
function check(run: FileRun): { readonly count: number; readonly wrong: readonly string[] } {
  const shape = shapeOf(geometry, "overlay");
  const durable = run.before.slice();
  const wrong: string[] = [];
  let unsynced: { readonly operation: FlashOperation; readonly index: number }[] = [];
  let writes = 0;
  let count = 0;
  const end = { acknowledged: run.states.length - 1, attempted: run.states.length - 1 };
  for (const [index, entry] of [...run.log, undefined].entries()) {
    if (entry === undefined) writes = run.log.length;
    else if (entry.kind === "write") unsynced.push({ operation: asFlashOperation(entry), index: writes++ });
    else {
      for (const { operation, index: nth } of unsynced) if (nth < entry.writeCount) perform(durable, operation, shape);
      unsynced = unsynced.filter(({ index: nth }) => nth >= entry.writeCount);
    }
    for (const image of imagesAfterCut(durable, unsynced.map((u) => u.operation), shape, { samples: 40, seed: index })) {
      count++;
      const found = verdict(image, geometry, run.marks[index] ?? end, run.states);
      if (found !== undefined) wrong.push(`after entry ${index} of the log: ${found}`);
    }
  }
  return { count, wrong };
}

describe("a power cut on the flash file", () => {
  it("leaves an acknowledged or a later whole state, whatever of the unsynced writes was lost, torn or reordered", async () => {
    const run = await lead(systemFileOperations);
    const syncs = run.log.filter(({ kind }) => kind === "sync").length;
    expect(syncs).toBeGreaterThan(30);
    expect(run.log.filter((entry) => entry.kind === "write" && entry.data.length === geometry.sectorBytes).length).toBeGreaterThan(geometry.sectorCount);
    const { count, wrong } = check(run);
    console.log(`flash file: ${count} states from ${run.log.length} recorded operations, ${syncs} of them fdatasync`);
    expect(wrong).toEqual([]);
  });

  it("shows up when one fdatasync is taken out of the log", async () => {
    const run = await lead(systemFileOperations);
    const syncs = run.log.flatMap((entry, index) => (entry.kind === "sync" ? [index] : []));
    // The first one of all follows the opening and covers no write.
    for (const taken of [1, Math.floor(syncs.length / 2), syncs.length - 1]) {
      const log = run.log.filter((_, index) => index !== syncs[taken]);
      const marks = run.marks.filter((_, index) => index !== syncs[taken]);
      expect(check({ ...run, log, marks }).wrong.length, `sync ${taken} of ${syncs.length}`).toBeGreaterThan(0);
    }
  });
});
