import { describe, expect, it } from "vitest";
import { concat, ok, toHex } from "../../../firmware/base/index.ts";
import { OWN_INSTRUCTIONS } from "../../../firmware/card/index.ts";
import { idCredOfKid, Initiator, type IdCred } from "../../../firmware/edhoc/index.ts";
import type { SignatureAlgorithm } from "../../../firmware/ports/index.ts";
import { resolvesIdentity } from "../../../firmware/session/index.ts";
import { OwnCard, TeslaCard } from "../../../sim/card/index.ts";
import type { WiredCar, WiredKey } from "../../../sim/wired/index.ts";
import { told, verifiedLog } from "../../support/people.ts";
import { carOnSimFlash, claim, claimedCar, cutPower, newCar } from "../../support/wired-car.ts";

const newCard = (owner: WiredKey, algorithm: SignatureAlgorithm = "Ed25519"): OwnCard => new OwnCard({ crypto: owner.crypto, key: owner.crypto.generateSigningKey(algorithm) });
const newTeslaCard = (owner: WiredKey): TeslaCard => new TeslaCard({ crypto: owner.crypto, key: owner.crypto.generateAgreementKey("P-256") });
const idOf = (owner: WiredKey, card: OwnCard): string => toHex(owner.crypto.sha256(card.coseKey).subarray(0, 8));
const change = (owner: WiredKey, name: string, value: boolean | number): string => told(owner.askFresh({ kind: "changeSettings", settings: new Map([[name, value]]) }));
const isReleased = (car: WiredCar): boolean => car.effects("setImmobiliser").at(-1)?.released === true;
const reasons = (car: WiredCar): readonly string[] => car.notes.filter(({ outcome }) => outcome === "refused").map(({ why }) => why);

function enrol(car: WiredCar, owner: WiredKey, card: OwnCard | TeslaCard, name = "wallet"): void {
  expect(told(owner.askFresh({ kind: "enrolCard", name }))).toBe("done");
  car.tap(card);
}

/** A claimed car with a card of our own type. */
function carded(algorithm: SignatureAlgorithm = "Ed25519") {
  const claimed = claimedCar();
  const card = newCard(claimed.owner, algorithm);
  enrol(claimed.car, claimed.owner, card);
  expect(claimed.car.controller.parts.access.key(idOf(claimed.owner, card))).toMatchObject({ role: "card", name: "wallet" });
  return { ...claimed, card };
}

