import { describe, expect, it } from "vitest";
import type { RangingAttack } from "../../../sim/ranging/index.ts";
import { bootLatchkey, claimCar, World, type CarOptions } from "../../../sim/world/index.ts";
import { virtualCarDescription } from "../../../sim/body/index.ts";
import { createCrypto, lockByHand, settle } from "../latchkey.ts";

type Kinds = NonNullable<CarOptions["ranging"]>;
const CHANNEL_SOUNDING: Kinds = ["channelSounding", "rtt", "rssi"];
const UWB: Kinds = ["uwb", "rssi"];

/** A locked car with passive entry on; its owner has walked 90 m away, beyond all radio. */
function parked(kinds: Kinds, still = false) {
  const world = new World({ seed: "relay", createCrypto });
  const vehicle = virtualCarDescription({ sessionBoundRanging: true, walkAwayEnabled: false });
  const car = world.addCar({ name: "car", boot: bootLatchkey, ranging: kinds, vehicle });
  world.clock.advance(1_000);
  const person = world.addPerson("owner", car.placeAt("driverDoor"));
  const phone = world.addPhone({ name: "owner", place: person.place });
  person.take(phone.radio);
  const vehicleId = claimCar(world, car, phone);
  const outcome = settle(world, (done) => phone.ask(vehicleId, { kind: "changeSettings", settings: new Map([["passiveEntry", true]]) }, done));
  if (outcome.kind !== "done") throw new RangeError(`passive entry is not on: ${JSON.stringify(outcome)}`);
  phone.disconnect(vehicleId);
  person.standAt({ xCm: 0, yCm: -9_000 });
  lockByHand(car);
  world.clock.advance(60_000);
  phone.stayAround(vehicleId, () => still);
  const notes: string[] = [];
  car.onNote(({ what, outcome: how, why }) => {
    if (what === "passiveEntry") notes.push(`${how} ${why}`);
  });
  return { world, car, person, notes, isOpen: () => !car.body.lockedUp };
}

/** Attackers bring the owner's phone to the car by radio. */
function relayed(kinds: Kinds, attack: RangingAttack = {}, addedMs = 8, still = false) {
  const scene = parked(kinds, still);
  const { world, car, person } = scene;
  car.ranging!.attack = { addedMs, ...attack };
  world.air.relay = { nearPhone: { position: { xCm: 700, yCm: person.place.position.yCm } }, nearCar: { position: car.placeAt("driverDoor") }, addedMs };
  world.clock.advance(60_000);
  return scene;
}

describe("an owner who walks up to a car with passive entry", () => {
  it.each([["Channel Sounding", CHANNEL_SOUNDING], ["UWB", UWB]] as const)("finds it open, by %s", (_, kinds) => {
    const { world, car, person, notes } = parked(kinds);
    person.walkTo(car.placeAt("driverDoor"));
    world.clock.advance(90_000);
    expect(notes.filter((note) => note.startsWith("done"))).toHaveLength(1);
    expect(notes.filter((note) => note.startsWith("refused"))).toEqual([]);
  });

  it("with a phone that lies still finds it locked", () => {
    const { world, car, person, isOpen } = parked(UWB, true);
    person.walkTo(car.placeAt("driverDoor"));
    world.clock.advance(90_000);
    expect(isOpen()).toBe(false);
  });
});

/** Attacks A1 to A8, A10 and A11 of the public record, with the owner 90 m away. */
const ATTACKS: readonly (readonly [what: string, kinds: Kinds, attack: RangingAttack, addedMs?: number, still?: boolean])[] = [
  ["A1 a link-layer relay, 8 ms", CHANNEL_SOUNDING, {}],
  ["A2 a relay that adds nothing", CHANNEL_SOUNDING, {}, 0],
  ["A3 a relay over the internet, 200 ms", CHANNEL_SOUNDING, {}, 200],
  ["A4 an analogue relay that forges phase to 1 m", CHANNEL_SOUNDING, { phaseMetres: 1 }, 0],
  ["A4 the same on top of a link-layer relay", CHANNEL_SOUNDING, { phaseMetres: 1 }, 8],
  ["A5 one spoofed round of UWB in 25", UWB, { phaseMetres: 1, spoofedPerMille: 40 }, 0],
  ["A6 time of flight made 18 m shorter beside forged phase", CHANNEL_SOUNDING, { phaseMetres: 1, rttShorterByMetres: 18 }, 0],
  ["A7 a ranging radio that answers nothing during the relay", UWB, {}],
  ["A8 rounds of another session", UWB, { phaseMetres: 1, spoofedPerMille: 1_000, binding: new Uint8Array(16) }, 0],
  ["A10 nothing but a strong signal and a claim of 1 m", ["rssi", "claimed", "rtt"], { claimedMetres: 1 }, 0],
  ["A11 a phone on a table at night, with every round spoofed", UWB, { phaseMetres: 1, spoofedPerMille: 1_000 }, 0, true],
];

describe("a relay attack on passive entry", () => {
  it.each(ATTACKS.map((attack) => ({ what: attack[0], attack })))("$what: the car stays locked", ({ attack: [, kinds, attack, addedMs, still] }) => {
    const { isOpen, notes } = relayed(kinds, attack, addedMs, still);
    expect(isOpen()).toBe(false);
    expect(notes.filter((note) => note.startsWith("done"))).toEqual([]);
  });

  it("is in the log with its evidence where ranging was forged", () => {
    const { notes } = relayed(CHANNEL_SOUNDING, { phaseMetres: 1 }, 0);
    expect(notes.some((note) => /^refused R3 .*answers come from (8|9)[0-9] m: a relay is suspected$/.test(note))).toBe(true);
  });

  it("reaches the car at all: the same attack succeeds where every round of a moving phone is spoofed, which no rule can tell", () => {
    const { notes } = relayed(UWB, { phaseMetres: 1, spoofedPerMille: 1_000 }, 0);
    expect(notes.filter((note) => note.startsWith("done"))).toHaveLength(1);
  });
});
