import type { Scheduler } from "../hci/index.ts";

/** What is wrong with a relay board. */
export type RelayFault =
  | "none"
  /** Takes commands, answers nothing. */
  | "silent"
  /** Takes nothing either. */
  | "deaf"
  /** The relays no longer move, whatever the electronics say. */
  | "stuckRelay"
  /** Other bytes before each answer. */
  | "noise"
  /** Answers with a wrong check. */
  | "badCheck"
  /** Answers after {@link LATE_MS}. */
  | "late";

/** Later than any driver waits. */
export const LATE_MS = 1_000;
/** Until an answer begins. */
const ANSWER_MS = 5;
const NOISE = Uint8Array.of(0x00, 0x55, 0x3a, 0xfe);

export interface RelayDeviceWorld {
  readonly scheduler: Scheduler;
  /** What the board sends. */
  answer(bytes: Uint8Array): void;
  /** A relay has moved. */
  moved(channel: number, on: boolean): void;
}

/** A relay board as a machine of bytes. Frames may come in pieces; what makes no frame is dropped byte by byte. */
export abstract class RelayDevice {
  fault: RelayFault = "none";
  readonly #world: RelayDeviceWorld;
  readonly #relays: boolean[];
  #bytes: number[] = [];

  constructor(channelCount: number, world: RelayDeviceWorld) {
    this.#world = world;
    this.#relays = new Array<boolean>(channelCount).fill(false);
  }

  get channelCount(): number {
    return this.#relays.length;
  }

  isOn(channel: number): boolean {
    return this.#relays[channel - 1] === true;
  }

  receive(bytes: Uint8Array): void {
    if (this.fault === "deaf") return;
    for (const byte of bytes) {
      this.#bytes.push(byte);
      this.#bytes = this.take(this.#bytes);
    }
  }

  /** Power comes back: every relay is off. */
  restart(): void {
    this.#bytes = [];
    for (let channel = 1; channel <= this.channelCount; channel++) this.switch(channel, false);
  }

  /** Acts on the frame at the front, if it is whole, and gives the bytes that remain. */
  protected abstract take(bytes: number[]): number[];

  protected switch(channel: number, on: boolean): void {
    if (this.fault === "stuckRelay" || this.isOn(channel) === on) return;
    this.#relays[channel - 1] = on;
    this.#world.moved(channel, on);
  }

  protected answer(bytes: Uint8Array): void {
    if (this.fault === "silent") return;
    const sent = this.fault === "noise" ? Uint8Array.of(...NOISE, ...bytes) : bytes;
    this.#world.scheduler.after(this.fault === "late" ? LATE_MS : ANSWER_MS, () => this.#world.answer(sent));
  }
}
