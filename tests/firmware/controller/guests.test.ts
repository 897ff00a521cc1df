import { describe, expect, it } from "vitest";
import { BODY } from "../../../firmware/wire/index.ts";
import type { WiredKey } from "../../../sim/wired/index.ts";
import { bodyOf, DAY_S, enrolled, guestOf, learnCar, setTime, share, START_S, told, verifiedLog } from "../../support/people.ts";
import { claimedCar, newKey } from "../../support/wired-car.ts";

const HOUR_S = 3_600;
const lock = { kind: "lock", forced: false } as const;
const unlock = { kind: "unlock" } as const;

/** Forgets how to come back fast, so that the next contact is a full handshake. */
function withoutTicket(key: WiredKey): WiredKey {
  key.wallet = { ...key.wallet, cars: key.wallet.cars.map((car) => ({ ...car, ticket: undefined })) };
  return key;
}

describe("a guest with a timed grant", () => {
  const shared = () => {
    const { car, owner } = claimedCar();
    const guest = guestOf(owner, "gil", { notBeforeS: START_S + HOUR_S, expiresAtS: START_S + 2 * HOUR_S });
    return { car, owner, guest };
  };

  it("is told that the car's time is not trusted, until an owner sets it", () => {
    const { owner, guest } = shared();
    expect(told(guest.askFresh(unlock))).toBe("timeNotTrusted");
    expect(told(setTime(owner, START_S + HOUR_S))).toBe("done");
    expect(told(guest.askFresh(unlock))).toBe("done");
  });

  it("gets in from the first second of its window to the last, and not a second longer", () => {
    const { car, owner, guest } = shared();
    setTime(owner, START_S);
    expect(told(guest.askFresh(unlock))).toBe("notYetValid");
    car.pass(HOUR_S * 1000 - 1000);
    expect(told(guest.askFresh(unlock))).toBe("notYetValid");
    car.pass(1000);
    expect(told(guest.askFresh(unlock))).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.pass(HOUR_S * 1000 - 1000);
    expect(told(guest.askFresh(lock))).toBe("nothingToDo");
    car.pass(1000);
    expect(told(guest.askFresh(unlock))).toBe("expired");
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("keeps a grant in use to its end although the clock is lost, and no other grant with it", () => {
    const { car, owner, guest } = shared();
    car.tell({ kind: "timeReported", source: "rtc", unixS: START_S + HOUR_S });
    expect(told(guest.askFresh(unlock))).toBe("done");
    const other = guestOf(owner, "greta", { notBeforeS: START_S, expiresAtS: START_S + DAY_S });
    car.tell({ kind: "timeReported", source: "gps", unixS: START_S + 9 * HOUR_S });
    expect(car.notes.at(-1)).toMatchObject({ what: "timeReported", who: "gps", why: "sourcesDisagree" });
    expect(told(guest.askFresh(lock))).toBe("done");
    expect(told(other.askFresh(unlock))).toBe("timeNotTrusted");
    car.pass(HOUR_S * 1000);
    expect(told(guest.askFresh(unlock))).toBe("expired");
    car.restart();
    expect(told(guest.askFresh(unlock))).toBe("timeNotTrusted");
  });

  it("may do what its scope says and nothing else", () => {
    const { car, owner } = claimedCar();
    setTime(owner, START_S);
    const guest = guestOf(owner, "gil", { actions: ["unlock"], notBeforeS: START_S, expiresAtS: START_S + HOUR_S });
    expect(told(guest.askFresh(unlock))).toBe("done");
    for (const command of [lock, { kind: "trunk" }, { kind: "drive" }, { kind: "status" }] as const) {
      expect(told(guest.ask(command)), command.kind).toBe("outsideScope");
    }
    for (const command of [{ kind: "listKeys" }, { kind: "readLog", fromSequence: 1, countMax: 9 }, { kind: "newIssuerEpoch" }, { kind: "transfer" }, { kind: "reset" }] as const) {
      expect(told(guest.ask(command)), command.kind).toBe("roleForbids");
    }
    expect(car.effects("setImmobiliser").some(({ released }) => released)).toBe(false);
  });

  it("is known by the name its owner gave, on the terminal and in the log", () => {
    const { car, owner } = claimedCar();
    const guest = guestOf(owner, "gil");
    guest.askFresh(unlock);
    expect(car.notes.at(-1)).toMatchObject({ what: "unlock", who: "guest gil", outcome: "done" });
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.at(-1)).toMatchObject({ what: "unlock", why: "guest gil" });
  });

  it("of somebody who is no owner is refused by name of the rule", () => {
    const { owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    const pretender = newKey(owner.car, "paul");
    learnCar(owner, pretender, "owner", 0);
    const guest = guestOf(pretender, "gil");
    const driversGuest = newKey(owner.car, "dora");
    driver.wallet = { ...driver.wallet, cars: driver.wallet.cars.map((car) => ({ ...car, role: "owner" })) };
    share(driver, driversGuest);
    expect(told(guest.askFresh(unlock))).toBe("failed: keyRefused");
    expect(told(driversGuest.askFresh(unlock))).toBe("failed: keyRefused");
    expect(owner.car.effects("driveLatch")).toEqual([]);
  });
});

describe("a guest with a counted grant", () => {
  const counted = (uses: number) => {
    const { car, owner } = claimedCar();
    return { car, owner, guest: guestOf(owner, "gil", { uses }) };
  };

  it("needs no clock in the car, and its uses end", () => {
    const { car, guest } = counted(3);
    expect(told(guest.askFresh(unlock))).toBe("done");
    expect(told(guest.askFresh(lock))).toBe("done");
    expect(told(guest.askFresh(unlock))).toBe("done");
    expect(told(guest.askFresh(lock))).toBe("failed: usesSpent");
    withoutTicket(guest);
    guest.wallet = { ...guest.wallet, cars: guest.wallet.cars.map((it) => ({ ...it, grant: { ...it.grant!, uses: { usesMax: 9, next: 3, open: undefined } } })) };
    expect(told(guest.askFresh(lock))).toBe("usedUp");
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("pays for a use before the latch moves, and once", () => {
    const { car, guest } = counted(2);
    car.performed.length = 0;
    guest.askFresh(unlock);
    const kinds = car.performed.map(({ kind }) => kind);
    expect(kinds.indexOf("commit")).toBeLessThan(kinds.indexOf("driveLatch"));
    expect(kinds.indexOf("commit")).toBeGreaterThanOrEqual(0);
  });

  it("may repeat a use whose answer was lost, until its latch has reported", () => {
    const { car, guest } = counted(2);
    car.latchesAnswer = false;
    withoutTicket(guest).connect();
    expect(told(guest.ask({ kind: "unlock", use: 1 }))).toBe("done");
    guest.disconnect();
    // The next try is the same use, over another link, while the latches are still moving: it costs nothing.
    expect(told(withoutTicket(guest).askFresh(unlock))).toBe("done");
    car.latchesAnswer = true;
    for (const latch of ["driverDoor", "passengerDoor", "chargePort"]) car.tell({ kind: "latchReported", latch, report: "unlocked" });
    expect(guest.latches.at(-1)?.size).toBe(3);
    expect(told(guest.askFresh(lock))).toBe("done");
    expect(told(guest.askFresh(unlock))).toBe("failed: usesSpent");
  });

  it("cannot stretch one use by dropping the link: once the latches have reported, the use is over for every link", () => {
    const { car, guest } = counted(1);
    car.latchesAnswer = false;
    expect(told(guest.askFresh(unlock))).toBe("done");
    const before = guest.wallet;
    guest.disconnect();
    for (const latch of ["driverDoor", "passengerDoor", "chargePort"]) car.tell({ kind: "latchReported", latch, report: "unlocked" });
    for (const latch of ["driverDoor", "passengerDoor", "chargePort"]) car.tell({ kind: "latchReported", latch, report: "locked" });
    guest.wallet = before;
    expect(told(withoutTicket(guest).askFresh(unlock))).toBe("usedUp");
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("may try a use again whose latch jammed", () => {
    const { car, guest } = counted(1);
    car.latchesAnswer = false;
    expect(told(guest.askFresh(unlock))).toBe("done");
    car.pass(5_000);
    expect(car.latch("driverDoor")).toBe("jammed");
    expect([...guest.latches.at(-1)!.values()]).toContain("jammed");
    car.latchesAnswer = true;
    expect(told(guest.askFresh(unlock))).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("has had its use when the repeat has moved the latches, not only when the first try has", () => {
    const { car, guest } = counted(1);
    car.latchesAnswer = false;
    guest.askFresh(unlock);
    car.pass(5_000);
    car.latchesAnswer = true;
    const jammed = guest.wallet;
    expect(told(guest.askFresh(unlock))).toBe("done");
    for (const latch of ["driverDoor", "passengerDoor", "chargePort"]) car.tell({ kind: "latchReported", latch, report: "locked" });
    guest.wallet = jammed;
    expect(told(withoutTicket(guest).askFresh(unlock))).toBe("usedUp");
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("has two minutes to repeat a use, whatever the latches say", () => {
    const { car, owner, guest } = counted(1);
    // Nothing moves for a drive, so no latch ever reports.
    const driver = guestOf(owner, "dan", { uses: 1, actions: ["drive"] });
    expect(told(driver.askFresh({ kind: "drive" }))).toBe("done");
    const spent = driver.wallet;
    const again = () => {
      driver.wallet = { ...spent, cars: spent.cars.map((it) => ({ ...it, ticket: undefined, grant: { ...it.grant!, uses: { usesMax: 1, next: 2, open: { use: 1, action: "drive" } } } })) };
      return told(driver.askFresh({ kind: "drive" }));
    };
    car.pass(119_999);
    expect(again()).toBe("done");
    car.pass(1);
    expect(again()).toBe("usedUp");
    expect(told(guest.askFresh(unlock))).toBe("done");
  });

  it("loses no use to a door that is open or a car that moves", () => {
    const { car, owner, guest } = counted(1);
    car.tell({ kind: "powertrainChanged", running: true, moving: true });
    expect(told(guest.askFresh(unlock))).toBe("inMotion");
    car.tell({ kind: "powertrainChanged", running: false, moving: false });
    expect(told(guest.askFresh(unlock))).toBe("done");
    expect(told(owner.askFresh(lock))).toBe("done");
  });

  it("finds its uses as they were after a restart, and no repeat", () => {
    const { car, guest } = counted(2);
    car.latchesAnswer = false;
    guest.askFresh(unlock);
    car.latchesAnswer = true;
    const before = guest.wallet;
    car.restart();
    guest.wallet = { ...before, cars: before.cars.map((it) => ({ ...it, ticket: undefined, grant: { ...it.grant!, uses: { usesMax: 1, next: 2, open: { use: 1, action: "unlock" } } } })) };
    const repeated = guest.askFresh(unlock);
    expect([told(repeated), bodyOf(repeated).get(BODY.nextUse)]).toEqual(["usedUp", 2]);
    guest.wallet = before;
    expect(told(withoutTicket(guest).askFresh(unlock))).toBe("done");
  });

  it("is told at which number it may go on", () => {
    const { guest } = counted(3);
    const fresh = guest.wallet;
    guest.askFresh(unlock);
    guest.wallet = fresh;
    guest.connect();
    // A phone restored from a backup numbers from the start; it hears where to go on, and does.
    expect(told(guest.ask(lock))).toBe("done");
    expect(guest.wallet.cars[0]!.grant!.uses).toMatchObject({ next: 3 });
  });
});
