import type { Attack } from "../attack.ts";
import { cardOf, enrolCard, ownCardOf } from "../cards.ts";
import { asked, nothingOpens } from "../acts.ts";

export const A9: Attack = {
  id: "A9",
  title: "The card in the owner's wallet, relayed over the network",
  year: 2022,
  source: "IOActive 2022",
  has: "a reader beside the owner's wallet and a card emulator at the car's door",
  does: "carries the car's challenge to the card and the answer back, up to 300 ms later; a faster relay inside tries to drive",
  must: "over the frame-waiting bound nothing opens; below it the PIN to drive stands",
  guard: "firmware/controller/card-desk.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const card = cardOf(stage, "wallet");
    enrolCard(car, owner, card);
    const badge = ownCardOf(stage, "badge");
    enrolCard(car, owner, badge, "badge");
    // Whoever expects relays sets the bound to what cards of this kind take.
    asked(owner, { kind: "changeSettings", settings: new Map([["cardAnswerMs", 220], ["ownCardAnswerMs", 60]]) });
    asked(owner, { kind: "setPin", pin: "4711" });
    for (const addedMs of [50, 100, 200, 300]) {
      nothingOpens(stage, car, `the card answers through a relay, ${addedMs} ms late`, () => car.tap(card, { answerMs: 180 + addedMs }));
      const relay = { answer: (command: Uint8Array) => badge.answer(command), answerMs: (command: Uint8Array) => badge.answerMs(command) + addedMs };
      nothingOpens(stage, car, `one of our own type answers through it, ${addedMs} ms late`, () => car.tap(relay));
    }
    nothingOpens(stage, car, "a relay too fast to be told reaches the reader inside", () => car.tap(card, { place: "inside", answerMs: 200 }));
    car.tap(card);
    stage.check("the card itself opens", car.latch("driverDoor") === "unlocked", `door ${car.latch("driverDoor")}`);
    car.tap(badge);
    stage.check("so does the one of our own type: it locks again", car.latch("driverDoor") === "locked", `door ${car.latch("driverDoor")}`);
  },
};
