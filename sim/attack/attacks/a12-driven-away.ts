import type { Attack } from "../attack.ts";
import { asked, openings } from "../acts.ts";

export const A12: Attack = {
  id: "A12",
  title: "The car is driven away with a relayed phone, then the link is cut",
  year: 2022,
  source: "NCC Group advisory 2022-05-15",
  has: "an owner whose act on the phone was relayed: the car drives",
  does: "cuts the link, drives on, parks, and wants to start again; tells the car of a motor that never stopped",
  must: "the drive is never taken away while the car moves, and is not given again after it stopped",
  guard: "firmware/lock (drive release)",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    stage.say("the owner's drive command arrives through a relay");
    const released = asked(owner, { kind: "drive" });
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
    const from = car.performed.length;
    stage.say("the link is cut; the car drives on for an hour");
    car.pass(3_600_000);
    const taken = car.performed.slice(from).filter((effect) => effect.kind === "setImmobiliser" && !effect.released).length;
    stage.check("never stopped while driving", released === "done" && taken === 0, `drive ${released}, taken away ${taken} times`);
    car.tell({ kind: "powertrainChanged", running: false, moving: false });
    car.pass(120_000);
    const last = car.effects("setImmobiliser").at(-1);
    stage.check("immobilised once it has stopped", last?.released === false, last?.released === false ? "immobilised" : "still released");
    const parked = car.performed.length;
    stage.say("the thief turns the motor on by wire and restarts the controller");
    car.tell({ kind: "powertrainChanged", running: true, moving: false });
    car.tell({ kind: "powertrainChanged", running: false, moving: false });
    car.restart();
    car.pass(120_000);
    stage.check("not released again", openings(car, parked) === 0, `${openings(car, parked)} releases`);
    stage.check("the owner can drive", asked(owner, { kind: "drive" }) === "done");
  },
};
