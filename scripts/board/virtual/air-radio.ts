import { carAntennas, locate, type Air, type LinkEnd, type Position, type Radio } from "../../../sim/air/index.ts";
import type { LinkId } from "../../../firmware/controller/index.ts";
import type { BoardRadio, RadioEvent } from "../board.ts";

/** The virtual car's own radio on the simulated air; where a device is, its antennas measure. */
export class AirRadio implements BoardRadio {
  readonly radio: Radio;
  readonly #air: Air;
  readonly #antennas;
  readonly #ends = new Map<LinkId, LinkEnd>();
  readonly #closing = new Set<LinkId>();
  readonly #zones = new Map<LinkId, string>();
  /** Whoever listens; the air reaches nobody before. */
  onEvent: ((event: RadioEvent) => void) | undefined;

  constructor(air: Air, name: string, position: Position) {
    this.#air = air;
    this.#antennas = carAntennas(position, name);
    this.radio = air.addRadio(name, { position }, {
      linkOpened: (end) => {
        this.#ends.set(end.linkNumber, end);
        this.onEvent?.({ kind: "linkOpened", link: end.linkNumber, attPayloadBytes: end.attPayloadBytes, proximity: "local" });
        this.#locate(end);
      },
      received: (end, bytes) => this.onEvent?.({ kind: "frameReceived", link: end.linkNumber, bytes }),
      linkClosed: (end) => {
        this.#ends.delete(end.linkNumber);
        this.#closing.delete(end.linkNumber);
        this.#zones.delete(end.linkNumber);
        this.onEvent?.({ kind: "linkClosed", link: end.linkNumber });
      },
      peerMoved: (end) => this.#locate(end),
    });
  }

  send(link: LinkId, bytes: Uint8Array): boolean {
    const end = this.#ends.get(link);
    if (end === undefined || this.#closing.has(link)) return false;
    end.send(bytes);
    return true;
  }

  closeLink(link: LinkId): void {
    this.#closing.add(link);
    this.#ends.get(link)?.close();
  }

  advertise(identity: Uint8Array, connectable: boolean): void {
    this.#air.advertise(this.radio, { identity, connectable });
  }

  close(): Promise<void> {
    this.onEvent = undefined;
    this.#air.advertise(this.radio, undefined);
    for (const end of this.#ends.values()) end.close();
    return Promise.resolve();
  }

  #locate(end: LinkEnd): void {
    const link = end.linkNumber;
    if (!this.#ends.has(link)) return;
    const zone = locate(this.#air, this.#antennas, end.peer);
    if (this.#zones.get(link) === zone) return;
    this.#zones.set(link, zone);
    this.onEvent?.({ kind: "deviceLocated", link, zone });
  }
}
