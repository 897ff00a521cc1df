import { resumePairing, transferCode } from "../../../firmware/key/index.ts";
import { PowerCut, type SimFlash } from "../../flash/index.ts";
import { idOf, newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked } from "../acts.ts";
import type { Stage } from "../stage.ts";

/** Cuts tried in one play, spread over all that a handover writes. */
const CUTS = 16;

/** A handover whose power goes after so many written bytes; gives who owns the car, or undefined where it came to its end. */
function ownersAfterCut(stage: Stage, afterSteps: number): { readonly owners: readonly string[]; readonly serves: boolean } | undefined {
  const { car, owner } = stage.claimed();
  const reply = owner.askFresh({ kind: "transfer" });
  const code = reply.kind === "reply" ? transferCode(reply.reply) : undefined;
  owner.disconnect();
  const buyer = newKey(car, "buyer");
  const flash = car.flash as SimFlash;
  flash.cutAt({ afterSteps, byteTear: "random", eraseTear: "random" });
  try {
    buyer.pair(code?.ok === true ? code.value : "");
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof PowerCut)) throw thrown;
  }
  if (car.restart(flash.restart(flash.image())) !== undefined) return { owners: ["the car does not start"], serves: false };
  const owners = [owner, buyer].filter((phone) => car.controller.parts.access.key(idOf(phone))?.role === "owner");
  const [only] = owners;
  const task = only === buyer ? resumePairing(buyer.wallet) : undefined;
  if (task !== undefined) buyer.pairWith(task);
  car.pass(500);
  return { owners: owners.map(({ wallet }) => wallet.name), serves: only !== undefined && asked(only, { kind: "unlock" }) === "done" };
}

export const B9: Attack = {
  id: "B9",
  title: "Power goes in the middle of a change of owners",
  source: "follows from the protocol texts",
  has: "the battery cable",
  does: "cuts the power after any byte that a handover writes",
  must: "the old owner or the new one, never both, never none",
  guard: "firmware/records (one record batch), firmware/access/handover.ts",
  play: (stage) => {
    const seen = new Map<string, number>();
    let wrong = "";
    let played = 0;
    for (let steps = stage.below(40); played < CUTS; steps += 10 + stage.below(30)) {
      const after = ownersAfterCut(stage, steps);
      if (after === undefined) break;
      played++;
      const who = after.owners.join(" and ") || "nobody";
      seen.set(who, (seen.get(who) ?? 0) + 1);
      stage.say(`power gone after ${steps} written bytes: the car is ${who}'s`);
      if (after.owners.length !== 1 || !after.serves) wrong = `after ${steps} bytes: ${who}${after.serves ? "" : ", who is not served"}`;
    }
    stage.check("exactly one owner after every cut, who is served", played > 0 && wrong === "", wrong || [...seen].map(([who, count]) => `${who} ${count} times`).join(", "));
  },
};
