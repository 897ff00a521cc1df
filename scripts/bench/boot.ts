import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootController } from "../../firmware/controller/index.ts";
import { mountRecords, TABLES } from "../../firmware/records/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { openFlashFile } from "../../hal/flash-file/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import { packagePath } from "../cli/package-file.ts";
import { figure, median, microseconds, type Figure } from "./figure.ts";

const START_COUNT = 9;
const RECOVERY_COUNT = 21;
/** Until the just-in-time compiler has seen a boot: else the first size pays for all. */
const RECOVERY_WARM_UP_COUNT = 20;
const SYNC_COUNT = 60;
const random = createSystemRandom();

/** From process start to accepting a connection, over an empty Node process, in turns. */
export async function benchBoot(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  try {
    const empty: number[] = [];
    const car: number[] = [];
    for (let run = 0; run < START_COUNT; run++) {
      empty.push(microseconds(() => spawnSync(process.execPath, ["-e", "0"])));
      car.push(await untilReady(join(folder, "car.flash")));
    }
    return [figure("boot.unlockable", median(car) / 1000, "ms", START_COUNT, median(empty) / 1000)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function untilReady(flash: string): Promise<number> {
  const start = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const args = [packagePath("dist", "bin", "latchkey.js"), "car", "run", "--no-tui", "--json", "--listen", "127.0.0.1:0", "--flash", flash];
    const car = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    let readyUs: number | undefined;
    car.stdout.setEncoding("utf8");
    car.stdout.on("data", (piece: string) => {
      text += piece;
      if (readyUs !== undefined || !text.includes('"ready"')) return;
      readyUs = Number(process.hrtime.bigint() - start) / 1000;
      car.kill("SIGKILL");
    });
    car.once("error", reject);
    car.once("exit", () => (readyUs === undefined ? reject(new Error(`the car ended before it was ready: ${text}`)) : resolve(readyUs)));
  });
}

/** Boot with a full log of one, two and four sizes, taken in turns: it grows with the log. */
export function benchRecovery(): readonly Figure[] {
  const logs = [1, 2, 4].map((times) => {
    const geometry = { sectorCount: 64 * times, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff } as const;
    return { times, geometry, image: fullImage(geometry), ms: [] as number[] };
  });
  for (let run = 0; run < RECOVERY_WARM_UP_COUNT + RECOVERY_COUNT; run++) {
    for (const { geometry, image, ms } of logs) {
      const us = microseconds(() => boot(createMemoryFlash(geometry, image)));
      if (run >= RECOVERY_WARM_UP_COUNT) ms.push(us / 1000);
    }
  }
  const [baseline] = logs.map(({ ms }) => median(ms));
  return logs.map(({ times, ms }) => figure(`boot.recovery.${times}x`, median(ms), "ms", RECOVERY_COUNT, times === 1 ? undefined : baseline));
}

function boot(flash: ReturnType<typeof createMemoryFlash>): void {
  const crypto = createNodeCrypto({ random });
  const booted = bootController({ crypto, random, clock: { monotonicMs: () => 0 }, flash }, { description: virtualCarDescription() });
  if (!booted.ok) throw new Error(booted.error.detail);
}

/** A flash whose log is as full as it gets with records that live. */
function fullImage(geometry: Parameters<typeof createMemoryFlash>[0]): Uint8Array {
  const flash = createMemoryFlash(geometry);
  boot(flash);
  const mounted = mountRecords(flash);
  if (!mounted.ok) throw new Error(mounted.error.detail);
  const { store } = mounted.value;
  for (let number = 0; ; number++) {
    const key = Uint8Array.of(1, number >>> 16, number >>> 8, number);
    if (!store.commit([{ table: TABLES.boot, key, value: random.bytes(200) }]).ok) return flash.image();
    store.durable();
  }
}

/** What a commit costs on this machine's file system: shown, not judged. */
export async function benchSync(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  try {
    const opened = openFlashFile({ path: join(folder, "flash"), geometry: { sectorCount: 64, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff } });
    if (!opened.ok) throw new Error(opened.error.message);
    const times: number[] = [];
    for (let run = 0; run < SYNC_COUNT; run++) {
      opened.value.program(run * 256, random.bytes(200));
      const start = process.hrtime.bigint();
      await new Promise<void>((resolve, reject) => opened.value.sync((error) => (error === undefined ? resolve() : reject(error))));
      times.push(Number(process.hrtime.bigint() - start) / 1000);
    }
    opened.value.close();
    return [figure("flash.sync", median(times), "us", SYNC_COUNT)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
