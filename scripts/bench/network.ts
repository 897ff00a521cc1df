import { createPortableCrypto } from "../../hal/crypto-portable/index.ts";
import { bootLatchkey, NETWORKS, playNetworkDay, type NetworkDay } from "../../sim/world/index.ts";
import { figure, median, type Figure } from "./figure.ts";

/**
 * No network, no difference, in virtual time: the median unlock under each network beside the one without any, and in how many things
 * (trace, outcomes, each unlock's time) such a day differs from a day without. Nothing of it is measured by a real clock.
 */
export function benchNetwork(): readonly Figure[] {
  const play = (network: (typeof NETWORKS)[number]): NetworkDay =>
    playNetworkDay(network, { createCrypto: (random) => createPortableCrypto({ random }), boot: () => bootLatchkey });
  const without = play("none");
  return NETWORKS.filter((network) => network !== "none").flatMap((network) => {
    const day = play(network);
    const n = day.unlockMs.length;
    return [
      figure(`network.${network}.unlock`, median(day.unlockMs), "virtual ms", n, median(without.unlockMs)),
      figure(`network.${network}.differences`, differences(day, without), "differences", day.requests),
    ];
  });
}

/** How many of trace, outcomes and times differ. */
function differences(day: NetworkDay, other: NetworkDay): number {
  const lines = (of: NetworkDay): readonly string[] => [of.traceHash, ...of.outcomes, ...of.unlockMs.map(String)];
  const expected = lines(other);
  return lines(day).filter((line, index) => line !== expected[index]).length;
}
