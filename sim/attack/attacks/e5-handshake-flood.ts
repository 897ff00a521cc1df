import { SESSION_LIMITS } from "../../../firmware/session/index.ts";
import type { Attack } from "../attack.ts";
import { heardHandshake, ownerIsServed } from "../acts.ts";

export const E5: Attack = {
  id: "E5",
  title: "A flood of half-open handshakes",
  source: "RFC 9528 section 9",
  has: "a radio and one first message",
  does: "opens 1,000 links in 20 s and begins a handshake on each",
  must: "the car computes for no more than its budget, and the owner is served right after",
  guard: "firmware/session/limits.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const frame = heardHandshake(owner)[0]!;
    car.pass(5_000);
    const startMs = car.nowMs;
    const from = car.performed.length;
    for (let link = 10_000; link < 11_000; link++) {
      car.tell({ kind: "linkOpened", link, attPayloadBytes: 244, proximity: "local" });
      car.tell({ kind: "frameReceived", link, bytes: frame });
      if (link % 2 === 0) car.tell({ kind: "linkClosed", link });
      if (link % 5 === 0) car.pass(100);
    }
    const answered = car.performed.slice(from).filter((effect) => effect.kind === "send" && effect.bytes.length > 40).length;
    const budget = SESSION_LIMITS.handshakeBurst + Math.ceil((car.nowMs - startMs) / SESSION_LIMITS.handshakeIntervalMs);
    stage.say(`1,000 first messages in ${Math.round((car.nowMs - startMs) / 1000)} s: ${answered} answered`);
    stage.check("no more are computed than the budget allows", answered > 0 && answered <= budget, `${answered} of 1000, budget ${budget}`);
    ownerIsServed(stage, car, owner);
  },
};
