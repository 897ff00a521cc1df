import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { ownersKit, resumePairing, transferCode } from "../../../firmware/key/index.ts";
import { BODY, REASONS } from "../../../firmware/wire/index.ts";
import type { Outcome, WiredKey } from "../../../sim/wired/index.ts";
import { RESET_INPUT } from "../../../sim/body/index.ts";
import { bodyOf, enrol, enrolled, guestOf, idOf, keyIdOf, listedKeys, recoveryKey, setTime, START_S, told, vehicleOf, verifiedLog } from "../../support/people.ts";
import { carOnSimFlash, claim, claimedCar, cutPower, newKey } from "../../support/wired-car.ts";

const DAY_MS = 86_400_000;
const unlock = { kind: "unlock" } as const;

function noticesOf(outcome: Outcome) {
  if (outcome.kind !== "reply") throw new RangeError(told(outcome));
  return outcome.reply.notices ?? [];
}

function kitOf(owner: WiredKey): string {
  return ownersKit(owner.crypto, owner.wallet, vehicleOf(owner))!;
}

describe("removing an owner", () => {
  const twoOwners = () => {
    const { car, owner } = claimedCar();
    return { car, anna: owner, bea: enrolled(owner, "bea", "owner") };
  };

  it("is announced to every owner on contact and happens after a day", () => {
    const { car, anna, bea } = twoOwners();
    const outcome = anna.askFresh({ kind: "revoke", keyId: keyIdOf(bea) });
    expect([told(outcome), bodyOf(outcome).get(BODY.dueInS)]).toEqual(["delayStarted", 86_400]);
    car.pass(DAY_MS / 2);
    expect(noticesOf(bea.askFresh(unlock))).toEqual([{ pendingId: 1, what: "removeOwner", target: keyIdOf(bea), dueInS: 43_200 }]);
    expect(noticesOf(anna.askFresh({ kind: "status" }))).toHaveLength(1);
    bea.disconnect();
    car.pass(DAY_MS / 2 - 1);
    expect(car.controller.parts.access.ownerCount).toBe(2);
    car.pass(1);
    expect(car.controller.parts.access.ownerCount).toBe(1);
    expect(told(bea.askFresh(unlock))).toBe("failed: keyRefused");
    anna.askFresh({ kind: "status" });
    expect(verifiedLog(anna).entries.at(-1)).toMatchObject({ what: "removeOwner", who: idOf(anna), outcome: "done" });
  });

  it("can be cancelled by the owner it is about", () => {
    const { car, anna, bea } = twoOwners();
    anna.askFresh({ kind: "revoke", keyId: keyIdOf(bea) });
    const [notice] = noticesOf(bea.askFresh({ kind: "status" }));
    expect(told(bea.ask({ kind: "cancelPending", pendingId: notice!.pendingId }))).toBe("done");
    car.pass(2 * DAY_MS);
    expect(car.controller.parts.access.ownerCount).toBe(2);
    expect(noticesOf(anna.askFresh({ kind: "status" }))).toEqual([]);
  });

  it("happens at once when a second owner asks for the same", () => {
    const { car, anna, bea } = twoOwners();
    const cleo = enrolled(anna, "cleo", "owner");
    cleo.askFresh(unlock);
    expect(told(anna.askFresh({ kind: "revoke", keyId: keyIdOf(cleo) }))).toBe("delayStarted");
    expect(told(cleo.askFresh({ kind: "revoke", keyId: keyIdOf(cleo) }))).toBe("done");
    const dora = enrolled(anna, "dora", "owner");
    car.pass(1_000);
    anna.askFresh({ kind: "revoke", keyId: keyIdOf(dora) });
    expect(told(anna.ask({ kind: "revoke", keyId: keyIdOf(dora) }))).toBe("delayStarted");
    expect(told(bea.askFresh({ kind: "revoke", keyId: keyIdOf(dora) }))).toBe("done");
    expect(car.controller.parts.access.ownerCount).toBe(2);
  });

  it("waits for powered time: a restart neither shortens nor forgets it", () => {
    const { car, anna, bea } = twoOwners();
    anna.askFresh({ kind: "revoke", keyId: keyIdOf(bea) });
    car.pass(DAY_MS / 2);
    car.restart();
    const [notice] = noticesOf(bea.askFresh({ kind: "status" }));
    expect(notice!.dueInS).toBeGreaterThanOrEqual(43_200);
    expect(notice!.dueInS).toBeLessThanOrEqual(43_200 + 900);
    car.pass(notice!.dueInS * 1000);
    expect(car.controller.parts.access.ownerCount).toBe(1);
  });

  it("never takes the last one, whoever asks", () => {
    const { car, owner } = claimedCar();
    const recovery = recoveryKey(car, kitOf(owner));
    expect(told(owner.askFresh({ kind: "revoke", keyId: keyIdOf(owner) }))).toBe("lastOwner");
    expect(told(recovery.askFresh({ kind: "revoke", keyId: keyIdOf(owner) }))).toBe("lastOwner");
  });

  it("shows the most urgent notices where there are more than one answer carries", () => {
    const { car, owner } = claimedCar();
    const owners = Array.from({ length: 15 }, (_, index) => {
      car.pass(1_000);
      return enrolled(owner, `owner ${index}`, "owner");
    });
    car.pass(1_000);
    for (const [index, other] of owners.entries()) {
      if (index % 5 === 0) car.pass(1_000);
      owner.ask({ kind: "revoke", keyId: keyIdOf(other) });
    }
    const recoveryId = [...listedKeys(owner)].find(([, role]) => role === 5)![0];
    owner.ask({ kind: "revoke", keyId: Uint8Array.from(Buffer.from(recoveryId, "hex")) });
    owner.ask({ kind: "reset" });
    expect(car.controller.parts.access.notices(car.nowMs)).toHaveLength(17);
    car.pass(1_000);
    const heard = noticesOf(owners[3]!.askFresh({ kind: "status" }));
    expect(heard).toHaveLength(16);
    expect(heard[0]!.dueInS).toBeLessThanOrEqual(heard[15]!.dueInS);
    expect(told(owners[3]!.ask({ kind: "cancelPending", pendingId: heard[0]!.pendingId }))).toBe("done");
  });
});

