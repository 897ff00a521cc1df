import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { keyIdOf, publicKeyOf } from "../../../firmware/cose/index.ts";
import { TeslaCard } from "../../../sim/card/index.ts";
import type { WiredCar, WiredKey } from "../../../sim/wired/index.ts";
import { enrolled, told, verifiedLog } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";

const drive = { kind: "drive" } as const;

const newCard = (owner: WiredKey): TeslaCard => new TeslaCard({ crypto: owner.crypto, key: owner.crypto.generateAgreementKey("P-256") });
const idOf = (owner: WiredKey, card: TeslaCard): string => toHex(keyIdOf(owner.crypto, publicKeyOf("ES256", card.point.slice(1))));

/** A claimed car with a card. */
function carded(): ReturnType<typeof claimedCar> & { readonly card: TeslaCard } {
  const claimed = claimedCar();
  const card = newCard(claimed.owner);
  expect(told(claimed.owner.askFresh({ kind: "enrolCard", name: "wallet" }))).toBe("done");
  claimed.car.tap(card);
  expect(claimed.car.controller.parts.access.key(idOf(claimed.owner, card))).toMatchObject({ role: "card", name: "wallet" });
  return { ...claimed, card };
}

const isReleased = (car: WiredCar): boolean => car.effects("setImmobiliser").at(-1)?.released === true;

