import { guestOf, told } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { cutPower, withoutTicket } from "../acts.ts";

export const C5: Attack = {
  id: "C5",
  title: "A power cut between a use that counts and its being stored",
  source: "follows from the protocol texts",
  has: "a guest's key for one use, and the battery cable",
  does: "cuts the power the moment the door has opened, and uses the key again",
  must: "the use is durable before anything moves: the door opens once",
  guard: "firmware/controller/pump.ts (write before act)",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const guest = guestOf(owner, "one use", { uses: 1, actions: ["unlock", "lock"] });
    const kept = withoutTicket(guest);
    stage.say("the use is asked for while the flash hangs; then power goes");
    car.flashHangs = true;
    guest.connect();
    guest.begin({ kind: "unlock" });
    const whileHanging = car.effects("driveLatch").filter(({ toward }) => toward === "unlocked").length;
    stage.check("nothing moves before the use is stored", whileHanging === 0, `${whileHanging} latches driven`);
    cutPower(car);
    let opened = whileHanging;
    for (let n = 0; n < 4; n++) {
      car.performed.length = 0;
      guest.wallet = { ...kept, cars: kept.cars.map((it) => ({ ...it, grant: { ...it.grant!, uses: undefined } })) };
      const answer = guest.tries(() => guest.askFresh({ kind: "unlock", use: 1 }));
      const moved = car.effects("driveLatch").some(({ toward }) => toward === "unlocked");
      stage.say(`the guest asks again: ${answer === undefined ? "no answer" : told(answer)}`);
      if (moved) opened++;
      guest.disconnect();
      cutPower(car);
    }
    stage.check("it opened at most once", opened === 1, `opened ${opened} times`);
  },
};
