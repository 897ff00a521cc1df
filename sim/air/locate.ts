import type { Air } from "./air.ts";
import type { Place, Position } from "./propagation.ts";
import type { Radio } from "./radio.ts";

/** One of the car's receivers that measure how strongly a device is heard. */
export interface Antenna {
  readonly zone: "cabin" | "outside";
  readonly place: Place;
}

/** Zones closer than this in strength cannot be told apart. */
const ZONE_MARGIN_DB = 3;

/**
 * Where the car's antennas believe `radio` to be: the zone of the antenna that hears it best, or `unknown` where both
 * zones hear it about equally. Signal strength can be faked: good for denying and waking only.
 */
export function locate(air: Air, antennas: readonly Antenna[], radio: Radio): "cabin" | "outside" | "unknown" {
  let cabinDbm = -Infinity;
  let outsideDbm = -Infinity;
  for (const { zone, place } of antennas) {
    const rssiDbm = air.averagedRssiDbm(radio, place);
    if (zone === "cabin") cabinDbm = Math.max(cabinDbm, rssiDbm);
    else outsideDbm = Math.max(outsideDbm, rssiDbm);
  }
  if (cabinDbm - outsideDbm >= ZONE_MARGIN_DB) return "cabin";
  return outsideDbm - cabinDbm >= ZONE_MARGIN_DB ? "outside" : "unknown";
}

/** Antennas of a car of ordinary size around `centre`: one in the cabin, one in each front door and one at the back. */
export function carAntennas(centre: Position, shell: string): readonly Antenna[] {
  const { xCm, yCm } = centre;
  const outside = (dx: number, dy: number): Antenna => ({ zone: "outside", place: { position: { xCm: xCm + dx, yCm: yCm + dy } } });
  return [
    { zone: "cabin", place: { position: centre, shell } },
    outside(-95, 30),
    outside(95, 30),
    outside(0, -230),
  ];
}
