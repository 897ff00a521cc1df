/** Where a car was measured to be. */
export interface Measured {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly accuracyM: number | undefined;
  readonly ageS: number;
}

const BRANCH = "Vehicle.CurrentLocation";

/** The signals' VSS 6.0 names and units. */
export function locationSignals({ latitudeDeg, longitudeDeg, accuracyM, ageS }: Measured): Readonly<Record<string, number | string>> {
  const measuredAtMs = Math.round(Date.now() / 1000 - ageS) * 1000;
  return {
    [`${BRANCH}.Latitude`]: latitudeDeg,
    [`${BRANCH}.Longitude`]: longitudeDeg,
    [`${BRANCH}.Timestamp`]: new Date(measuredAtMs).toISOString(),
    ...(accuracyM !== undefined && { [`${BRANCH}.HorizontalAccuracy`]: accuracyM }),
  };
}

/** The same read back from a report; undefined where it says no place. */
export function placeIn(signals: Readonly<Record<string, unknown>>): { readonly latitudeDeg: number; readonly longitudeDeg: number; readonly accuracyM: number | undefined; readonly measuredAt: string } | undefined {
  const [latitudeDeg, longitudeDeg, accuracyM, measuredAt] = ["Latitude", "Longitude", "HorizontalAccuracy", "Timestamp"].map((name) => signals[`${BRANCH}.${name}`]);
  if (typeof latitudeDeg !== "number" || typeof longitudeDeg !== "number") return undefined;
  return { latitudeDeg, longitudeDeg, accuracyM: typeof accuracyM === "number" ? accuracyM : undefined, measuredAt: typeof measuredAt === "string" ? measuredAt : "" };
}

/** A place in words, for people. */
export function placeText(latitudeDeg: number, longitudeDeg: number, accuracyM: number | undefined): string {
  return `${latitudeDeg.toFixed(5)}, ${longitudeDeg.toFixed(5)}${accuracyM === undefined ? "" : `, within ${accuracyM} m`}`;
}
