import type { LinkId } from "../../firmware/controller/index.ts";
import type { CarRadio, CarRadioEvent } from "../radio/index.ts";
import { connect, watchAdvertisement, type SocketLink, type UnixAddress } from "../socket-radio/index.ts";

/**
 * Frames of one link that may come while its connection to the car is being made: a key writes one and waits, a Tesla client one message
 * of 1024 bytes in pieces, of 18 bytes where they are smallest.
 */
const EARLY_FRAME_COUNT_MAX = 64;

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
        links.set(event.link, new BridgedLink(radio, event, options.at));
        return;
      case "frameReceived":
        return links.get(event.link)?.toCar(event.bytes);
      case "linkUsed":
        return links.get(event.link)?.used();
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
    onAdvertisement: (identity, connectable, tesla) => radio.advertise(identity, connectable, tesla),
    onEnd: options.onCarGone,
  });
  return radio;
}

type LinkOpened = Extract<CarRadioEvent, { kind: "linkOpened" }>;

class BridgedLink {
  readonly #radio: CarRadio;
  readonly #id: LinkId;
  readonly #opened: LinkOpened;
  readonly #early: Uint8Array[] = [];
  #car: SocketLink | undefined;
  #closed = false;

  constructor(radio: CarRadio, opened: LinkOpened, at: UnixAddress) {
    this.#radio = radio;
    this.#id = opened.link;
    this.#opened = opened;
    void this.#open(at);
  }

  async #open(at: UnixAddress): Promise<void> {
    const opened = await connect({
      at,
      attPayloadBytes: this.#opened.attPayloadBytes,
      dialect: this.#opened.dialect,
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
    const { attPayloadBytes, dialect } = this.#opened;
    if (dialect === "tesla" && frame.length > attPayloadBytes) {
      // A larger MTU, asked for after the link opened: pieces of a byte stream may be cut anywhere.
      this.toCar(frame.subarray(0, attPayloadBytes));
      this.toCar(frame.subarray(attPayloadBytes));
    } else if (frame.length > attPayloadBytes) this.#radio.closeLink(this.#id);
    else if (this.#car !== undefined) this.#car.send(frame);
    else if (this.#early.push(frame) > EARLY_FRAME_COUNT_MAX) this.#radio.closeLink(this.#id);
  }

  used(): void {
    this.#car?.used();
  }

  close(): void {
    this.#closed = true;
    this.#car?.close();
  }
}
