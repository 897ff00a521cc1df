import type { Attack } from "../attack.ts";
import { asked, fresh, inTheMiddle, nothingOpens, ownerIsServed } from "../acts.ts";

const METHOD_OFFSET = 1;

export const D5: Attack = {
  id: "D5",
  title: "The authentication method edited in flight",
  source: "RFC 9528 section 9.1",
  has: "a place between phone and car",
  does: "turns signatures into static keys, and into methods that nobody knows",
  must: "one method alone is spoken; the handshake ends, and the next one works",
  guard: "firmware/edhoc",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    for (const method of [1, 2, 3, 4, 23]) {
      const edit = (frame: Uint8Array, index: number): Uint8Array[] => [index === 0 ? Uint8Array.from(frame, (byte, at) => (at === METHOD_OFFSET ? method : byte)) : frame];
      nothingOpens(stage, car, `method 0 becomes ${method}`, () => inTheMiddle(car, edit, () => asked(fresh(owner), { kind: "unlock" })));
    }
    ownerIsServed(stage, car, owner);
  },
};
