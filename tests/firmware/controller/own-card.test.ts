import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { keyIdOf } from "../../../firmware/cose/index.ts";
import { OwnCard, TeslaCard } from "../../../sim/card/index.ts";
import { told, verifiedLog } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";

/** A claimed car with a card of our own type. */
function carded() {
  const claimed = claimedCar();
  const card = new OwnCard(claimed.owner.crypto);
  expect(told(claimed.owner.askFresh({ kind: "enrolCard", name: "wallet" }))).toBe("done");
  claimed.car.tap(card);
  const keyId = toHex(keyIdOf(claimed.owner.crypto, card.publicKey));
  expect(claimed.car.controller.parts.access.key(keyId)).toMatchObject({ role: "card", name: "wallet" });
  return { ...claimed, card, keyId };
}

describe("a card of our own type at a car", () => {
  it("unlocks and locks, with every phone, cloud and clock gone, and its line names it", () => {
    const { car, card, owner, keyId } = carded();
    car.restart();
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
    expect(verifiedLog(owner).entries.filter(({ what, who }) => (what === "unlock" || what === "lock") && who === keyId)).toHaveLength(2);
  });

  it("is refused once it is revoked, and never enrols by itself", () => {
    const { car, card, owner, keyId } = carded();
    const stranger = new OwnCard(owner.crypto);
    car.tap(stranger);
    car.tap(stranger, { place: "inside" });
    expect(told(owner.askFresh({ kind: "revoke", keyId: fromHex(keyId)! }))).toBe("done");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
    expect(car.effects("setImmobiliser").filter(({ released }) => released)).toEqual([]);
  });

  it("through a relay answers later than owners allow, and the door stays shut", () => {
    const { car, card, owner } = carded();
    expect(told(owner.askFresh({ kind: "changeSettings", settings: new Map([["cardAnswerMs", 50]]) }))).toBe("done");
    car.tap(card, { answerMs: 40 });
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tap(card, { answerMs: 40 });
    car.tap(card, { answerMs: 120 });
    expect(car.latch("driverDoor")).toBe("locked");
    expect(verifiedLog(owner).entries.at(-1)).toMatchObject({ what: "tap", outcome: "refused", why: "cardTooSlow" });
  });

  it("can be the only type that a car hears", () => {
    const { car, card, owner } = carded();
    const tesla = new TeslaCard({ crypto: owner.crypto, key: owner.crypto.generateAgreementKey("P-256") });
    owner.askFresh({ kind: "enrolCard", name: "old" });
    car.tap(tesla);
    car.tap(tesla);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tap(tesla);
    expect(told(owner.askFresh({ kind: "changeSettings", settings: new Map([["ownCardsAlone", true]]) }))).toBe("done");
    car.tap(tesla);
    expect(car.latch("driverDoor")).toBe("locked");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("leaves in the middle of any step and nothing moves", () => {
    const { car, card } = carded();
    for (let steps = 0; steps < 4; steps++) {
      let left = steps;
      car.tap({ answer: (command: Uint8Array) => (left-- > 0 ? card.answer(command) : undefined) });
      expect(car.latch("driverDoor"), `after ${steps} answers`).toBe("locked");
    }
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });
});
