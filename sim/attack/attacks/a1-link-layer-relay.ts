import type { Attack } from "../attack.ts";
import { CHANNEL_SOUNDING } from "../parked.ts";
import { playRelay, relayTheirs } from "../relayed.ts";

export const A1: Attack = {
  id: "A1",
  title: "A link-layer relay with 8 ms and a strong signal",
  year: 2022,
  source: "NCC Group advisory 2022-05-15",
  has: "two radios: one near the phone, one at the car's door",
  does: "forwards every packet, encrypted as it is, while the owner is 90 m away",
  must: "strength and answer time open nothing; a relay of packets relays no ranging",
  guard: "firmware/ranging/rules.ts (R2, R3, R5)",
  play: (stage) => playRelay(stage, { kinds: CHANNEL_SOUNDING, addedMs: 8 }),
  contrast: (stage) => relayTheirs(stage, 8),
};
