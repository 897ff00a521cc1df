import { unreachable } from "../../firmware/base/index.ts";
import type { Note } from "../../firmware/controller/index.ts";
import { attempt } from "./attempt.ts";
import type { Expectation, Incident, Outcome, Step } from "./format.ts";
import { Eavesdropper } from "./eavesdropper.ts";
import type { Measured } from "./report.ts";
import { awayFrom, carsOf, lockByHand, relayToDoor, type Side } from "./side.ts";

/** Lines of controllers one story keeps. */
const LINE_COUNT_MAX = 2_000;

export interface StoryLine {
  readonly atMs: number;
  readonly text: string;
}

export interface Told {
  /** One per expectation, in their order. */
  readonly measured: readonly Measured[];
  readonly lines: readonly StoryLine[];
}

/** Plays `incident` on one side, from its beginning to its end, and measures what came of each expectation. */
export function tell(incident: Incident, side: Side): Told {
  const { clock } = side.world;
  const zeroMs = clock.monotonicMs();
  const lines: StoryLine[] = [];
  const say = (text: string): void => {
    if (lines.length < LINE_COUNT_MAX) lines.push({ atMs: clock.monotonicMs() - zeroMs, text });
  };
  const warned = new Set<string>();
  for (const name of carsOf(incident.cast)) listen(side, name, { say, warned });
  const eavesdropper = new Eavesdropper(side.world, carsOf(incident.cast));
  const measured = new Map<Expectation, Measured>();
  for (const { atMs, step } of incident.steps) clock.at(zeroMs + atMs, "story", () => play(step, side, eavesdropper));
  for (const expectation of incident.expectations) {
    clock.at(zeroMs + expectation.atMs, "story", () => {
      observe(side, expectation, { warned, eavesdropper }, (result) => {
        measured.set(expectation, result);
        say(`${expectation.who}, ${expectation.action}: ${result.outcome}${result.said === "" ? "" : ` (${result.said})`}`);
      });
    });
  }
  clock.runTo(zeroMs + incident.durationMs);
  const unfinished: Measured = { outcome: "not played", tookMs: 0, said: "the story ended first" };
  return { measured: incident.expectations.map((expectation) => measured.get(expectation) ?? unfinished), lines };
}

function listen(side: Side, name: string, { say, warned }: { say: (text: string) => void; warned: Set<string> }): void {
  const car = side.world.cars.get(name)!;
  car.onNote((note) => {
    if (note.what === "supplyStage" && note.why !== "normal") warned.add(name);
    if (note.outcome !== "info" || note.what === "supplyStage") say(`${name}: ${noteText(note)}`);
  });
}

function noteText({ what, who, outcome, why }: Note): string {
  return [what, who, outcome, why].filter((part) => part !== "").join(" ");
}

function observe(side: Side, expectation: Expectation, { warned, eavesdropper }: { warned: ReadonlySet<string>; eavesdropper: Eavesdropper }, ended: (measured: Measured) => void): void {
  const look = (outcome: Outcome): void => ended({ outcome, tookMs: 0, said: "" });
  if (expectation.action === "warning") look(warned.has(expectation.who) ? "warned" : "silent");
  else if (expectation.action === "tracking") look(eavesdropper.tells(expectation.who) ? "tracked" : "unlinkable");
  else if (expectation.action === "locks") look(side.world.cars.get(expectation.who)!.body.lockedUp ? "locked" : "unlocked");
  else attempt(side, expectation, ended);
}

function play(step: Step, side: Side, eavesdropper: Eavesdropper): void {
  const { world } = side;
  switch (step.do) {
    case "say":
      return;
    case "cloud":
      world.cloud.mode = step.mode;
      return;
    case "logOut":
      side.logOut(step.who);
      return;
    case "coverage":
      side.coverage(step.of, step.present);
      return;
    case "satellite":
      side.satellite(step.car, step.present);
      return;
    case "clock":
      world.cars.get(step.car)!.dispatch({ kind: "timeReported", source: step.source, unixS: step.unixS });
      return;
    case "supply":
      world.cars.get(step.car)!.body.battery.ramp(step.millivolts, step.overMs);
      return;
    case "restart":
      world.cars.get(step.car)!.restart();
      return;
    case "radioHangs":
      world.cars.get(step.car)!.hangRadio(step.until);
      return;
    case "walk":
      walkTo(side, step.who, step.to);
      return;
    case "leaveKeyInCar":
      side.leaveKeyInCar(step.who);
      return;
    case "getOut":
      side.carOf(step.who).body.stopPowertrain();
      side.person(step.who).getOut("driverDoor");
      return;
    case "getIn":
      getIn(side, step.who);
      return;
    case "lockByHand":
      lockByHand(world.cars.get(step.car)!);
      return;
    case "cardReaders":
      for (const reader of world.cars.get(step.car)!.readers) reader.silent = !step.working;
      return;
    case "carRadio":
      world.cars.get(step.car)!.radioWorks = step.working;
      return;
    case "child":
      seatChild(side, step.car);
      return;
    case "replay":
      eavesdropper.replay(step.car);
      return;
    case "relay":
      setUpRelay(side, step);
      return;
    case "relayEnds":
      world.air.relay = undefined;
      return;
    case "update":
    case "telemetry":
    case "lend":
    case "revoke":
    case "carryList":
    case "toggle":
    case "tapCard":
    case "valet":
    case "addKey":
    case "makerDropsKey":
    case "newUplink":
    case "resetAndClaim":
    case "exportMemory":
    case "replaceController":
      side.play(step);
      return;
    default:
      unreachable(step);
  }
}

