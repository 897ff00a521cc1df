import type { Attack } from "../attack.ts";
import { CHANNEL_SOUNDING } from "../parked.ts";
import { playRelay, relayTheirs } from "../relayed.ts";

export const A3: Attack = {
  id: "A3",
  title: "A relay over the internet, 150 to 400 ms",
  source: "GATT relay tools of the years before 2022",
  has: "two telephones with an internet connection, and a box that carries the ranging rounds",
  does: "forwards what the phone and the car say, and forges phase",
  must: "refused by its time of flight, and written down as a suspected relay",
  guard: "firmware/ranging/rules.ts (R3, R8)",
  play: (stage) => {
    const addedMs = 150 + stage.below(251);
    playRelay(stage, { kinds: CHANNEL_SOUNDING, addedMs, attack: { phaseMetres: 1 }, logged: /^refused R3 .*a relay is suspected$/ });
  },
  contrast: (stage) => relayTheirs(stage, 200),
};
