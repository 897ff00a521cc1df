import { describe, expect, it } from "vitest";
import { REASONS } from "../../../firmware/wire/index.ts";
import { claimedCar, newCar, newKey } from "../../support/wired-car.ts";

describe("the first owner", () => {
  it("pairs with the code on the console and unlocks the car", () => {
    const { car, owner } = claimedCar();
    expect(car.latch("driverDoor")).toBe("locked");
    expect(owner.askFresh({ kind: "unlock" })).toMatchObject({ kind: "reply", reply: { code: 0 } });
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(car.latch("trunk")).toBe("locked");
    expect(owner.latches.at(-1)).toEqual(new Map([["driverDoor", "unlocked"], ["passengerDoor", "unlocked"], ["chargePort", "unlocked"]]));
  });

  it("comes back by a fast reconnect in one round trip", () => {
    const { owner } = claimedCar();
    owner.askFresh({ kind: "unlock" });
    expect(owner.path).toBe("full");
    expect(owner.askFresh({ kind: "lock", forced: false })).toMatchObject({ reply: { code: 0 } });
    expect(owner.path).toBe("fast");
    expect(owner.framesSent).toHaveLength(1);
  });

  it("nobody pairs with a car that has one", () => {
    const { car } = claimedCar();
    car.tell({ kind: "claimRequested" });
    expect(car.claim).toBeUndefined();
  });

  it("five wrong secrets burn the code", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const uri = car.claim!;
    const wrong = uri.slice(0, -4) + (uri.endsWith("AAAA") ? "BBBA" : "AAAA");
    for (let attempt = 0; attempt < 5; attempt++) newKey(car, `mallory ${attempt}`).pair(wrong);
    expect(car.claim).toBeUndefined();
    expect(newKey(car, "anna").pair(uri)).not.toMatchObject({ kind: "paired" });
  });
});

describe("keys of others", () => {
  it("a driver opens the car and reads only what is his", () => {
    const { car, owner } = claimedCar();
    const driver = newKey(car, "ben");
    expect(owner.ask({ kind: "enrol", role: "driver", name: "ben", publicKey: driver.wallet.key.publicKey })).toMatchObject({ reply: { code: 0 } });
    driver.wallet = { ...driver.wallet, cars: owner.wallet.cars.map((it) => ({ ...it, role: "driver", ticket: undefined })) };
    expect(driver.askFresh({ kind: "unlock" })).toMatchObject({ reply: { code: 0 } });
    expect(driver.ask({ kind: "listKeys" })).toMatchObject({ reply: { code: REASONS.roleForbids.code } });
  });
});
