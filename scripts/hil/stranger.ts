import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fromHex, toHex } from "../../firmware/base/index.ts";
import { advertisingData, scanResponseData, SERVICE_UUID, uuidBytes } from "../../hal/ble/index.ts";
import { ADDRESS_TYPE, ADVERTISING, EVENT, LE_EVENT, OPCODE, PACKET } from "../../sim/hci/index.ts";
import { runAct } from "./act.ts";
import { MALFORMED } from "./malformed.ts";
import { openNativeAdapter } from "./native-adapter.ts";
import { ATT, HANDLE, RawCentral, type HciPort, type RawTarget } from "./raw-central.ts";

/**
 * What strangers do to a car, from an adapter without a host stack. Prints a sentence; exit 0 where the car took it as it should.
 *
 * Usage: node dist/scripts/hil/stranger.js --adapter hci1 --act hold|malformed|garbage|replay|vanish|roundtrip|show [--frames FILE] [--name NAME]
 */
const { values } = parseArgs({ options: { adapter: { type: "string", default: "hci1" }, act: { type: "string", default: "hold" }, frames: { type: "string" }, name: { type: "string" } } });

/** How long anything may take on an emulated processor. */
const WAIT_MS = 30_000;
const POLL_MS = 20;

const ROUND_COUNT = 11;

/** The rotating identity in an advertisement (docs/bluetooth.md). */
const IDENTITY_BYTES = 8;

const adapter = await openNativeAdapter(values.adapter);
const heard: { car?: RawTarget; data?: Uint8Array; scanResponse?: Uint8Array } = {};
const central = new RawCentral(listening(adapter));
await runAct({ hold, malformed, garbage, replay, vanish, roundtrip, show }, values.act);

/** Connects and says nothing. */
async function hold(): Promise<string> {
  await connect();
  const sinceMs = performance.now();
  await until("dropped", () => !central.isConnected);
  return `dropped after ${((performance.now() - sinceMs) / 1000).toFixed(1)} s of silence`;
}

/** Sends each packet that ends an unguarded bleno, under a new address each time. */
async function malformed(): Promise<string> {
  for (const [channel, text] of MALFORMED) {
    await connect();
    central.send(ATT.subscribe);
    central.send(fromHex(text)!, channel);
    await pause(100);
    await disconnect();
  }
  return `${MALFORMED.length} malformed packets, and the car takes connections as before`;
}

/** Too much, too fast, half frames, and the wrong attributes. */
async function garbage(): Promise<string> {
  await connect();
  central.send(ATT.subscribe);
  for (let handle = 1; handle <= 20; handle++) if (handle !== HANDLE.toCar && handle !== HANDLE.fromCarConfiguration) central.send(ATT.write(handle, randomBytes(10)));
  for (let i = 0; i < 200 && central.isConnected; i++) {
    central.send(ATT.write(HANDLE.toCar, randomBytes(1 + (i % 20))));
    if (i % 10 === 0) await pause(POLL_MS);
  }
  await until("dropped", () => !central.isConnected);
  return "dropped for what it wrote";
}

/** Sends recorded frames of an owner's unlock again. */
async function replay(): Promise<string> {
  const frames = readFileSync(values.frames!, "utf8").trim().split("\n").map((line) => fromHex(line)!);
  for (let first = 0; first < frames.length; first++) {
    await connect();
    central.send(Uint8Array.of(0x02, 0x00, 0x01));
    central.send(ATT.subscribe);
    for (const frame of frames.slice(first)) {
      await pause(200);
      if (!central.isConnected) break;
      central.send(ATT.write(HANDLE.toCar, frame));
      central.send(ATT.confirm);
    }
    await pause(500);
    await disconnect();
  }
  return `${frames.length} recorded frames sent again, from each of them on`;
}

/** Subscribes, and is gone without a word. */
async function vanish(): Promise<string> {
  await connect();
  central.send(ATT.subscribe);
  await pause(200);
  return "gone without a word";
}

