import { enrolled, guestOf, keyIdOf, newKey, share, type WiredKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens } from "../acts.ts";

/** A driver's phone changed so that it signs grants as an owner's does. */
function asOwner(key: WiredKey): WiredKey {
  key.wallet = { ...key.wallet, cars: key.wallet.cars.map((it) => ({ ...it, role: "owner" as const })) };
  return key;
}

export const B8: Attack = {
  id: "B8",
  title: "Grants signed by a driver, by a revoked owner, in an earlier epoch",
  source: "follows from the protocol texts",
  has: "keys that are enrolled without being an owner's, or once were",
  does: "signs grants for accomplices",
  must: "who signs has to be an owner now, in the epoch of now",
  guard: "firmware/access/admit-grant.ts, firmware/access/issuers.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const ofDriver = newKey(car, "guest of a driver");
    share(asOwner(enrolled(owner, "driver", "driver")), ofDriver);
    nothingOpens(stage, car, "a grant signed by a driver", () => asked(ofDriver, { kind: "unlock" }));
    const second = enrolled(owner, "second", "owner");
    const ofRevoked = guestOf(second, "guest of a revoked owner");
    stage.say("the second owner gives up the car");
    asked(second, { kind: "revoke", keyId: keyIdOf(second) });
    nothingOpens(stage, car, "a grant signed by who was an owner", () => asked(ofRevoked, { kind: "unlock" }));
    const early = guestOf(owner, "guest of an earlier epoch");
    asked(owner, { kind: "newIssuerEpoch" });
    nothingOpens(stage, car, "a grant of an earlier epoch", () => asked(early, { kind: "unlock" }));
    const now = guestOf(owner, "guest of now");
    stage.check("a grant of now opens", asked(now, { kind: "unlock" }) === "done");
  },
};
