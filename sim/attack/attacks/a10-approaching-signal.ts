import type { Attack } from "../attack.ts";
import { playRelay, relayTheirs } from "../relayed.ts";

export const A10: Attack = {
  id: "A10",
  title: "A signal that grows like an approaching owner's, and a claim of 1 m",
  source: "follows from the protocol texts",
  has: "a transmitter whose strength can be chosen, on a car with no ranging radio that works",
  does: "gets stronger and says it is near",
  must: "a strong signal and a claim wake the radio and authorise nothing",
  guard: "firmware/ranging/rules.ts (R2)",
  play: (stage) => playRelay(stage, { kinds: ["rssi", "claimed", "rtt"], attack: { claimedMetres: 1 }, then: "asks" }),
  contrast: (stage) => relayTheirs(stage, 0),
};
