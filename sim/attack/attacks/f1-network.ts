import { NETWORKS, playNetworkDay } from "../../world/index.ts";
import type { Attack } from "../attack.ts";
import { theirSide, useTheirs } from "../theirs.ts";

export const F1: Attack = {
  id: "F1",
  title: "The cloud floods, hangs, is dead, answers nothing",
  source: "asked for by those who stood outside",
  has: "the car's network, all of it",
  does: "pushes as many commands as it can, lets every request hang, or takes the servers away for ever",
  must: "no event, effect, frame or moment of the car differs from a day without a network",
  guard: "firmware (no network is reachable from it), docs/incidents.md",
  play: (stage) => {
    const days = NETWORKS.map((network) => ({ network, day: playNetworkDay(network, { createCrypto: stage.createCrypto, boot: () => stage.boot, seed: stage.seed }) }));
    const [without] = days;
    for (const { network, day } of days) {
      stage.say(`twelve visits, network ${network}: ${day.requests} requests borne, trace ${day.traceHash}`);
      stage.check(`as without a network: ${network}`, day.traceHash === without!.day.traceHash, `trace ${day.traceHash}, slowest unlock ${Math.max(...day.unlockMs)} ms`);
    }
    const served = without!.day.outcomes.every((outcome) => /done$|true$/.test(outcome));
    stage.check("everybody is served", served, `${without!.day.outcomes.length} acts`);
  },
  contrast: (stage) => {
    const side = theirSide(stage, { secondHasLogin: true });
    side.world.cloud.mode = "gone";
    const said = useTheirs(side, "second", "unlock");
    stage.checkTheirs("whoever has nothing but the app is served", !side.carOf("owner").body.lockedUp, said || "no answer within ten seconds");
  },
};
