import { enrolled, keyIdOf, newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed } from "../acts.ts";

export const F6: Attack = {
  id: "F6",
  title: "A revoked key comes back under another name",
  source: "Home Key notes: ids that the key chooses",
  has: "a revoked key, and an owner who is asked to enrol somebody new",
  does: "has the same public key enrolled under another name and role, also after a restart",
  must: "what is revoked is the public key, by its hash, not a name or an id that its holder chooses",
  guard: "firmware/access/revocations.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const driver = enrolled(owner, "driver", "driver");
    asked(owner, { kind: "revoke", keyId: keyIdOf(driver) });
    for (const role of ["driver", "owner", "service"] as const) {
      const answer = asked(owner, { kind: "enrol", role, name: `somebody new ${role}`, publicKey: driver.wallet.key.publicKey });
      stage.say(`the owner enrols "somebody new" as ${role}: ${answer}`);
      stage.check(`refused as ${role}`, answer !== "done", answer);
      car.restart();
    }
    nothingOpens(stage, car, "the key itself comes again", () => asked(driver, { kind: "unlock" }));
    const truly = newKey(car, "truly new").wallet.key.publicKey;
    stage.check("a new key is enrolled", asked(owner, { kind: "enrol", role: "driver", name: "truly new", publicKey: truly }) === "done");
    ownerIsServed(stage, car, owner);
  },
};
