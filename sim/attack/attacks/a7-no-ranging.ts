import type { Attack } from "../attack.ts";
import { UWB } from "../parked.ts";
import { playRelay, relayTheirs } from "../relayed.ts";

export const A7: Attack = {
  id: "A7",
  title: "The ranging radio answers nothing during the relay",
  year: 2024,
  source: "GoGoByte 2024, through Wired",
  has: "a relay of Bluetooth alone; ultra-wideband is not relayed",
  does: "hopes that the car falls back to signal strength",
  must: "missing ranging is not near; what is left is another act: asking on the phone",
  guard: "firmware/ranging/rules.ts (R5)",
  play: (stage) => playRelay(stage, { kinds: UWB, addedMs: 8, then: "asks" }),
  contrast: (stage) => relayTheirs(stage, 8),
};
