import { claim, guestOf, newKey, setTime, START_S } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens } from "../acts.ts";

export const F8: Attack = {
  id: "F8",
  title: "A grant for the owner's other car",
  source: "RFC 8392 section 3.1.3 (aud)",
  has: "a valid grant of the same owner for another car, and one for a visit that only looks",
  does: "shows the one at this car, and asks with the other to drive",
  must: "a grant names its car and its scope",
  guard: "firmware/access/admit-grant.ts, firmware/cwt",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    setTime(owner, START_S);
    owner.disconnect();
    const second = stage.car();
    const sameOwner = claim(second);
    const window = { notBeforeS: START_S, expiresAtS: START_S + 86_400 };
    const elsewhere = guestOf(sameOwner, "guest", { ...window, actions: ["unlock", "trunk", "drive"] });
    const looker = guestOf(owner, "looker", { ...window, actions: ["status"] });
    const here = guestOf(owner, "guest here", window);
    const shown = newKey(car, "guest");
    // What the guest knows of this car comes from the owner's phone; the grant is the other car's.
    shown.wallet = { ...elsewhere.wallet, cars: here.wallet.cars.map((it) => ({ ...it, ticket: undefined, grant: elsewhere.wallet.cars[0]!.grant })) };
    stage.check("the same owner has both cars", sameOwner.wallet.key.publicKey.join() === owner.wallet.key.publicKey.join());
    nothingOpens(stage, car, "the other car's grant", () => (["unlock", "trunk", "drive"] as const).map((kind) => asked(shown, { kind })));
    nothingOpens(stage, car, "a grant that only looks", () => (["unlock", "trunk", "drive"] as const).map((kind) => asked(looker, { kind })));
    stage.check("the grant for this car opens it", asked(here, { kind: "unlock" }) === "done");
  },
};
