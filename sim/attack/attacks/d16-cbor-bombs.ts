import { guestOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed, radio } from "../acts.ts";

const HEADERS = [0xc1, 0xc2, 0xc3] as const;

/** Nested without end, lengths that lie, names that come twice, references to themselves, strings without an end. */
const BOMBS: readonly (readonly [string, readonly number[]])[] = [
  ["arrays 220 deep", Array.from({ length: 220 }, () => 0x81)],
  ["tags 220 deep", Array.from({ length: 220 }, () => 0xc6)],
  ["a byte string of 2^63 bytes", [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]],
  ["an array of 2^32 members", [0x9a, 0xff, 0xff, 0xff, 0xff, 0, 0]],
  ["a map of 2^32 entries", [0xba, 0xff, 0xff, 0xff, 0xff, 0, 0]],
  ["a name that comes twice", [0xa2, 0x01, 0x02, 0x01, 0x03]],
  ["a reference to itself", [0xd8, 0x1c, 0x81, 0xd8, 0x1d, 0x00]],
  ["an array without end", [0x9f, 0x9f, 0x9f, 0x9f]],
  ["a string without end", [0x5f, 0x41, 0, 0x41, 0]],
];

export const D16: Attack = {
  id: "D16",
  title: "CBOR bombs: depth, lengths, repeated names, references",
  source: "measured on the npm package cbor-x",
  has: "a radio, and a guest's key",
  does: "sends them as messages of a stranger and inside a guest's signed commands",
  must: "refused in bounded work; the owner is served at once",
  guard: "firmware/cbor/decode.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const guest = guestOf(owner, "guest");
    for (const [what, bytes] of BOMBS) {
      nothingOpens(stage, car, what, () => {
        for (const header of HEADERS) radio(car, [Uint8Array.from([header, ...bytes])]);
        for (const kind of ["deliverList", "offerUpdate"] as const) {
          const bomb = Uint8Array.from(bytes);
          const answer = asked(guest, kind === "deliverList" ? { kind, list: bomb } : { kind, manifest: bomb });
          stage.check(`refused inside a session: ${what}, ${kind}`, answer !== "done", answer);
        }
      });
    }
    ownerIsServed(stage, car, owner);
  },
};
