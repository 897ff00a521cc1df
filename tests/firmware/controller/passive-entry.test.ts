import { describe, expect, it } from "vitest";
import { REARM_AFTER_MS } from "../../../firmware/ranging/index.ts";
import type { WiredCar, WiredKey } from "../../../sim/wired/index.ts";
import { enrolled, guestOf, told, verifiedLog } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";

const settings = (entries: readonly (readonly [string, boolean])[]) => ({ kind: "changeSettings", settings: new Map(entries) }) as const;

/** A car with a UWB radio whose owner has switched passive entry on. */
function rangingCar(switched: readonly string[] = ["passiveEntry"]) {
  const { car, owner } = claimedCar({ description: { sessionBoundRanging: true } });
  expect(told(owner.askFresh(settings(switched.map((name) => [name, true] as const))))).toBe("done");
  owner.disconnect();
  return { car, owner };
}

interface Approach {
  readonly metres?: number;
  readonly binding?: Uint8Array;
  readonly rounds?: number;
  readonly attackSuspected?: boolean;
}

/** The board's UWB radio measures the phone behind the link of `key`. */
function measure(car: WiredCar, key: WiredKey, { metres = 1, binding, rounds = 8, attackSuspected = false }: Approach = {}): void {
  const link = key.link!;
  const own = car.effects("startRanging").filter((effect) => effect.link === link).at(-1)?.binding ?? new Uint8Array(16);
  for (let n = 0; n < rounds; n++) {
    car.tell({ kind: "rangeMeasured", link, measurement: { kind: "uwb", metres, confidence: 95, binding: binding ?? own, attackSuspected } });
    car.pass(50);
  }
}

function connect(key: WiredKey, still = false): void {
  expect(told(key.askFresh({ kind: "reportMotion", still }))).toBe("done");
}

const doorOf = (car: WiredCar): string => car.latch("driverDoor");
const refusalsOf = (car: WiredCar): readonly string[] => car.notes.filter(({ what, outcome }) => what === "passiveEntry" && outcome === "refused").map(({ why }) => why);

function lockUp(car: WiredCar, key: WiredKey): void {
  expect(told(key.ask({ kind: "lock", forced: false }))).toBe("done");
  expect(doorOf(car)).toBe("locked");
}

describe("passive entry", () => {
  it("opens the cabin for a key that is measured at the door, and the log tells who and how far", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner);
    expect(doorOf(car)).toBe("unlocked");
    expect(car.latch("trunk")).toBe("locked");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.find(({ what }) => what === "passiveEntry")).toMatchObject({ outcome: "done", why: "measured 1.0 m" });
  });

  it("is off until an owner switches it on, and asks the board for nothing meanwhile", () => {
    const { car, owner } = claimedCar({ description: { sessionBoundRanging: true } });
    connect(owner);
    measure(car, owner);
    expect(car.effects("startRanging")).toEqual([]);
    expect(doorOf(car)).toBe("locked");
  });

  it("can be switched on only where the board measures distances that are bound to a session", () => {
    const { owner } = claimedCar();
    expect(told(owner.askFresh(settings([["passiveEntry", true]])))).toBe("noRanging");
    expect(told(owner.askFresh(settings([["rangedDrive", true]])))).toBe("noRanging");
    expect(told(owner.askFresh(settings([["passiveEntry", false]])))).toBe("done");
  });

  it("R1: rounds of an earlier session of the same phone open nothing", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    const earlier = car.effects("startRanging").at(-1)!.binding;
    connect(owner);
    measure(car, owner, { binding: earlier });
    expect(doorOf(car)).toBe("locked");
    measure(car, owner);
    expect(doorOf(car)).toBe("unlocked");
  });

  it("R1: another phone's rounds open nothing, and no two sessions share a binding or a key", () => {
    const { car, owner } = rangingCar();
    const other = enrolled(owner, "bea", "driver");
    connect(other);
    const others = car.effects("startRanging").at(-1)!;
    connect(owner);
    measure(car, owner, { binding: others.binding });
    expect(doorOf(car)).toBe("locked");
    const started = car.effects("startRanging").map(({ key, binding }) => [key.join(), binding.join()]).flat();
    expect(new Set(started).size).toBe(started.length);
  });

  it("the phone derives the key and binding that the car gives its radio", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    expect(car.effects("startRanging").at(-1)).toMatchObject(owner.rangingKeys!);
  });

  it("a remote link and a fast reconnect get no ranging at all", () => {
    const { car, owner } = rangingCar();
    const before = car.effects("startRanging").length;
    owner.askFresh({ kind: "status" }, { proximity: "remote" });
    owner.askFresh({ kind: "lock", forced: false });
    expect(owner.path).toBe("fast");
    measure(car, owner);
    expect(car.effects("startRanging").length).toBe(before);
    expect(doorOf(car)).toBe("locked");
  });

  it("R7: a phone that lies still, or says nothing of its motion, opens nothing", () => {
    const { car, owner } = rangingCar();
    connect(owner, true);
    measure(car, owner);
    expect(doorOf(car)).toBe("locked");
    expect(refusalsOf(car)).toContain("R7 the phone has moved: the phone lies still");
    owner.ask({ kind: "reportMotion", still: false });
    measure(car, owner);
    expect(doorOf(car)).toBe("unlocked");
  });

  it("R8: a suspicion is in the log with its evidence, once for each rule and not once for each round", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner, { attackSuspected: true, rounds: 40 });
    owner.askFresh({ kind: "status" });
    const lines = verifiedLog(owner).entries.filter(({ what }) => what === "passiveEntry");
    expect(lines.map(({ outcome, why }) => `${outcome} ${why}`)).toEqual(["refused R4 no alarm: the receiver suspects an attack"]);
  });

  it("goes through the one decision: valid keys alone, and no use of a counted grant is spent", () => {
    const { car, owner } = rangingCar();
    const guest = guestOf(owner, "carl", { uses: 2 });
    connect(guest);
    measure(car, guest);
    expect(doorOf(car)).toBe("locked");
    expect(refusalsOf(car)).toEqual(["access: malformed"]);
    const driver = enrolled(owner, "dora", "driver");
    connect(driver);
    owner.askFresh({ kind: "revoke", keyId: driver.crypto.sha256(driver.wallet.key.publicKey).slice(0, 8) });
    if (driver.link !== undefined) measure(car, driver);
    expect(doorOf(car)).toBe("locked");
  });

  it("does not open a car that moves", () => {
    const { car, owner } = rangingCar();
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
    connect(owner);
    measure(car, owner);
    expect(doorOf(car)).toBe("locked");
  });

  it("R6: opens nothing that would stay open: locks again when nobody gets in, and is refused where that is off", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner);
    expect(doorOf(car)).toBe("unlocked");
    car.pass(60_000);
    expect(doorOf(car)).toBe("locked");
    expect(told(owner.ask({ kind: "changeSettings", settings: new Map([["autoRelockMs", 0]]) }))).toBe("done");
    car.pass(REARM_AFTER_MS);
    owner.ask({ kind: "reportMotion", still: false });
    measure(car, owner);
    expect(doorOf(car)).toBe("locked");
    expect(refusalsOf(car)).toContain("R6 decays: automatic relock is off");
  });

  it("authorises no drive", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner, { metres: 0.3, rounds: 40 });
    expect(car.effects("setImmobiliser").filter(({ released }) => released)).toEqual([]);
  });
});

