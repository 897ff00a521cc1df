import type { Attack } from "../attack.ts";
import { asked, fresh, heardHandshake, inTheMiddle, openings, ownerIsServed } from "../acts.ts";

/** Every so many bytes one is changed; another seed changes others. */
const STRIDE = 5;

export const D11: Attack = {
  id: "D11",
  title: "One bit changed, at every place of every message",
  source: "follows from the protocol texts",
  has: "a place between phone and car",
  does: "flips a bit here and there, in handshakes and in commands",
  must: "no changed message is taken, and the next connection works",
  guard: "firmware/edhoc, firmware/session/channel.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    asked(fresh(owner), { kind: "unlock" });
    const frames = [...owner.framesSent];
    asked(owner, { kind: "lock", forced: true });
    heardHandshake(owner);
    let played = 0;
    let taken = "";
    frames.forEach((frame, place) => {
      for (let at = stage.below(STRIDE); at < frame.length; at += STRIDE) {
        const mask = 1 << stage.below(8);
        const flip = (sent: Uint8Array, index: number): Uint8Array[] => [index === place ? Uint8Array.from(sent, (byte, offset) => (offset === at ? byte ^ mask : byte)) : sent];
        const from = car.performed.length;
        inTheMiddle(car, flip, () => asked(fresh(owner), { kind: "unlock" }));
        played++;
        if (openings(car, from) > 0) taken = `frame ${place + 1}, byte ${at}, mask ${mask}`;
      }
    });
    stage.say(`${played} changed messages in ${frames.length} places of an unlock`);
    stage.check("no changed message is taken", played > 0 && taken === "", taken || `${played} tried`);
    ownerIsServed(stage, car, owner);
  },
};
