import { newKey, share, signRevocation, START_S } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens } from "../acts.ts";

export const F4: Attack = {
  id: "F4",
  title: "An older revocation list again, or one with its end cut off",
  year: 2016,
  source: "Ho et al., ASIA CCS 2016",
  has: "an older list without his name, and the newer one to edit",
  does: "delivers the old one after the new one, and the new one shortened and changed",
  must: "versions only grow; one signature covers all of a list",
  guard: "firmware/access/delivery.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const [first, second, third] = ["first", "second", "third"].map((name) => newKey(car, name)) as [ReturnType<typeof newKey>, ReturnType<typeof newKey>, ReturnType<typeof newKey>];
    const older = signRevocation(owner, share(owner, first), START_S + 1);
    const newer = signRevocation(owner, share(owner, second), START_S + 2);
    share(owner, third);
    asked(owner, { kind: "deliverList", list: newer });
    const refused = (what: string, list: Uint8Array): void => {
      const answer = asked(third, { kind: "deliverList", list });
      stage.say(`${what} is delivered: ${answer}`);
      stage.check(`refused: ${what}`, answer !== "done", answer);
      car.pass(300);
    };
    refused("the older list", older);
    for (const length of [newer.length - 1, newer.length >> 1, 1 + stage.below(20)]) refused(`the newer list cut to ${length} bytes`, newer.slice(0, length));
    const changed = newer.length - 1 - stage.below(60);
    refused("the newer list with a bit changed", Uint8Array.from(newer, (byte, at) => (at === changed ? byte ^ 1 : byte)));
    nothingOpens(stage, car, "both revoked guests come", () => [first, second].map((guest) => asked(guest, { kind: "unlock" })));
    stage.check("the guest who is not on it opens", asked(third, { kind: "unlock" }) === "done");
  },
};
