import { RESET_INPUT } from "../../body/index.ts";
import { enrolled } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed, radio } from "../acts.ts";
import { strangerKnowing } from "../strangers.ts";

export const B10: Attack = {
  id: "B10",
  title: "Factory reset and pairing mode reached from outside",
  source: "follows from the protocol texts",
  has: "a radio, a driver's key, the owner's phone for a moment, and the wire of the console",
  does: "asks for a reset over the air; holds the button without an owner; opens a pairing on a claimed car",
  must: "a reset takes the button inside and an owner together (an owner alone starts a day's delay that every owner is told of); a claimed car shows no code",
  guard: "firmware/controller/request-desk.ts, firmware/access/handover.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const driver = enrolled(owner, "driver", "driver");
    const stranger = strangerKnowing(owner, "stranger");
    stage.say("the owner's phone, a driver's and a stranger's ask for a reset, nobody at the button");
    const withoutButton = [owner, driver, stranger].map((key) => asked(key, { kind: "reset" }));
    stage.say("the button inside is held, without an owner");
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    const withoutOwner = [driver, stranger].map((key) => asked(key, { kind: "reset" }));
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: false });
    radio(car, [stage.bytes(40)]);
    stage.say("the console asks for a claim code");
    car.tell({ kind: "claimRequested" });
    const { access } = car.controller.parts;
    const refusals = [...withoutButton, ...withoutOwner];
    stage.check("nothing was reset", access.ownership === "claimed" && !refusals.includes("done"), refusals.join(", "));
    stage.check("a claimed car shows no code", car.claim === undefined);
    stage.check("refusals are in the log", car.notes.some(({ what, outcome }) => what === "reset" && outcome === "refused"));
    ownerIsServed(stage, car, owner);
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    stage.check("button and owner together reset", asked(owner, { kind: "reset" }) === "done");
  },
};
