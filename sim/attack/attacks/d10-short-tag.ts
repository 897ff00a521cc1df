import type { Attack } from "../attack.ts";
import { inTheMiddle, nothingOpens, ownerIsServed } from "../acts.ts";

/** A protected frame whose last byte string, the ciphertext with its tag, is `missing` bytes shorter and says so. */
function shortened(frame: Uint8Array, missing: number): Uint8Array {
  for (let head = frame.length - 17; head > 0; head--) {
    const length = frame.length - 1 - head;
    const short = frame.slice(0, -missing);
    if (frame[head] === 0x40 + length && length < 24) short[head] = 0x40 + length - missing;
    else if (frame[head] === length && frame[head - 1] === 0x58) short[head] = length - missing;
    else continue;
    return short;
  }
  throw new RangeError("the frame ends with no byte string");
}

export const D10: Attack = {
  id: "D10",
  title: "Authentication tags cut to 4 of 16 bytes",
  source: "measured here: libraries that take short tags of GCM",
  has: "a place between phone and car",
  does: "shortens the tag of a command, well-formed, so that guessing would take 2^32 tries and not 2^128",
  must: "a tag has its full length",
  guard: "firmware/cose/encrypt0.ts, hal/crypto-node/aead.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    for (const missing of [12, 8, 4, 1, 15]) {
      owner.askFresh({ kind: "status" });
      nothingOpens(stage, car, `an unlock with a tag of ${16 - missing} bytes`, () => {
        inTheMiddle(car, (frame, index) => (index === 0 ? [shortened(frame, missing)] : []), () => owner.tries(() => owner.ask({ kind: "unlock" })));
      });
      owner.disconnect();
    }
    ownerIsServed(stage, car, owner);
  },
};
