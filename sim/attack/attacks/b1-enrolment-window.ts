import { useTheirs, theirSide } from "../theirs.ts";
import { tokenOf } from "../../incident/index.ts";
import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed } from "../acts.ts";
import { cardOf, enrolCard, isEnrolled } from "../cards.ts";
import { asksForEverything, strangerKnowing } from "../strangers.ts";

export const B1: Attack = {
  id: "B1",
  title: "A key is enrolled within 130 s of a tap of the card",
  year: 2022,
  source: "Herfurt, Project TEMPA, 2022",
  has: "a radio near the car in the moment its owner taps the card, a phone and a card of the thief's own",
  does: "asks for a key of his own inside the window, over the air and at the reader",
  must: "the window lets drive and nothing else: enrolling takes an owner's key, each time",
  guard: "firmware/controller/card-desk.ts, firmware/access/enrolment.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const card = cardOf(stage, "wallet");
    enrolCard(car, owner, card);
    const before = car.controller.parts.access.keyCount;
    const thief = strangerKnowing(owner, "thief");
    const thiefsCard = cardOf(stage, "thief");
    stage.say("the owner taps inside; the drive is released for a moment");
    car.tap(card, { place: "inside" });
    nothingOpens(stage, car, "a stranger asks for everything inside the window", () => {
      asksForEverything(thief);
      for (const place of ["inside", "outside"] as const) car.tap(thiefsCard, { place });
      car.pass(130_000);
      asksForEverything(thief);
      car.tap(thiefsCard);
    });
    const after = car.controller.parts.access.keyCount;
    stage.check("no key was enrolled", after === before && !isEnrolled(car, thiefsCard), `${before} keys before, ${after} after`);
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => {
    const side = theirSide(stage);
    const car = side.carOf("owner");
    useTheirs(side, "owner", "unlock");
    side.play({ do: "addKey", who: "second", by: "open car" });
    side.world.clock.advance(3_600_000);
    useTheirs(side, "second", "unlock");
    stage.checkTheirs("no key was enrolled", car.body.lockedUp, car.body.lockedUp ? "the thief's key opens nothing" : `opened with ${tokenOf("second")}`);
  },
};