describe("a card of our own type", () => {
  it.each(["Ed25519", "ES256"] as const)("with a key for %s does what any card does, with every phone, cloud and clock gone", (algorithm) => {
    const { car, card } = carded(algorithm);
    car.restart();
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
    car.tap(card, { place: "inside" });
    expect(isReleased(car)).toBe(true);
    car.pass(60_000);
    expect(isReleased(car)).toBe(false);
  });

  it("goes side by side with one of the Tesla type, each with its line in the log", () => {
    const { car, owner, card } = carded();
    const tesla = newTeslaCard(owner);
    enrol(car, owner, tesla, "spare");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
    car.tap(tesla);
    expect(car.latch("driverDoor")).toBe("locked");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.filter(({ why }) => why === "tapped").map(({ what }) => what)).toEqual(["unlock", "lock"]);
  });

  it("waits for the PIN to drive, opens no window in which keys are enrolled, and has no way in over a link", () => {
    const { car, owner, card } = carded();
    owner.askFresh({ kind: "setPin", pin: "4711" });
    car.tap(card, { place: "inside" });
    expect(isReleased(car)).toBe(false);
    car.tell({ kind: "keypadEntered", digits: "4711" });
    expect(isReleased(car)).toBe(true);
    const stranger = newCard(owner);
    car.tap(stranger, { place: "inside" });
    car.tap(stranger);
    expect([car.controller.parts.access.key(idOf(owner, stranger)), stranger.car]).toEqual([undefined, undefined]);
  });

  it("is timed where nobody computes a curve: beyond the ceiling it opens nothing, however long the rest took", () => {
    const { car, owner, card } = carded();
    const timed = (ms: number) => ({ answer: (command: Uint8Array) => card.answer(command), answerMs: (command: Uint8Array) => (command[1] === OWN_INSTRUCTIONS.timed ? ms : 1_900) });
    car.tap(timed(151));
    expect(car.latch("driverDoor")).toBe("locked");
    car.tap(timed(150));
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(change(owner, "ownCardAnswerMs", 60)).toBe("done");
    car.tap(timed(61));
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(change(owner, "ownCardAnswerMs", 19)).not.toBe("done");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.filter(({ why }) => why === "cardTooSlow").map(({ who }) => who)).toEqual([idOf(owner, card), idOf(owner, card)]);
  });

  it("is timed from the challenge to the last piece of the answer: a relay that says that there is more gains nothing", () => {
    const { car, card } = carded();
    let held: Uint8Array | undefined;
    let left = 2;
    const relay = {
      answer: (command: Uint8Array) => {
        if (command[1] === OWN_INSTRUCTIONS.timed) held = card.answer(command);
        if (held === undefined) return card.answer(command);
        return left-- > 0 ? Uint8Array.of(0x61, 0x2c) : held;
      },
      answerMs: () => 60,
    };
    car.tap(relay);
    expect([car.latch("driverDoor"), reasons(car).at(-1)]).toEqual(["locked", "cardTooSlow"]);
  });

  it("held through a relay is not enrolled either", () => {
    const { car, owner } = claimedCar();
    const card = newCard(owner);
    expect(told(owner.askFresh({ kind: "enrolCard", name: "far" }))).toBe("done");
    car.tap(card, { answerMs: 151 });
    expect(car.controller.parts.access.key(idOf(owner, card))).toBeUndefined();
    expect(car.notes.at(-1)).toMatchObject({ who: "card", outcome: "refused", why: "cardTooSlow" });
  });

  it("opens its own car and no other, and says nothing to that one", () => {
    const { card } = carded();
    const other = newCar({ seed: "another car" });
    const owner = claim(other, "otto");
    other.tap(card);
    enrol(other, owner, card);
    expect([other.latch("driverDoor"), other.controller.parts.access.key(idOf(owner, card))]).toEqual(["locked", undefined]);
  });

  it("that an owner has revoked opens nothing, and is not enrolled again", () => {
    const { car, owner, card } = carded();
    expect(told(owner.askFresh({ kind: "revoke", keyId: owner.crypto.sha256(card.coseKey).slice(0, 8) }))).toBe("done");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("locked");
    enrol(car, owner, card, "again");
    expect(car.controller.parts.access.key(idOf(owner, card))).toBeUndefined();
    expect(reasons(car).at(-1)).toBe("revokedKey");
  });

  it("that is the car's already says so when it is enrolled again", () => {
    const { car, owner, card } = carded();
    enrol(car, owner, card, "twice");
    expect([car.controller.parts.access.key(idOf(owner, card))?.name, reasons(car).at(-1)]).toEqual(["wallet", "alreadyEnrolled"]);
  });

  it("that stalls or is taken away at any step leaves the reader ready, and itself good", () => {
    const { car, card } = carded();
    for (let steps = 0; steps < 4; steps++) {
      let left = steps;
      const slipping = { answer: (command: Uint8Array) => (left-- > 0 ? card.answer(command) : undefined) };
      car.tap(slipping);
      left = steps;
      car.holdCard(slipping);
      const released = car.effects("releaseCard").length;
      car.pass(3_000);
      expect(car.effects("releaseCard").length).toBe(released + 1);
      car.takeCardAway();
      expect(car.latch("driverDoor")).toBe("locked");
    }
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("meets a car that names itself anew at each tap, and that only who knows its resolving key recognises", () => {
    const { car, owner } = carded();
    /** As a stranger with a card of his own making sees the car. */
    const seen = (): Uint8Array => {
      let found: IdCred | undefined;
      const initiator = new Initiator({
        crypto: owner.crypto,
        method: 0,
        suites: [4],
        connectionId: Uint8Array.of(0),
        own: { idCred: idCredOfKid(new Uint8Array(8)), credential: new Uint8Array(1), key: owner.crypto.generateSigningKey("Ed25519") },
        peers: (idCred) => ((found = idCred), ok([])),
      });
      const done = Uint8Array.of(0x90, 0x00);
      car.tap({
        answer: (command) => {
          if (command[1] === OWN_INSTRUCTIONS.message1) return concat(initiator.message1(), done);
          if (command[1] === OWN_INSTRUCTIONS.message2) initiator.processMessage2(command.slice(5, -1));
          return command[1] === 0xa4 ? done : Uint8Array.of(0x69, 0x85);
        },
      });
      if (found?.kind !== "kid") throw new RangeError(`the car names itself by ${found?.kind}`);
      return found.kid;
    };
    const [one, other] = [seen(), seen()];
    expect(toHex(one)).not.toBe(toHex(other));
    const { resolvingKey } = owner.wallet.cars[0]!;
    for (const kid of [one, other]) expect(resolvesIdentity(owner.crypto, resolvingKey!, kid)).toBe(true);
  });

  it("is none with the key of a phone, whoever's it is", () => {
    const { car, owner } = carded();
    const { key } = owner.wallet;
    const signingKey = owner.crypto.importSigningKey("Ed25519", key.stored)!;
    const phone = new OwnCard({ crypto: owner.crypto, key: signingKey, car: car.controller.parts.identity.publicKeys.Ed25519.coseKey });
    car.tap(phone);
    car.tap(phone, { place: "inside" });
    expect([car.latch("driverDoor"), isReleased(car)]).toEqual(["locked", false]);
    expect(reasons(car).slice(-2)).toEqual(["unknownKey", "unknownKey"]);
  });

  it("fills no log where it is a stranger's or a liar's", () => {
    const { car, owner, card } = carded();
    const stranger = newCard(owner);
    const liar = { answer: (command: Uint8Array) => (command[1] === OWN_INSTRUCTIONS.timed ? Uint8Array.of(0x90, 0x00) : card.answer(command)) };
    for (let i = 0; i < 50; i++) {
      car.tap(stranger);
      car.tap(liar);
    }
    expect(car.latch("driverDoor")).toBe("locked");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.length).toBeLessThan(10);
  });
});

