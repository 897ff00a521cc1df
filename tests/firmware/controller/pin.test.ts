import { describe, expect, it } from "vitest";
import { BODY } from "../../../firmware/wire/index.ts";
import type { WiredCar, WiredKey } from "../../../sim/wired/index.ts";
import { bodyOf, enrolled, guestOf, told, verifiedLog } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";

const PIN = "4711";
const drive = { kind: "drive" } as const;
const unlock = { kind: "unlock" } as const;

const setPin = (owner: WiredKey, pin: string): string => told(owner.askFresh({ kind: "setPin", pin }));
const enter = (key: WiredKey, pin: string): string => told(key.askFresh({ kind: "enterPin", pin }));
const keypad = (car: WiredCar, digits: string): void => car.tell({ kind: "keypadEntered", digits });

/** A claimed car with a PIN to drive. */
function pinned(): ReturnType<typeof claimedCar> {
  const claimed = claimedCar();
  expect(setPin(claimed.owner, PIN)).toBe("done");
  return claimed;
}

/** So many wrong tries in a row, each after the wait that the car names. */
function guess(car: WiredCar, key: WiredKey, count: number): void {
  for (let i = 0; i < count; i++) {
    const outcome = key.askFresh({ kind: "enterPin", pin: "0815" });
    expect(told(outcome)).toBe("wrongPin");
    car.pass(Number(bodyOf(outcome).get(BODY.dueInS) ?? 0) * 1000);
  }
}

