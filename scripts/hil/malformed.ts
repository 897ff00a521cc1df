import { CHANNEL } from "./raw-central.ts";

/** Probes that end an unguarded bleno 0.6.2 (14 of them) or were tried on it: [channel, bytes]. */
export const MALFORMED: readonly (readonly [number, string])[] = [
  ...["02", "0217", "04", "0401", "06", "0601000500", "0601000500002800", "08", "080100ffff", "0a", "0a01", "0c", "0c0100", "10", "100100ffff", "12", "1201", "16", "160c00", "18", "1801", "52", "5201", "d2", "0e", "1e", "ff", ""].map((text) => [CHANNEL.att, text] as const),
  ...["", "01", "03", "04", "0400", "05", "ff"].map((text) => [CHANNEL.smp, text] as const),
];
