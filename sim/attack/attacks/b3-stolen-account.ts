import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed } from "../acts.ts";
import { asksForEverything, strangerKnowing } from "../strangers.ts";
import { theirSide, useTheirs } from "../theirs.ts";

export const B3: Attack = {
  id: "B3",
  title: "A stolen login adds a phone key beside the car",
  year: 2024,
  source: "Mysk 2024",
  has: "the owner's login, and a phone beside the car",
  does: "adds a key of his own and opens the car with it",
  must: "a login is no key: nothing is enrolled without an owner's signature",
  guard: "firmware/access/enrolment.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const thief = strangerKnowing(owner, "thief");
    const before = car.controller.parts.access.keyCount;
    nothingOpens(stage, car, "the thief's phone asks the car to enrol it, and for everything else", () => asksForEverything(thief));
    thief.remote = true;
    nothingOpens(stage, car, "and again over the cloud's courier", () => asksForEverything(thief));
    stage.check("no key was enrolled", car.controller.parts.access.keyCount === before, `${car.controller.parts.access.keyCount} keys, as before`);
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => {
    const side = theirSide(stage, { secondHasLogin: true });
    side.play({ do: "addKey", who: "second", by: "login" });
    side.world.clock.advance(60_000);
    useTheirs(side, "second", "unlock");
    const { body } = side.carOf("owner");
    stage.checkTheirs("no key was enrolled", body.lockedUp, body.lockedUp ? "locked" : "the thief's new key opened it");
  },
};
