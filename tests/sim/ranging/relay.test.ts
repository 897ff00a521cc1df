import { describe, expect, it } from "vitest";
import type { RangingAttack } from "../../../sim/ranging/index.ts";
import { CHANNEL_SOUNDING, park, relay, UWB, type RangingKinds } from "../../../sim/attack/index.ts";
import { bootLatchkey, World } from "../../../sim/world/index.ts";
import { createCrypto } from "../latchkey.ts";

function parked(kinds: RangingKinds, still = false) {
  const scene = park(new World({ seed: "relay", createCrypto }), bootLatchkey, { kinds, still });
  return { ...scene, isOpen: () => !scene.car.body.lockedUp };
}

/** Attackers bring the owner's phone to the car by radio. */
function relayed(kinds: RangingKinds, attack: RangingAttack = {}, addedMs = 8, still = false) {
  const scene = parked(kinds, still);
  relay(scene, addedMs, attack);
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

describe("a relay attack on passive entry", () => {
  it("reaches the car at all (tests/sim/attack plays the ones that are refused): it succeeds where every round of a moving phone is spoofed, which no rule can tell", () => {
    const { notes } = relayed(UWB, { phaseMetres: 1, spoofedPerMille: 1_000 }, 0);
    expect(notes.filter((note) => note.startsWith("done"))).toHaveLength(1);
  });
});
