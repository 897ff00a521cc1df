import type { Attack } from "../attack.ts";
import { CHANNEL_SOUNDING } from "../parked.ts";
import { playRelay } from "../relayed.ts";

export const A4: Attack = {
  id: "A4",
  title: "An analogue relay that forges phase to 1 m",
  year: 2022,
  source: "Staat et al. 2022",
  has: "an analogue relay that adds no time and turns phases at will",
  does: "shows the car a phone at 1 m, which is 90 m away",
  must: "time of flight says 90 m: refused, and written down",
  guard: "firmware/ranging/rules.ts (R3, R4)",
  play: (stage) => playRelay(stage, { kinds: CHANNEL_SOUNDING, attack: { phaseMetres: 1 }, logged: /^refused R3 .*answers come from [89][0-9] m: a relay is suspected$/ }),
};
