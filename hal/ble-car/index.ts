import type { EventEmitter } from "node:events";
import { assert } from "../../firmware/base/index.ts";
import type { LinkId } from "../../firmware/controller/index.ts";
import type { RandomPort } from "../../firmware/ports/index.ts";
import { FROM_CAR_UUID, SERVICE_UUID, TO_CAR_UUID } from "../ble/index.ts";
import { createMonotonicClock } from "../clock/index.ts";
import type { CarRadio, CarRadioEvent } from "../radio/index.ts";
import { Advertiser } from "./advertiser.ts";
import { BackOff } from "./back-off.ts";
import type { AdapterState, Bleno } from "./bleno.ts";
import { Central } from "./central.ts";
import { HealthWatch, type ResetStep } from "./health-watch.ts";
import { guardAgainstMalformed } from "./malformed-guard.ts";
import { Outbox } from "./outbox.ts";

export type { Bleno } from "./bleno.ts";
export { loadBleno } from "./load.ts";

/** How long a central may stay without subscribing: discovery on a slow link takes a second or two. */
export const SUBSCRIBE_TIMEOUT_MS = 5000;

/** How long a central may take to confirm what was sent before a close. */
const CLOSE_TIMEOUT_MS = 1000;

/** How long an adapter may take to end a connection: the supervision timeouts that phones choose. */
export const HANG_UP_TIMEOUT_MS = 10_000;

/** So many centrals dropped in so short a time are no accident. */
const CROWD_COUNT = 5;
const CROWD_WINDOW_MS = 60_000;

const ATT_SUCCESS = 0;

export interface BleCarOptions {
  readonly bleno: Bleno;
  readonly random: RandomPort;
  readonly onEvent: (event: CarRadioEvent) => void;
  /** One line about trouble with the adapter or a central: what happened and what is done about it. */
  readonly onTrouble: (message: string) => void;
  /** The last step of the reset ladder: this process is to end and be started again. */
  readonly onFailed: () => void;
}

/**
 * The car's radio over bleno: one GATT service, one link at a time.
 *
 * bleno is a singleton that cannot be closed: `close` drops its links and its advertisement, the process must end.
 */
export function openBleCar(options: BleCarOptions): CarRadio {
  return new BleCar(options);
}

class BleCar implements CarRadio {
  readonly #bleno: Bleno;
  readonly #options: BleCarOptions;
  readonly #advertiser: Advertiser;
  readonly #backOff = new BackOff();
  readonly #clock = createMonotonicClock();
  readonly #health: HealthWatch;
  readonly #service: object;
  #central: Central | undefined;
  #linkCount = 0;
  /** The last drops, at most {@link CROWD_COUNT} of them. */
  #droppedAtMs: readonly number[] = [];
  #quietUntilMs = 0;
  #state: AdapterState = "unknown";
  #resetting = false;
  #closed = false;

  constructor(options: BleCarOptions) {
    this.#options = options;
    this.#bleno = options.bleno;
    this.#advertiser = new Advertiser(options.bleno, options.random);
    this.#health = new HealthWatch({ ask: () => this.#hci.readLocalVersion(), take: (step) => this.#climb(step) });
    this.#service = this.#makeService();
    guardAgainstMalformed(this.#bleno, (why) => this.#malformed(why));
    this.#hci.on("readLocalVersion", () => this.#answered());
    this.#bleno.on("accept", (address: string) => this.#accepted(address));
    this.#bleno.on("disconnect", () => this.#disconnected());
    this.#bleno.on("mtuChange", (mtu: number) => this.#mtuChanged(mtu));
    this.#bleno.on("stateChange", (state: AdapterState) => this.#stateChanged(state));
    // States of the first moment come out before a listener of `stateChange` is attached.
    this.#stateChanged(this.#bleno.state);
    this.#health.start();
  }

  get #hci(): Bleno["_bindings"]["_hci"] {
    return this.#bleno._bindings._hci;
  }

