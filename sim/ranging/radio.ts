import type { LinkId, RangeMeasured } from "../../firmware/controller/index.ts";
import { distanceCm, type Air, type Antenna, type Radio } from "../air/index.ts";
import type { Prng } from "../chance/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

type Measurement = RangeMeasured["measurement"];
type Kind = Measurement["kind"];

/** From one round to the next. */
export const ROUND_INTERVAL_MS = 100;

/** Metres of spread of one round (one standard deviation): phase and UWB are good to decimetres, time of flight over Bluetooth to a metre. */
const SPREAD_METRES: Readonly<Record<Kind, number>> = { channelSounding: 0.2, uwb: 0.1, rtt: 0.7, rssi: 0, claimed: 0 };

/** What attackers do to ranging. Without one of these a relay that forwards packets relays no rounds at all. */
export interface RangingAttack {
  /** An analogue relay: rounds come through, and phase shows this many metres. */
  readonly phaseMetres?: number;
  /** Time of flight shows this many metres less (negative group delay), never less than none. */
  readonly rttShorterByMetres?: number;
  /** Time added to every answer, as by a relay that forwards it. */
  readonly addedMs?: number;
  /** In this share of rounds, in a thousand, UWB shows none (Ghost Peak). */
  readonly spoofedPerMille?: number;
  /** The rounds carry the label of another session. */
  readonly binding?: Uint8Array;
  /** What the phone says of its distance; nobody measures it. */
  readonly claimedMetres?: number;
}

export interface RangingParts {
  readonly clock: VirtualClock;
  readonly air: Air;
  readonly prng: Prng;
  readonly antennas: readonly Antenna[];
  readonly kinds: readonly Kind[];
  measured(event: RangeMeasured): void;
}

/** Metres that light goes in a millisecond, there and back. */
const METRES_PER_MS = 149_896;

/** The ranging radio of a virtual car: anchors at its antennas, one round of each kind every {@link ROUND_INTERVAL_MS}, and whoever attacks them. */
export class RangingRadio {
  readonly #parts: RangingParts;
  readonly #running = new Map<LinkId, Task>();
  attack: RangingAttack = {};

  constructor(parts: RangingParts) {
    this.#parts = parts;
  }

  start(link: LinkId, device: Radio, binding: Uint8Array): void {
    this.stop(link);
    const next = (): void => {
      this.#running.set(link, this.#parts.clock.after(ROUND_INTERVAL_MS, "ranging", () => {
        next();
        this.#round(link, device, binding);
      }));
    };
    next();
  }

  stop(link: LinkId): void {
    this.#parts.clock.cancel(this.#running.get(link));
    this.#running.delete(link);
  }

  stopAll(): void {
    for (const link of [...this.#running.keys()]) this.stop(link);
  }

  #round(link: LinkId, device: Radio, binding: Uint8Array): void {
    for (const kind of this.#parts.kinds) {
      const metres = this.#metres(kind, device);
      if (metres === undefined) continue;
      const measurement = { kind, metres, confidence: 90, binding: this.attack.binding ?? binding, attackSuspected: false };
      this.#parts.measured({ kind: "rangeMeasured", link, measurement });
    }
  }

  /** What a round of `kind` shows, in whole centimetres; undefined where it does not come through. */
  #metres(kind: Kind, device: Radio): number | undefined {
    const { air, antennas, prng } = this.#parts;
    const { phaseMetres, rttShorterByMetres = 0, addedMs = 0, spoofedPerMille = 0, claimedMetres } = this.attack;
    if (kind === "claimed") return claimedMetres;
    if (kind === "rssi") return rssiMetres(Math.max(...antennas.map(({ place }) => air.averagedRssiDbm(device, place))), air);
    const reaches = antennas.some(({ place }) => air.hearsDirectly(device.place, place));
    if (!reaches && phaseMetres === undefined) return undefined;
    const trueMetres = Math.min(...antennas.map(({ place }) => distanceCm(place.position, device.place.position))) / 100;
    const spread = SPREAD_METRES[kind] * prng.bell();
    if (kind === "channelSounding") return centimetres((phaseMetres ?? trueMetres) + spread);
    if (kind === "uwb") return prng.chance(spoofedPerMille * 1_000) ? 0 : centimetres(trueMetres + spread);
    return centimetres(trueMetres - rttShorterByMetres + addedMs * METRES_PER_MS + spread);
  }
}

/** The distance at which a signal is this strong over open ground. */
function rssiMetres(rssiDbm: number, air: Air): number {
  const { txPowerDbm, firstMetreLossDb, exponentTenths } = air.settings;
  return centimetres(10 ** ((txPowerDbm - firstMetreLossDb - rssiDbm) / exponentTenths));
}

function centimetres(metres: number): number {
  return Math.round(Math.max(0, metres) * 100) / 100;
}
