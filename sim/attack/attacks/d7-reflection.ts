import type { Attack } from "../attack.ts";
import { fresh, inTheMiddle, ownerIsServed } from "../acts.ts";

export const D7: Attack = {
  id: "D7",
  title: "The phone's own messages come back to it",
  source: "RFC 9528 section 9",
  has: "a place between phone and car",
  does: "returns each frame to the phone instead of giving it to the car",
  must: "the phone takes itself for no car, and says nothing more",
  guard: "firmware/key/handshake.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const phone = fresh(owner);
    stage.say("every frame of the phone is returned to it");
    const answer = inTheMiddle(car, (frame) => (phone.receive(frame), []), () => phone.tries(() => phone.askFresh({ kind: "unlock" })));
    const outcome = answer === undefined ? "no answer" : answer.kind;
    stage.check("the phone believes nothing", outcome !== "reply", outcome);
    stage.check("the phone goes no further", phone.framesSent.length === 1, `${phone.framesSent.length} frame sent`);
    phone.disconnect();
    ownerIsServed(stage, car, owner);
  },
};
