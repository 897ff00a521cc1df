import { guestOf, newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";

export const F7: Attack = {
  id: "F7",
  title: "One use of a key, spent at two doors in the same moment",
  source: "follows from the protocol texts",
  has: "a guest's key for one use, on two phones",
  does: "asks for the doors with one and for the trunk with the other, while the memory is busy",
  must: "a use is counted as one: what comes second gets nothing",
  guard: "firmware/access/grant-uses.ts, firmware/controller/uses-in-motion.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const guest = guestOf(owner, "one use", { uses: 1, actions: ["unlock", "trunk", "lock"] });
    const copy = newKey(car, "one use");
    copy.wallet = guest.wallet;
    guest.connect();
    copy.connect();
    car.flashHangs = true;
    stage.say("both ask in one moment");
    guest.begin({ kind: "unlock", use: 1 });
    copy.begin({ kind: "trunk", use: 1 });
    car.flashHangs = false;
    car.answerSync();
    car.pass(5_000);
    for (const key of [guest, copy]) key.disconnect();
    const opened = (latch: string): number => car.effects("driveLatch").filter((effect) => effect.latch === latch && effect.toward === "unlocked").length;
    const [doors, trunk] = [opened("driverDoor"), opened("trunk")];
    stage.check("one of them gets it", doors + trunk === 1, `doors ${doors} times, trunk ${trunk} times`);
    car.pass(130_000);
    const late = asked(copy, { kind: "trunk", use: 2 });
    stage.check("there is no second use", late !== "done", late);
    ownerIsServed(stage, car, owner);
  },
};