describe("a ranging radio that never stops", () => {
  it("costs no phone its link and no door its report while the flash hangs", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    const { link } = owner;
    const { binding } = car.effects("startRanging").at(-1)!;
    car.flashHangs = true;
    owner.begin({ kind: "unlock" });
    car.tell({ kind: "doorChanged", latch: "trunk", open: true });
    for (let n = 0; n < 5_000; n++) car.tell({ kind: "rangeMeasured", link: link!, measurement: { kind: "uwb", metres: 9, confidence: 95, binding, attackSuspected: false } });
    expect(car.queueLength).toBeLessThan(1_000);
    expect(car.effects("closeLink").filter((effect) => effect.link === link)).toEqual([]);
    car.flashHangs = false;
    car.answerSync();
    expect(told(owner.answer!)).toBe("done");
    expect(car.controller.status().get("Vehicle.Body.Trunk.Rear.IsOpen")).toBe(true);
  });
});

describe("the hysteresis of passive entry", () => {
  it("opens once for one approach: who locks and stays at the door is not let in again", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner);
    lockUp(car, owner);
    measure(car, owner, { rounds: 200 });
    expect(doorOf(car)).toBe("locked");
  });

  it("nor after a new connection at the door", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner);
    lockUp(car, owner);
    connect(owner);
    measure(car, owner);
    expect(doorOf(car)).toBe("locked");
  });

  it("nor from the edge: 4 m is not away", () => {
    const { car, owner } = rangingCar();
    connect(owner);
    measure(car, owner);
    lockUp(car, owner);
    measure(car, owner, { metres: 4 });
    measure(car, owner);
    expect(doorOf(car)).toBe("locked");
  });

  it("opens again for who was measured to have left, and for who was out of reach", () => {
    for (const leave of [(car: WiredCar, key: WiredKey) => measure(car, key, { metres: 9 }), (car: WiredCar) => car.pass(REARM_AFTER_MS + 1)]) {
      const { car, owner } = rangingCar();
      connect(owner);
      measure(car, owner);
      lockUp(car, owner);
      leave(car, owner);
      owner.ask({ kind: "reportMotion", still: false });
      measure(car, owner);
      expect(doorOf(car)).toBe("unlocked");
    }
  });
});

describe("R6: drive by ranging", () => {
  it("asked for by owners, needs the key measured inside, and the refusal says so", () => {
    const { car, owner } = rangingCar(["rangedDrive"]);
    connect(owner);
    measure(car, owner, { metres: 1.8 });
    expect(told(owner.ask({ kind: "drive" }))).toBe("notInside");
    measure(car, owner, { metres: 0.5 });
    expect(told(owner.ask({ kind: "drive" }))).toBe("notInside");
    car.tell({ kind: "deviceLocated", link: owner.link!, zone: "cabin" });
    expect(told(owner.ask({ kind: "drive" }))).toBe("done");
  });

  it("decays: evidence of a moment ago is none, and a lock opens nothing by it", () => {
    const { car, owner } = rangingCar(["rangedDrive"]);
    connect(owner);
    car.tell({ kind: "deviceLocated", link: owner.link!, zone: "cabin" });
    measure(car, owner, { metres: 0.5 });
    expect(doorOf(car)).toBe("locked");
    car.pass(3_000);
    expect(told(owner.ask({ kind: "drive" }))).toBe("notInside");
  });
});