describe("a key card", () => {
  it("unlocks a locked car and locks an unlocked one, with every phone, cloud and clock gone", () => {
    const { car, card } = carded();
    car.restart();
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("acts once while it lies at the reader", () => {
    const { car, card } = carded();
    car.holdCard(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.performed.length = 0;
    for (let i = 0; i < 5; i++) car.tell({ kind: "cardAnswered", reader: 1, bytes: Uint8Array.of(0x90, 0), elapsedMs: 1 });
    car.pass(20_000);
    expect(car.performed.filter(({ kind }) => kind === "askCard" || kind === "driveLatch")).toEqual([]);
    car.takeCardAway();
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("tapped inside releases the drive for a moment, and that allows nothing else", () => {
    const { car, card, owner } = carded();
    const stranger = newCard(owner);
    car.tap(card, { place: "inside" });
    expect(isReleased(car)).toBe(true);
    expect(car.latch("driverDoor")).toBe("locked");
    car.tap(stranger, { place: "inside" });
    car.tap(stranger);
    expect(car.controller.parts.access.key(idOf(owner, stranger))).toBeUndefined();
    car.pass(60_000);
    expect(isReleased(car)).toBe(false);
  });

  it("waits for the PIN to drive where there is one, and drives once it was entered", () => {
    const { car, card, owner } = carded();
    owner.askFresh({ kind: "setPin", pin: "4711" });
    car.tap(card, { place: "inside" });
    expect(isReleased(car)).toBe(false);
    car.tell({ kind: "keypadEntered", digits: "4711" });
    expect(isReleased(car)).toBe(true);
    car.pass(60_000);
    car.tap(card, { place: "inside" });
    car.pass(60_000);
    car.tell({ kind: "keypadEntered", digits: "4711" });
    expect(isReleased(car)).toBe(false);
  });

  it("that is too slow for one that is there opens nothing, whatever it proves", () => {
    const { car, card, owner } = carded();
    car.tap(card, { answerMs: 501 });
    expect(car.latch("driverDoor")).toBe("locked");
    car.tap(card, { answerMs: 500 });
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(told(owner.askFresh({ kind: "changeSettings", settings: new Map([["cardAnswerMs", 250]]) }))).toBe("done");
    car.tap(card, { answerMs: 251 });
    expect(car.latch("driverDoor")).toBe("unlocked");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.filter(({ why }) => why === "cardTooSlow").map(({ who }) => who)).toEqual([idOf(owner, card), idOf(owner, card)]);
  });

  it("that an owner has revoked opens nothing", () => {
    const { car, card, owner } = carded();
    const keyId = idOf(owner, card);
    expect(told(owner.askFresh({ kind: "revoke", keyId: owner.crypto.sha256(new Uint8Array(0)).slice(0, 8) }))).toBe("unknownTarget");
    expect(told(owner.askFresh({ kind: "revoke", keyId: Uint8Array.from(Buffer.from(keyId, "hex")) }))).toBe("done");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
    expect(told(owner.askFresh({ kind: "enrolCard", name: "again" }))).toBe("done");
    car.tap(card);
    expect(car.controller.parts.access.key(keyId)).toBeUndefined();
  });

  it("is still the car's after a restart, and its reader key with it", () => {
    const { car, card } = carded();
    const asked = (): string => toHex(car.effects("askCard").at(-1)!.bytes.slice(5, 70));
    car.tap(card);
    const before = asked();
    car.restart();
    car.tap(card);
    expect(asked()).toBe(before);
  });

  it("leaves a line with its name in the log for each act", () => {
    const { car, card, owner } = carded();
    car.tap(card);
    car.tap(card, { place: "inside" });
    owner.askFresh({ kind: "status" });
    const lines = verifiedLog(owner).entries.filter(({ who }) => who === idOf(owner, card));
    expect(lines.map(({ what, outcome, why }) => [what, outcome, why])).toEqual([["unlock", "done", "tapped"], ["drive", "done", "tapped"]]);
  });
});

describe("enrolling a card", () => {
  it("is an owner's own act: half a minute, one card, and none by itself", () => {
    const { car, owner } = claimedCar();
    const [first, second, late] = [newCard(owner), newCard(owner), newCard(owner)];
    car.tap(first);
    expect(told(owner.askFresh({ kind: "enrolCard", name: "first" }))).toBe("done");
    car.tap(first);
    car.tap(second);
    expect(told(owner.askFresh({ kind: "enrolCard", name: "late" }))).toBe("done");
    car.pass(30_000);
    car.tap(late);
    const { access } = car.controller.parts;
    expect([first, second, late].map((card) => access.key(idOf(owner, card)) !== undefined)).toEqual([true, false, false]);
  });

  it("is refused to drivers, and to an owner who is none any more when the card comes", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "dora", "driver");
    expect(told(driver.askFresh({ kind: "enrolCard", name: "mine" }))).toBe("roleForbids");
    const card = newCard(owner);
    expect(told(owner.askFresh({ kind: "enrolCard", name: "mine" }))).toBe("done");
    car.tell({ kind: "inputChanged", input: "resetButton", active: true });
    expect(told(owner.askFresh({ kind: "reset" }))).toBe("done");
    car.tap(card);
    expect(car.controller.parts.access.keyCount).toBe(0);
  });

  it("of a card that is the car's already says so, and changes nothing", () => {
    const { car, owner, card } = carded();
    owner.askFresh({ kind: "enrolCard", name: "twice" });
    car.tap(card);
    expect(car.controller.parts.access.key(idOf(owner, card))?.name).toBe("wallet");
    expect(car.notes.at(-1)).toMatchObject({ what: "enrolCard", outcome: "refused", why: "alreadyEnrolled" });
  });
});

describe("whoever holds something to a reader", () => {
  it("that is no card of the car's gets nothing, and fills no log", () => {
    const { car, owner, card } = carded();
    const stranger = newCard(owner);
    const liar = { answer: (command: Uint8Array) => (command[1] === 0x11 ? new Uint8Array(18) : card.answer(command)) };
    for (let i = 0; i < 50; i++) {
      car.tap(stranger);
      car.tap(liar);
      car.tap({ answer: () => new Uint8Array(0) });
      car.tap({ answer: () => undefined });
    }
    expect(car.latch("driverDoor")).toBe("locked");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.length).toBeLessThan(10);
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("and takes it away in the middle of each step leaves the reader ready for the next", () => {
    const { car, card } = carded();
    for (let steps = 0; steps < 4; steps++) {
      let left = steps;
      car.tap({ answer: (command) => (left-- > 0 ? card.answer(command) : undefined) });
      expect(car.latch("driverDoor")).toBe("locked");
    }
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("that is silent is let go after three seconds", () => {
    const { car } = carded();
    car.holdCard({ answer: () => undefined });
    car.pass(2999);
    expect(car.effects("releaseCard").length).toBe(1);
    car.pass(1);
    expect(car.effects("releaseCard").length).toBe(2);
  });

  it("or speaks for more readers than a car has, is let go at once", () => {
    const { car } = carded();
    for (let reader = 10; reader < 20; reader++) car.tell({ kind: "cardEntered", reader, place: "outside" });
    expect(car.effects("askCard").filter(({ reader }) => reader >= 10)).toHaveLength(4);
    for (let reader = 10; reader < 20; reader++) car.tell({ kind: "cardLeft", reader });
  });

  it("with the key of a card over a link is a stranger", () => {
    const { car, owner } = claimedCar();
    const thief = enrolled(owner, "thief", "card");
    expect(told(thief.askFresh({ kind: "unlock" }))).toMatch(/^failed/);
    expect(told(thief.askFresh(drive))).toMatch(/^failed/);
    expect(car.latch("driverDoor")).toBe("locked");
  });
});
