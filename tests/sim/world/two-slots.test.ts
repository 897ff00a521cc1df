import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../../firmware/base/index.ts";
import { createPrng, randomPortOf } from "../../../sim/chance/index.ts";
import { SlotPowerCut } from "../../../sim/slots/index.ts";
import { bootLatchkey, opensACar, TwoSlots, type BootController } from "../../../sim/world/index.ts";
import { createCrypto } from "../latchkey.ts";

const crypto = createCrypto(randomPortOf(createPrng("slots")));
const FACTORY = Uint8Array.of(1, 1, 1);
const NEXT = Uint8Array.of(2, 2, 2, 2);

/** Starts nothing; only told apart from others. */
const program = (name: string): BootController => () => {
  throw new RangeError(name);
};
const PROGRAMS = new Map([[FACTORY.join(), program("factory")], [NEXT.join(), program("next")]]);
const OLD = PROGRAMS.get(FACTORY.join())!;
const NEW = PROGRAMS.get(NEXT.join())!;

/** Slots of a car that runs its factory bundle and has `bundle` staged as what `digestOf` has. */
function staged(setup: { readonly bundle?: Uint8Array; readonly digestOf?: Uint8Array; readonly selfTest?: () => boolean } = {}) {
  const { bundle = NEXT, selfTest = (): boolean => true } = setup;
  const digestOf = setup.digestOf ?? bundle;
  const said: string[] = [];
  const slots = new TwoSlots({ update: { model: "m" }, factory: FACTORY, programOf: (content) => PROGRAMS.get(content.join()), selfTest }, { crypto, observe: (what) => said.push(what) });
  expect(slots.load()).toBe(OLD);
  slots.started(() => undefined);
  slots.perform({ kind: "writeSlot", offset: 0, bytes: bundle });
  slots.perform({ kind: "armTrial", bundle: { digest: crypto.sha256(digestOf), sizeBytes: digestOf.length } });
  slots.losePower();
  return { slots, said };
}

describe("the boot loader of a virtual car", () => {
  it("tries what is staged once, and undoes it at the next start where it has not proved itself", () => {
    const { slots } = staged();
    expect(slots.load()).toBe(NEW);
    expect(slots.running).toEqual(NEXT);
    slots.started(() => undefined);
    slots.losePower();
    expect(slots.load()).toBe(OLD);
    expect([slots.running, slots.record.rolledBack]).toEqual([FACTORY, crypto.sha256(NEXT)]);
  });

  it("goes on with what has proved itself", () => {
    const { slots } = staged();
    slots.load();
    slots.started(() => undefined);
    slots.perform({ kind: "confirmTrial" });
    slots.losePower();
    expect(slots.load()).toBe(NEW);
    expect(slots.record).toMatchObject({ active: "b", trial: undefined, rolledBack: undefined });
  });

  it.each([
    ["does not pass its self-test", { selfTest: () => false }],
    ["is not what was promised", { digestOf: Uint8Array.of(9) }],
    ["is no program", { bundle: Uint8Array.of(3) }],
  ])("starts nothing that %s, and tells the car that it was undone", (_what, setup) => {
    const { slots, said } = staged(setup);
    expect(slots.load()).toBe(OLD);
    expect(slots.record.rolledBack).toBeDefined();
    expect(said).toEqual(["boot loader: the update is undone: it did not pass its self-test"]);
    const told: unknown[] = [];
    slots.started((answer) => told.push(answer));
    expect(told).toMatchObject([{ kind: "releaseStarted", onTrial: false, rolledBack: slots.record.rolledBack }]);
  });

  it("finds the slot that runs as it was after power that failed in the middle of a write", () => {
    const { slots } = staged();
    slots.load();
    slots.started(() => undefined);
    slots.perform({ kind: "confirmTrial" });
    slots.cutAfter(1);
    expect(() => slots.perform({ kind: "writeSlot", offset: 0, bytes: FACTORY })).toThrow(SlotPowerCut);
    slots.losePower();
    expect(slots.load()).toBe(NEW);
    expect(slots.running).toEqual(NEXT);
  });
});

describe("a self-test", () => {
  const changed = (change: (kind: string) => boolean): BootController => (ports) => {
    const { controller, effects } = bootLatchkey(ports);
    return { effects, controller: { handle: (event) => controller.handle(event).filter(({ kind }) => change(kind)), durable: () => controller.durable(), status: () => controller.status() } };
  };

  it("passes a controller that pairs and unlocks", () => {
    expect(opensACar(bootLatchkey, createCrypto)).toBe(true);
  });

  it("fails one that says that it unlocks and moves nothing, one with which nobody can pair, and one that does not start or breaks", () => {
    expect(opensACar(changed((kind) => kind !== "driveLatch"), createCrypto)).toBe(false);
    expect(opensACar(changed((kind) => kind !== "send"), createCrypto)).toBe(false);
    expect(opensACar(program("does not start"), createCrypto)).toBe(false);
    const breaks = changed(() => {
      throw new InvariantViolation("out of order");
    });
    expect(opensACar(breaks, createCrypto)).toBe(false);
  });
});
