import { describe, expect, it } from "vitest";
import type { ControllerEvent } from "../../firmware/controller/index.ts";
import { CRASH_INPUT, RESET_INPUT } from "../../sim/body/index.ts";
import type { SimFlash } from "../../sim/flash/index.ts";
import type { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { enrolled } from "../support/people.ts";
import { carOnSimFlash, claim } from "../support/wired-car.ts";
import { choices } from "./choices.ts";
import { altered, alteredPump, GENUINE, type Mutant } from "./mutants.ts";

const LATCHES = ["driverDoor", "passengerDoor", "trunk", "chargePort"] as const;

interface Scene {
  readonly car: WiredCar;
  readonly owner: WiredKey;
  readonly driver: WiredKey;
}

function scene(mutant: Mutant): Scene {
  const car = carOnSimFlash({ ...mutant, description: { walkAwayEnabled: true } });
  const owner = claim(car);
  return { car, owner, driver: enrolled(owner, "ben", "driver") };
}

/** Where a motor stands is where it was last driven, or turned by hand. */
function position(car: WiredCar, latch: string): "locked" | "unlocked" {
  return car.effects("driveLatch").filter((effect) => effect.latch === latch).at(-1)?.toward ?? "locked";
}

/** Pulls a handle; gives what is wrong: the door must be free at once, and still be when everything that waited has happened. */
function pull({ car }: Scene, latch: string): string | undefined {
  car.tell({ kind: "insideHandlePulled", latch });
  if (position(car, latch) !== "unlocked") return `${latch} stays locked`;
  car.flashHangs = false;
  car.answerSync();
  car.pass(3_000);
  return position(car, latch) === "unlocked" ? undefined : `${latch} is locked again after it was freed`;
}

const begin = (key: WiredKey, command: Parameters<WiredKey["begin"]>[0]): void => {
  key.connect();
  key.begin(command);
};

/** What the car may be in the middle of when somebody wants out. */
const SITUATIONS: Readonly<Record<string, (scene: Scene) => void>> = {
  "locked and parked": () => undefined,
  "locked by force with the doors open": ({ car, owner }) => {
    owner.askFresh({ kind: "unlock" });
    car.tell({ kind: "doorChanged", latch: "passengerDoor", open: true });
    owner.ask({ kind: "lock", forced: true });
  },
  "in valet mode": ({ owner }) => void owner.askFresh({ kind: "valetMode", on: true }),
  "moving on the road": ({ car, owner }) => {
    owner.askFresh({ kind: "drive" });
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
  },
  "with an empty battery": ({ car }) => car.tell({ kind: "supplyMeasured", millivolts: 7_000 }),
  "with every latch jammed": ({ car, owner }) => {
    car.latchesAnswer = false;
    owner.askFresh({ kind: "unlock" });
    car.pass(10_000);
    owner.askFresh({ kind: "lock", forced: true });
    car.pass(10_000);
  },
  "while the latches are on their way to be locked": ({ car, owner }) => {
    owner.askFresh({ kind: "unlock" });
    car.latchesAnswer = false;
    owner.ask({ kind: "lock", forced: false });
  },
  "while the flash fails": ({ car, owner }) => {
    (car.flash as SimFlash).failPrograms(1_000_000);
    owner.askFresh({ kind: "lock", forced: true });
  },
  "while a lock order waits for the flash": ({ car, owner }) => {
    owner.askFresh({ kind: "unlock" });
    car.flashHangs = true;
    owner.begin({ kind: "lock", forced: true });
  },
  "while an unlock waits for the flash": ({ car, owner }) => {
    car.flashHangs = true;
    begin(owner, { kind: "unlock" });
  },
  "while a reset waits for the flash": ({ car, owner }) => {
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    car.flashHangs = true;
    begin(owner, { kind: "reset" });
  },
  "after a reset": ({ car, owner }) => {
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    owner.askFresh({ kind: "reset" });
  },
  "after a restart": ({ car }) => void car.restart(),
  "while a pairing is open for a new owner": ({ owner }) => void owner.askFresh({ kind: "transfer" }),
};

function violationsInSituations(mutant: Mutant): string[] {
  const wrong: string[] = [];
  for (const [name, prepare] of Object.entries(SITUATIONS)) {
    for (const latch of LATCHES) {
      const it = scene(mutant);
      prepare(it);
      const found = pull(it, latch);
      if (found !== undefined) wrong.push(`${name}: ${found}`);
    }
  }
  return wrong;
}

const EVENTS: readonly ControllerEvent[] = [
  { kind: "doorChanged", latch: "driverDoor", open: true },
  { kind: "doorChanged", latch: "driverDoor", open: false },
  { kind: "occupancyChanged", occupied: true },
  { kind: "occupancyChanged", occupied: false },
  { kind: "powertrainChanged", running: true, moving: true },
  { kind: "powertrainChanged", running: false, moving: false },
  { kind: "supplyMeasured", millivolts: 9_000 },
  { kind: "supplyMeasured", millivolts: 12_500 },
  { kind: "inputPulsed", input: CRASH_INPUT, pulseMs: 20 },
  { kind: "timeReported", source: "rtc", unixS: 5 },
  { kind: "latchReported", latch: "passengerDoor", report: "stalled" },
];

/** A random life of a car, in which somebody pulls a handle now and then. */
function violationsInLife(mutant: Mutant, seed: string): string[] {
  const it = scene(mutant);
  const { car, owner, driver } = it;
  const choose = choices(seed);
  const acts: readonly (() => void)[] = [
    () => begin(choose.of([owner, driver]), { kind: "lock", forced: choose.below(2) === 0 }),
    () => begin(choose.of([owner, driver]), { kind: "unlock" }),
    () => begin(choose.of([owner, driver]), { kind: "drive" }),
    () => begin(owner, { kind: "valetMode", on: choose.below(2) === 0 }),
    () => car.tell(choose.of(EVENTS)),
    () => car.pass(choose.below(40_000)),
    () => owner.disconnect(),
    () => void (car.flashHangs = true),
    () => {
      car.flashHangs = false;
      car.answerSync();
    },
    () => void (car.latchesAnswer = choose.below(2) === 0),
  ];
  const wrong: string[] = [];
  for (let step = 0; step < 60; step++) {
    choose.of(acts)();
    if (choose.below(6) > 0) continue;
    const latch = choose.of(LATCHES);
    car.tell({ kind: "insideHandlePulled", latch });
    if (position(car, latch) !== "unlocked") wrong.push(`seed ${seed}, step ${step}: ${latch} stays locked`);
  }
  return wrong;
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "a handle that waits for the flash like everything else": alteredPump((pump) => {
    const dispatch = pump.dispatch.bind(pump);
    const held: ControllerEvent[] = [];
    pump.dispatch = (event) => {
      held.push(event);
      if (!pump.waiting) for (const waiting of held.splice(0)) dispatch(waiting);
      else if (event.kind !== "insideHandlePulled") dispatch(held.pop()!);
    };
  }),
  "orders that were waiting are performed after the handle": alteredPump((pump, open) => {
    const dispatch = pump.dispatch.bind(pump);
    pump.dispatch = (event) => {
      const waiting = open.effects;
      dispatch(event);
      if (pump.waiting && event.kind === "insideHandlePulled") open.effects = waiting;
    };
  }),
  "valet mode that holds the doors": altered((controller) => {
    const handle = controller.handle.bind(controller);
    controller.handle = (event) => (event.kind === "insideHandlePulled" && controller.parts.access.settings.valetMode ? [] : handle(event));
  }),
  "child locks over the air: no handle while the car moves": altered((controller) => {
    const handle = controller.handle.bind(controller);
    controller.handle = (event) => (event.kind === "insideHandlePulled" && controller.status().get("Vehicle.IsMoving") === true ? [] : handle(event));
  }),
};

describe("free egress", () => {
  it("whoever pulls an inside handle gets out, in every situation and by every door", () => {
    expect(violationsInSituations(GENUINE)).toEqual([]);
  });

  it("holds at every moment of a random life", () => {
    for (let seed = 0; seed < 12; seed++) expect(violationsInLife(GENUINE, `life ${seed}`)).toEqual([]);
  });

  for (const [name, mutant] of Object.entries(MUTANTS)) {
    it(`is noticed to be gone with ${name}`, () => {
      expect(violationsInSituations(mutant)).not.toEqual([]);
    });
  }
});
