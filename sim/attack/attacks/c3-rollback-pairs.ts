import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed, radio, useAndListen } from "../acts.ts";
import { listenAndReplayTheirs } from "../replayed.ts";

export const C3: Attack = {
  id: "C3",
  title: "Two or more captured frames back to back, weeks later, as often as wanted",
  year: 2022,
  source: "RollBack, arXiv 2210.11923",
  has: "frames of different sessions",
  does: "sends pairs, triples and quadruples of them, in any order, from any session",
  must: "as C2: no combination of old frames is a new command",
  guard: "firmware/session/sessions.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const recorded = useAndListen(car, owner).filter((session) => session.length > 0);
    car.pass(21 * 86_400_000);
    nothingOpens(stage, car, "60 combinations of two to four captured frames", () => {
      for (let n = 0; n < 60; n++) radio(car, Array.from({ length: 2 + stage.below(3) }, () => stage.of(stage.of(recorded))));
    });
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => listenAndReplayTheirs(stage, 21 * 86_400_000),
};
