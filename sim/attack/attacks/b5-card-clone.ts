import type { Attack } from "../attack.ts";
import { nothingOpens } from "../acts.ts";
import { cardOf, enrolCard, isEnrolled } from "../cards.ts";

/** Instruction byte of the card's answer with its public key (docs/card.md). */
const GET_PUBLIC_KEY = 0x04;

export const B5: Attack = {
  id: "B5",
  title: "A home-made card that answers like a real one",
  year: 2021,
  source: "gauss-key-card README",
  has: "an open applet on a blank card, the public key of the owner's card, and a moment at the reader",
  does: "shows a card with a key of its own, and one that claims the owner's public key",
  must: "a card counts only once an owner beside the car has asked for it, and only with its private key",
  guard: "firmware/card, firmware/controller/card-desk.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const card = cardOf(stage, "wallet");
    enrolCard(car, owner, card);
    const clone = cardOf(stage, "clone");
    // It shows the owner's card's public key where it is asked for one, and answers the challenge with its own.
    const liar = {
      answer: (command: Uint8Array) => {
        const [genuine, own] = [card.answer(command), clone.answer(command)];
        return command[1] === GET_PUBLIC_KEY ? genuine : own;
      },
    };
    nothingOpens(stage, car, "a clone with a key of its own", () => car.tap(clone));
    nothingOpens(stage, car, "a clone that shows the owner's public key", () => car.tap(liar));
    stage.check("the clone is not enrolled", !isEnrolled(car, clone));
    car.tap(card);
    stage.check("the owner's card opens", car.latch("driverDoor") === "unlocked", `door ${car.latch("driverDoor")}`);
  },
};
