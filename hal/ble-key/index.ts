import { assert, err, ok, type Result } from "../../firmware/base/index.ts";
import { ATT_HEADER_BYTES, ATT_MTU_MIN, FROM_CAR_UUID, SERVICE_UUID, TO_CAR_UUID } from "../ble/index.ts";
import type { KeyRadioEvent, KeyRadioLink } from "../radio/index.ts";
import { within } from "./deadline.ts";
import { tame, type Noble, type Peripheral, type RemoteCharacteristic } from "./noble.ts";
import { search, SEARCH_TIMEOUT_MS, type Recognise, type Sighting } from "./search.ts";

export { within } from "./deadline.ts";
export { tame, type Noble, type Peripheral, type RemoteCharacteristic } from "./noble.ts";
export { loadNoble } from "./load.ts";

/** How long the adapter may take to be ready. */
export const ADAPTER_TIMEOUT_MS = 5000;
/** A car advertises every 100 ms; one that was in reach a moment ago and answers no request within this time has gone. */
export const CONNECT_TIMEOUT_MS = 5000;
/** Discovery and subscription take some ten round trips: 0.6 s at 30 ms intervals. */
export const DISCOVER_TIMEOUT_MS = 10_000;

export interface ConnectBleFault {
  readonly kind: "noAdapter" | "notFound" | "unreachable" | "notARadio";
  readonly message: string;
}

export interface ConnectBleOptions {
  readonly recognise: Recognise;
  readonly onEvent: (event: KeyRadioEvent) => void;
}

/** The radio of a key over noble. noble cannot be closed: the process must end. */
export class BleKey {
  readonly #noble: Noble;

  constructor(noble: Noble) {
    this.#noble = noble;
    tame(noble);
  }

