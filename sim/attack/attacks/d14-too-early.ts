import type { Attack } from "../attack.ts";
import { heardHandshake, nothingOpens, ownerIsServed, radio } from "../acts.ts";

const PROTECTED = 0xc2;

export const D14: Attack = {
  id: "D14",
  title: "Commands before the handshake ends, and after it broke off",
  year: 2023,
  source: "EDHOC-Fuzzer's class of findings",
  has: "recorded handshakes",
  does: "sends protected messages before the third message, in its place, and after one that failed",
  must: "no keys before the peer is proven, none after an abort",
  guard: "firmware/session/sessions.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const [message1, message3] = heardHandshake(owner) as [Uint8Array, Uint8Array];
    const command = (): Uint8Array => Uint8Array.from([PROTECTED, ...stage.bytes(40)]);
    nothingOpens(stage, car, "a command first of all", () => radio(car, [command(), message1]));
    nothingOpens(stage, car, "a command in the place of the third message", () => radio(car, [message1, command(), message3]));
    nothingOpens(stage, car, "a command after a third message that failed", () => radio(car, [message1, message3, command(), command()]));
    nothingOpens(stage, car, "a third message without a first", () => radio(car, [message3, command()]));
    ownerIsServed(stage, car, owner);
  },
};
