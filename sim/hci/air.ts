import { meanRssiDbm, type Place } from "../air/index.ts";
import type { Prng } from "../chance/index.ts";
import { HciController, type ControllerOptions } from "./controller.ts";
import { HciLink, type ConnectionParameters, type LinkSide } from "./link.ts";
import type { Scheduler } from "./scheduler.ts";
import { DEFAULT_HCI_AIR, type HciAirSettings } from "./settings.ts";

/** One advertisement as a passive listener hears it. Addresses and data as on the air. */
export interface Overheard {
  readonly atMs: number;
  readonly address: Uint8Array;
  readonly addressType: number;
  readonly type: number;
  readonly data: Uint8Array;
  readonly scanResponse: Uint8Array;
}

/** What a controller shows while it advertises. */
export interface Advertised extends Omit<Overheard, "atMs"> {
  readonly intervalMs: number;
}

/** Extra delay of each advertising event (Bluetooth Core 5.4 Vol 6 Part B section 4.4.2.2.1). */
const ADVERTISING_DELAY_MS_MAX = 10;

/** The medium between virtual controllers. One seed, one run; advertising costs nothing while nobody listens. */
export class HciAir {
  readonly settings: HciAirSettings;
  readonly scheduler: Scheduler;
  readonly #prng: Prng;
  readonly #controllers = new Set<HciController>();
  readonly #places = new Map<HciController, Place>();
  readonly #links = new Map<HciLink, readonly [HciController, HciController]>();
  readonly #sniffers: ((heard: Overheard) => void)[] = [];
  readonly #advertising = new Map<HciController, () => void>();

  constructor(scheduler: Scheduler, prng: Prng, settings: Partial<HciAirSettings> = {}) {
    this.scheduler = scheduler;
    this.#prng = prng.fork("hci air");
    this.settings = { ...DEFAULT_HCI_AIR, ...settings };
  }

  /** A controller one metre east of the last. */
  addController(options: ControllerOptions): HciController {
    const controller = new HciController(this, options);
    this.#places.set(controller, { position: { xCm: 100 * this.#controllers.size, yCm: 0 } });
    this.#controllers.add(controller);
    return controller;
  }

  move(controller: HciController, place: Place): void {
    this.#places.set(controller, place);
    for (const [link, ends] of this.#links) if (ends.includes(controller)) link.reassess();
    this.awaken();
  }

  /** Signal strength between two controllers, whole dBm. */
  rssiDbm(a: HciController, b: HciController): number {
    return meanRssiDbm(this.#places.get(a)!, this.#places.get(b)!, this.settings);
  }

  inRange(a: HciController, b: HciController): boolean {
    return this.rssiDbm(a, b) > this.settings.sensitivityDbm;
  }

  /** Tells of everything that is advertised from now on, once at each change. */
  sniff(heard: (overheard: Overheard) => void): void {
    this.#sniffers.push(heard);
  }

  /** `controller` began, changed or ended its advertising. */
  advertisingChanged(controller: HciController): void {
    const shown = controller.advertised;
    if (shown !== undefined) for (const heard of this.#sniffers) heard({ atMs: this.scheduler.nowMs(), ...shown });
    this.#advertising.get(controller)?.();
    this.#advertising.delete(controller);
    this.awaken();
  }

  /** Somebody may have begun to listen: advertising events that nobody heard are simulated again. */
  awaken(): void {
    for (const controller of this.#controllers) {
      if (controller.advertised !== undefined && !this.#advertising.has(controller) && this.#hasListener(controller)) this.#scheduleEvent(controller);
    }
  }

  connect(ends: readonly [HciController, HciController], sides: readonly [LinkSide, LinkSide], parameters: ConnectionParameters): HciLink {
    const link: HciLink = new HciLink(
      {
        scheduler: this.scheduler,
        prng: this.#prng,
        settings: this.settings,
        inRange: () => this.inRange(...ends),
        over: () => this.#links.delete(link),
      },
      sides,
      parameters,
    );
    this.#links.set(link, ends);
    return link;
  }

  #hasListener(advertiser: HciController): boolean {
    for (const controller of this.#controllers) if (controller !== advertiser && controller.isListening && this.inRange(controller, advertiser)) return true;
    return false;
  }

  #scheduleEvent(advertiser: HciController): void {
    const delayMs = Math.ceil(advertiser.advertised!.intervalMs) + this.#prng.below(ADVERTISING_DELAY_MS_MAX + 1);
    this.#advertising.set(advertiser, this.scheduler.after(delayMs, () => {
      this.#advertising.delete(advertiser);
      this.#advertise(advertiser);
      this.awaken();
    }));
  }

  /** Of several that want to connect one gets through, and not always the same. */
  #advertise(advertiser: HciController): void {
    const listeners = [...this.#controllers];
    const first = this.#prng.below(listeners.length);
    for (const controller of [...listeners.slice(first), ...listeners.slice(0, first)]) {
      const shown = advertiser.advertised;
      if (shown === undefined) return;
      if (controller === advertiser || !controller.isListening || !this.inRange(controller, advertiser)) continue;
      if (!this.#prng.chance(this.settings.lossPerMillion)) controller.hear(advertiser, shown, this.rssiDbm(controller, advertiser));
    }
  }
}
