import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed, radio, useAndListen } from "../acts.ts";
import { listenAndReplayTheirs } from "../replayed.ts";

export const C1: Attack = {
  id: "C1",
  title: "Captured commands sent again: same session, later, after a restart",
  source: "all of the replay literature",
  has: "a receiver that heard every session of the owner and a guest",
  does: "sends the frames again on links of his own, forwards and backwards, and into a session that is open",
  must: "each session has keys of its own, each message its number: nothing said before means anything again",
  guard: "firmware/session/channel.ts, firmware/session/tickets.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const recorded = useAndListen(car, owner);
    nothingOpens(stage, car, "every session again, and backwards", () => {
      for (const session of recorded) {
        radio(car, session);
        radio(car, [...session].reverse());
      }
    });
    owner.askFresh({ kind: "unlock" });
    owner.ask({ kind: "lock", forced: true });
    const { link, framesSent } = owner;
    const frames = [...framesSent];
    nothingOpens(stage, car, "a session into the link it came from", () => {
      for (const bytes of frames) car.tell({ kind: "frameReceived", link: link!, bytes });
    });
    car.restart();
    nothingOpens(stage, car, "every session after a restart", () => {
      for (const session of recorded) radio(car, session);
    });
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => listenAndReplayTheirs(stage, 60_000),
};
