import { newKey, setTime, share, signRevocation, START_S, told } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed } from "../acts.ts";

export const F3: Attack = {
  id: "F3",
  title: "A revoked guest keeps away from every phone that carries the list",
  year: 2016,
  source: "Ho et al., ASIA CCS 2016",
  has: "a guest's key for an hour, revoked on the owner's phone, and a car that has not heard of it",
  does: "comes while the list is not there yet, and again after it is, and after the hour",
  must: "the list counts from the first contact of any phone that carries it; without one, the window ends it",
  guard: "firmware/lists, firmware/access/delivery.ts, firmware/access/decide.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    setTime(owner, START_S);
    owner.disconnect();
    const window = { notBeforeS: START_S, expiresAtS: START_S + 3_600 };
    const [evader, other] = ["evader", "other"].map((name) => newKey(car, name)) as [ReturnType<typeof newKey>, ReturnType<typeof newKey>];
    const list = signRevocation(owner, share(owner, evader, window), START_S + 1);
    share(owner, other, window);
    stage.say("the list is still on the owner's phone");
    stage.check("what nobody has told the car cannot count yet", asked(evader, { kind: "unlock" }) === "done");
    asked(owner, { kind: "lock", forced: true });
    stage.say("another guest comes by, whose phone carries the list");
    const carried = other.tries(() => other.askFresh({ kind: "deliverList", list }));
    other.disconnect();
    stage.check("the list is taken from anybody", carried !== undefined && told(carried) === "done");
    nothingOpens(stage, car, "the evader comes again", () => asked(evader, { kind: "unlock" }));
    car.restart();
    nothingOpens(stage, car, "and after a restart", () => asked(evader, { kind: "unlock" }));
    setTime(owner, START_S + 3_700);
    owner.disconnect();
    nothingOpens(stage, car, "after the hour nobody needs a list", () => asked(other, { kind: "unlock" }));
    ownerIsServed(stage, car, owner);
  },
};
