import type { Attack } from "../attack.ts";
import { CHANNEL_SOUNDING } from "../parked.ts";
import { playRelay } from "../relayed.ts";

export const A6: Attack = {
  id: "A6",
  title: "Time of flight made 18 m shorter, phase at 20 m and at 1 m",
  year: 2026,
  source: "Anliker et al., arXiv 2605.10632",
  has: "an amplifier with negative group delay between phone and car",
  does: "takes 18 m off every time of flight, and forges phase or leaves it",
  must: "refused: what phase and time of flight say does not agree on near",
  guard: "firmware/ranging/rules.ts (R3, R4)",
  play: (stage) => {
    for (const phaseMetres of [20, 1]) playRelay(stage, { kinds: CHANNEL_SOUNDING, attack: { phaseMetres, rttShorterByMetres: 18 } });
  },
};
