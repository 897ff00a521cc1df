import type { Attack } from "../attack.ts";
import { UWB } from "../parked.ts";
import { playRelay } from "../relayed.ts";

export const A5: Attack = {
  id: "A5",
  title: "One round of UWB in 25 shows 0 m",
  year: 2021,
  source: "Leu et al., Ghost Peak, arXiv 2111.05313",
  has: "a device of 65 USD that makes up to 4 % of rounds show none of the distance",
  does: "waits for a lucky round",
  must: "single rounds are no proof: six of the last eight have to be near",
  guard: "firmware/ranging/rules.ts (R4)",
  play: (stage) => playRelay(stage, { kinds: UWB, attack: { phaseMetres: 1, spoofedPerMille: 40 } }),
};
