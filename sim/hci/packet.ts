import { concat } from "../../firmware/base/index.ts";
import { EVENT, PACKET, STATUS } from "./codes.ts";

/** Least significant byte first, as all of HCI. */
export function le16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff);
}

/** The 16 bits at `offset`, or 0 where the packet is shorter: a host's malformed packet is refused by what it then asks for. */
export function readLe16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

export function event(code: number, parameters: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(PACKET.event, code, parameters.length), parameters);
}

/** One command may follow: this controller takes them one after the other. */
export function commandComplete(opcode: number, status: number, results: Uint8Array = new Uint8Array(0)): Uint8Array {
  return event(EVENT.commandComplete, concat(Uint8Array.of(1), le16(opcode), Uint8Array.of(status), results));
}

export function commandStatus(opcode: number, status: number = STATUS.success): Uint8Array {
  return event(EVENT.commandStatus, concat(Uint8Array.of(status, 1), le16(opcode)));
}

export function leEvent(subevent: number, ...parameters: readonly Uint8Array[]): Uint8Array {
  return event(EVENT.leMeta, concat(Uint8Array.of(subevent), ...parameters));
}
