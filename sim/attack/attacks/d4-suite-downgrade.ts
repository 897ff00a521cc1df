import type { Attack } from "../attack.ts";
import { asked, fresh, inTheMiddle, nothingOpens, ownerIsServed } from "../acts.ts";
import { concat } from "../../../firmware/base/index.ts";

/** Frame header and METHOD come before SUITES_I. */
const SUITES_OFFSET = 2;

export const D4: Attack = {
  id: "D4",
  title: "Cipher suites edited in flight",
  source: "RFC 9528 section 9.1",
  has: "a place between phone and car",
  does: "writes another suite, a list of suites, and suites that skip a supported one into the first message",
  must: "the transcript covers what was offered: the handshake ends, and the next one works",
  guard: "firmware/edhoc",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const edits: readonly (readonly [string, readonly number[]])[] = [["suite 5", [5]], ["suite 0", [0]], ["suites 4, 5", [0x82, 4, 5]], ["suites 5, 4", [0x82, 5, 4]], ["suites 0, 4", [0x82, 0, 4]]];
    for (const [what, bytes] of edits) {
      const edit = (frame: Uint8Array, index: number): Uint8Array[] => [index === 0 ? concat(frame.slice(0, SUITES_OFFSET), Uint8Array.from(bytes), frame.slice(SUITES_OFFSET + 1)) : frame];
      nothingOpens(stage, car, `the phone's suite becomes ${what}`, () => inTheMiddle(car, edit, () => asked(fresh(owner), { kind: "unlock" })));
    }
    ownerIsServed(stage, car, owner);
  },
};
