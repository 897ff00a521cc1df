import { DEFAULT_AIR, type AirSettings } from "../air/index.ts";

/** How the medium between virtual controllers behaves. One object for the whole air; a scenario may change it while it runs. */
export interface HciAirSettings extends Pick<AirSettings, "txPowerDbm" | "firstMetreLossDb" | "exponentTenths" | "shellLossDb" | "sensitivityDbm" | "packetsPerEvent"> {
  /** Loss of a packet between devices in range, in a million. */
  lossPerMillion: number;
  /** Milliseconds between connection events; undefined: what the central asked for; 0: at once. */
  connectionIntervalMs: number | undefined;
  /** From the air to the bytes in the host's hands, and whatever a relay adds. */
  latencyMs: number;
}

export const DEFAULT_HCI_AIR: HciAirSettings = {
  txPowerDbm: DEFAULT_AIR.txPowerDbm,
  firstMetreLossDb: DEFAULT_AIR.firstMetreLossDb,
  exponentTenths: DEFAULT_AIR.exponentTenths,
  shellLossDb: DEFAULT_AIR.shellLossDb,
  sensitivityDbm: DEFAULT_AIR.sensitivityDbm,
  packetsPerEvent: DEFAULT_AIR.packetsPerEvent,
  lossPerMillion: 0,
  connectionIntervalMs: undefined,
  latencyMs: 0,
};
