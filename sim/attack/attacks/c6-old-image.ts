import type { SimFlash } from "../../flash/index.ts";
import { setTime, START_S, verifiedLog } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed, radio, useAndListen } from "../acts.ts";

export const C6: Attack = {
  id: "C6",
  title: "The car's memory is put back to an older image",
  source: "follows from the protocol texts",
  has: "the memory card for a minute, twice, and recordings of everything on the air",
  does: "copies it, and later writes the copy back",
  must: "old sessions and frames stay dead; every phone that has seen the log further tells of it (the car alone cannot)",
  guard: "firmware/key/log-check.ts, firmware/session/tickets.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const recorded = useAndListen(car, owner);
    owner.askFresh({ kind: "status" });
    const image = (car.flash as SimFlash).durableImage();
    stage.say("the memory is copied; the car is used on");
    setTime(owner, START_S + 7_200);
    for (let n = 0; n < 3; n++) {
      owner.askFresh({ kind: "unlock" });
      owner.ask({ kind: "lock", forced: true });
      car.pass(1_000);
    }
    owner.askFresh({ kind: "status" });
    verifiedLog(owner);
    stage.say("the copy is written back");
    car.restart((car.flash as SimFlash).restart(image));
    nothingOpens(stage, car, "every session that was ever heard", () => {
      for (const session of recorded) radio(car, session);
    });
    let told = "the log verifies";
    try {
      owner.askFresh({ kind: "status" });
      verifiedLog(owner);
    } catch (fault) {
      told = (fault as Error).message;
    }
    owner.disconnect();
    stage.check("the owner's phone tells that it was put back", told.includes("restored"), told);
    ownerIsServed(stage, car, owner);
  },
};
