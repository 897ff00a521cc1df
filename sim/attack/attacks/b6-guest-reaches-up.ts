import { guestOf, START_S, setTime } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed } from "../acts.ts";
import { asksForEverything, wishes } from "../strangers.ts";

export const B6: Attack = {
  id: "B6",
  title: "A guest enrols, shares, takes over, reads the log, lifts limits",
  source: "follows from the protocol texts",
  has: "a valid guest's key that may lock and look",
  does: "asks for everything else, well-formed and signed",
  must: "refused by role and scope, every time",
  guard: "firmware/access/role-table.ts, firmware/access/decide.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    setTime(owner, START_S);
    const guest = guestOf(owner, "guest", { actions: ["lock", "status"], notBeforeS: START_S, expiresAtS: START_S + 86_400 });
    const before = car.controller.parts.access.keyCount;
    const allowed: string[] = [];
    nothingOpens(stage, car, "a guest asks for everything", () => {
      const commands = wishes(guest);
      asksForEverything(guest, commands).forEach((answer, index) => {
        if (answer === "done") allowed.push(commands[index]!.kind);
      });
    });
    stage.check("nothing of it was done", allowed.length === 0, allowed.length === 0 ? "all refused" : `done: ${allowed.join(", ")}`);
    stage.check("no key was enrolled", car.controller.parts.access.keyCount === before);
    stage.check("what the guest may do is done", asked(guest, { kind: "status" }) === "done");
    ownerIsServed(stage, car, owner);
  },
};
