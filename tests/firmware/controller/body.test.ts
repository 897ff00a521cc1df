import { describe, expect, it } from "vitest";
import { BODY } from "../../../firmware/wire/index.ts";
import { CRASH_INPUT } from "../../../sim/body/index.ts";
import type { WiredCar } from "../../../sim/wired/index.ts";
import { bodyOf, enrolled, guestOf, setTime, START_S, told, verifiedLog } from "../../support/people.ts";
import { claimedCar, newKey } from "../../support/wired-car.ts";

const unlock = { kind: "unlock" } as const;
const lock = { kind: "lock", forced: false } as const;
const DOORS = ["driverDoor", "passengerDoor"] as const;

function crash(car: WiredCar): void {
  for (let pulse = 0; pulse < 5; pulse++) {
    car.pass(40);
    car.tell({ kind: "inputPulsed", input: CRASH_INPUT, pulseMs: 20 });
  }
}

describe("the inside handle", () => {
  it("opens its door while the car is locked, whatever else holds, and the log tells", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "valetMode", on: true });
    car.tell({ kind: "supplyMeasured", millivolts: 9_000 });
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
    for (const door of DOORS) {
      car.tell({ kind: "insideHandlePulled", latch: door });
      expect(car.latch(door)).toBe("unlocked");
    }
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.filter(({ what }) => what === "freeEgress").map(({ why }) => why)).toEqual([...DOORS]);
  });

  it("opens it in a car without an owner too", () => {
    const { car } = claimedCar();
    car.tell({ kind: "inputChanged", input: "resetButton", active: true });
    expect(car.latch("driverDoor")).toBe("locked");
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("of a door that the car has not is nothing to it", () => {
    const { car } = claimedCar();
    car.performed.length = 0;
    car.tell({ kind: "insideHandlePulled", latch: "sunroof" });
    expect(car.performed).toEqual([]);
  });
});

describe("a crash", () => {
  it("unlocks the doors while drive is authorised, and the log tells who had asked for nothing", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "drive" });
    crash(car);
    expect(DOORS.map((door) => car.latch(door))).toEqual(["unlocked", "unlocked"]);
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.find(({ what }) => what === "crashUnlock")).toMatchObject({ who: "car", outcome: "done" });
  });

  it("is nothing to a parked car, or on another wire", () => {
    const { car, owner } = claimedCar();
    crash(car);
    owner.askFresh({ kind: "drive" });
    for (let pulse = 0; pulse < 5; pulse++) car.tell({ kind: "inputPulsed", input: "horn", pulseMs: 20 });
    expect(car.effects("driveLatch")).toEqual([]);
  });
});

describe("a latch that does not answer", () => {
  it("is tried a bounded number of times and then told as jammed, to whoever asked and in the log", () => {
    const { car, owner } = claimedCar();
    car.latchesAnswer = false;
    owner.askFresh({ kind: "trunk" });
    expect(owner.latches).toEqual([]);
    car.pass(10_000);
    expect(car.effects("driveLatch").filter(({ latch }) => latch === "trunk")).toHaveLength(3);
    expect(owner.latches).toEqual([new Map([["trunk", "jammed"]])]);
    expect(car.latch("trunk")).toBe("jammed");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.find(({ what }) => what === "jam")).toMatchObject({ outcome: "failed", who: "car" });
  });

  it("is told to everybody who asked while it moved, not only to the first", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    car.latchesAnswer = false;
    expect(bodyOf(owner.askFresh(unlock)).get(BODY.moving)).toBe(3);
    expect(bodyOf(driver.askFresh(unlock)).get(BODY.moving)).toBe(3);
    car.pass(10_000);
    for (const key of [owner, driver]) expect([...key.latches.at(-1)!.values()]).toEqual(["jammed", "jammed", "jammed"]);
  });

  it("is told as unlocked once it says so", () => {
    const { car, owner } = claimedCar();
    car.latchesAnswer = false;
    owner.askFresh({ kind: "trunk" });
    car.pass(800);
    car.tell({ kind: "latchReported", latch: "trunk", report: "unlocked" });
    expect(owner.latches).toEqual([new Map([["trunk", "unlocked"]])]);
    expect(car.effects("stopLatch").at(-1)).toEqual({ kind: "stopLatch", latch: "trunk" });
  });
});

