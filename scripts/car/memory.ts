import { existsSync, renameSync, rmSync } from "node:fs";
import { Decoder, Encoder } from "cbor-x";
import { bootController } from "../../firmware/controller/index.ts";
import { mountRecords, recordsOf, storeCopy, TABLES, type RecordStore, type RecordTable, type StoredRecord } from "../../firmware/records/index.ts";
import type { FlashPort } from "../../firmware/ports/index.ts";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { geometryOf, openFlash } from "../board/flash.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { readPassphrase } from "../cli/passphrase.ts";
import { readSealed, writeSealed } from "../cli/sealed-file.ts";
import { requireCarConfig, type CarConfig } from "../config/car-config.ts";
import { flashPathOf } from "./options.ts";

/** The largest flash is 64 MiB; what lives on it takes half at most. */
const EXPORT_BYTES_MAX = 40 * 1024 * 1024;
const FORMAT = "latchkey-car";
const FORMAT_VERSION = 1;

interface Export {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  /** Seconds since 1970 by this machine's clock. */
  readonly exportedAtS: number;
  readonly records: readonly StoredRecord[];
}

/** Writes the whole memory of a stopped car into a sealed file. */
export async function exportMemory(values: OptionValues, [to]: readonly string[], output: Output): Promise<ExitCode> {
  const config = await requireCarConfig(textOf(values, "config"));
  const path = flashPathOf(values, config);
  if (!existsSync(path)) throw new CommandFailure(`there is no flash file ${path}`, "Name the car's with --flash.");
  const passphrase = await readPassphrase(textOf(values, "passphrase-file"), true);
  const flash = openFlash(path, geometryOf(config.flash));
  try {
    const records = recordsOf(storeOn(flash));
    if (records.length === 0) throw new CommandFailure(`${path} is the memory of no car yet`, "Name another one with --flash.");
    const content: Export = { format: FORMAT, version: FORMAT_VERSION, exportedAtS: Math.floor(Date.now() / 1000), records };
    await writeSealed(to!, new Encoder({ useRecords: false }).encode(content), passphrase);
    output.answer(
      { ok: true, file: to, records: records.length },
      [`${to}: ${records.length} records of ${path}, the car's private keys among them.`, "Run one car of them, not two. What happens after now is not in it: uses of grants, revocations (phones bring their lists again), the log (phones will say that it is older than what they saw)."].join("\n"),
    );
    return EXIT.ok;
  } finally {
    flash.close();
  }
}

/** Makes a flash file of an export, whole or not at all. */
export async function importMemory(values: OptionValues, [from]: readonly string[], output: Output): Promise<ExitCode> {
  const config = await requireCarConfig(textOf(values, "config"));
  const path = flashPathOf(values, config);
  if (existsSync(path)) throw new CommandFailure(`there is a flash file ${path} already`, "Import into a new one: name it with --flash, or move the old one away.");
  const content = decodeExport(from!, await readSealed(from!, EXPORT_BYTES_MAX, () => readPassphrase(textOf(values, "passphrase-file"), false)));
  await checkThatItStarts(from!, content.records, config);
  // Under another name until it is whole: a car must not start on half a memory.
  const fresh = `${path}.import`;
  rmSync(fresh, { force: true });
  const flash = openFlash(fresh, geometryOf(config.flash));
  try {
    writeRecords(flash, content.records);
    await new Promise<void>((resolve, reject) => flash.sync((error) => (error === undefined ? resolve() : reject(new CommandFailure(`${fresh} cannot be written: ${error.message}`)))));
  } finally {
    flash.close();
  }
  renameSync(fresh, path);
  const exportedAt = new Date(content.exportedAtS * 1000).toISOString();
  output.answer({ ok: true, flash: path, records: content.records.length, exportedAt }, `${path}: the memory of ${exportedAt}. Have every owner's key read the log once (latchkey key log): it brings revocations, and says what this memory has lost.`);
  return EXIT.ok;
}

function storeOn(flash: FlashPort): RecordStore {
  const mounted = mountRecords(flash);
  if (!mounted.ok) throw new CommandFailure(`the flash cannot be read: ${mounted.error.detail}`, mounted.error.wayOut);
  return mounted.value.store;
}

function writeRecords(flash: FlashPort, records: readonly StoredRecord[]): void {
  const stored = storeCopy(storeOn(flash), records);
  if (!stored.ok) throw new CommandFailure(`the memory does not fit: ${stored.error.detail}`, "Give the flash more sectors in the configuration (flash.sectorCount).");
}

/** On a flash in memory of the same size, as the car itself will start. */
async function checkThatItStarts(from: string, records: readonly StoredRecord[], config: CarConfig): Promise<void> {
  const flash = createMemoryFlash(geometryOf(config.flash));
  writeRecords(flash, records);
  const random = createSystemRandom();
  const description = config.vehicle ?? (await import("../../sim/body/index.ts")).virtualCarDescription();
  const booted = bootController({ flash, random, crypto: createNodeCrypto({ random }), clock: createMonotonicClock() }, { description });
  if (!booted.ok) throw new CommandFailure(`${from} holds no memory that a car can start with: ${booted.error.detail}`, booted.error.wayOut);
  const { faults } = booted.value.report;
  if (faults.length > 0) throw new CommandFailure(`${from} holds ${faults.length} records that this version cannot read`, "Import it with the version that wrote it.");
}

function decodeExport(from: string, bytes: Uint8Array): Export {
  let content: unknown;
  try {
    content = new Decoder({ mapsAsObjects: true, useRecords: false }).decode(bytes);
  } catch {
    content = undefined;
  }
  if (!isExport(content)) throw new CommandFailure(`${from} is no car's memory`, "Name a file that latchkey car export has written.");
  return content;
}

function isExport(content: unknown): content is Export {
  const { format, version, exportedAtS, records } = (content ?? {}) as Partial<Export>;
  return format === FORMAT && version === FORMAT_VERSION && Number.isSafeInteger(exportedAtS) && Array.isArray(records) && records.length > 0 && records.every(isRecord);
}

function isRecord(record: unknown): boolean {
  if (!Array.isArray(record) || record.length !== 3) return false;
  const [table, key, value] = record as readonly unknown[];
  return Object.values(TABLES).includes(table as RecordTable) && key instanceof Uint8Array && key.length >= 1 && key.length <= 64 && value instanceof Uint8Array && value.length <= 0xffff;
}

function textOf(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  if (value === "") throw new UsageError(`--${name} names no file`);
  return typeof value === "string" ? value : undefined;
}
