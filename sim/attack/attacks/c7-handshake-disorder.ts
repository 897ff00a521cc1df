import { newKey, type WiredCar, type WiredKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { inTheMiddle, nothingOpens, ownerIsServed, radio, withoutTicket } from "../acts.ts";

/** The frames of one whole session of an owner with an unlock, heard and never replayed before. */
function heard(car: WiredCar, owner: WiredKey): readonly Uint8Array[] {
  owner.wallet = withoutTicket(owner);
  owner.askFresh({ kind: "unlock" });
  const frames = [...owner.framesSent];
  owner.ask({ kind: "lock", forced: true });
  owner.disconnect();
  car.pass(2_000);
  return frames;
}

export const C7: Attack = {
  id: "C7",
  title: "Frames of a handshake reordered, repeated and left out at every place",
  source: "follows from the protocol texts",
  has: "a place between phone and car",
  does: "swaps, doubles and drops each frame in turn, on recorded and on live links",
  must: "no state advances out of order; a live link ends or serves, and the next one works",
  guard: "firmware/session/sessions.ts, firmware/edhoc",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const frames = heard(car, owner);
    nothingOpens(stage, car, "every order of a heard handshake", () => {
      for (let at = 0; at < frames.length; at++) {
        radio(car, frames.filter((_, index) => index !== at));
        radio(car, frames.flatMap((frame, index) => (index === at ? [frame, frame] : [frame])));
        radio(car, [...frames.slice(at), ...frames.slice(0, at)]);
      }
    });
    stage.say("frames of a live handshake are doubled one by one");
    let served = 0;
    let openedTwice = 0;
    for (let doubled = 0; doubled < 4; doubled++) {
      const phone = newKey(car, "phone");
      phone.wallet = withoutTicket(owner);
      const from = car.performed.length;
      const answer = inTheMiddle(car, (frame, index) => (index === doubled ? [frame, frame] : [frame]), () => phone.tries(() => phone.askFresh({ kind: "unlock" })));
      if (answer?.kind === "reply" && answer.reply.code === 0) served++;
      const opened = car.performed.slice(from).filter((effect) => effect.kind === "driveLatch" && effect.toward === "unlocked" && effect.latch === "driverDoor").length;
      if (opened > 1) openedTwice++;
      phone.disconnect();
      car.pass(2_000);
      owner.askFresh({ kind: "lock", forced: true });
      owner.disconnect();
      car.pass(2_000);
    }
    stage.check("a doubled frame opens nothing twice", openedTwice === 0, `${served} of 4 links served, ${openedTwice} opened twice`);
    ownerIsServed(stage, car, owner);
  },
};