/** Milliseconds of a bare request and its answer. */
async function roundtrip(): Promise<string> {
  await connect();
  const tookMs: number[] = [];
  for (let round = 0; round < ROUND_COUNT; round++) {
    const startMs = performance.now();
    const answered = central.nextReceived();
    central.send(ATT.read(HANDLE.deviceName));
    await answered;
    tookMs.push(performance.now() - startMs);
  }
  await disconnect();
  return `FIGURE roundtrip ${tookMs.sort((a, b) => a - b)[ROUND_COUNT >> 1]!.toFixed(1)} ${ROUND_COUNT}`;
}

/** Looks at what a car shows that speaks Tesla under `--name`, as a scanner that asks for the scan response. */
async function show(): Promise<string> {
  const scan = (on: number): void => central.command(OPCODE.leSetScanEnable, Uint8Array.of(on, 0));
  central.command(OPCODE.leSetScanParameters, Uint8Array.of(1, 0x10, 0, 0x10, 0, 0, 0));
  scan(1);
  await until("a car and its scan response on the air", () => heard.data !== undefined && heard.scanResponse !== undefined);
  scan(0);
  const [data, scanResponse] = [toHex(heard.data!), toHex(heard.scanResponse!)];
  const [head, name] = [toHex(advertisingData(new Uint8Array(IDENTITY_BYTES))).slice(0, -2 * IDENTITY_BYTES), toHex(scanResponseData(values.name!))];
  if (!data.startsWith(head) || data.length !== head.length + 2 * IDENTITY_BYTES || scanResponse !== name) throw new Error(`the car shows ${data} and ${scanResponse}`);
  if (heard.car!.addressType !== ADDRESS_TYPE.public) throw new Error("the car shows no public address");
  return `advertisement of ${heard.data!.length} bytes: service and identity; scan response of ${heard.scanResponse!.length}: ${values.name!}; public address`;
}

async function connect(): Promise<void> {
  await disconnect();
  // A static random address (Bluetooth Core 5.4 Vol 6 Part B section 1.3.2.1): the car has no reason yet to keep it away.
  const address = randomBytes(6);
  address[5]! |= 0xc0;
  central.setRandomAddress(address);
  delete heard.car;
  const scan = (on: number): void => central.command(OPCODE.leSetScanEnable, Uint8Array.of(on, 0));
  central.command(OPCODE.leSetScanParameters, Uint8Array.of(0, 0x10, 0, 0x10, 0, 1, 0));
  scan(1);
  await until("a car on the air", () => heard.car !== undefined);
  scan(0);
  central.connect(heard.car!);
  await until("connected", () => central.isConnected);
}

async function disconnect(): Promise<void> {
  if (!central.isConnected) return;
  central.disconnect();
  await until("disconnected", () => !central.isConnected);
}

/** Listens for the advertisement of a car besides. */
function listening(port: HciPort): HciPort {
  return {
    receive: (packet) => port.receive(packet),
    attach: (receive) =>
      port.attach((packet) => {
        if (packet[0] === PACKET.event && packet[1] === EVENT.leMeta && packet[3] === LE_EVENT.advertisingReport) report(packet);
        receive(packet);
      }),
  };
}

/** An advertising report: one event type, address type, address and data length each (Core 5.4 Vol 4 Part E section 7.7.65.2). */
function report(packet: Uint8Array): void {
  const data = packet.subarray(14, 14 + packet[13]!);
  if (packet[5] === ADVERTISING.scanResponse && heard.car !== undefined && toHex(packet.subarray(7, 13)) === toHex(heard.car.address)) heard.scanResponse = data.slice();
  if (packet[5] !== ADVERTISING.connectable || !Buffer.from(data).includes(Buffer.from(uuidBytes(SERVICE_UUID)))) return;
  heard.car = { addressType: packet[6]!, address: packet.slice(7, 13) };
  heard.data = data.slice();
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${WAIT_MS / 1000} s`);
    await pause(POLL_MS);
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
