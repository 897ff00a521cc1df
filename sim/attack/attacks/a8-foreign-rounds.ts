import type { Attack } from "../attack.ts";
import { UWB } from "../parked.ts";
import { playRelay } from "../relayed.ts";

export const A8: Attack = {
  id: "A8",
  title: "Ranging rounds of another session or another phone",
  source: "follows from the protocol texts",
  has: "rounds that all show 0 m, recorded in another session",
  does: "plays them into this one",
  must: "rounds that are not bound to this session count as none",
  guard: "firmware/ranging/rules.ts (R1)",
  play: (stage) => playRelay(stage, { kinds: UWB, attack: { phaseMetres: 1, spoofedPerMille: 1_000, binding: stage.bytes(16) } }),
};
