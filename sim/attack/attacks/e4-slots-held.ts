import { newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked } from "../acts.ts";

export const E4: Attack = {
  id: "E4",
  title: "Strangers hold every connection",
  source: "Tesla's protocol notes: a real car keeps about three",
  has: "as many radios as it takes",
  does: "connects again and again, says nothing or half a frame, and stays",
  must: "a slot is free for a known key at any moment; silent strangers are dropped within seconds",
  guard: "firmware/session/sessions.ts, firmware/session/limits.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const squatters = Array.from({ length: 40 }, (_, n) => newKey(car, `squatter ${n}`));
    const answers = new Map<string, number>();
    let most = 0;
    stage.say("40 radios connect one after the other and stay; the owner comes ten times meanwhile");
    squatters.forEach((squatter, n) => {
      const link = car.attach(squatter);
      if (n % 2 === 0) car.tell({ kind: "frameReceived", link, bytes: Uint8Array.of(0x81, 0x00) });
      most = Math.max(most, car.controller.sessions.snapshot().strangers);
      car.pass(100);
      if (n % 4 !== 3) return;
      const answer = asked(owner, { kind: n % 8 === 3 ? "unlock" : "status" });
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    });
    stage.check("the owner is served every time", answers.get("done") === 10, [...answers].map(([answer, count]) => `${answer} ${count} times`).join(", "));
    car.pass(10_000);
    const { strangers } = car.controller.sessions.snapshot();
    stage.check("silent strangers are gone after ten seconds", strangers === 0, `${most} at most, ${strangers} left`);
  },
};
