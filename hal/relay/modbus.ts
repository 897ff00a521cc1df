import type { ChannelState, RelayProtocol } from "./protocol.ts";

const WRITE_SINGLE_COIL = 0x05;
const FRAME_BYTES = 8;

/** CRC-16/MODBUS, sent low byte first (Modbus over Serial Line 1.02 section 2.5.1.2). */
export function modbusCrc(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/**
 * Relay boards that speak Modbus RTU: function 05 (Write Single Coil, Modbus Application Protocol 1.1b3 section 6.5), channel 1 at
 * coil 0. The answer repeats the request, so that each command is confirmed.
 *
 * @param address of the board on its bus, 1 to 247.
 */
export function modbus(address: number): RelayProtocol {
  return {
    kind: "modbus",
    baudRate: 9600,
    channelCountMax: 16,
    gapMs: 10,
    // A frame takes 8 ms each way; shorter than the shortest pulse, so that a failure is told before the pulse is over.
    answerTimeoutMs: 100,
    confirms: "always",
    query: undefined,
    command: (channel, on) => {
      const frame = new Uint8Array(FRAME_BYTES);
      frame.set([address, WRITE_SINGLE_COIL, 0, channel - 1, on ? 0xff : 0x00, 0x00]);
      new DataView(frame.buffer).setUint16(6, modbusCrc(frame.subarray(0, 6)), true);
      return frame;
    },
    read: (bytes) => {
      const states: ChannelState[] = [];
      let used = 0;
      while (bytes.length - used >= FRAME_BYTES) {
        const state = confirmation(address, bytes.subarray(used, used + FRAME_BYTES));
        if (state !== undefined) states.push(state);
        used += state === undefined ? 1 : FRAME_BYTES;
      }
      return { used, states };
    },
  };
}

function confirmation(address: number, frame: Uint8Array): ChannelState | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, FRAME_BYTES);
  const value = view.getUint16(4);
  if (frame[0] !== address || frame[1] !== WRITE_SINGLE_COIL || (value !== 0xff00 && value !== 0)) return undefined;
  if (view.getUint16(6, true) !== modbusCrc(frame.subarray(0, 6))) return undefined;
  return { channel: view.getUint16(2) + 1, on: value === 0xff00 };
}
