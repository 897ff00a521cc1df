import type { EventEmitter } from "node:events";
import { hciSocketPackage, DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { numberOf } from "../../hal/bluetooth-check/index.ts";
import { EVENT, OPCODE, PACKET } from "../../sim/hci/index.ts";
import type { HciPort } from "./raw-central.ts";

/** How long a real adapter may take to reset. */
const RESET_TIMEOUT_MS = 5000;

interface HciSocket extends EventEmitter {
  bindUser(device: number): number;
  start(): void;
  write(packet: Buffer): void;
}

/** The adapter's user channel without a host stack on it, reset. The process must end to let go of it. */
export async function openNativeAdapter(adapter: string): Promise<HciPort> {
  const { default: Socket } = (await import(hciSocketPackage(DEFAULT_DRIVER))) as { default: new () => HciSocket };
  const socket = new Socket();
  let receive: (packet: Uint8Array) => void = () => undefined;
  socket.on("error", (error: Error) => {
    throw error;
  });
  socket.bindUser(numberOf(adapter));
  const isReset = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${adapter} has not answered a reset`)), RESET_TIMEOUT_MS);
    receive = (packet) => {
      if (packet[0] !== PACKET.event || packet[1] !== EVENT.commandComplete || (packet[4]! | (packet[5]! << 8)) !== OPCODE.reset) return;
      clearTimeout(timer);
      resolve();
    };
  });
  socket.on("data", (packet: Buffer) => receive(Uint8Array.from(packet)));
  socket.start();
  const write = (packet: Uint8Array): void => socket.write(Buffer.from(packet));
  const command = (opcode: number, ...parameters: readonly number[]): void => write(Uint8Array.of(PACKET.command, opcode & 0xff, opcode >> 8, parameters.length, ...parameters));
  command(OPCODE.reset);
  await isReset;
  // All events that a central hears: connections, their ends, advertisements.
  command(OPCODE.setEventMask, 0xff, 0xff, 0xfb, 0xff, 0x07, 0xf8, 0xbf, 0x3d);
  command(OPCODE.leSetEventMask, 0x1f, 0, 0, 0, 0, 0, 0, 0);
  return { attach: (listener) => (receive = listener), receive: write };
}
