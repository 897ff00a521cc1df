import { enrolled } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, forger, nothingOpens, ownerIsServed } from "../acts.ts";
import { asksForEverything } from "../strangers.ts";

export const D6: Attack = {
  id: "D6",
  title: "One key under two names, and an own key under another's id",
  source: "SIGMA, RFC 9528 appendix D.2",
  has: "an enrolled driver's key, and the owner's key id",
  does: "has the key enrolled once more as somebody else; signs with the own key under the owner's id",
  must: "a key is one name; the credential behind an id decides, not the id",
  guard: "firmware/access/enrolment.ts, firmware/session/handshake.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const driver = enrolled(owner, "driver", "driver");
    const twice = asked(owner, { kind: "enrol", role: "owner", name: "somebody else", publicKey: driver.wallet.key.publicKey });
    stage.check("a key is enrolled once", twice !== "done", twice);
    const pretender = forger(car, owner, driver.crypto);
    nothingOpens(stage, car, "the driver's phone under the owner's id", () => asksForEverything(pretender));
    stage.check("the driver is who he is", asked(driver, { kind: "status" }) === "done");
    ownerIsServed(stage, car, owner);
  },
};
