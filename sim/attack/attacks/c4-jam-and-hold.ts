import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed, radio } from "../acts.ts";

/** The header of a whole fast message. */
const FAST_FRAME = 0xc3;

export const C4: Attack = {
  id: "C4",
  title: "A press is jammed and captured, and delivered later",
  year: 2015,
  source: "Kamkar, RollJam, 2015",
  has: "a jammer and a receiver beside the car",
  does: "keeps an unlock from arriving, lets the next one through, and delivers the first when nobody is there",
  must: "a command is good for 30 s after the car's last reply in its session, and no longer than its link; the first one of a fast reconnect for the 2 s that its link waits for it",
  guard: "firmware/session/sessions.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    owner.askFresh({ kind: "status" });
    const link = owner.link!;
    owner.link = undefined;
    stage.say("the owner asks to unlock; the frame is jammed and kept");
    owner.begin({ kind: "unlock" });
    const held = owner.framesSent.slice(-1);
    owner.link = link;
    owner.disconnect();
    stage.say("the phone tries again over a new link, and is served; the owner locks and leaves");
    const second = asked(owner, { kind: "unlock" });
    asked(owner, { kind: "lock", forced: true });
    stage.check("the second press works", second === "done", second);
    nothingOpens(stage, car, "the held frame on a link of the thief's", () => radio(car, held));
    nothingOpens(stage, car, "the held frame on the number of the link it was made for", () => {
      for (const bytes of held) car.tell({ kind: "frameReceived", link, bytes });
    });
    car.pass(3_600_000);
    nothingOpens(stage, car, "and an hour later", () => radio(car, held));
    stage.say("a relay holds the next press back, and keeps the car's end of its link alive");
    owner.askFresh({ kind: "status" });
    const kept = owner.link!;
    owner.link = undefined;
    owner.begin({ kind: "unlock" });
    const late = owner.framesSent.slice(-1);
    car.pass(60_000);
    nothingOpens(stage, car, "the held frame on its own living link, a minute later", () => {
      for (const bytes of late) car.tell({ kind: "frameReceived", link: kept, bytes });
    });
    owner.link = kept;
    owner.disconnect();
    stage.say("the first frame of a fast reconnect, which carries the unlock and needs no handshake, is jammed and kept");
    owner.askFresh({ kind: "unlock" });
    asked(owner, { kind: "lock", forced: true });
    owner.connect();
    const own = owner.link!;
    owner.link = undefined;
    owner.begin({ kind: "unlock" });
    const fast = owner.framesSent.slice(-1);
    stage.check("it is a fast reconnect", fast[0]?.[0] === FAST_FRAME, `its first byte is ${fast[0]?.[0]}`);
    nothingOpens(stage, car, "the held fast frame on a link of the thief's, and over a remote one", () => {
      radio(car, fast);
      radio(car, fast, { proximity: "remote" });
    });
    for (const delayMs of [60_000, 3_600_000]) {
      car.pass(delayMs);
      nothingOpens(stage, car, `the same, and on its own link, ${delayMs / 60_000} min later`, () => {
        radio(car, fast);
        for (const bytes of fast) car.tell({ kind: "frameReceived", link: own, bytes });
      });
    }
    owner.link = own;
    owner.disconnect();
    ownerIsServed(stage, car, owner);
  },
};