  send(link: LinkId, bytes: Uint8Array): boolean {
    const central = this.#linked(link);
    if (central?.outbox === undefined || central.leaving) return false;
    assert(bytes.length >= 1 && bytes.length <= central.attPayloadBytes, "a frame fits the ATT payload of its link");
    if (central.outbox.push(bytes)) return true;
    this.#drop(central, "it does not read");
    return false;
  }

  closeLink(link: LinkId): void {
    const central = this.#linked(link);
    if (central === undefined || central.leaving) return;
    this.#backOff.closed(central.address, this.#clock.monotonicMs());
    central.leaving = true;
    central.timer = setTimeout(() => this.#hangUp(central), CLOSE_TIMEOUT_MS);
    central.outbox?.whenEmpty(() => this.#hangUp(central));
  }

  advertise(identity: Uint8Array, connectable: boolean): void {
    this.#advertiser.set({ identity, connectable });
    this.#advertise();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#health.stop();
    this.#advertiser.stop();
    if (this.#central !== undefined) this.#hangUp(this.#central);
    this.#forget();
    return Promise.resolve();
  }

  #makeService(): object {
    const { Characteristic, PrimaryService } = this.#bleno;
    const toCar = new Characteristic({
      uuid: TO_CAR_UUID,
      properties: ["write", "writeWithoutResponse"],
      onWriteRequest: (data, offset, _withoutResponse, answer) => {
        // Always success: an ATT error would leave a client on noble waiting for ever. What is wrong costs the link.
        answer(ATT_SUCCESS);
        this.#written(data, offset);
      },
    });
    const fromCar: EventEmitter = new Characteristic({
      uuid: FROM_CAR_UUID,
      properties: ["indicate"],
      onSubscribe: (_valueBytesMax, update) => this.#subscribed(update),
      onUnsubscribe: () => this.#unsubscribed(),
      // Later: bleno forgets which value waits for its confirmation after this call, and would forget one that was sent within it.
      onIndicate: () => queueMicrotask(() => this.#central?.outbox?.confirmed()),
    });
    return new PrimaryService({ uuid: SERVICE_UUID, characteristics: [toCar, fromCar] });
  }

  #stateChanged(state: AdapterState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    if (state === "poweredOn") {
      this.#bleno.setServices([this.#service]);
      this.#advertise();
    } else if (state !== "unknown") {
      this.#options.onTrouble(`the Bluetooth adapter is ${state}`);
    }
  }

  /** Never while a central is there: a second connection would take the first one's place, and neither would notice. */
  #advertise(): void {
    if (!this.#closed && this.#state === "poweredOn" && this.#central === undefined) this.#advertiser.start();
  }

  #accepted(address: string): void {
    if (this.#closed) return;
    const handle = this.#bleno._bindings._handle!;
    const before = this.#central;
    if (before !== undefined) {
      this.#forget();
      this.#hci.disconnect(before.handle);
    }
    const central = new Central(address, handle);
    this.#central = central;
    if (before !== undefined) return this.#drop(central, "it came while another was connected");
    if (this.#backOff.holds(address, this.#clock.monotonicMs())) return this.#hangUp(central);
    central.timer = setTimeout(() => this.#drop(central, "it did not subscribe"), SUBSCRIBE_TIMEOUT_MS);
  }

  #mtuChanged(mtu: number): void {
    const central = this.#central;
    if (central === undefined) return;
    central.agree(mtu);
    if (central.link !== undefined) this.#options.onEvent({ kind: "attPayloadChanged", link: central.link, attPayloadBytes: central.attPayloadBytes });
  }

  #subscribed(update: (value: Buffer) => void): void {
    const central = this.#central;
    if (central === undefined || central.leaving || central.link !== undefined) return;
    clearTimeout(central.timer);
    central.outbox = new Outbox(update, () => this.#drop(central, "it confirms nothing"));
    central.link = ++this.#linkCount;
    this.#options.onEvent({ kind: "linkOpened", link: central.link, attPayloadBytes: central.attPayloadBytes, proximity: "local" });
  }

  #unsubscribed(): void {
    const central = this.#central;
    if (central?.link === undefined) return;
    // bleno says this of a lost connection too, just before it says that.
    queueMicrotask(() => {
      if (this.#central === central) this.#hangUp(central);
    });
    central.leaving = true;
  }

  #written(data: Buffer, offset: number): void {
    const central = this.#central;
    if (central === undefined || central.leaving) return;
    if (central.link === undefined) return this.#drop(central, "it wrote before it subscribed");
    if (offset !== 0 || data.length < 1 || data.length > central.attPayloadBytes) return this.#drop(central, "it wrote what is no frame");
    this.#options.onEvent({ kind: "frameReceived", link: central.link, bytes: Uint8Array.from(data) });
  }

  #malformed(why: string): void {
    if (this.#central === undefined) this.#options.onTrouble(`a malformed packet was dropped (${why})`);
    else this.#drop(this.#central, `it sent a malformed packet: ${why}`);
  }

  /** Ends the connection of a central that misbehaves, and keeps its address away for a while. */
  #drop(central: Central, why: string): void {
    this.#backOff.dropped(central.address, this.#clock.monotonicMs());
    this.#options.onTrouble(`a central was dropped: ${why}`);
    this.#hangUp(central);
    this.#complainOfCrowd();
  }

