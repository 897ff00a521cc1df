import type { CborMap, CborValue } from "../cbor/index.ts";
import { BODY } from "../wire/index.ts";
import type { ControllerEvent } from "./events.ts";

/** A place, and when on the monotonic clock it was measured. */
export type Fix = Omit<PositionReported, "kind"> & { readonly atMs: number };

type PositionReported = Extract<ControllerEvent, { kind: "positionReported" }>;

const E7 = 1e7;
const ACCURACY_M_MAX = 100_000;

/** Where the car was last measured to be. In memory alone: neither flash nor log tells where anybody has driven. */
export class LastPosition {
  private last: Fix | undefined;

  /** Undefined before the first report. */
  get fix(): Fix | undefined {
    return this.last;
  }

  /** A receiver may say anything; what is no place is dropped. */
  report({ latitudeDeg, longitudeDeg, accuracyM }: PositionReported, nowMs: number): void {
    if (!(Math.abs(latitudeDeg) <= 90 && Math.abs(longitudeDeg) <= 180)) return;
    const isAccuracy = accuracyM !== undefined && accuracyM >= 0 && accuracyM <= ACCURACY_M_MAX;
    this.last = { latitudeDeg, longitudeDeg, accuracyM: isAccuracy ? accuracyM : undefined, atMs: nowMs };
  }

  /** The reply to `locate`; undefined before the first report. */
  body(nowMs: number): CborMap | undefined {
    if (this.last === undefined) return undefined;
    const { latitudeDeg, longitudeDeg, accuracyM, atMs } = this.last;
    const body = new Map<number, CborValue>([
      [BODY.latitudeE7, Math.round(latitudeDeg * E7)],
      [BODY.longitudeE7, Math.round(longitudeDeg * E7)],
      [BODY.ageS, Math.floor((nowMs - atMs) / 1000)],
    ]);
    if (accuracyM !== undefined) body.set(BODY.accuracyM, Math.ceil(accuracyM));
    return body;
  }
}