  /**
   * Finds the car, connects, subscribes. Every step is bounded in time; never rejects. Where a link breaks on the way, as links do at
   * the edge of their reach, the car is looked for again for as long as a search may take: nothing has been asked of it yet.
   */
  async connect(options: ConnectBleOptions): Promise<Result<KeyRadioLink, ConnectBleFault>> {
    const state = await ready(this.#noble);
    if (state !== "poweredOn") return err({ kind: "noAdapter", message: `the Bluetooth adapter is ${state ?? "silent"}: \`latchkey doctor\` says what is missing` });
    const untilMs = performance.now() + SEARCH_TIMEOUT_MS;
    /** Unknown cars that have failed once: others are tried before the search ends. */
    const passedOver = new Set<string>();
    let fault: ConnectBleFault = { kind: "notFound", message: "no car is in reach: go nearer, and see that the car's radio runs" };
    for (let leftMs = SEARCH_TIMEOUT_MS; leftMs > 0; leftMs = untilMs - performance.now()) {
      const sighting = await search(this.#noble, { recognise: options.recognise, passedOver, timeoutMs: leftMs });
      if (sighting === undefined) break;
      const attached = await attach(sighting, options);
      if (attached.ok) return attached;
      fault = attached.error;
      passedOver.add(sighting.peripheral.id);
    }
    return err(fault);
  }
}

function ready(noble: Noble): Promise<string | undefined> {
  if (noble._state !== "unknown") return Promise.resolve(noble._state);
  return within<string>(ADAPTER_TIMEOUT_MS, (done) => noble.once("stateChange", done));
}

async function attach(sighting: Sighting, options: ConnectBleOptions): Promise<Result<KeyRadioLink, ConnectBleFault>> {
  const { peripheral } = sighting;
  // What an earlier attempt left waiting would take this one's link for its own.
  peripheral.removeAllListeners("connect");
  const connected = await within<boolean>(CONNECT_TIMEOUT_MS, (done) => peripheral.connect((error) => done(!error)));
  if (connected !== true) {
    peripheral.cancelConnect();
    // The link may have come about in the very moment in which it was given up; nobody would ever close it.
    peripheral.once("connect", (error?: Error) => {
      if (!error) peripheral.disconnect();
    });
    return err({ kind: "unreachable", message: "the car was seen but does not answer: go nearer and try again" });
  }
  const characteristics = await discover(peripheral);
  if (characteristics === undefined) {
    if (peripheral.state === "connected") peripheral.disconnect();
    return err({ kind: "notARadio", message: "what was found is no car that this key understands, or the link broke: try again" });
  }
  options.onEvent({ kind: "advertised", identity: sighting.identity, connectable: true });
  return ok(new BleKeyLink(peripheral, characteristics, options.onEvent));
}

interface Characteristics {
  readonly toCar: RemoteCharacteristic;
  readonly fromCar: RemoteCharacteristic;
  /** What the car has said since the subscription; ends with the call. */
  takeEarly(): readonly Uint8Array[];
}

async function discover(peripheral: Peripheral): Promise<Characteristics | undefined> {
  const lost = (cancel: () => void): (() => void) => {
    peripheral.once("disconnect", cancel);
    return () => void peripheral.removeListener("disconnect", cancel);
  };
  // A discovery that a broken link cut off before would run again with this one, and what it finds would take the place of what this one found.
  peripheral.removeAllListeners("servicesDiscover");
  const found = await within<readonly RemoteCharacteristic[] | null>(
    DISCOVER_TIMEOUT_MS,
    (done) => peripheral.discoverSomeServicesAndCharacteristics([SERVICE_UUID], [TO_CAR_UUID, FROM_CAR_UUID], (error, _services, list) => done(error ? null : list)),
    lost,
  );
  const toCar = found?.find(({ uuid }) => uuid === TO_CAR_UUID);
  const fromCar = found?.find(({ uuid }) => uuid === FROM_CAR_UUID);
  if (toCar === undefined || fromCar === undefined) return undefined;
  // The car speaks first, and its frame may overtake the answer to the subscription.
  const early: Uint8Array[] = [];
  const hold = (data: Buffer): void => void (early.length < EARLY_COUNT_MAX && early.push(Uint8Array.from(data)));
  fromCar.on("data", hold);
  const takeEarly = (): readonly Uint8Array[] => {
    fromCar.removeListener("data", hold);
    return early;
  };
  const subscribed = await within<boolean>(DISCOVER_TIMEOUT_MS, (done) => fromCar.subscribe((error) => done(!error)), lost);
  if (subscribed === true) return { toCar, fromCar, takeEarly };
  takeEarly();
  return undefined;
}

/** Frames that are kept between the subscription and its answer. */
const EARLY_COUNT_MAX = 8;

class BleKeyLink implements KeyRadioLink {
  readonly attPayloadBytes: number;
  readonly #peripheral: Peripheral;
  readonly #toCar: RemoteCharacteristic;
  #open = true;

  constructor(peripheral: Peripheral, { toCar, fromCar, takeEarly }: Characteristics, onEvent: (event: KeyRadioEvent) => void) {
    this.#peripheral = peripheral;
    this.#toCar = toCar;
    this.attPayloadBytes = (peripheral.mtu ?? ATT_MTU_MIN) - ATT_HEADER_BYTES;
    const received = (data: Buffer): void => onEvent({ kind: "frameReceived", bytes: Uint8Array.from(data) });
    for (const bytes of takeEarly()) onEvent({ kind: "frameReceived", bytes });
    fromCar.on("data", received);
    peripheral.once("disconnect", () => {
      fromCar.removeListener("data", received);
      const why = this.#open ? "the Bluetooth link broke" : "closed by this side";
      this.#open = false;
      onEvent({ kind: "closed", why });
    });
  }

  send(bytes: Uint8Array): boolean {
    assert(bytes.length >= 1 && bytes.length <= this.attPayloadBytes, "a frame fits the ATT payload of its link");
    if (!this.#open || this.#peripheral.state !== "connected") return false;
    this.#toCar.write(Buffer.from(bytes), true);
    return true;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#peripheral.disconnect();
  }
}
