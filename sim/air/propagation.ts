/** A place on the ground, in whole centimetres. */
export interface Position {
  readonly xCm: number;
  readonly yCm: number;
}

/** Where a device is, and the shell (a car's name) it is inside of, if any. */
export interface Place {
  readonly position: Position;
  readonly shell?: string | undefined;
}

/** How the medium weakens and delays. One object for the whole air; a scenario may change it while it runs. */
export interface AirSettings {
  /** Transmit power of every radio. */
  txPowerDbm: number;
  /** Loss over the first metre at 2.44 GHz in free space (Friis: 40 dB) and six more for pockets and bodies. */
  firstMetreLossDb: number;
  /** Tenths of the path-loss exponent; 25 means 2.5, a car park with cars in it. */
  exponentTenths: number;
  /** What a closed car body takes away, once per shell between two devices. */
  shellLossDb: number;
  /** Standard deviation of the fading of one packet. */
  fadingDb: number;
  /** Below it nothing is heard. */
  sensitivityDbm: number;
  /** Of a packet with a good signal, in a million. */
  baseLossPerMillion: number;
  /** From the last bit on the air to the bytes in the other host's hands, and whatever a relay adds. */
  latencyMs: number;
  /** Connection interval (Bluetooth Core 5.4 Vol 6 Part B section 4.5.1): two devices may speak once per interval. */
  connectionIntervalMs: number;
  /** Packets each side may send in one connection event. */
  packetsPerEvent: number;
  /** Without a packet for this long a link is lost (Bluetooth Core 5.4 Vol 6 Part B section 4.5.2). */
  supervisionTimeoutMs: number;
  /** From one advertisement to the next. */
  advertisingIntervalMs: number;
  /** Room for one frame (ATT payload) on a new link. */
  attPayloadBytes: number;
}

export const DEFAULT_AIR: AirSettings = {
  txPowerDbm: 0,
  firstMetreLossDb: 46,
  exponentTenths: 25,
  shellLossDb: 9,
  fadingDb: 3,
  sensitivityDbm: -88,
  baseLossPerMillion: 10_000,
  latencyMs: 2,
  connectionIntervalMs: 30,
  packetsPerEvent: 4,
  supervisionTimeoutMs: 4_000,
  advertisingIntervalMs: 250,
  attPayloadBytes: 244,
};

/** Whole centimetres between two positions. */
export function distanceCm(a: Position, b: Position): number {
  const x = a.xCm - b.xCm;
  const y = a.yCm - b.yCm;
  return Math.floor(Math.sqrt(x * x + y * y));
}

/** Signal strength without fading, in whole dBm. */
export function meanRssiDbm(a: Place, b: Place, air: Pick<AirSettings, "txPowerDbm" | "firstMetreLossDb" | "exponentTenths" | "shellLossDb">): number {
  // Closer than 10 cm antennas couple instead of radiating; the model ends there.
  const metresTimesHundred = Math.max(10, distanceCm(a.position, b.position));
  const decades = log10(metresTimesHundred) - 2;
  const shells = a.shell === b.shell ? 0 : (a.shell === undefined ? 0 : 1) + (b.shell === undefined ? 0 : 1);
  const loss = air.firstMetreLossDb + air.exponentTenths * decades + shells * air.shellLossDb;
  return Math.round(air.txPowerDbm - loss);
}

/** Chance that a packet is lost at `rssiDbm`, in a million: certain below the sensitivity, base loss from 12 dB above it. */
export function lossPerMillion(rssiDbm: number, air: AirSettings): number {
  const marginDb = rssiDbm - air.sensitivityDbm;
  if (marginDb <= 0) return 1_000_000;
  if (marginDb >= 12) return air.baseLossPerMillion;
  const spread = 1_000_000 - air.baseLossPerMillion;
  return air.baseLossPerMillion + Math.floor((spread * (12 - marginDb)) / 12);
}

/** Decimal logarithm of `value` >= 1 to about 2^-30, by squaring: Math.log10 may differ between engines in its last bits. */
export function log10(value: number): number {
  let mantissa = value;
  let log2 = 0;
  while (mantissa >= 2) {
    mantissa /= 2;
    log2 += 1;
  }
  let bit = 0.5;
  for (let i = 0; i < 30; i++) {
    mantissa *= mantissa;
    if (mantissa >= 2) {
      mantissa /= 2;
      log2 += bit;
    }
    bit /= 2;
  }
  return log2 * 0.3010299956639812;
}
