import type { LinkId } from "../../firmware/controller/index.ts";
import type { CarRadio, CarRadioEvent, KeyRadioLink } from "../radio/index.ts";
import { connect, watchAdvertisement, type UnixAddress } from "../socket-radio/index.ts";

/** Frames of one link that may come while its connection to the car is being made: a key writes one and waits. */
const EARLY_FRAME_COUNT_MAX = 32;

export interface BridgeOptions {
  /** Where the car listens for radios. */
  readonly at: UnixAddress;
  readonly openRadio: (onEvent: (event: CarRadioEvent) => void) => CarRadio;
  /** Once: the car is gone, so this process has nothing left to do. */
  readonly onCarGone: (why: string) => void;
}

/**
 * Joins a radio to a car that runs in another process: each link of the radio becomes one connection to the car's socket, and what
 * the car advertises there the radio shows. The car sees plain links and runs without a right to any radio.
 */
export function bridgeRadio(options: BridgeOptions): CarRadio {
  const links = new Map<LinkId, BridgedLink>();
  const radio = options.openRadio((event) => {
    switch (event.kind) {
      case "linkOpened":
        links.set(event.link, new BridgedLink(radio, event.link, event.attPayloadBytes, options.at));
        return;
      case "frameReceived":
        return links.get(event.link)?.toCar(event.bytes);
      case "linkClosed":
        links.get(event.link)?.close();
        links.delete(event.link);
        return;
      case "attPayloadChanged":
      case "deviceLocated":
      case "rangeMeasured":
        // A connection to the car keeps the size it began with, and nobody but the car's own antennas says where a device is.
        return;
    }
  });
  watchAdvertisement({
    at: options.at,
    onAdvertisement: (identity, connectable) => radio.advertise(identity, connectable),
    onEnd: options.onCarGone,
  });
  return radio;
}

class BridgedLink {
  readonly #radio: CarRadio;
  readonly #id: LinkId;
  readonly #attPayloadBytes: number;
  readonly #early: Uint8Array[] = [];
  #car: KeyRadioLink | undefined;
  #closed = false;

  constructor(radio: CarRadio, id: LinkId, attPayloadBytes: number, at: UnixAddress) {
    this.#radio = radio;
    this.#id = id;
    this.#attPayloadBytes = attPayloadBytes;
    void this.#open(attPayloadBytes, at);
  }

  async #open(attPayloadBytes: number, at: UnixAddress): Promise<void> {
    const opened = await connect({
      at,
      attPayloadBytes,
      onEvent: (event) => {
        if (event.kind === "frameReceived") this.#radio.send(this.#id, event.bytes);
        else if (event.kind === "closed") this.#radio.closeLink(this.#id);
      },
    });
    if (!opened.ok) return this.#radio.closeLink(this.#id);
    if (this.#closed) return opened.value.close();
    this.#car = opened.value;
    for (const frame of this.#early.splice(0)) this.#car.send(frame);
  }

  toCar(frame: Uint8Array): void {
    if (frame.length > this.#attPayloadBytes) this.#radio.closeLink(this.#id);
    else if (this.#car !== undefined) this.#car.send(frame);
    else if (this.#early.push(frame) > EARLY_FRAME_COUNT_MAX) this.#radio.closeLink(this.#id);
  }

  close(): void {
    this.#closed = true;
    this.#car?.close();
  }
}
