import type { Attack } from "../attack.ts";
import { CHANNEL_SOUNDING } from "../parked.ts";
import { playRelay, relayTheirs } from "../relayed.ts";

const DELAYS_MS = [0, 2, 5, 8, 15, 30, 60, 100] as const;

export const A2: Attack = {
  id: "A2",
  title: "Relays of every delay from nothing to 100 ms, phase forged to 1 m",
  year: 2022,
  source: "NCC Group advisory 2022-05-15",
  has: "a relay whose delay can be chosen, that also carries the ranging rounds and forges their phase",
  does: "tries one delay after the other",
  must: "none opens: what is refused at a shorter delay is refused at every longer one",
  guard: "firmware/ranging/rules.ts (R3, R4)",
  play: (stage) => {
    for (const addedMs of DELAYS_MS) playRelay(stage, { kinds: CHANNEL_SOUNDING, addedMs, attack: { phaseMetres: 1 }, logged: /^refused R[34]/ });
  },
  contrast: (stage) => {
    for (const addedMs of [0, 8, 30]) relayTheirs(stage, addedMs);
  },
};