  /** Once a minute at most: whoever reads the log has to know why an owner may not get through, and what works instead. */
  #complainOfCrowd(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#droppedAtMs = [...this.#droppedAtMs, nowMs].slice(-CROWD_COUNT);
    const isCrowd = this.#droppedAtMs.length === CROWD_COUNT && nowMs - this.#droppedAtMs[0]! < CROWD_WINDOW_MS;
    if (!isCrowd || nowMs < this.#quietUntilMs) return;
    this.#quietUntilMs = nowMs + CROWD_WINDOW_MS;
    this.#options.onTrouble(`strangers keep the radio busy (${CROWD_COUNT} dropped within a minute): an owner who does not get through takes the card, the PIN or the mechanical key`);
  }

  /** bleno's own `disconnect` does nothing for handle 0, which an adapter may give. */
  #hangUp(central: Central): void {
    central.leaving = true;
    clearTimeout(central.timer);
    central.timer = setTimeout(() => this.#gone(central), HANG_UP_TIMEOUT_MS);
    this.#hci.disconnect(central.handle);
  }

  /** The adapter has said nothing of the end of this connection: it has lost it, or loses it with the next one. */
  #gone(central: Central): void {
    if (this.#central === central) this.#disconnected();
  }

  #disconnected(): void {
    this.#forget();
    this.#advertise();
  }

  #forget(): void {
    const central = this.#central;
    this.#central = undefined;
    central?.forget();
    if (central?.link !== undefined && !this.#closed) this.#options.onEvent({ kind: "linkClosed", link: central.link });
  }

  #linked(link: LinkId): Central | undefined {
    return this.#central?.link === link ? this.#central : undefined;
  }

  #answered(): void {
    this.#health.alive();
    if (!this.#resetting) return;
    this.#resetting = false;
    this.#advertise();
  }

  #climb(step: ResetStep): void {
    switch (step) {
      case "restartAdvertising":
        this.#options.onTrouble("the Bluetooth adapter does not answer: advertising is started again");
        return this.#advertise();
      case "resetAdapter":
        this.#options.onTrouble("the Bluetooth adapter still does not answer: it is reset");
        this.#forget();
        this.#resetting = true;
        return this.#hci.reset();
      case "restartProcess":
        this.#options.onTrouble("the Bluetooth adapter is beyond a reset: the radio starts again");
        this.#forget();
        return this.#options.onFailed();
    }
  }
}
