import { describeOutcome } from "../phone/index.ts";
import type { RangingAttack } from "../ranging/index.ts";
import { outcomeOf } from "../world/index.ts";
import { park, relay, type Parked, type RangingKinds } from "./parked.ts";
import type { Stage } from "./stage.ts";
import { theirSide } from "./theirs.ts";

export interface RelayPlay {
  readonly kinds: RangingKinds;
  readonly addedMs?: number;
  readonly attack?: RangingAttack;
  readonly still?: boolean;
  /** What the log has to say of it. */
  readonly logged?: RegExp;
  /** How the owner comes in afterwards. Default: by walking up. */
  readonly then?: "walksUp" | "asks";
}

/** A minute of a relay between a parked car and its owner's phone 90 m away; then the relay is gone and the owner comes. */
export function playRelay(stage: Stage, { kinds, addedMs = 0, attack = {}, still = false, logged, then = "walksUp" }: RelayPlay): void {
  const parked = park(stage.world(), stage.boot, { kinds, still });
  listen(stage, parked);
  stage.say(`a relay joins the car and the phone, ${addedMs} ms later`);
  relay(parked, addedMs, attack);
  const { car, notes } = parked;
  const opened = notes.filter((note) => note.startsWith("done")).length;
  stage.check(`the car stays locked, relayed with ${addedMs} ms`, car.body.lockedUp && opened === 0, notes[0] ?? "nothing was measured");
  if (logged !== undefined) stage.check("the log tells it", notes.some((note) => logged.test(note)), notes.at(-1) ?? "no line");
  relayGone(parked);
  if (then === "walksUp") walksUp(stage, parked);
  else asks(stage, parked);
}

export function relayGone({ world, car }: Parked): void {
  world.air.relay = undefined;
  if (car.ranging !== undefined) car.ranging.attack = {};
  world.clock.advance(60_000);
}

function listen(stage: Stage, { car }: Parked): void {
  car.onNote(({ what, who, outcome, why }) => {
    if (what === "passiveEntry" || outcome === "done") stage.say([what, who, outcome, why].filter((part) => part !== "").join(" "), "latchkey");
  });
}

function walksUp(stage: Stage, { world, car, person, notes }: Parked): void {
  stage.say("the relay is gone; the owner walks up");
  const before = notes.length;
  person.walkTo(car.placeAt("driverDoor"));
  world.clock.advance(90_000);
  stage.check("the owner who walks up is let in", notes.slice(before).some((note) => note.startsWith("done")), notes.at(-1) ?? "nothing was measured");
}

/** The way in that is left where nothing is measured: an act on the phone. */
export function asks(stage: Stage, { world, car, person, phone, vehicleId }: Parked): void {
  stage.say("the relay is gone; the owner comes and asks on the phone");
  person.standAt(car.placeAt("driverDoor"));
  const outcome = outcomeOf(world, "the owner asks", (settled) => phone.ask(vehicleId, { kind: "unlock" }, settled));
  world.clock.advance(2_000);
  stage.check("the owner who asks is let in", outcome.kind === "done" && !car.body.lockedUp, describeOutcome(outcome));
}

/** The same relay against a car that goes by signal strength. */
export function relayTheirs(stage: Stage, addedMs: number): void {
  const side = theirSide(stage, { passiveEntry: true });
  const car = side.carOf("owner");
  relay({ world: side.world, car, person: side.person("owner") }, addedMs);
  stage.checkTheirs("the car stays locked", car.body.lockedUp, car.body.lockedUp ? "locked" : "open, with the owner 90 m away");
}