describe("the recovery key", () => {
  it("opens nothing, and makes another phone the owner", () => {
    const { car, owner } = claimedCar();
    const recovery = recoveryKey(car, kitOf(owner));
    for (const command of [unlock, { kind: "trunk" }, { kind: "drive" }, { kind: "status" }] as const) {
      expect(told(recovery.ask(command)), command.kind).toBe("roleForbids");
    }
    const phone = newKey(car, "new phone");
    expect(told(enrol(recovery, phone, "driver"))).toBe("roleForbids");
    expect(told(enrol(recovery, phone, "owner"))).toBe("done");
    expect(told(phone.askFresh(unlock))).toBe("done");
    expect(told(recovery.askFresh({ kind: "revoke", keyId: keyIdOf(owner) }))).toBe("done");
    expect(told(owner.askFresh(unlock))).toBe("failed: keyRefused");
    expect([...listedKeys(phone).keys()]).toContain(idOf(phone));
  });
});

describe("handing the car over", () => {
  it("makes the new owner the only one, and everything of the old ones ends in the same instant", () => {
    const { car, owner } = claimedCar();
    setTime(owner, START_S);
    const driver = enrolled(owner, "ben", "driver");
    const guest = guestOf(owner, "gil");
    owner.askFresh({ kind: "valetMode", on: true });
    expect(told(owner.ask({ kind: "transfer" }))).toBe("valetMode");
    owner.ask({ kind: "valetMode", on: false });
    owner.ask({ kind: "changeSettings", settings: new Map([["autoRelockMs", 60_000]]) });
    for (const key of [driver, guest]) key.askFresh(unlock);
    const outcome = owner.askFresh({ kind: "transfer" });
    expect(bodyOf(outcome).get(BODY.dueInS)).toBe(600);
    const code = transferCode(outcome.kind === "reply" ? outcome.reply : expect.fail());
    const buyer = newKey(car, "bill");
    expect(told(buyer.pair(code.ok ? code.value : ""))).toBe("paired");
    expect([owner.link, driver.link, guest.link]).toEqual([undefined, undefined, undefined]);
    car.pass(1_000);
    for (const key of [owner, driver, guest]) expect(told(key.askFresh(unlock)), key.wallet.name).toMatch(/keyRefused|issuerNotOwner/);
    expect(told(buyer.askFresh(unlock))).toBe("done");
    expect([...listedKeys(buyer).values()].sort()).toEqual([0, 5]);
    expect(car.controller.parts.access.settings.autoRelockMs).toBe(30_000);
    expect(car.controller.parts.access.time.floorS).toBeGreaterThanOrEqual(START_S);
    expect(buyer.wallet.cars[0]!.resolvingKey).toBeDefined();
    expect(buyer.wallet.cars[0]!.resolvingKey).not.toEqual(owner.wallet.cars[0]!.resolvingKey);
  });

  it("by the recovery key works while valet mode is on, and leaves none behind", () => {
    const { car, owner } = claimedCar();
    const recovery = recoveryKey(car, kitOf(owner));
    owner.askFresh({ kind: "valetMode", on: true });
    const outcome = recovery.askFresh({ kind: "transfer" });
    const code = transferCode(outcome.kind === "reply" ? outcome.reply : expect.fail());
    const buyer = newKey(car, "bill");
    expect(told(buyer.pair(code.ok ? code.value : ""))).toBe("paired");
    expect(car.controller.status().get("Vehicle.Private.Access.IsValetMode")).toBe(false);
    expect(told(buyer.askFresh({ kind: "trunk" }))).toBe("done");
    expect(told(buyer.ask({ kind: "drive" }))).toBe("done");
    expect(car.effects("setImmobiliser").at(-1)).toEqual({ kind: "setImmobiliser", released: true, limited: false });
  });

  it("that nobody takes leaves the owner the owner, and its code dies after ten minutes", () => {
    const { car, owner } = claimedCar();
    const outcome = owner.askFresh({ kind: "transfer" });
    const code = transferCode(outcome.kind === "reply" ? outcome.reply : expect.fail());
    car.pass(600_000);
    expect(told(newKey(car, "late").pair(code.ok ? code.value : ""))).toMatch(/^failed/);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("cut off by a loss of power before the answer leaves exactly one owner, the old or the new", () => {
    for (const durable of [false, true]) {
      const car = carOnSimFlash();
      const owner = claim(car);
      const outcome = owner.askFresh({ kind: "transfer" });
      const code = transferCode(outcome.kind === "reply" ? outcome.reply : expect.fail());
      const buyer = newKey(car, "bill");
      car.flashHangs = true;
      // The answer cannot come, the flash hangs: the phone keeps what it needs to fetch the answer later.
      expect(() => buyer.pair(code.ok ? code.value : "")).toThrow(/not answered/);
      cutPower(car, durable ? "kept" : "lost");
      const winner = durable ? buyer : owner;
      const loser = durable ? owner : buyer;
      if (durable) expect(told(resume(buyer)), "the answer fetched").toBe("paired");
      expect(told(winner.askFresh(unlock)), `durable: ${durable}`).toBe("done");
      expect(car.controller.parts.access.ownerCount).toBe(1);
      if (loser === owner) expect(told(owner.askFresh(unlock))).toBe("failed: keyRefused");
      else expect(loser.wallet.cars).toEqual([]);
    }
  });
});

/** Fetches the answer of a pairing whose reply was lost. */
function resume(key: WiredKey): Outcome {
  const task = resumePairing(key.wallet);
  if (task === undefined) throw new RangeError("no pairing was begun");
  return key.pairWith(task);
}

describe("a pairing whose answer was lost", () => {
  it("is answered again with the car's keys and the epoch in which the owner's grants count", () => {
    const { car, owner } = claimedCar();
    // The same phone was an owner before: its grants of then stay dead, so its epoch is not 0.
    owner.askFresh({ kind: "newIssuerEpoch" });
    owner.ask({ kind: "newIssuerEpoch" });
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    expect(told(owner.ask({ kind: "reset" }))).toBe("done");
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: false });
    car.tell({ kind: "claimRequested" });
    const fresh = { ...owner.wallet, cars: [] };
    owner.wallet = fresh;
    expect(told(owner.pair())).toBe("paired");
    const paired = owner.wallet.cars[0]!;
    expect(paired.issuer.epoch).toBe(3);
    owner.wallet = { ...fresh, pairing: { carKeysHash: hashOf(owner), label: "car", recoverySeed: paired.recoverySeed!, carKey: paired.carKeys.ed25519 } };
    car.pass(1_000);
    expect(told(resume(owner))).toBe("paired");
    expect(owner.wallet.cars[0]!.issuer.epoch).toBe(3);
    const guest = guestOf(owner, "gil");
    expect(told(guest.askFresh(unlock))).toBe("done");
  });
});

