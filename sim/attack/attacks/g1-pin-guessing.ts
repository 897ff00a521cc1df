import type { Attack } from "../attack.ts";
import { asked, cutPower, ownerIsServed } from "../acts.ts";
import { cardOf, enrolCard } from "../cards.ts";

const HOURS = 24;
/** Three tries free, then waits of half a minute, doubled up to an hour: far fewer than this in a day. */
const TRIES_A_DAY_MAX = 40;

export const G1: Attack = {
  id: "G1",
  title: "The PIN is guessed at the keypad, across power cuts",
  source: "Ford's keypads: five tries",
  has: "a keypad, the battery cable, and a day",
  does: "types a PIN every ten seconds, and cuts the power after each",
  must: "tries stay counted and waits grow; keys and cards are not locked out by it",
  guard: "firmware/access/pin.ts, firmware/controller/pin-desk.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const card = cardOf(stage, "wallet");
    enrolCard(car, owner, card);
    const set = asked(owner, { kind: "setPin", pin: "4711" });
    stage.say(`the owner sets a PIN: ${set}; the guesser begins`);
    const before = car.effects("hashPin").length;
    for (let tenSeconds = 0; tenSeconds < HOURS * 360; tenSeconds++) {
      car.tell({ kind: "keypadEntered", digits: String(1_000 + stage.below(3_000)) });
      // Now and then, so that waits can also end.
      if (tenSeconds % 37 === 0) cutPower(car);
      car.pass(10_000);
    }
    const tried = car.effects("hashPin").length - before;
    stage.check("few of 8,640 guesses were tried", tried > 0 && tried <= TRIES_A_DAY_MAX, `${tried} tries in a day`);
    if (car.latch("driverDoor") !== "locked") asked(owner, { kind: "lock", forced: true });
    car.tap(card);
    stage.check("the card opens all the same", car.latch("driverDoor") === "unlocked");
    asked(owner, { kind: "setPin", pin: "2580" });
    asked(owner, { kind: "enterPin", pin: "2580" });
    const drives = asked(owner, { kind: "drive" });
    stage.check("the owner drives with another PIN", drives === "done", drives);
    ownerIsServed(stage, car, owner);
  },
};
