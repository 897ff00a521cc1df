import type { Prng } from "../chance/index.ts";
import type { VirtualClock } from "../time/index.ts";
import { Link, type LinkEnd, type LinkMedium } from "./link.ts";
import { DEFAULT_AIR, lossPerMillion, meanRssiDbm, type AirSettings, type Place } from "./propagation.ts";
import type { Advertisement, Radio, RadioListener } from "./radio.ts";

/** Advertising intervals a device listens for before it gives a connection attempt up. */
const CONNECT_ATTEMPT_COUNT_MAX = 20;

/** What a passive receiver picked up. */
export interface Capture {
  readonly atMs: number;
  readonly kind: "advertisement" | "frame";
  /** Of a frame: which link it belongs to, as far as a listener can tell links apart. */
  readonly linkNumber: number | undefined;
  readonly rssiDbm: number;
  readonly bytes: Uint8Array;
}

interface RadioState extends Radio {
  place: Place;
  on: boolean;
  scanning: boolean;
  advertisement: Advertisement | undefined;
  readonly links: Set<LinkEnd>;
  listener: RadioListener;
}

/** Two boxes of attackers that forward packets between a place near a phone and a place near a car. */
export interface Relay {
  readonly nearPhone: Place;
  readonly nearCar: Place;
  /** Added to each packet on its way. */
  readonly addedMs: number;
}

/** The medium between all radios of a world. Order of everything is set by the clock and the order of calls. */
export class Air {
  readonly settings: AirSettings;
  readonly #clock: VirtualClock;
  readonly #prng: Prng;
  readonly #radios = new Set<RadioState>();
  readonly #scanners = new Set<RadioState>();
  readonly #advertisers = new Set<RadioState>();
  readonly #sniffers: { readonly place: Place; readonly heard: (capture: Capture) => void }[] = [];
  readonly #links = new Map<LinkEnd, Link>();
  readonly #medium: LinkMedium;
  #relay: Relay | undefined;
  #linkCount = 0;

