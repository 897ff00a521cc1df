import { RelayDevice, type RelayDeviceWorld } from "./relay-device.ts";

const START = 0xa0;
const QUERY = 0xff;

/** A relay board of the LCUS family, of those that answer the query or of those that do not. */
export class LcusDevice extends RelayDevice {
  readonly #answersQuery: boolean;

  constructor(channelCount: number, answersQuery: boolean, world: RelayDeviceWorld) {
    super(channelCount, world);
    this.#answersQuery = answersQuery;
  }

  protected take(bytes: number[]): number[] {
    if (bytes[0] === QUERY) {
      if (this.#answersQuery) this.#tell();
      return bytes.slice(1);
    }
    if (bytes[0] !== START) return bytes.slice(1);
    if (bytes.length < 4) return bytes;
    const [start, channel = 0, action = 0, check] = bytes;
    const isFrame = channel >= 1 && channel <= this.channelCount && action <= 1 && check === ((start! + channel + action) & 0xff);
    if (!isFrame) return bytes.slice(1);
    this.switch(channel, action === 1);
    return bytes.slice(4);
  }

  #tell(): void {
    let text = "";
    for (let channel = 1; channel <= this.channelCount; channel++) text += `CH${channel}: ${this.isOn(channel) ? "ON" : "OFF"}\r\n`;
    if (this.fault === "badCheck") text = text.replaceAll(":", ";");
    this.answer(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  }
}
