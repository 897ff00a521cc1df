import { ownersKit } from "../../../firmware/key/index.ts";
import { enrolled, idOf, keyIdOf, recoveryKey, vehicleOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed } from "../acts.ts";

const DAY_MS = 86_400_000;

export const F10: Attack = {
  id: "F10",
  title: "An owner's phone is stolen, and there is no network",
  source: "follows from the protocol texts",
  has: "the unlocked phone of one of two owners",
  does: "tries to be rid of the other owner before he can act",
  must: "no owner goes at once by another's word; the printed kit ends a stolen phone at once, another owner within a day, both off line",
  guard: "firmware/access/removal.ts, firmware/access/pending.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const { access } = car.controller.parts;
    const kit = ownersKit(owner.crypto, owner.wallet, vehicleOf(owner))!;
    const isOwner = (key: typeof owner): boolean => access.key(idOf(key))?.role === "owner";
    const stolen = enrolled(owner, "stolen", "owner");
    const byThief = asked(stolen, { kind: "revoke", keyId: keyIdOf(owner) });
    stage.check("the thief cannot be rid of the owner at once", isOwner(owner), byThief);
    stage.say("the owner takes the printed kit out of the drawer");
    const byKit = asked(recoveryKey(car, kit), { kind: "revoke", keyId: keyIdOf(stolen) });
    stage.check("the kit ends the stolen phone at once", !isOwner(stolen), byKit);
    nothingOpens(stage, car, "the stolen phone comes", () => asked(stolen, { kind: "unlock" }));
    car.pass(DAY_MS + 3_600_000);
    stage.check("what the thief had announced is gone with him", isOwner(owner));
    const next = enrolled(owner, "stolen next", "owner");
    const byOwner = asked(owner, { kind: "revoke", keyId: keyIdOf(next) });
    stage.say(`a second phone is stolen; the owner has no kit at hand, and says so to the car: ${byOwner}`);
    car.pass(DAY_MS + 3_600_000);
    stage.check("another owner ends it within a day", !isOwner(next), byOwner);
    nothingOpens(stage, car, "the second stolen phone comes", () => asked(next, { kind: "unlock" }));
    ownerIsServed(stage, car, owner);
  },
};
