import { guestOf, newKey, setTime, START_S, share } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens } from "../acts.ts";

export const F2: Attack = {
  id: "F2",
  title: "A guest's key one second before its window, and at its end",
  source: "RFC 8392 sections 3.1.4 and 3.1.5",
  has: "a guest's key with a window",
  does: "uses it a second early, in its first and last second, at its end, and where no time is known",
  must: "not before nbf, not from exp on, and not where the time is not trusted",
  guard: "firmware/access/decide.ts, firmware/time",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const unknown = guestOf(owner, "early guest", { notBeforeS: START_S, expiresAtS: START_S + 86_400 });
    nothingOpens(stage, car, "no time is known", () => asked(unknown, { kind: "unlock" }));
    setTime(owner, START_S);
    owner.disconnect();
    const setAtMs = car.nowMs;
    const guest = newKey(car, "guest");
    share(owner, guest, { notBeforeS: START_S + 100, expiresAtS: START_S + 200 });
    const waitUntil = (second: number): void => car.pass(setAtMs + second * 1_000 - car.nowMs);
    const opensAt = (second: number): void => {
      waitUntil(second);
      const answer = asked(guest, { kind: "unlock" });
      stage.check(`opens in second ${second}`, answer === "done", answer);
      asked(owner, { kind: "lock", forced: true });
    };
    const refusedAt = (second: number): void => {
      waitUntil(second);
      const answer = asked(guest, { kind: "unlock" });
      stage.check(`refused in second ${second}`, answer !== "done" && car.latch("driverDoor") === "locked", answer);
    };
    refusedAt(99);
    opensAt(100);
    opensAt(199);
    refusedAt(200);
    car.restart();
    nothingOpens(stage, car, "after a restart that lost the time", () => asked(guest, { kind: "unlock" }));
  },
};
