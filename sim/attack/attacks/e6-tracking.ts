import { toHex } from "../../../firmware/base/index.ts";
import { recogniseCar } from "../../../firmware/key/index.ts";
import { Eavesdropper } from "../../incident/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";
import { theirSide } from "../theirs.ts";

const QUARTERS = 24;

export const E6: Attack = {
  id: "E6",
  title: "The car is tracked by what it advertises",
  source: "Tesla's advertisement is the SHA-1 of the VIN",
  has: "receivers along the road, for months",
  does: "notes every advertised identity, and looks for one that comes again, also after the car has restarted",
  must: "identities change every quarter of an hour and never come again; the owner's phone knows each of them",
  guard: "firmware/session/beacon.ts, firmware/session/identity.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    asked(owner, { kind: "status" });
    const seen: string[] = [];
    let unknown = 0;
    for (let n = 0; n < QUARTERS; n++) {
      const { identity } = car.effects("advertise").at(-1)!;
      seen.push(toHex(identity));
      if (recogniseCar(owner.crypto, owner.wallet, identity) === undefined) unknown++;
      if (n % 8 === 7) car.restart();
      car.pass(15 * 60_000);
    }
    stage.say(`six hours of listening: ${new Set(seen).size} identities`);
    stage.check("no identity stays or comes again", new Set(seen).size === QUARTERS, `${new Set(seen).size} different in ${QUARTERS} quarters`);
    stage.check("the owner's phone knows every one", unknown === 0, `${unknown} unknown`);
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => {
    const side = theirSide(stage);
    const listener = new Eavesdropper(side.world, ["car"]);
    side.world.clock.advance(3 * 3_600_000);
    stage.checkTheirs("no identity stays", !listener.tells("car"), listener.tells("car") ? "one identity for three hours" : "it changes");
  },
};