function hashOf(key: WiredKey): Uint8Array {
  const { ed25519, es256 } = key.wallet.cars[0]!.carKeys;
  return Uint8Array.from([...key.crypto.sha256(ed25519).subarray(0, 16), ...key.crypto.sha256(es256).subarray(0, 16)]);
}

describe("a factory reset", () => {
  it("with the button inside held ends all keys at once, and keeps what must not move back", () => {
    const { car, owner } = claimedCar();
    setTime(owner, START_S);
    const driver = enrolled(owner, "ben", "driver");
    const guest = guestOf(owner, "gil");
    const { ownerEpoch } = car.controller.parts.access;
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    expect(told(owner.askFresh({ kind: "reset" }))).toBe("done");
    expect(owner.link).toBeUndefined();
    car.pass(1_000);
    for (const key of [owner, driver, guest]) expect(told(key.askFresh(unlock)), key.wallet.name).toMatch(/^failed|^issuerNotOwner/);
    expect(car.controller.parts.access.ownership).toBe("unclaimed");
    car.restart();
    expect(car.controller.parts.access.ownerEpoch).toBe(ownerEpoch + 1);
    expect(car.controller.parts.access.time.floorS).toBe(START_S);
    const next = claim(car, "nina");
    expect(told(next.askFresh(unlock))).toBe("done");
    expect(told(guest.askFresh(unlock))).toBe("failed: keyRefused");
    expect(verifiedLog(next, "start").entries.some(({ what, who }) => what === "reset" && who === idOf(owner))).toBe(true);
  });

  it("with another wire held is announced instead, and an owner cancels it", () => {
    const { car, owner } = claimedCar();
    car.tell({ kind: "inputChanged", input: "hornButton", active: true });
    const outcome = owner.askFresh({ kind: "reset" });
    expect([told(outcome), bodyOf(outcome).get(BODY.dueInS)]).toEqual(["delayStarted", 86_400]);
    const [notice] = noticesOf(owner.ask({ kind: "status" }));
    expect(notice).toMatchObject({ what: "reset", target: undefined });
    expect(told(owner.ask({ kind: "cancelPending", pendingId: notice!.pendingId }))).toBe("done");
    car.pass(2 * DAY_MS);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("that nobody cancels happens after its delay", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "reset" });
    car.pass(DAY_MS);
    expect(car.controller.parts.access.ownership).toBe("unclaimed");
    expect(owner.link).toBeUndefined();
    expect(car.notes.some(({ what, outcome }) => what === "reset" && outcome === "done")).toBe(true);
  });

  it("is nothing a driver, a service or a guest can ask for, button or not", () => {
    const { car, owner } = claimedCar();
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    for (const key of [enrolled(owner, "ben", "driver"), enrolled(owner, "sam", "service"), guestOf(owner, "gil")]) {
      expect(told(key.askFresh({ kind: "reset" })), key.wallet.name).toBe("roleForbids");
    }
    expect(car.controller.parts.access.ownership).toBe("claimed");
  });
});

