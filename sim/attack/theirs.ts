import { baselineSide, type Incident, type Side } from "../incident/index.ts";
import type { Stage } from "./stage.ts";

/** One owner, and a second person without a key, at one car, before anything has happened. */
const PLACE: Incident = {
  id: "attack",
  date: "2026-01-01",
  title: "an attack",
  sources: [],
  facts: [],
  startUnixS: 1_767_225_600,
  durationMs: 0,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [] },
    { who: "second", car: "car", baseline: [], latchkey: [] },
  ],
  steps: [],
  expectations: [],
};

/** The cloud-dependent world of the same seed: the owner's phone is 90 m away, the car is locked. */
export function theirSide(stage: Stage, { passiveEntry = false, secondHasLogin = false }: { readonly passiveEntry?: boolean; readonly secondHasLogin?: boolean } = {}): Side {
  const cast = PLACE.cast.map((member) => (member.who === "second" && secondHasLogin ? { ...member, baseline: [{ kind: "account" }] as const } : member));
  const side = baselineSide({ ...PLACE, passiveEntry, cast }, stage.world());
  side.carOf("owner").onNote(({ what, who, outcome, why }) => stage.say([what, who, outcome, why].filter((part) => part !== "").join(" "), "cloud-dependent"));
  side.world.clock.advance(60_000);
  return side;
}

/** Somebody uses what they hold at the car's door; gives what was said, after a moment. */
export function useTheirs(side: Side, who: string, wish: "unlock" | "lock" | "drive"): string {
  const said: string[] = [];
  side.person(who).standAt(side.carOf(who).placeAt("driverDoor"));
  side.use(who, wish, (text) => said.push(text));
  side.world.clock.advance(10_000);
  return said.join(", ");
}