describe("PIN to drive", () => {
  it("is asked for after the key, for one drive, within a minute", () => {
    const { car, owner } = pinned();
    expect(told(owner.askFresh(drive))).toBe("pinRequired");
    expect(enter(owner, PIN)).toBe("done");
    expect(told(owner.askFresh(drive))).toBe("done");
    car.pass(120_000);
    expect(told(owner.askFresh(drive))).toBe("pinRequired");
    expect(enter(owner, PIN)).toBe("done");
    car.pass(60_000);
    expect(told(owner.askFresh(drive))).toBe("pinRequired");
  });

  it("can be typed at the keypad, whoever then drives", () => {
    const { car, owner } = pinned();
    const guest = guestOf(owner, "ben", { actions: ["unlock", "drive"] });
    expect(told(guest.askFresh(drive))).toBe("pinRequired");
    keypad(car, PIN);
    expect(told(guest.askFresh(drive))).toBe("done");
  });

  it("is taken from a guest who may drive, and from no other", () => {
    const { owner } = pinned();
    const driver = guestOf(owner, "ben", { actions: ["unlock", "drive"] });
    const visitor = guestOf(owner, "carl", { actions: ["unlock"] });
    expect(enter(visitor, PIN)).toBe("outsideScope");
    expect(enter(driver, PIN)).toBe("done");
    expect(told(driver.askFresh(drive))).toBe("done");
  });

  it("opens no door and is asked for at none", () => {
    const { car, owner } = pinned();
    keypad(car, PIN);
    expect(car.effects("driveLatch")).toEqual([]);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("is set and cleared by owners alone, in a session of their own beside the car", () => {
    const { car, owner } = pinned();
    const driver = enrolled(owner, "dora", "driver");
    expect(setPin(driver, "2580")).toBe("roleForbids");
    expect(setPin(driver, "")).toBe("roleForbids");
    expect(told(owner.askFresh(drive))).toBe("pinRequired");
    expect(setPin(owner, "")).toBe("done");
    expect(told(driver.askFresh(drive))).toBe("done");
    // Handshakes of strangers and keys alike have a burst of eight.
    car.pass(2000);
    expect(setPin(owner, "")).toBe("nothingToDo");
    expect(enter(driver, PIN)).toBe("nothingToDo");
    expect(car.performed.filter(({ kind }) => kind === "hashPin")).toHaveLength(1);
  });

  it.each(["", "1", "123", "0000", "77777777", "1234", "98765", "8901", "123456789", "12a4", "１２３４"])("refuses %j as a new PIN", (pin) => {
    const { owner } = claimedCar();
    expect(setPin(owner, pin)).toBe(pin === "" ? "nothingToDo" : "weakPin");
    expect(told(owner.askFresh(drive))).toBe("done");
  });

  it("is on flash as a keyed slow hash, and survives a restart", () => {
    const { car, owner } = pinned();
    expect(car.restart()).toBeUndefined();
    expect(told(owner.askFresh(drive))).toBe("pinRequired");
    expect(enter(owner, PIN)).toBe("done");
    expect(told(owner.askFresh(drive))).toBe("done");
    const { geometry } = car.flash;
    const flash = Buffer.from(car.flash.read(0, geometry.sectorCount * geometry.sectorBytes));
    expect(flash.includes(Buffer.from(PIN))).toBe(false);
    const { pin, salt } = car.effects("hashPin")[0]!;
    expect(flash.includes(Buffer.from(owner.crypto.hmacSha256(salt, pin)))).toBe(false);
  });

  it("is none of a new owner's", () => {
    const { car, owner } = pinned();
    car.tell({ kind: "inputChanged", input: "resetButton", active: true });
    expect(told(owner.askFresh({ kind: "reset" }))).toBe("done");
    car.restart();
    car.tell({ kind: "claimRequested" });
    expect(car.controller.parts.access.pin.isOn).toBe(false);
  });
});

describe("a guesser of the PIN", () => {
  it("has three tries, then waits half a minute, twice as long after each, and an hour at most", () => {
    const { car, owner } = pinned();
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const outcome = owner.askFresh({ kind: "enterPin", pin: "0815" });
      expect(told(outcome)).toBe("wrongPin");
      const waitS = Number(bodyOf(outcome).get(BODY.dueInS) ?? 0);
      waits.push(waitS);
      if (waitS > 0) expect(enter(owner, PIN)).toBe("tooManyAttempts");
      car.pass(waitS * 1000);
    }
    expect(waits).toEqual([0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    expect(enter(owner, PIN)).toBe("done");
    expect(enter(owner, "0815")).toBe("wrongPin");
    expect(enter(owner, PIN)).toBe("done");
  });

  it("gains nothing by restarts: tries stay counted, and each wait begins anew", () => {
    const { car, owner } = pinned();
    guess(car, owner, 2);
    for (let i = 0; i < 5; i++) {
      keypad(car, "0815");
      car.restart();
      expect(enter(owner, PIN)).toBe("tooManyAttempts");
      car.pass(3_600_000);
    }
    expect(enter(owner, PIN)).toBe("done");
  });

  it("has his try counted on flash before it is made", () => {
    const { car, owner } = pinned();
    car.performed.length = 0;
    car.pinsAreHashed = false;
    keypad(car, "0815");
    const kinds = car.performed.map(({ kind }) => kind).filter((kind) => kind === "commit" || kind === "hashPin");
    expect(kinds).toEqual(["commit", "hashPin"]);
    car.pinsAreHashed = true;
    for (let i = 0; i < 3; i++) {
      car.restart();
      keypad(car, "0815");
    }
    expect(enter(owner, PIN)).toBe("tooManyAttempts");
  });

  it("keeps no key out, and no owner from setting another PIN", () => {
    const { car, owner } = pinned();
    guess(car, owner, 5);
    keypad(car, "0815");
    expect(told(owner.askFresh(unlock))).toBe("done");
    expect(told(owner.askFresh({ kind: "lock", forced: false }))).toBe("done");
    expect(enter(owner, PIN)).toBe("tooManyAttempts");
    expect(setPin(owner, "2580")).toBe("done");
    expect(enter(owner, "2580")).toBe("done");
    expect(told(owner.askFresh(drive))).toBe("done");
  });

  it("finds what he did in the log, without the digits", () => {
    const { car, owner } = pinned();
    keypad(car, "0815");
    keypad(car, PIN);
    owner.askFresh({ kind: "status" });
    const lines = verifiedLog(owner).entries.filter(({ what }) => what === "enterPin" || what === "setPin");
    expect(lines.map(({ who, outcome, why }) => [who, outcome, why])).toEqual([[expect.any(String), "done", "PIN to drive is on"], ["keypad", "refused", "wrongPin"], ["keypad", "done", ""]]);
    expect(JSON.stringify(verifiedLog(owner).entries)).not.toMatch(/0815|4711/);
  });
});

describe("a board that does not hash", () => {
  it("keeps one PIN waiting at a time, for ten seconds, and no unlock at all", () => {
    const { car, owner } = pinned();
    car.pinsAreHashed = false;
    keypad(car, PIN);
    expect(enter(owner, PIN)).toBe("busy");
    expect(told(owner.askFresh(unlock))).toBe("done");
    car.pass(10_000);
    car.pinsAreHashed = true;
    expect(enter(owner, PIN)).toBe("done");
  });

  it("that answers late, twice, or what was not asked, moves nothing", () => {
    const { car, owner } = pinned();
    car.pinsAreHashed = false;
    keypad(car, PIN);
    const { number, salt, pin } = car.effects("hashPin").at(-1)!;
    car.pass(10_000);
    car.tell({ kind: "pinHashed", number, hash: owner.crypto.hmacSha256(salt, pin) });
    car.tell({ kind: "pinHashed", number: number + 1, hash: owner.crypto.hmacSha256(salt, pin) });
    expect(told(owner.askFresh(drive))).toBe("pinRequired");
  });
});