describe("the roles", () => {
  it("a driver opens and drives, a service too, and neither manages anything", () => {
    const { car, owner } = claimedCar();
    for (const [name, role] of [["ben", "driver"], ["sam", "service"]] as const) {
      const key = enrolled(owner, name, role);
      expect(told(key.askFresh(unlock))).toBe("done");
      expect(told(key.askFresh({ kind: "drive" }))).toBe("done");
      for (const command of [
        { kind: "enrol", role: "driver", name: "x", publicKey: newKey(car, `friend of ${name}`).wallet.key.publicKey },
        { kind: "revoke", keyId: keyIdOf(owner) },
        { kind: "listKeys" },
        { kind: "newIssuerEpoch" },
        { kind: "valetMode", on: true },
        { kind: "changeSettings", settings: new Map([["walkAwayMs", 5_000]]) },
        { kind: "transfer" },
        { kind: "setTime", unixS: START_S, newTimeEpoch: false },
      ] as const) {
        expect(told(key.ask(command)), `${role} ${command.kind}`).toBe("roleForbids");
      }
      car.pass(1_000);
      owner.askFresh({ kind: "lock", forced: true });
    }
  });

  it("a driver reads the lines that it caused, and the rest as digests that still verify", () => {
    const { owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    driver.askFresh(unlock);
    owner.askFresh({ kind: "lock", forced: false });
    driver.askFresh({ kind: "status" });
    const log = verifiedLog(driver, "start");
    expect(log.entries.map(({ who }) => who)).toEqual([idOf(driver)]);
    expect(log.hiddenCount).toBeGreaterThan(1);
  });

  it("a key that is enrolled already is refused by that name", () => {
    const { owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    const outcome = owner.ask({ kind: "enrol", role: "owner", name: "ben", publicKey: driver.wallet.key.publicKey });
    expect(told(outcome)).toBe("alreadyEnrolled");
    expect(REASONS.alreadyEnrolled.code).toBe(213);
    expect(toHex(keyIdOf(driver))).toBe(idOf(driver));
  });
});