function walkTo(side: Side, who: string, to: "car" | "away"): void {
  const car = side.carOf(who);
  side.person(who).walkTo(to === "car" ? car.placeAt("driverDoor") : awayFrom(car));
}

function setUpRelay(side: Side, { who, addedMs, phaseMetres }: Extract<Step, { do: "relay" }>): void {
  const car = side.carOf(who);
  if (car.ranging !== undefined) car.ranging.attack = { addedMs, ...(phaseMetres === undefined ? {} : { phaseMetres }) };
  relayToDoor(side.world, car, { from: side.person(who).place.position, addedMs });
}

function getIn(side: Side, who: string): void {
  const person = side.person(who);
  const car = side.carOf(who);
  person.standAt(car.placeAt("driverDoor"));
  if (car.body.pullOutsideHandle("driverDoor")) person.getIn(car, "driverDoor");
}

/** Only through a door that opens: a car that is locked takes no child in. */
function seatChild(side: Side, name: string): void {
  const { body } = side.world.cars.get(name)!;
  if (!body.pullOutsideHandle("passengerDoor")) return;
  body.enter("child", "passengerDoor");
  body.close("passengerDoor");
}

/** A step in words, for the timeline. */
export function stepText(step: Step): string {
  switch (step.do) {
    case "say":
      return step.text;
    case "cloud":
      return CLOUD_TEXT[step.mode];
    case "logOut":
      return step.who === undefined ? "the servers sign every app out" : `the servers sign out: ${step.who.join(", ")}`;
    case "coverage":
      return step.present ? `${step.of} has coverage again` : `${step.of} loses mobile coverage`;
    case "satellite":
      return step.present ? `${step.car} has its satellite again` : `${step.car} loses the satellite link of its anti-theft module`;
    case "clock":
      return `${step.source.toUpperCase()} tells ${step.car} the Unix time ${step.unixS}`;
    case "supply":
      return `the 12 V supply of ${step.car} goes to ${(step.millivolts / 1000).toFixed(1)} V within ${Math.round(step.overMs / 60_000)} min`;
    case "restart":
      return `${step.car} restarts after a power cut`;
    case "radioHangs":
      return `the radio of ${step.car} falls silent ${step.until === "adapterReset" ? "until it is reset" : "and a reset alone does not help"}`;
    case "walk":
      return step.to === "car" ? `${step.who} walks to the car` : `${step.who} walks away`;
    case "leaveKeyInCar":
      return `${step.who} leaves the key in the car`;
    case "getOut":
      return `${step.who} gets out and closes the door`;
    case "getIn":
      return `${step.who} gets in where the door opens`;
    case "lockByHand":
      return `${step.car} is locked by hand`;
    case "cardReaders":
      return step.working ? `the card readers of ${step.car} speak again` : `the card readers of ${step.car} fall silent`;
    case "carRadio":
      return step.working ? `the radio of ${step.car} works again` : `the radio of ${step.car} is dead`;
    case "child":
      return `a child is put into ${step.car}, the door is closed`;
    case "replay":
      return `a box beside ${step.car} sends again all it has heard of earlier sessions`;
    case "relay":
      return `a relay brings the radio of ${step.who} to the car, ${step.addedMs} ms later${step.phaseMetres === undefined ? "" : `, and forges the phase to ${step.phaseMetres} m`}`;
    case "relayEnds":
      return "the relay is taken away";
    case "update":
      return `the maker sends the car of ${step.who} ${RELEASE_TEXT[step.release]}`;
    case "telemetry":
      return `${step.car} sends ${step.perSecond} lines of telemetry a second for ${Math.round(step.forMs / 60_000)} min`;
    case "lend":
      return `${step.who} lends the car to ${step.to}`;
    case "revoke":
      return `${step.who} revokes the key of ${step.whom} on the phone`;
    case "carryList":
      return `the revocations of ${step.from} reach the phone of ${step.who}`;
    case "toggle":
      return `${step.who} switches the key of ${step.whom} off and on again`;
    case "tapCard":
      return step.addedMs === 0 ? `${step.who} taps the card` : `a relay brings the card of ${step.who} to the reader, ${step.addedMs} ms late`;
    case "valet":
      return `${step.who} switches valet mode ${step.on ? "on" : "off"}`;
    case "addKey":
      return step.by === "login" ? `${step.who} tries to add a key with a stolen login` : `${step.who}, near the open car, tries to enrol a key`;
    case "makerDropsKey":
      return `the maker ends the key of ${step.who}`;
    case "newUplink":
      return `the maker moves ${step.car} to another server`;
    case "resetAndClaim":
      return `${step.who} resets the car and takes it into use again`;
    case "exportMemory":
      return `${step.who} copies the memory of the car's controller`;
    case "replaceController":
      return `${step.who} puts another controller into the car, and the copy on it`;
    default:
      return unreachable(step);
  }
}

const RELEASE_TEXT = {
  wrongModel: "an update for another model",
  failsSelfTest: "an update that starts and opens nothing",
  powerFails: "a good update, and the power fails in the middle of it",
  good: "a good update",
} as const;

const CLOUD_TEXT = {
  up: "the servers answer again",
  down: "every call to the servers fails",
  slow: "the servers answer too late for anybody",
  lying: "the servers repeat old answers",
  gone: "the servers are gone",
} as const;
