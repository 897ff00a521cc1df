import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed, radio, useAndListen } from "../acts.ts";
import { listenAndReplayTheirs } from "../replayed.ts";

export const C2: Attack = {
  id: "C2",
  title: "A run of consecutive old commands, to resynchronise the counter",
  year: 2022,
  source: "Rolling-PWN, CVE-2021-46145",
  has: "several consecutive commands of one phone, recorded long ago",
  does: "sends them one after the other on one link, whole sessions joined",
  must: "numbers only grow and belong to one session; there is nothing to resynchronise",
  guard: "firmware/session/channel.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const recorded = useAndListen(car, owner);
    car.pass(30 * 86_400_000);
    nothingOpens(stage, car, "all sessions joined on one link, a month later", () => radio(car, recorded.flat()));
    nothingOpens(stage, car, "only the commands, in order", () => radio(car, recorded.map((session) => session.at(-1)).filter((frame) => frame !== undefined)));
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => listenAndReplayTheirs(stage, 30 * 86_400_000),
};
