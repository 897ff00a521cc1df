import { assert } from "../../firmware/base/index.ts";
import type { LinkId } from "../../firmware/controller/index.ts";
import { HealthWatch, type ResetStep } from "../../firmware/health/index.ts";
import type { RandomPort } from "../../firmware/ports/index.ts";
import { DEFAULT_DRIVER, type BluetoothDriver } from "../ble/index.ts";
import { createMonotonicClock } from "../clock/index.ts";
import type { CarRadio, CarRadioEvent, Dialect, TeslaAdvertisement } from "../radio/index.ts";
import { Advertiser } from "./advertiser.ts";
import { BackOff } from "./back-off.ts";
import type { AdapterState, Bleno, BlenoHci, Update } from "./bleno.ts";
import { Central } from "./central.ts";
import { Crowd } from "./crowd.ts";
import { gattServer } from "./gatt-server.ts";
import { guardAgainstMalformed, VALUE_BYTES_MAX } from "./malformed-guard.ts";
import { Outbox } from "./outbox.ts";
import { refusePairing } from "./pairing-refusal.ts";

export type { Bleno } from "./bleno.ts";
export { loadBleno } from "./load.ts";

/** How long a central may stay without subscribing: discovery on a slow link takes a second or two. */
export const SUBSCRIBE_TIMEOUT_MS = 5000;

/** A link that has lasted so long was closed because it was idle, and its central may come again: Tesla's clients do so for each poll. */
const LASTING_LINK_MS = 30_000;

/** How long a central may take to confirm what was sent before a close. */
const CLOSE_TIMEOUT_MS = 1000;

/** How long an adapter may take to end a connection: the supervision timeouts that phones choose. */
export const HANG_UP_TIMEOUT_MS = 10_000;

export interface BleCarOptions {
  readonly bleno: Bleno;
  /** Which kind of bleno that is (default: {@link DEFAULT_DRIVER}). */
  readonly driver?: BluetoothDriver;
  /** Native alone, unless given: with Tesla there is a second service, and anybody can recognise the car by its name. */
  readonly dialects?: readonly Dialect[];
  readonly random: RandomPort;
  readonly onEvent: (event: CarRadioEvent) => void;
  /** One line about trouble with the adapter or a central: what happened and what is done about it. */
  readonly onTrouble: (message: string) => void;
  /** The last step of the reset ladder: this process is to end and be started again. */
  readonly onFailed: () => void;
}

/**
 * The car's radio over bleno: a GATT service for each dialect, as many links at a time as its driver has connections.
 *
 * bleno is a singleton that cannot be closed: `close` drops its links and its advertisement, the process must end.
 */
export function openBleCar(options: BleCarOptions): CarRadio {
  return new BleCar(options);
}

class BleCar implements CarRadio {
  readonly #bleno: Bleno;
  readonly #hci: BlenoHci;
  readonly #options: BleCarOptions;
  readonly #connectionCountMax: number;
  readonly #advertiser: Advertiser;
  readonly #backOff = new BackOff();
  readonly #crowd: Crowd;
  readonly #clock = createMonotonicClock();
  readonly #health: HealthWatch;
  readonly #dialects: readonly Dialect[];
  readonly #services: readonly object[];
  /** By the handle of their connection. */
  readonly #centrals = new Map<number, Central>();
  #shown: { readonly identity: Uint8Array; readonly connectable: boolean; readonly tesla: TeslaAdvertisement | undefined } | undefined;
  #linkCount = 0;
  #state: AdapterState = "unknown";
  #resetting = false;
  #closed = false;

