import { createPrng } from "../../sim/chance/index.ts";
import { HciAir, type Scheduler } from "../../sim/hci/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import { beginPairing, createWallet, type LinkTarget, type Wallet } from "../../firmware/key/index.ts";
import type { Command } from "../../firmware/wire/index.ts";
import { openBleCar } from "../../hal/ble-car/index.ts";
import { BleKey } from "../../hal/ble-key/index.ts";
import type { CarRadio } from "../../hal/radio/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { memoryFlash } from "../board/flash.ts";
import { startCar } from "../board/running-car.ts";
import { VirtualBoard } from "../board/virtual/index.ts";
import { arePeersInstalled, loadVirtualBleno, loadVirtualNoble, putUp } from "../hil/virtual-peers.ts";
import { recogniseFor, type Attach } from "../key/attach.ts";
import { CarConnection } from "../key/car-connection.ts";
import { crypto, random, type WalletFile } from "../key/wallet-file.ts";
import { figure, median, type Figure } from "./figure.ts";

/** What phones use; and none at all, for what the stacks themselves take. */
const CONNECTION_INTERVALS_MS = [30, 0];
const ROUND_COUNT = 11;
/** The motor of a latch has come to rest by then. */
const LATCH_REST_MS = 900;
/** As long as the frames of an unlock are, one way and the other. */
const ECHO_BYTES = 110;

const TIMERS: Scheduler = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Unlocks over unmodified noble and bleno on virtual controllers, in real time, over bare write-and-indication round trips on the same rig:
 * with 30 ms between connection events, and with none. Connecting and discovery apart.
 */
export async function benchBle(): Promise<readonly Figure[]> {
  if (!arePeersInstalled()) {
    process.stderr.write("not measured without: npm ci --ignore-scripts --prefix tests/ble/peers\n");
    return [];
  }
  const figures: Figure[] = [];
  for (const intervalMs of CONNECTION_INTERVALS_MS) figures.push(...(await measure(intervalMs)));
  return figures;
}

async function measure(connectionIntervalMs: number): Promise<readonly Figure[]> {
  const air = new HciAir(TIMERS, createPrng("bench"), { connectionIntervalMs });
  putUp(new Map([0, 1, 2].map((device) => [device, air.addController({ address: `00:16:ee:00:42:0${device}` })])));
  const board = new VirtualBoard({ flash: memoryFlash(), description: virtualCarDescription({ walkAwayEnabled: false }) });
  const opened: { radio?: CarRadio } = {};
  const car = await startCar(board, [(onEvent) => (opened.radio = openBleCar({ bleno: loadVirtualBleno(0), random: createSystemRandom(), onEvent, onTrouble: () => undefined, onFailed: () => undefined }))], (error) => {
    throw error;
  });
  const key = new BleKey(loadVirtualNoble(1));
  const reachMs: number[] = [];
  const attach: Attach = async ({ target, wallet, onEvent }) => {
    const startMs = performance.now();
    const link = await key.connect({ recognise: recogniseFor(target, wallet, crypto), onEvent });
    if (!link.ok) throw new Error(link.error.message);
    reachMs.push(performance.now() - startMs);
    return link.value;
  };
  const holder = await pairedHolder(car, attach);
  const target: LinkTarget = { kind: "cars", vehicleIds: holder.wallet.cars.map(({ vehicleId }) => vehicleId) };
  const ask = (command: Command): Promise<number> =>
    CarConnection.with(holder, { attach, target }, async (connection) => {
      const startMs = performance.now();
      const { reply } = await connection.ask(command);
      if (reply.code !== 0) throw new Error(`the car answered ${reply.code}`);
      return performance.now() - startMs;
    });
  const [cold, warm]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUND_COUNT; round++) {
    // The trunk takes the full handshake: no ticket opens it.
    cold.push(await ask({ kind: "trunk" }));
    await rest(LATCH_REST_MS);
    warm.push(await ask({ kind: "lock", forced: false }));
    await rest(LATCH_REST_MS);
  }
  await car.stop();
  const roundTrip = median(await echoes(key));
  const at = connectionIntervalMs === 0 ? ".zero" : "";
  return [
    figure(`ble${at}.reach`, median(reachMs), "ms to find, connect and discover", reachMs.length),
    figure(`ble${at}.roundtrip`, roundTrip, "ms for a bare write and its indication", ROUND_COUNT),
    figure(`unlock.ble${at}.warm`, median(warm), "ms after discovery, over one round trip", warm.length, roundTrip),
    figure(`unlock.ble${at}.cold`, median(cold), "ms after discovery, over two round trips", cold.length, 2 * roundTrip),
  ];
}

/** Milliseconds from one frame to its echo, each sent when the last has come back. */
async function echoes(key: BleKey): Promise<readonly number[]> {
  const radio: CarRadio = openBleCar({
    bleno: loadVirtualBleno(2),
    random: createSystemRandom(),
    onEvent: (event) => {
      if (event.kind === "frameReceived") radio.send(event.link, event.bytes);
    },
    onTrouble: () => undefined,
    onFailed: () => undefined,
  });
  radio.advertise(new Uint8Array(8), true);
  let back: () => void = () => undefined;
  const link = await key.connect({ recognise: () => undefined, onEvent: ({ kind }) => void (kind === "frameReceived" && back()) });
  if (!link.ok) throw new Error(link.error.message);
  const tookMs: number[] = [];
  for (let round = 0; round < ROUND_COUNT; round++) {
    const startMs = performance.now();
    await new Promise<void>((resolve) => {
      back = resolve;
      link.value.send(new Uint8Array(ECHO_BYTES));
    });
    tookMs.push(performance.now() - startMs);
  }
  link.value.close();
  await radio.close();
  return tookMs;
}

function rest(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

async function pairedHolder(car: Awaited<ReturnType<typeof startCar>>, attach: Attach): Promise<WalletFile> {
  const created = createWallet(crypto, { algorithm: "Ed25519", name: "bench" });
  if (!created.ok) throw new Error(created.error);
  const holder = { wallet: created.value, save: (wallet: Wallet) => void (holder.wallet = wallet) };
  car.dispatch({ kind: "claimRequested" });
  while (car.claim === undefined) await rest(1);
  const task = beginPairing({ crypto, random }, holder.wallet, { uri: car.claim.uri, label: "car" });
  if (!task.ok) throw new Error(task.error);
  await CarConnection.with(holder as unknown as WalletFile, { attach, target: { kind: "pairing", task: task.value } }, (connection) => connection.pair());
  return holder as unknown as WalletFile;
}
