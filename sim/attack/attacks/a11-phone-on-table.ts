import type { Attack } from "../attack.ts";
import { UWB } from "../parked.ts";
import { playRelay, relayTheirs } from "../relayed.ts";

export const A11: Attack = {
  id: "A11",
  title: "The phone lies on a table at night, and every round is spoofed",
  source: "NCC Group advice of 2022",
  has: "a relay that gets every ranging round right, which no rule of distance can tell",
  does: "relays the phone of somebody who sleeps",
  must: "a phone that lies still opens nothing by itself",
  guard: "firmware/ranging/rules.ts (R7)",
  play: (stage) => playRelay(stage, { kinds: UWB, attack: { phaseMetres: 1, spoofedPerMille: 1_000 }, still: true, logged: /^refused R7/, then: "asks" }),
  contrast: (stage) => relayTheirs(stage, 0),
};