describe("a car that was unlocked", () => {
  it("locks itself again when nobody opens a door, by the owner's setting", () => {
    const { car, owner } = claimedCar();
    expect(told(owner.askFresh({ kind: "changeSettings", settings: new Map([["autoRelockMs", 45_000]]) }))).toBe("done");
    owner.ask(unlock);
    owner.disconnect();
    car.pass(44_999);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.pass(1);
    expect(car.latch("driverDoor")).toBe("locked");
    owner.askFresh(unlock);
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: false });
    car.pass(600_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("asks to be woken again where the board woke it a moment too early", () => {
    const { car, owner } = claimedCar();
    owner.askFresh(unlock);
    const atMs = car.wakeAtMs!;
    car.nowMs = atMs - 1;
    car.wakeAtMs = undefined;
    car.tell({ kind: "woke" });
    expect(car.wakeAtMs).toBe(atMs);
  });

  it("refuses settings out of their range, naming the one at fault, and changes none of them", () => {
    const { car, owner } = claimedCar();
    const wanted = new Map<string, number>([["walkAwayMs", 20_000], ["autoRelockMs", 600_001]]);
    const outcome = owner.askFresh({ kind: "changeSettings", settings: wanted });
    expect([told(outcome), bodyOf(outcome).get(BODY.setting)]).toEqual(["malformed", "autoRelockMs: outOfRange"]);
    expect(car.controller.parts.access.settings.walkAwayMs).not.toBe(20_000);
  });

  it("is not locked with a door open or a key inside unless forced", () => {
    const { car, owner } = claimedCar();
    const left = enrolled(owner, "ben", "driver");
    left.askFresh(unlock);
    car.tell({ kind: "deviceLocated", link: left.link!, zone: "cabin" });
    expect(told(owner.askFresh(lock))).toBe("keyInside");
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    expect(told(owner.ask(lock))).toBe("doorOpen");
    expect(told(owner.ask({ kind: "lock", forced: true }))).toBe("done");
    expect(car.latch("passengerDoor")).toBe("locked");
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("remembers that a key is inside when the phone renews its session on the same link", () => {
    const { car, owner } = claimedCar();
    const left = enrolled(owner, "ben", "driver");
    left.askFresh({ kind: "status" });
    expect([told(left.askFresh(unlock)), left.path]).toEqual(["done", "fast"]);
    const { link } = left;
    car.tell({ kind: "deviceLocated", link: link!, zone: "cabin" });
    // Drive needs a full handshake: the link stays, and so does the place of the device.
    expect(told(left.ask({ kind: "drive" }))).toBe("done");
    expect([left.link, left.path]).toEqual([link, "full"]);
    expect(told(owner.askFresh(lock))).toBe("keyInside");
  });
});

describe("walk-away lock", () => {
  const walkAway = () => claimedCar({ description: { walkAwayEnabled: true, walkAwayMs: 5_000, autoRelockMs: 0 } });

  it("locks when the last key has left, and not while one is around", () => {
    const { car, owner } = walkAway();
    const driver = enrolled(owner, "ben", "driver");
    owner.askFresh(unlock);
    driver.askFresh({ kind: "status" });
    owner.disconnect();
    car.pass(60_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
    driver.disconnect();
    car.pass(4_999);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.pass(1);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("waits for an open door, and for whoever sits inside", () => {
    const { car, owner } = walkAway();
    owner.askFresh(unlock);
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    car.tell({ kind: "occupancyChanged", occupied: true });
    owner.disconnect();
    car.pass(60_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: false });
    car.pass(60_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tell({ kind: "occupancyChanged", occupied: false });
    car.pass(5_000);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("is not kept from locking by a guest who is shut out and waits nearby", () => {
    const { car, owner } = walkAway();
    const guest = guestOf(owner, "gil", { uses: 1 });
    expect(told(guest.askFresh(unlock))).toBe("done");
    guest.wallet = { ...guest.wallet, cars: guest.wallet.cars.map((it) => ({ ...it, ticket: undefined, grant: { ...it.grant!, uses: { ...it.grant!.uses!, usesMax: 9 } } })) };
    expect(told(guest.askFresh({ kind: "trunk" }))).not.toBe("done");
    owner.askFresh({ kind: "status" });
    owner.disconnect();
    car.pass(5_000);
    expect(guest.link).toBeDefined();
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("counts a guest to the end of the grant", () => {
    const { car, owner } = walkAway();
    setTime(owner, START_S);
    const guest = guestOf(owner, "gil", { notBeforeS: START_S, expiresAtS: START_S + 600 });
    expect(told(guest.askFresh(unlock))).toBe("done");
    owner.disconnect();
    car.pass(599_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.pass(6_000);
    expect(guest.link).toBeDefined();
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("counts a key on a remote link as nobody near", () => {
    const { car, owner } = walkAway();
    owner.askFresh(unlock);
    const remote = enrolled(owner, "ben", "driver");
    remote.askFresh({ kind: "status" }, { proximity: "remote" });
    owner.disconnect();
    car.pass(5_000);
    expect(car.latch("driverDoor")).toBe("locked");
  });
});

describe("a low supply", () => {
  it("is told, then stops locking by itself, then serves unlocking alone", () => {
    const { car, owner } = claimedCar();
    car.tell({ kind: "supplyMeasured", millivolts: 11_800 });
    expect(car.notes.at(-1)).toMatchObject({ what: "supplyStage", why: "warn" });
    car.tell({ kind: "supplyMeasured", millivolts: 11_100 });
    owner.askFresh(unlock);
    car.pass(40_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tell({ kind: "supplyMeasured", millivolts: 10_400 });
    expect(told(owner.askFresh(lock))).toBe("lowSupply");
    expect(told(owner.ask({ kind: "lock", forced: true }))).toBe("lowSupply");
    expect(told(owner.ask({ kind: "drive" }))).toBe("lowSupply");
    expect(told(owner.ask({ kind: "trunk" }))).toBe("lowSupply");
    car.tell({ kind: "latchReported", latch: "driverDoor", report: "locked" });
    expect(told(owner.ask(unlock))).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
  });
});

describe("valet mode", () => {
  it("lets the car be driven with limits, keeps the trunk shut to others, and outlives a restart", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    const valet = guestOf(owner, "val", { role: "valet", actions: ["unlock", "lock", "drive", "trunk"] });
    expect(told(owner.askFresh({ kind: "valetMode", on: true }))).toBe("done");
    expect(told(owner.ask({ kind: "valetMode", on: true }))).toBe("nothingToDo");
    car.restart();
    expect(told(driver.askFresh({ kind: "trunk" }))).toBe("valetMode");
    expect(told(owner.askFresh({ kind: "trunk" }))).toBe("valetMode");
    expect(told(valet.askFresh({ kind: "trunk" }))).toBe("roleForbids");
    expect(told(valet.ask(unlock))).toBe("done");
    expect(told(valet.ask({ kind: "drive" }))).toBe("done");
    expect(car.effects("setImmobiliser").at(-1)).toEqual({ kind: "setImmobiliser", released: true, limited: true });
    for (const command of [
      { kind: "enrol", role: "driver", name: "x", publicKey: newKey(car, "x").wallet.key.publicKey },
      { kind: "changeSettings", settings: new Map([["walkAwayMs", 5_000]]) },
      { kind: "transfer" },
      { kind: "reset" },
    ] as const) {
      expect(told(owner.ask(command)), command.kind).toBe("valetMode");
    }
    car.pass(1_000);
    expect(told(owner.askFresh({ kind: "revoke", keyId: driver.crypto.sha256(driver.wallet.key.publicKey).slice(0, 8) }))).toBe("done");
    expect(told(owner.ask({ kind: "valetMode", on: false }))).toBe("done");
    expect(told(owner.ask({ kind: "trunk" }))).toBe("done");
  });

  it("withdraws an unlimited drive that was not used yet", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "drive" });
    owner.ask({ kind: "valetMode", on: true });
    expect(car.effects("setImmobiliser").at(-1)).toMatchObject({ released: false });
  });
});

describe("the drive authorisation", () => {
  it("is apart from unlocking, and decays when nobody starts", () => {
    const { car, owner } = claimedCar();
    owner.askFresh(unlock);
    expect(car.effects("setImmobiliser").every(({ released }) => !released)).toBe(true);
    owner.ask({ kind: "drive" });
    expect(car.effects("setImmobiliser").at(-1)).toMatchObject({ released: true });
    car.pass(30_000);
    expect(car.effects("setImmobiliser").at(-1)).toMatchObject({ released: false });
  });

  it("stays while the car runs, though the phone is gone", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "drive" });
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
    owner.disconnect();
    car.pass(3_600_000);
    expect(car.effects("setImmobiliser").at(-1)).toMatchObject({ released: true });
  });
});

describe("a remote link", () => {
  const remote = { proximity: "remote" } as const;

  it("serves an enrolled key all but driving, and a guest only what opens nothing", () => {
    const { car, owner } = claimedCar();
    const guest = guestOf(owner, "gil", { actions: ["unlock", "lock", "drive", "status"] });
    expect(told(owner.askFresh(unlock, remote))).toBe("done");
    expect(told(owner.askFresh({ kind: "drive" }, remote))).toBe("remoteLink");
    expect(told(guest.askFresh(unlock, remote))).toBe("remoteLink");
    expect(told(guest.ask({ kind: "status" }))).toBe("done");
    expect(told(guest.ask({ kind: "drive" }))).toBe("remoteLink");
    expect(told(guest.ask(lock))).toBe("done");
    expect(car.latch("driverDoor")).toBe("locked");
  });
});
