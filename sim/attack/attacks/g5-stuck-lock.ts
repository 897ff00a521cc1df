import type { Attack } from "../attack.ts";
import { asked } from "../acts.ts";

/** More than this often in ten minutes wears a motor out and empties a battery. */
const DRIVES_MAX = 12;

export const G5: Attack = {
  id: "G5",
  title: "A lock that is stuck, a motor that stalls, a battery that is low",
  source: "follows from the protocol texts",
  has: "a screwdriver in the lock, and an old battery",
  does: "keeps every latch from reporting, has motors stall, lets the supply sag",
  must: "no storm of attempts; whoever is inside gets out at any moment; the state is told as it is",
  guard: "firmware/lock (latches), firmware/controller/latch-watch.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    car.latchesAnswer = false;
    stage.say("the latches no longer report; the owner asks to unlock");
    const answer = asked(owner, { kind: "unlock" });
    const from = car.performed.length;
    for (let minute = 0; minute < 10; minute++) {
      for (const { id } of car.description.latches) car.tell({ kind: "latchReported", latch: id, report: "stalled" });
      car.tell({ kind: "supplyMeasured", millivolts: 10_200 + stage.below(600) });
      car.pass(60_000);
    }
    const driven = car.performed.slice(from).filter(({ kind }) => kind === "driveLatch").length;
    stage.check("no storm of attempts", driven <= DRIVES_MAX, `${driven} in ten minutes`);
    stage.check("a lock that said nothing does not count as open", car.latch("driverDoor") !== "unlocked", `told ${answer}, door ${car.latch("driverDoor")}`);
    const before = car.performed.length;
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    const free = car.performed.slice(before).some((effect) => effect.kind === "driveLatch" && effect.latch === "driverDoor" && effect.toward === "unlocked");
    stage.check("the inside handle opens at once", free);
    car.latchesAnswer = true;
    car.tell({ kind: "supplyMeasured", millivolts: 12_600 });
    car.pass(60_000);
    const again = asked(owner, { kind: "unlock" });
    stage.check("the owner is served once it is mended", car.latch("driverDoor") === "unlocked", `${again}, door ${car.latch("driverDoor")}`);
  },
};