describe("a car whose owner takes cards of our own type alone", () => {
  it("refuses an enrolled card of the Tesla type, says why in the log, and takes it again when that is over", () => {
    const { car, owner, card } = carded();
    const tesla = newTeslaCard(owner);
    enrol(car, owner, tesla, "spare");
    expect(change(owner, "ownCardsAlone", true)).toBe("done");
    car.tap(tesla);
    car.tap(tesla, { place: "inside" });
    expect([car.latch("driverDoor"), isReleased(car)]).toEqual(["locked", false]);
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.filter(({ why }) => why === "cardTooWeak")).toHaveLength(2);
    expect(change(owner, "ownCardsAlone", false)).toBe("done");
    car.tap(tesla);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("enrols none of the Tesla type, and goes on waiting for one that it takes", () => {
    const { car, owner } = claimedCar();
    expect(change(owner, "ownCardsAlone", true)).toBe("done");
    const [tesla, own] = [newTeslaCard(owner), newCard(owner)];
    enrol(car, owner, tesla);
    expect(car.controller.parts.access.keyCount).toBe(2);
    car.tap(own);
    expect(car.controller.parts.access.key(idOf(owner, own))?.role).toBe("card");
  });
});

describe("power that fails", () => {
  function onFlash(): { readonly car: WiredCar; readonly owner: WiredKey } {
    const car = carOnSimFlash();
    return { car, owner: claim(car) };
  }

  it.each(["lost", "kept"] as const)("between the decision and the act moves no latch, and the card opens after it (what was not durable is %s)", (unsynced) => {
    const { car, owner } = onFlash();
    const card = newCard(owner);
    enrol(car, owner, card);
    car.flashHangs = true;
    car.performed.length = 0;
    car.tap(card);
    expect(car.effects("driveLatch")).toEqual([]);
    cutPower(car, unsynced);
    expect(car.effects("driveLatch")).toEqual([]);
    expect(car.latch("driverDoor")).toBe("locked");
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it.each(["lost", "kept"] as const)("while a card is enrolled leaves it whole or not there, and the owner can enrol it again (what was not durable is %s)", (unsynced) => {
    const { car, owner } = onFlash();
    const card = newCard(owner);
    expect(told(owner.askFresh({ kind: "enrolCard", name: "wallet" }))).toBe("done");
    car.flashHangs = true;
    car.tap(card);
    expect(card.car).toBeDefined();
    cutPower(car, unsynced);
    const key = car.controller.parts.access.key(idOf(owner, card));
    expect(key?.role).toBe(unsynced === "kept" ? "card" : undefined);
    enrol(car, owner, card);
    car.tap(card);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });
});
