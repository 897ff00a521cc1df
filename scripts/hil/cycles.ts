import { REASONS, type Command } from "../../firmware/wire/index.ts";
import { DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { BleKey, loadNoble } from "../../hal/ble-key/index.ts";
import { recogniseFor, type Attach } from "../key/attach.ts";
import { CarConnection } from "../key/car-connection.ts";
import { WalletFile } from "../key/wallet-file.ts";

export interface CycleOptions {
  readonly keyFile: string;
  readonly adapter: string;
  readonly count: number;
}

/** Listeners or bytes that each connection left behind would show as these after a few dozen. */
const LISTENERS_MAX = 4;
const BYTES_PER_CYCLE_MAX = 100 * 1024;

/**
 * Connects, unlocks or locks and disconnects `count` times in this process, over one noble; gives the medians in a sentence.
 * Fails where a command fails, or listeners or memory grow. noble cannot be closed: the process must end.
 */
export async function cycleKey(options: CycleOptions): Promise<string> {
  const loaded = await loadNoble(DEFAULT_DRIVER, options.adapter);
  if (!loaded.ok) throw new Error(loaded.error.found);
  const noble = loaded.value;
  const radio = new BleKey(noble);
  const [reachMs, askMs]: [number[], number[]] = [[], []];
  const attach: Attach = async ({ target, wallet, crypto, onEvent }) => {
    const startMs = performance.now();
    const opened = await radio.connect({ recognise: recogniseFor(target, wallet, crypto), onEvent });
    if (!opened.ok) throw new Error(opened.error.message);
    reachMs.push(performance.now() - startMs);
    return opened.value;
  };
  const file = await WalletFile.open({ file: options.keyFile });
  const target = { kind: "cars", vehicleIds: file.wallet.cars.map(({ vehicleId }) => vehicleId) } as const;
  const count = (): number => noble.eventNames().reduce((sum, name) => sum + noble.listenerCount(name), 0);
  let listeners = 0;
  let heapBytes = 0;
  for (let turn = 0; turn < options.count; turn++) {
    const command: Command = turn % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: false };
    await CarConnection.with(file, { attach, target }, async (connection) => {
      const startMs = performance.now();
      const { reply } = await connection.ask(command);
      if (reply.code !== 0 && reply.code !== REASONS.nothingToDo.code) throw new Error(`turn ${turn}: the car answered ${reply.code}`);
      askMs.push(performance.now() - startMs);
    });
    // The first turns fill caches.
    if (turn === Math.floor(options.count / 5)) [listeners, heapBytes] = [count(), process.memoryUsage().heapUsed];
  }
  file.close();
  const grown = { listeners: count() - listeners, bytes: process.memoryUsage().heapUsed - heapBytes };
  if (grown.listeners > LISTENERS_MAX || grown.bytes > options.count * BYTES_PER_CYCLE_MAX) throw new Error(`left behind: ${grown.listeners} listeners, ${grown.bytes} bytes`);
  return `medians: found, connected and discovered in ${Math.round(median(reachMs))} ms, then answered in ${Math.round(median(askMs))} ms; ${grown.listeners} listeners and ${Math.round(grown.bytes / 1024)} KiB more than at the beginning`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
