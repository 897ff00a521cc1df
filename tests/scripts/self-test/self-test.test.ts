import { describe, expect, it } from "vitest";
import { TABLES } from "../../../firmware/records/index.ts";
import { utf8Encode } from "../../../firmware/base/index.ts";
import { createMemoryFlash, type MemoryFlash } from "../../../hal/flash-memory/index.ts";
import { selfTest } from "../../../scripts/self-test/run.ts";
import { introduce, STORY } from "../../../scripts/self-test/story.ts";
import { virtualCarDescription } from "../../../sim/body/index.ts";
import type { Controller, Effect } from "../../../firmware/controller/index.ts";
import { enrolled } from "../../support/people.ts";
import { claim, newCar, newKey } from "../../support/wired-car.ts";

const GEOMETRY = { sectorCount: 32, sectorBytes: 4096 };
const OPTIONS = { description: virtualCarDescription({ walkAwayEnabled: false }), ...GEOMETRY };
const STEPS = STORY.length + 2;

function flashOf(setUp: (flash: MemoryFlash) => void): Uint8Array {
  const flash = createMemoryFlash({ ...GEOMETRY, writeAlignBytes: 1, erasedByte: 0xff });
  setUp(flash);
  return flash.image();
}

const lived = (): Uint8Array =>
  flashOf((flash) => {
    const owner = claim(newCar({ flash }));
    enrolled(owner, "ben", "driver");
    owner.askFresh({ kind: "unlock" });
    owner.ask({ kind: "valetMode", on: true });
  });

describe("the self-test", () => {
  it.each([
    ["a blank flash", undefined],
    ["the flash of a car that has owners, a log and valet mode on", lived()],
  ] as const)("passes on %s, an unlock among its steps", (_what, image) => {
    const { passed, failure } = selfTest(image, OPTIONS);
    expect(failure).toBeUndefined();
    expect(passed).toHaveLength(STEPS);
    expect(passed.join("\n")).toContain("unlocks");
  });

  it("changes nothing of what it is given", () => {
    const image = lived();
    const before = image.slice();
    selfTest(image, OPTIONS);
    expect(image).toEqual(before);
  });

  it("fails where this program cannot read a record of the car", () => {
    const image = flashOf((flash) => {
      const car = newCar({ flash });
      claim(car);
      car.controller.parts.store.commit([{ table: TABLES.settings, key: utf8Encode("walkAwayMs"), value: Uint8Array.of(0xff) }]);
    });
    expect(selfTest(image, OPTIONS).failure?.why).toContain("walkAwayMs");
  });

  it("fails where the flash is in another format, and says so instead of throwing", () => {
    const image = lived();
    // The version of every sector header, without its check sum: no header is readable any more.
    for (let sector = 0; sector < GEOMETRY.sectorCount; sector++) image.fill(0x55, sector * 4096, sector * 4096 + 64);
    expect(selfTest(image, OPTIONS).failure).toBeDefined();
  });
});

/** Controllers with something gone, and the step that must notice. */
const BROKEN: readonly (readonly [string, (effects: readonly Effect[]) => readonly Effect[], RegExp])[] = [
  ["answers no key", (effects) => effects.filter(({ kind }) => kind !== "send"), /introduced|state/],
  ["drives no latch", (effects) => effects.filter(({ kind }) => kind !== "driveLatch"), /unlocks/],
  ["never releases the immobiliser", (effects) => effects.filter((effect) => effect.kind !== "setImmobiliser" || !effect.released), /allowed to drive/],
  ["never sets the immobiliser again", (effects) => effects.filter((effect) => effect.kind !== "setImmobiliser" || effect.released), /parks/],
  ["never locks", (effects) => effects.filter((effect) => effect.kind !== "driveLatch" || effect.toward !== "locked"), /locks/],
];

describe("the self-test of a controller that", () => {
  it.each(BROKEN)("%s fails", (_what, keep, noticed) => {
    const car = newCar({
      rebuild: (controller: Controller) => {
        const { handle } = controller;
        controller.handle = (event) => keep(handle.call(controller, event));
        return controller;
      },
    });
    const key = newKey(car, "self-test");
    const stranger = newKey(car, "stranger");
    const steps: readonly (readonly [string, () => string | undefined])[] = [["a key is introduced", () => introduce(car, key)], ...STORY.map(({ name, run }) => [name, () => run(car, key, stranger)] as const)];
    const failed = steps.find(([, run]) => {
      try {
        return run() !== undefined;
      } catch (fault) {
        expect(fault).toBeInstanceOf(RangeError);
        return true;
      }
    });
    expect(failed?.[0]).toMatch(noticed);
  });
});
