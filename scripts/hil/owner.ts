import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { toHex } from "../../firmware/base/index.ts";
import { REASONS, type Command } from "../../firmware/wire/index.ts";
import { ATT_MTU_MIN, DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { BleKey, loadNoble, type Noble } from "../../hal/ble-key/index.ts";
import { recogniseFor, type Attach } from "../key/attach.ts";
import { CarConnection } from "../key/car-connection.ts";
import { WalletFile } from "../key/wallet-file.ts";
import { runAct } from "./act.ts";
import { CHANNEL } from "./raw-central.ts";

/**
 * What phones do that a person's commands do not: many connections of one process, and links that break. Prints a sentence; exit 0 where
 * all was as it should be. noble cannot be closed, so each act is a process.
 *
 * Usage: node dist/scripts/hil/owner.js --adapter hci1 --act cycles|cuts|mtu23|phones|record|latency --file KEY [--file KEY ...] [--count N] [--frames FILE]
 */
const { values } = parseArgs({
  options: { adapter: { type: "string", default: "hci1" }, act: { type: "string", default: "cycles" }, file: { type: "string", multiple: true, default: [] }, count: { type: "string", default: "50" }, frames: { type: "string" } },
});

/** Listeners or bytes that each connection left behind would show as these after a few dozen. */
const LISTENERS_MAX = 4;
const BYTES_PER_CYCLE_MAX = 100 * 1024;

const ATT_MTU_REQUEST = 0x02;
const ATT_WRITE_COMMAND = 0x52;
/** Opcode and handle stand before a written value. */
const ATT_WRITE_HEADER_BYTES = 3;

/** The latest packet of a phone after which a cold unlock can be cut off. */
const CUT_COUNT = 14;

const LATENCY_ROUND_COUNT = 11;

interface NobleWriter {
  writeAclDataPkt(handle: number, channel: number, data: Buffer): Promise<void>;
  disconnect(handle: number): void;
}

const loaded = await loadNoble(DEFAULT_DRIVER, values.adapter);
if (!loaded.ok) throw new Error(loaded.error.found);
const noble: Noble = loaded.value;
const radio = new BleKey(noble);
const writer = noble._bindings._hci as unknown as NobleWriter;
const write = writer.writeAclDataPkt.bind(writer);
const reachMs: number[] = [];
const askMs: number[] = [];
const files = await Promise.all(values.file.map((file) => WalletFile.open({ file })));

await runAct({ cycles, cuts, mtu23, phones, record, latency }, values.act);

/** Connects, unlocks or locks and disconnects again and again; nothing may grow. */
async function cycles(): Promise<string> {
  const count = Number(values.count);
  const listenerCount = (): number => noble.eventNames().reduce((sum, name) => sum + noble.listenerCount(name), 0);
  let listeners = 0;
  let heapBytes = 0;
  for (let turn = 0; turn < count; turn++) {
    await serves(files[0]!, turn);
    // The first turns fill caches.
    if (turn === Math.floor(count / 5)) [listeners, heapBytes] = [listenerCount(), process.memoryUsage().heapUsed];
  }
  const grown = { listeners: listenerCount() - listeners, bytes: process.memoryUsage().heapUsed - heapBytes };
  if (grown.listeners > LISTENERS_MAX || grown.bytes > count * BYTES_PER_CYCLE_MAX) throw new Error(`left behind: ${grown.listeners} listeners, ${grown.bytes} bytes`);
  return `medians: found, connected and discovered in ${Math.round(median(reachMs))} ms, then answered in ${Math.round(median(askMs))} ms; ${grown.listeners} listeners and ${Math.round(grown.bytes / 1024)} KiB more than at the beginning`;
}

/** Cuts the link off after each packet of an unlock; the next attempt is served. */
async function cuts(): Promise<string> {
  let [cut, lost] = [0, 0];
  for (let after = 0; after < CUT_COUNT; after++) {
    let sent = 0;
    writer.writeAclDataPkt = async (handle, channel, data) => {
      await write(handle, channel, data);
      if (sent++ !== after) return;
      cut++;
      writer.disconnect(handle);
    };
    await serves(files[0]!, after).catch(() => lost++);
    writer.writeAclDataPkt = write;
    await serves(files[0]!, after);
  }
  if (cut < CUT_COUNT / 2) throw new Error(`only ${cut} links were cut off`);
  return `${cut} links cut off, ${lost} of them at the cost of the attempt; the next one was served each time`;
}

/** As a phone whose stack leaves the MTU as it is. */
async function mtu23(): Promise<string> {
  let longest = 0;
  writer.writeAclDataPkt = (handle, channel, data) => {
    if (channel === CHANNEL.att && data[0] === ATT_MTU_REQUEST) data.writeUInt16LE(ATT_MTU_MIN, 1);
    longest = Math.max(longest, data.length);
    return write(handle, channel, data);
  };
  for (let turn = 0; turn < 4; turn++) await serves(files[0]!, turn);
  if (longest > ATT_MTU_MIN) throw new Error(`a packet had ${longest} bytes`);
  return `served, no packet longer than ${longest} bytes`;
}

/** Several phones come and go. */
async function phones(): Promise<string> {
  for (let turn = 0; turn < 3; turn++) for (const file of files) await serves(file, turn);
  return `${files.length} phones, served ${3 * files.length} times`;
}

/** Writes the frames of an unlock and of a full handshake that opens the trunk into a file, as a listener might have recorded them; leaves the car locked. */
async function record(): Promise<string> {
  writeFileSync(values.frames!, "");
  writer.writeAclDataPkt = (handle, channel, data) => {
    if (channel === CHANNEL.att && data[0] === ATT_WRITE_COMMAND) appendFileSync(values.frames!, `${toHex(data.subarray(ATT_WRITE_HEADER_BYTES))}\n`);
    return write(handle, channel, data);
  };
  await asks(files[0]!, { kind: "unlock" });
  await asks(files[0]!, { kind: "trunk" });
  writer.writeAclDataPkt = write;
  await asks(files[0]!, { kind: "lock", forced: false });
  return "recorded";
}

/** Milliseconds of unlocks after discovery, cold and warm by turns, and of what comes before. */
async function latency(): Promise<string> {
  const [cold, warm]: [number[], number[]] = [[], []];
  for (let round = 0; round < LATENCY_ROUND_COUNT; round++) {
    // The trunk takes the full handshake: no ticket opens it.
    cold.push(await asks(files[0]!, { kind: "trunk" }));
    warm.push(await asks(files[0]!, { kind: "lock", forced: true }));
  }
  return [["reach", reachMs], ["cold", cold], ["warm", warm]].map(([name, numbers]) => `FIGURE ${name as string} ${median(numbers as number[]).toFixed(1)} ${numbers!.length}`).join("\n");
}

/** One conversation: an unlock at even turns, a lock at odd ones. */
async function serves(file: WalletFile, turn: number): Promise<void> {
  askMs.push(await asks(file, turn % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: false }));
}

/** Milliseconds from the request to its answer. */
async function asks(file: WalletFile, command: Command): Promise<number> {
  const attach: Attach = async ({ target, wallet, crypto, onEvent }) => {
    const startMs = performance.now();
    const opened = await radio.connect({ recognise: recogniseFor(target, wallet, crypto), onEvent });
    if (!opened.ok) throw new Error(opened.error.message);
    reachMs.push(performance.now() - startMs);
    return opened.value;
  };
  const target = { kind: "cars", vehicleIds: file.wallet.cars.map(({ vehicleId }) => vehicleId) } as const;
  return CarConnection.with(file, { attach, target }, async (connection) => {
    const startMs = performance.now();
    const { reply } = await connection.ask(command);
    if (reply.code !== 0 && reply.code !== REASONS.nothingToDo.code) throw new Error(`${command.kind}: the car answered ${reply.code}`);
    return performance.now() - startMs;
  });
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
