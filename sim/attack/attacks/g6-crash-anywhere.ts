import { PowerCut, type SimFlash } from "../../flash/index.ts";
import { told } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, openings } from "../acts.ts";

const CUTS = 16;
const COMMANDS = ["unlock", "drive", "trunk"] as const;

export const G6: Attack = {
  id: "G6",
  title: "A crash in the middle of anything",
  source: "follows from the protocol texts",
  has: "the battery cable",
  does: "cuts the power after any byte that a command writes",
  must: "the car starts in a legal state: immobilised, opening nothing by itself, with free egress, and its owner is served",
  guard: "firmware/records, firmware/controller/boot.ts, firmware/lock",
  play: (stage) => {
    let cuts = 0;
    const wrong: string[] = [];
    for (let n = 0; n < CUTS; n++) {
      const { car, owner } = stage.claimed();
      const flash = car.flash as SimFlash;
      const kind = stage.of(COMMANDS);
      const afterSteps = stage.below(60);
      flash.cutAt({ afterSteps, byteTear: "random", eraseTear: "random" });
      let end = "no power cut";
      try {
        const answer = owner.tries(() => owner.askFresh({ kind }));
        if (answer !== undefined) end = told(answer);
        owner.disconnect();
        car.pass(1_000);
      } catch (thrown) {
        if (!(thrown instanceof PowerCut)) throw thrown;
        cuts++;
        end = `power gone after ${afterSteps} bytes`;
      }
      const from = car.performed.length;
      const failure = car.restart(flash.restart(flash.image()));
      car.pass(10_000);
      const name = `${kind}, ${end}`;
      stage.say(name);
      if (failure !== undefined) wrong.push(`${name}: does not start: ${failure.detail}`);
      else if (openings(car, from) > 0) wrong.push(`${name}: opened by itself`);
      const before = car.performed.length;
      car.tell({ kind: "insideHandlePulled", latch: "passengerDoor" });
      if (openings(car, before) === 0) wrong.push(`${name}: no egress`);
      asked(owner, { kind: "lock", forced: true });
      const answer = asked(owner, { kind: "unlock" });
      if (answer !== "done") wrong.push(`${name}: the owner is told ${answer}`);
    }
    stage.check("every start is a legal one", cuts > 0 && wrong.length === 0, wrong.join("; ") || `${cuts} cuts of ${CUTS} runs`);
  },
};
