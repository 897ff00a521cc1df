import { fromHex } from "../../../firmware/base/index.ts";
import type { Attack } from "../attack.ts";
import { heardHandshake, ownerIsServed, radio } from "../acts.ts";

/** u-coordinates of low order on Curve25519 (RFC 7748 section 6.1 has them refused by the shared secret). */
const LOW_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/** Frame header, METHOD, one suite, and the head of a byte string of 32. */
const G_X_OFFSET = 5;

export const D2: Attack = {
  id: "D2",
  title: "Key shares of low order in the first message",
  source: "RFC 7748, Wycheproof",
  has: "a radio",
  does: "begins handshakes with points that make every shared secret zero",
  must: "the car answers none of them",
  guard: "firmware/ports/crypto.ts (agree), firmware/edhoc",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const message1 = heardHandshake(owner)[0]!;
    const answersTo = (frame: Uint8Array): number => {
      const from = car.performed.length;
      radio(car, [frame]);
      return car.performed.slice(from).filter((effect) => effect.kind === "send" && effect.bytes.length > 40).length;
    };
    stage.check("a genuine first message is answered", answersTo(message1) > 0);
    car.pass(2_000);
    for (const point of LOW_ORDER) {
      const frame = message1.slice();
      frame.set(fromHex(point)!, G_X_OFFSET);
      stage.say(`a first message with G_X ${point.slice(0, 8)}...`);
      stage.check(`not answered: ${point.slice(0, 8)}...${point.slice(-4)}`, answersTo(frame) === 0);
    }
    ownerIsServed(stage, car, owner);
  },
};
