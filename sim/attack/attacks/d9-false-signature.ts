import { enrolled, guestOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { forger, nothingOpens, ownerIsServed } from "../acts.ts";
import { asksForEverything } from "../strangers.ts";

export const D9: Attack = {
  id: "D9",
  title: "Signatures that are well-formed and false",
  source: "measured in the source of the npm package edhoc",
  has: "the key ids and public keys of owner, driver and guest",
  does: "runs whole handshakes under their names with signatures of another key",
  must: "a signature that does not verify ends the handshake, whoever is named",
  guard: "firmware/edhoc, hal/crypto-node/signature.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const victims = [owner, enrolled(owner, "driver", "driver"), guestOf(owner, "guest")];
    victims.forEach((victim, index) => {
      nothingOpens(stage, car, `under the name of ${["the owner", "a driver", "a guest"][index]!}`, () => asksForEverything(forger(car, victim, stage.crypto(`forger ${index}`))));
    });
    ownerIsServed(stage, car, owner);
  },
};
