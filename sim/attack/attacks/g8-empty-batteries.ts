import type { Attack } from "../attack.ts";
import { nothingOpens } from "../acts.ts";
import { cardOf, enrolCard } from "../cards.ts";

export const G8: Attack = {
  id: "G8",
  title: "The phone is empty, and the car's battery is low",
  source: "Apple's power reserve",
  has: "patience: he waits until the owner's phone is empty, and tries a card of his own",
  does: "keeps the radio awake all night, so that the battery sags",
  must: "the card opens with a low battery and no phone; the radio's being asked wakes nothing more than its budget",
  guard: "firmware/controller/card-desk.ts, firmware/lock/supply.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const card = cardOf(stage, "wallet");
    enrolCard(car, owner, card);
    const lines = car.controller.parts.audit.lastSequence;
    stage.say("a night of connections; the supply sags to 9.6 V");
    for (let n = 0; n < 200; n++) {
      car.tell({ kind: "linkOpened", link: 50_000 + n, attPayloadBytes: 244, proximity: "local" });
      car.pass(10_000);
    }
    car.tell({ kind: "supplyMeasured", millivolts: 9_600 });
    const written = car.controller.parts.audit.lastSequence - lines;
    stage.check("strangers fill no memory", written <= 3, `${written} lines of 200 connections`);
    nothingOpens(stage, car, "the thief's own card", () => car.tap(cardOf(stage, "thief")));
    car.tap(card);
    stage.check("the owner's card opens at 9.6 V", car.latch("driverDoor") === "unlocked", `door ${car.latch("driverDoor")}`);
  },
};
