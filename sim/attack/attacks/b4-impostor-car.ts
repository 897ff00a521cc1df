import { claim, idOf, keyIdOf, newKey } from "../../wired/index.ts";
import { toHex } from "../../../firmware/base/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";

export const B4: Attack = {
  id: "B4",
  title: "A spare part from a wreck plays the car to the owner's key",
  year: 2020,
  source: "Wouters (COSIC) 2020",
  has: "another controller of the same make, with keys of its own, and all that is public of the owner's car",
  does: "answers the owner's phone as its car, to learn a command or be paired",
  must: "the phone speaks only to the car whose key it keeps, and shows nothing of itself before",
  guard: "firmware/key/handshake.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const impostor = stage.car();
    claim(impostor, "wrecker");
    impostor.performed.length = 0;
    const phone = newKey(impostor, "anna");
    phone.wallet = { ...owner.wallet, cars: owner.wallet.cars.map((it) => ({ ...it, ticket: undefined })) };
    stage.say("the owner's phone is led to the impostor");
    const answer = asked(phone, { kind: "unlock" });
    stage.check("the phone refuses it", answer.startsWith("failed"), answer);
    const said = phone.framesSent.map(toHex).join(" ");
    const shows = said.includes(idOf(owner)) || said.includes(toHex(owner.wallet.key.publicKey)) || said.includes(toHex(keyIdOf(owner)));
    stage.check("the phone has shown nothing of itself", !shows && phone.framesSent.length <= 1, `${phone.framesSent.length} frame sent`);
    ownerIsServed(stage, car, owner);
  },
};