  constructor(clock: VirtualClock, prng: Prng, settings: Partial<AirSettings> = {}) {
    this.#clock = clock;
    this.#prng = prng.fork("air");
    this.settings = { ...DEFAULT_AIR, ...settings };
    this.#medium = {
      clock,
      prng: this.#prng,
      settings: this.settings,
      rssiDbm: (a, b) => this.#pathDbm(a, b),
      addedMs: (a, b) => (this.hearsDirectly(a, b) ? 0 : (this.#relay?.addedMs ?? 0)),
      listenerOf: (radio) => (radio as RadioState).listener,
      overheard: (from, linkNumber, bytes) => this.#overheard("frame", from as RadioState, linkNumber, bytes),
      ended: (link) => {
        for (const end of link.ends) {
          (end.own as RadioState).links.delete(end);
          this.#links.delete(end);
        }
      },
    };
  }

  addRadio(name: string, place: Place, listener: RadioListener): Radio {
    const radio: RadioState = { name, dialect: listener.dialect, place, on: true, scanning: false, advertisement: undefined, links: new Set(), listener };
    this.#radios.add(radio);
    return radio;
  }

  /** Attackers set up a relay, or take it away again. Only who is not in reach anyway is heard through it, as strongly as its box sends. */
  set relay(relay: Relay | undefined) {
    this.#relay = relay;
    for (const radio of this.#radios) this.move(radio, radio.place);
  }

  /** Whether a packet gets from one place to the other without anybody's help. */
  hearsDirectly(a: Place, b: Place): boolean {
    return meanRssiDbm(a, b, this.settings) > this.settings.sensitivityDbm;
  }

  #pathDbm(a: Place, b: Place): number {
    const direct = meanRssiDbm(a, b, this.settings);
    if (this.#relay === undefined || direct > this.settings.sensitivityDbm) return direct;
    const { nearPhone, nearCar } = this.#relay;
    const through = (from: Place, to: Place): number => (this.hearsDirectly(a, from) ? meanRssiDbm(to, b, this.settings) : direct);
    return Math.max(direct, through(nearPhone, nearCar), through(nearCar, nearPhone));
  }

  /** Records what a receiver at `place` would hear from now on. */
  sniff(place: Place, heard: (capture: Capture) => void): void {
    this.#sniffers.push({ place, heard });
  }

  /** Signal strength of `from` at `at`, averaged over many packets: little fading remains. Whole dBm. */
  averagedRssiDbm(from: Radio, at: Place): number {
    return Math.round(this.#pathDbm(from.place, at) + (this.settings.fadingDb * this.#prng.bell()) / 4);
  }

  /** Whether a packet can get from one to the other at all. */
  inRange(a: Radio, b: Radio): boolean {
    return a.on && b.on && this.#pathDbm(a.place, b.place) > this.settings.sensitivityDbm;
  }

  move(radio: Radio, place: Place): void {
    const moved = radio as RadioState;
    moved.place = place;
    for (const end of [...moved.links]) {
      this.#links.get(end)?.reassess();
      this.#clock.after(0, "peer moved", () => {
        if (end.open && end.peer.on) (end.peer as RadioState).listener.peerMoved?.(this.#endAt(end.peer, end.linkNumber) ?? end);
      });
    }
    if (moved.scanning) for (const advertiser of this.#advertisers) this.#scheduleSighting(moved, advertiser);
    if (moved.advertisement !== undefined) for (const scanner of this.#scanners) this.#scheduleSighting(scanner, moved);
  }

  /** Off: own links end at once, peers notice by their supervision timeout. */
  switchPower(radio: Radio, on: boolean): void {
    const switched = radio as RadioState;
    if (switched.on === on) return;
    switched.on = on;
    if (on) return;
    this.setScanning(radio, false);
    this.advertise(radio, undefined);
    for (const end of [...switched.links]) this.#links.get(end)?.reassess();
  }

  advertise(radio: Radio, advertisement: Advertisement | undefined): void {
    const advertiser = radio as RadioState;
    advertiser.advertisement = advertiser.on ? advertisement : undefined;
    if (advertiser.advertisement === undefined) {
      this.#advertisers.delete(advertiser);
      return;
    }
    this.#advertisers.add(advertiser);
    this.#overheard("advertisement", advertiser, undefined, advertiser.advertisement.identity);
    for (const scanner of this.#scanners) this.#scheduleSighting(scanner, advertiser);
  }

  setScanning(radio: Radio, scanning: boolean): void {
    const scanner = radio as RadioState;
    scanner.scanning = scanning && scanner.on;
    if (!scanner.scanning) {
      this.#scanners.delete(scanner);
      return;
    }
    this.#scanners.add(scanner);
    for (const advertiser of this.#advertisers) this.#scheduleSighting(scanner, advertiser);
  }

  /**
   * Connects `central` to `peripheral` once it hears its advertisement; both listeners get `linkOpened`.
   * `failed` where nothing connectable was heard within twenty advertising intervals.
   */
  connect(central: Radio, peripheral: Radio, failed: () => void): void {
    this.#listenFor(central as RadioState, peripheral as RadioState, 0, failed);
  }

  #listenFor(central: RadioState, peripheral: RadioState, attempt: number, failed: () => void): void {
    const delayMs = 1 + this.#prng.below(this.settings.advertisingIntervalMs);
    this.#clock.after(delayMs, "connect", () => {
      if (peripheral.advertisement?.connectable === true && this.#heard(central, peripheral)) this.#open(central, peripheral);
      else if (attempt + 1 >= CONNECT_ATTEMPT_COUNT_MAX || !central.on) failed();
      else this.#listenFor(central, peripheral, attempt + 1, failed);
    });
  }

  #heard(a: RadioState, b: RadioState): boolean {
    return this.inRange(a, b) && !this.#prng.chance(lossPerMillion(this.#fadedDbm(a, b), this.settings));
  }

  #fadedDbm(a: RadioState, b: RadioState): number {
    return Math.round(this.#pathDbm(a.place, b.place) + this.settings.fadingDb * this.#prng.bell());
  }

  #open(central: RadioState, peripheral: RadioState): void {
    const link = new Link(this.#medium, ++this.#linkCount, central, peripheral);
    for (const end of link.ends) {
      (end.own as RadioState).links.add(end);
      this.#links.set(end, link);
    }
    // The peripheral's host knows of the link one interval before the central has found the services.
    const [centralEnd, peripheralEnd] = link.ends;
    peripheral.listener.linkOpened?.(peripheralEnd);
    this.#clock.after(this.settings.connectionIntervalMs, "link opened", () => {
      if (centralEnd.open) central.listener.linkOpened?.(centralEnd);
    });
  }

  #endAt(radio: Radio, linkNumber: number): LinkEnd | undefined {
    for (const end of radio.links) if (end.linkNumber === linkNumber) return end;
    return undefined;
  }

  /** One advertisement may be missed; the next comes an interval later, as long as both are there. */
  #scheduleSighting(scanner: RadioState, advertiser: RadioState): void {
    if (scanner === advertiser || !this.inRange(scanner, advertiser)) return;
    const advertisement = advertiser.advertisement;
    this.#clock.after(1 + this.#prng.below(this.settings.advertisingIntervalMs), "sighting", () => {
      if (!scanner.scanning || advertisement === undefined || advertiser.advertisement !== advertisement) return;
      if (!this.inRange(scanner, advertiser)) return;
      if (this.#heard(scanner, advertiser)) scanner.listener.sighted?.(advertiser, advertisement, this.#fadedDbm(scanner, advertiser));
      else this.#scheduleSighting(scanner, advertiser);
    });
  }

  #overheard(kind: Capture["kind"], from: RadioState, linkNumber: number | undefined, bytes: Uint8Array): void {
    for (const { place, heard } of this.#sniffers) {
      const rssiDbm = meanRssiDbm(from.place, place, this.settings);
      if (rssiDbm > this.settings.sensitivityDbm) heard({ atMs: this.#clock.monotonicMs(), kind, linkNumber, rssiDbm, bytes });
    }
  }
}
