import { RelayDevice, type RelayDeviceWorld } from "./relay-device.ts";

const WRITE_SINGLE_COIL = 0x05;
const EXCEPTION = 0x80;
const ILLEGAL_FUNCTION = 0x01;
const ILLEGAL_ADDRESS = 0x02;
const ILLEGAL_VALUE = 0x03;
const FRAME_BYTES = 8;

/** A relay board that speaks Modbus RTU, function 05 only. */
export class ModbusDevice extends RelayDevice {
  readonly #address: number;

  constructor(channelCount: number, address: number, world: RelayDeviceWorld) {
    super(channelCount, world);
    this.#address = address;
  }

  protected take(bytes: number[]): number[] {
    if (bytes[0] !== this.#address) return bytes.slice(1);
    if (bytes.length < FRAME_BYTES) return bytes;
    const frame = bytes.slice(0, FRAME_BYTES);
    if (crc16(frame) !== 0) return bytes.slice(1);
    const [, code = 0, coilHigh = 0, coilLow = 0, valueHigh = 0, valueLow = 0] = frame;
    const coil = coilHigh * 256 + coilLow;
    const value = valueHigh * 256 + valueLow;
    if (code !== WRITE_SINGLE_COIL) this.#refuse(code, ILLEGAL_FUNCTION);
    else if (coil >= this.channelCount) this.#refuse(code, ILLEGAL_ADDRESS);
    else if (value !== 0 && value !== 0xff00) this.#refuse(code, ILLEGAL_VALUE);
    else {
      this.switch(coil + 1, value !== 0);
      this.#send(frame.slice(0, 6));
    }
    return bytes.slice(FRAME_BYTES);
  }

  #refuse(code: number, why: number): void {
    this.#send([this.#address, code | EXCEPTION, why]);
  }

  #send(body: readonly number[]): void {
    const crc = crc16(body) ^ (this.fault === "badCheck" ? 1 : 0);
    this.answer(Uint8Array.of(...body, crc & 0xff, crc >> 8));
  }
}

/** CRC-16/MODBUS by its bits; of a frame that ends with its own CRC, low byte first, it is 0. */
function crc16(bytes: readonly number[]): number {
  return bytes.reduce((before, byte) => {
    let crc = before ^ byte;
    for (let bit = 0; bit < 8; bit++) crc = crc % 2 === 1 ? Math.floor(crc / 2) ^ 0xa001 : crc / 2;
    return crc;
  }, 0xffff);
}
