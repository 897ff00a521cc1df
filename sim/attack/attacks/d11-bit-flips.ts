import type { Attack } from "../attack.ts";
import { asked, fresh, inTheMiddle, openings, ownerIsServed, type Heard } from "../acts.ts";

/** Of so many bytes one is changed; another seed changes another one. */
const STRIDE = 2;

export const D11: Attack = {
  id: "D11",
  title: "One bit changed, all through the messages of an unlock",
  source: "follows from the protocol texts",
  has: "a place between phone and car",
  does: "flips a bit in every second byte, of full handshakes and of fast reconnects",
  must: "no changed message is taken, and the next connection works",
  guard: "firmware/edhoc, firmware/session/channel.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    let played = 0;
    let taken = "";
    const flipAll = (what: string, frames: Heard, prepare: () => void): void => {
      frames.forEach((frame, place) => {
        for (let at = stage.below(STRIDE); at < frame.length; at += STRIDE) {
          const mask = 1 << stage.below(8);
          // What would come after a changed message is a new try of the phone's own.
          const flip = (sent: Uint8Array, index: number): Heard =>
            index > place ? [] : [index < place ? sent : Uint8Array.from(sent, (byte, offset) => (offset === at ? byte ^ mask : byte))];
          prepare();
          const from = car.performed.length;
          inTheMiddle(car, flip, () => asked(owner, { kind: "unlock" }));
          played++;
          if (openings(car, from) > 0) taken = `${what}, frame ${place + 1}, byte ${at}, mask ${mask}`;
        }
      });
    };
    const heard = (prepare: () => void): Heard => {
      prepare();
      asked(owner, { kind: "unlock" });
      const frames = [...owner.framesSent];
      asked(owner, { kind: "lock", forced: true });
      return frames;
    };
    const full = (): void => void fresh(owner);
    const fast = (): void => void asked(fresh(owner), { kind: "status" });
    const [fullFrames, fastFrames] = [heard(full), heard(fast)];
    flipAll("full handshake", fullFrames, full);
    flipAll("fast reconnect", fastFrames, fast);
    stage.say(`${played} changed messages of ${fullFrames.length} frames of a full handshake and ${fastFrames.length} of a fast reconnect`);
    stage.check("no changed message is taken", played > 0 && taken === "", taken || `${played} tried`);
    ownerIsServed(stage, car, owner);
  },
};
