import { describe, expect, it } from "vitest";
import { BODY } from "../../../firmware/wire/index.ts";
import { bodyOf, enrolled, guestOf, told, verifiedLog } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";

const locate = { kind: "locate" } as const;
const at = (latitudeDeg: number, longitudeDeg: number, accuracyM?: number) => ({ kind: "positionReported", latitudeDeg, longitudeDeg, accuracyM }) as const;

describe("where the car is", () => {
  it("is told to owners, with its age and error, and to nobody else", () => {
    const { car, owner } = claimedCar();
    expect(told(owner.askFresh(locate))).toBe("noPosition");
    car.tell(at(-33.85834, 151.20876, 4.2));
    car.pass(90_000);
    const body = bodyOf(owner.askFresh(locate));
    expect([BODY.latitudeE7, BODY.longitudeE7, BODY.ageS, BODY.accuracyM].map((key) => body.get(key))).toEqual([-338583400, 1512087600, 90, 5]);
    expect(told(enrolled(owner, "dora", "driver").askFresh(locate))).toBe("roleForbids");
    expect(told(guestOf(owner, "ben", { actions: ["unlock", "status"] }).askFresh(locate))).toBe("roleForbids");
  });

  it("is on the way of no unlock, on no flash and in no log", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "status" });
    car.performed.length = 0;
    const before = verifiedLog(owner).entries.length;
    car.performed.length = 0;
    car.tell(at(48.13743, 11.57549));
    expect(car.performed.filter(({ kind }) => kind !== "wakeAt")).toEqual([]);
    expect(JSON.stringify(verifiedLog(owner).entries)).not.toMatch(/48\.1|11\.57|481374/);
    expect(verifiedLog(owner).entries.length - before).toBeLessThanOrEqual(1);
    car.restart();
    expect(told(owner.askFresh(locate))).toBe("noPosition");
  });

  it.each([at(91, 0), at(0, 181), at(NaN, 0), at(0, Infinity)])("that is no place is dropped: %j", (event) => {
    const { car, owner } = claimedCar();
    car.tell(event);
    expect(told(owner.askFresh(locate))).toBe("noPosition");
  });
});