  constructor(options: BleCarOptions) {
    const { bleno, driver = DEFAULT_DRIVER, dialects = ["native"], onTrouble } = options;
    this.#options = options;
    this.#dialects = dialects;
    this.#bleno = bleno;
    this.#hci = bleno._bindings._hci;
    this.#advertiser = new Advertiser(bleno, options.random);
    this.#crowd = new Crowd(onTrouble);
    this.#health = new HealthWatch({
      ask: () => this.#hci.readLocalVersion(),
      take: (step) => this.#climb(step),
      after: (durationMs, then) => {
        const timer = setTimeout(then, durationMs);
        return () => clearTimeout(timer);
      },
    });
    const server = gattServer(bleno, driver);
    this.#connectionCountMax = server.connectionCountMax;
    this.#services = server.listen(dialects, {
      accepted: (address, handle) => this.#accepted(address, handle),
      ended: (handle) => this.#ended(handle),
      mtuChanged: (handle, mtu) => this.#mtuChanged(handle, mtu),
      subscribed: (handle, dialect, update) => this.#subscribed(handle, dialect, update),
      unsubscribed: (handle, dialect) => this.#unsubscribed(handle, dialect),
      read: (handle, dialect) => this.#read(handle, dialect),
      written: (handle, dialect, data, offset) => this.#written(handle, dialect, data, offset),
      // Later: bleno forgets which value waits for its confirmation after this call, and would forget one that was sent within it.
      confirmed: (handle) => queueMicrotask(() => this.#centrals.get(handle)?.outbox?.confirmed()),
    });
    refusePairing(bleno);
    guardAgainstMalformed(bleno, (why, handle) => this.#malformed(why, handle));
    this.#hci.on("readLocalVersion", () => this.#answered());
    bleno.on("stateChange", (state: AdapterState) => this.#stateChanged(state));
    // States of the first moment come out before a listener of `stateChange` is attached.
    this.#stateChanged(bleno.state);
    this.#health.start();
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
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - central.linkedMs < LASTING_LINK_MS) this.#backOff.closed(central.address, nowMs);
    central.leaving = true;
    central.timer = setTimeout(() => this.#hangUp(central), CLOSE_TIMEOUT_MS);
    central.outbox?.whenEmpty(() => this.#hangUp(central));
  }

  advertise(identity: Uint8Array, connectable: boolean, tesla?: TeslaAdvertisement): void {
    this.#shown = { identity, connectable, tesla: this.#dialects.includes("tesla") ? tesla : undefined };
    this.#advertise();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#health.stop();
    this.#advertiser.stop();
    for (const central of this.#centrals.values()) this.#hangUp(central);
    this.#forgetAll();
    return Promise.resolve();
  }

  #stateChanged(state: AdapterState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    if (state === "poweredOn") {
      this.#bleno.setServices([...this.#services]);
      this.#advertise();
    } else if (state !== "unknown") {
      this.#options.onTrouble(`the Bluetooth adapter is ${state}`);
    }
  }

  /**
   * Shows what is to be shown. A bleno with one connection shows nothing while that is taken: a second would take its place, and neither
   * would notice; one with several goes on, and says when there is no room.
   */
  #advertise(): void {
    if (this.#closed || this.#state !== "poweredOn" || this.#shown === undefined) return;
    const isFull = this.#centrals.size >= this.#connectionCountMax;
    if (isFull && this.#connectionCountMax === 1) return;
    const { identity, tesla } = this.#shown;
    const connectable = this.#dialects.some((dialect) => this.#isConnectable(dialect));
    this.#advertiser.start({ identity, connectable: connectable && !isFull, localName: tesla?.localName });
  }

  /** One advertisement serves all dialects: who comes for one that is not connectable is turned away then. */
  #isConnectable(dialect: Dialect): boolean {
    return (dialect === "tesla" ? this.#shown?.tesla : this.#shown)?.connectable === true;
  }

  #accepted(address: string, handle: number): void {
    if (this.#closed) return;
    this.#forget(handle);
    const isCrowded = this.#centrals.size >= this.#connectionCountMax;
    if (isCrowded && this.#connectionCountMax === 1) this.#displace();
    const central = new Central(address, handle);
    this.#centrals.set(handle, central);
    if (this.#centrals.size === this.#connectionCountMax && !isCrowded) this.#advertise();
    if (isCrowded) return this.#drop(central, "it came while every connection was taken");
    if (this.#backOff.holds(address, this.#clock.monotonicMs())) return this.#hangUp(central);
    central.timer = setTimeout(() => this.#drop(central, "it did not subscribe"), SUBSCRIBE_TIMEOUT_MS);
  }

  /** A second connection has taken the place of the only one. */
  #displace(): void {
    for (const { handle } of [...this.#centrals.values()]) {
      this.#forget(handle);
      this.#hci.disconnect(handle);
    }
  }

  #mtuChanged(handle: number, mtu: number): void {
    const central = this.#centrals.get(handle);
    const grownBytes = central?.agree(mtu) ?? 0;
    if (central?.link === undefined || grownBytes === 0) return;
    // Frames of the size agreed on before may be on their way from the car.
    if (grownBytes < 0) return this.#drop(central, "it made its room for frames smaller");
    this.#options.onEvent({ kind: "attPayloadChanged", link: central.link, attPayloadBytes: central.attPayloadBytes });
  }

  #subscribed(handle: number, dialect: Dialect, update: Update): void {
    const central = this.#centrals.get(handle);
    if (central === undefined || central.leaving || central.link !== undefined) return;
    clearTimeout(central.timer);
    if (!this.#isConnectable(dialect)) {
      this.#backOff.closed(central.address, this.#clock.monotonicMs());
      return this.#hangUp(central);
    }
    central.dialect = dialect;
    central.outbox = new Outbox(update, () => this.#drop(central, "it confirms nothing"));
    central.link = ++this.#linkCount;
    central.linkedMs = this.#clock.monotonicMs();
    this.#options.onEvent({ kind: "linkOpened", link: central.link, attPayloadBytes: central.attPayloadBytes, proximity: "local", ...(dialect === "tesla" && { dialect }) });
  }

  #unsubscribed(handle: number, dialect: Dialect): void {
    const central = this.#centrals.get(handle);
    if (central === undefined || central.dialect !== dialect) return;
    // bleno says this of a lost connection too, just before it says that.
    queueMicrotask(() => {
      if (this.#centrals.get(handle) === central) this.#hangUp(central);
    });
    central.leaving = true;
  }

  #read(handle: number, dialect: Dialect): void {
    const central = this.#centrals.get(handle);
    if (central?.link === undefined || central.leaving || central.dialect !== dialect) return;
    this.#options.onEvent({ kind: "linkUsed", link: central.link });
  }

  #written(handle: number, dialect: Dialect, data: Buffer, offset: number): void {
    const central = this.#centrals.get(handle);
    if (central === undefined || central.leaving) return;
    if (central.link === undefined || central.dialect !== dialect) return this.#drop(central, "it wrote before it subscribed");
    // Stacks of Tesla clients write what is longer than the payload in one long write: to the car it is a byte stream, cut anywhere.
    const bytesMax = dialect === "tesla" ? VALUE_BYTES_MAX : central.attPayloadBytes;
    if (offset !== 0 || data.length < 1 || data.length > bytesMax) return this.#drop(central, "it wrote what is no frame");
    for (let at = 0; at < data.length; at += central.attPayloadBytes) {
      this.#options.onEvent({ kind: "frameReceived", link: central.link, bytes: Uint8Array.from(data.subarray(at, at + central.attPayloadBytes)) });
    }
  }

  #malformed(why: string, handle: number | undefined): void {
    const central = handle === undefined ? undefined : this.#centrals.get(handle);
    if (central === undefined) this.#options.onTrouble(`a malformed packet was dropped (${why})`);
    else if (!central.leaving) this.#drop(central, `it sent a malformed packet: ${why}`);
  }

  /** Ends the connection of a central that misbehaves, and keeps its address away for a while. */
  #drop(central: Central, why: string): void {
    const nowMs = this.#clock.monotonicMs();
    this.#backOff.dropped(central.address, nowMs);
    this.#options.onTrouble(`a central was dropped: ${why}`);
    this.#hangUp(central);
    this.#crowd.dropped(nowMs);
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
    if (this.#centrals.get(central.handle) === central) this.#ended(central.handle);
  }

  #ended(handle: number): void {
    this.#forget(handle);
    this.#advertise();
  }

  #forget(handle: number): void {
    const central = this.#centrals.get(handle);
    if (central === undefined) return;
    this.#centrals.delete(handle);
    central.forget();
    if (central.link !== undefined && !this.#closed) this.#options.onEvent({ kind: "linkClosed", link: central.link });
  }

  #forgetAll(): void {
    for (const handle of [...this.#centrals.keys()]) this.#forget(handle);
  }

  #linked(link: LinkId): Central | undefined {
    for (const central of this.#centrals.values()) if (central.link === link) return central;
    return undefined;
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
        this.#forgetAll();
        this.#resetting = true;
        return this.#hci.reset();
      case "restartProcess":
        this.#options.onTrouble("the Bluetooth adapter is beyond a reset: the radio starts again");
        this.#forgetAll();
        return this.#options.onFailed();
    }
  }
}
