import { toHex } from "../../../firmware/base/index.ts";
import type { Attack } from "../attack.ts";
import { heardHandshake, nothingOpens, ownerIsServed, radio } from "../acts.ts";

/** Of what the car sends over a link: first its challenge, then the answer. */
const ANSWER = 1;

export const D13: Attack = {
  id: "D13",
  title: "The same first message twice, and a third message again",
  source: "RFC 9528 section 9",
  has: "a recorded handshake",
  does: "sends its first message on several links, hoping for a key share or nonce that comes twice; then its third message",
  must: "every answer has a key share of its own, and a third message belongs to one handshake",
  guard: "firmware/edhoc/responder.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const frames = heardHandshake(owner);
    const answers: string[] = [];
    nothingOpens(stage, car, "the same first message on four links, each with the recorded third", () => {
      for (let n = 0; n < 4; n++) {
        const from = car.performed.length;
        radio(car, frames);
        car.pass(1_000);
        const answer = car.performed.slice(from).filter((effect) => effect.kind === "send")[ANSWER];
        if (answer?.kind === "send") answers.push(toHex(answer.bytes.slice(0, 36)));
      }
    });
    stage.check("every answer is another", answers.length === 4 && new Set(answers).size === 4, `${answers.length} answers, ${new Set(answers).size} different`);
    ownerIsServed(stage, car, owner);
  },
};
