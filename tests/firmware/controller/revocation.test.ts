import { describe, expect, it } from "vitest";
import { signRevocationList } from "../../../firmware/lists/index.ts";
import { listsToDeliver, type Wallet } from "../../../firmware/key/index.ts";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { BODY } from "../../../firmware/wire/index.ts";
import type { WiredCar, WiredKey } from "../../../sim/wired/index.ts";
import { bodyOf, enrolled, guestOf, keyIdOf, listedKeys, share, signRevocation, START_S, told, vehicleOf, verifiedLog } from "../../support/people.ts";
import { claimedCar, newKey } from "../../support/wired-car.ts";

const unlock = { kind: "unlock" } as const;

/** Kinds of effects in their order, `send` and `closeLink` with the name of whose link it is. */
function story(car: WiredCar, links: ReadonlyMap<number, string>): readonly string[] {
  return car.performed
    .filter(({ kind }) => kind !== "note" && kind !== "wakeAt" && kind !== "advertise")
    .map((effect) => ("link" in effect ? `${effect.kind} ${links.get(effect.link) ?? effect.link}` : effect.kind));
}

/** Everybody's link by number. */
function linksOf(...keys: readonly WiredKey[]): ReadonlyMap<number, string> {
  return new Map(keys.map((key) => [key.link!, key.wallet.name]));
}

function ticketOf(wallet: Wallet): unknown {
  return wallet.cars[0]!.ticket;
}

describe("revoking an enrolled key", () => {
  it("is durable, then closes its session, then is acknowledged", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    driver.askFresh(unlock);
    owner.askFresh({ kind: "status" });
    const links = linksOf(owner, driver);
    car.performed.length = 0;
    expect(told(owner.ask({ kind: "revoke", keyId: keyIdOf(driver) }))).toBe("done");
    expect(story(car, links)).toEqual(["commit", "closeLink ben", "send anna"]);
    expect(driver.link).toBeUndefined();
  });

  it("ends its tickets: the next fast reconnect and the full handshake are both refused", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    driver.askFresh(unlock);
    expect(ticketOf(driver.wallet)).toBeDefined();
    owner.askFresh({ kind: "revoke", keyId: keyIdOf(driver) });
    car.performed.length = 0;
    expect(told(driver.askFresh({ kind: "lock", forced: false }))).toBe("failed: keyRefused");
    expect(car.effects("driveLatch")).toEqual([]);
    expect(listedKeys(owner).size).toBe(2);
  });

  it("changes what the car advertises, so that the revoked phone no longer recognises it", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    driver.askFresh(unlock);
    const before = driver.wallet.cars[0]!.resolvingKey;
    expect(before).toEqual(owner.wallet.cars[0]!.resolvingKey);
    car.performed.length = 0;
    owner.askFresh({ kind: "revoke", keyId: keyIdOf(driver) });
    expect(owner.wallet.cars[0]!.resolvingKey).not.toEqual(before);
    expect(car.effects("advertise")).toHaveLength(1);
  });

  it("is not taken back by enrolling it again", () => {
    const { owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    owner.askFresh({ kind: "revoke", keyId: keyIdOf(driver) });
    expect(told(owner.ask({ kind: "enrol", role: "driver", name: "ben", publicKey: driver.wallet.key.publicKey }))).toBe("revokedKey");
  });

  it("of an owner by itself is answered, and the answer gives away nothing that outlasts it", () => {
    const { car, owner } = claimedCar();
    const second = enrolled(owner, "bea", "owner");
    second.askFresh({ kind: "status" });
    const before = second.wallet.cars[0]!;
    expect(told(second.ask({ kind: "revoke", keyId: keyIdOf(second) }))).toBe("done");
    expect(second.wallet.cars[0]!.resolvingKey).toEqual(before.resolvingKey);
    expect(second.link).toBeUndefined();
    owner.askFresh({ kind: "status" });
    expect(owner.wallet.cars[0]!.resolvingKey).not.toEqual(before.resolvingKey);
    expect(told(second.askFresh(unlock))).toBe("failed: keyRefused");
    expect(car.controller.parts.access.ownerCount).toBe(1);
  });
});

describe("a revocation list", () => {
  it("closes the session and the tickets of the grant it names before it is acknowledged, whoever carries it", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const grantId = share(owner, guest);
    const courier = enrolled(owner, "ben", "driver");
    guest.askFresh(unlock);
    courier.askFresh({ kind: "status" });
    const list = signRevocation(owner, grantId);
    const links = linksOf(courier, guest);
    car.performed.length = 0;
    const outcome = courier.ask({ kind: "deliverList", list });
    expect([told(outcome), bodyOf(outcome).get(BODY.version)]).toEqual(["done", START_S]);
    expect(story(car, links)).toEqual(["commit", "closeLink gil", "send ben"]);
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
  });

  it("that the car has already is answered with the version in force, and writes nothing", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const list = signRevocation(owner, share(owner, guest));
    const newer = signRevocation(owner, share(owner, guest), START_S + 5);
    owner.askFresh({ kind: "deliverList", list: newer });
    const syncs = car.syncCount;
    const outcome = owner.ask({ kind: "deliverList", list });
    expect([told(outcome), bodyOf(outcome).get(BODY.version)]).toEqual(["olderList", START_S + 5]);
    expect(car.syncCount).toBe(syncs);
  });

  it("that a guest carries against itself is taken, answered, and is the last that it hears", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const list = signRevocation(owner, share(owner, guest));
    guest.askFresh({ kind: "status" });
    const before = guest.wallet.cars[0]!.resolvingKey;
    expect(told(guest.ask({ kind: "deliverList", list }))).toBe("done");
    expect(guest.link).toBeUndefined();
    expect(guest.wallet.cars[0]!.resolvingKey).toEqual(before);
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
  });

  it("of a hundred and more grants is taken in one delivery, and every one of them is dead", () => {
    const { car, owner } = claimedCar();
    const guests = Array.from({ length: 120 }, (_, index) => newKey(car, `guest ${index}`));
    const grants = guests.map((guest) => share(owner, guest));
    for (const grantId of grants) signRevocation(owner, grantId);
    const [list] = listsToDeliver(owner.wallet, vehicleOf(owner));
    expect(told(owner.askFresh({ kind: "deliverList", list: list! }))).toBe("done");
    expect(listsToDeliver(owner.wallet, vehicleOf(owner))).toEqual([]);
    car.restart();
    for (const guest of [guests[0]!, guests[59]!, guests[119]!]) expect(told(guest.askFresh(unlock)), guest.wallet.name).toBe("grantRevoked");
    const { entries } = verifiedLog(owner);
    expect(entries.filter(({ what }) => what === "deliverList")).toHaveLength(1);
  });

  it("of as many keys as fit into a message is taken too", () => {
    const { car, owner } = claimedCar();
    const drivers = Array.from({ length: 100 }, (_, index) => newKey(car, `driver ${index}`));
    for (const driver of drivers) owner.ask({ kind: "enrol", role: "driver", name: driver.wallet.name, publicKey: driver.wallet.key.publicKey });
    const content = {
      vehicleId: fromHex(vehicleOf(owner))!,
      version: START_S,
      issuerEpoch: owner.wallet.cars[0]!.issuer.epoch,
      entries: drivers.map((driver) => ({ kind: "key" as const, thumbprint: driver.crypto.sha256(driver.wallet.key.publicKey) })),
    };
    const signingKey = owner.crypto.importSigningKey("Ed25519", owner.wallet.key.stored)!;
    const list = signRevocationList(owner.crypto, signingKey, keyIdOf(owner), content);
    expect(told(owner.ask({ kind: "deliverList", list }))).toBe("done");
    expect(car.controller.parts.access.keyCount).toBe(2);
    car.restart();
    expect(car.controller.parts.access.keyCount).toBe(2);
    expect(car.report.faults).toEqual([]);
  });

  it("with one bit changed changes nothing", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const list = signRevocation(owner, share(owner, guest));
    const kinds = new Set<string>();
    for (let at = 0; at < list.length; at += 7) {
      const wrong = list.slice();
      wrong[at]! ^= 1 << (at % 8);
      kinds.add(told(owner.ask({ kind: "deliverList", list: wrong })));
    }
    expect([...kinds].every((kind) => ["malformed", "badSignature", "issuerNotOwner", "wrongVehicle"].includes(kind)), [...kinds].join()).toBe(true);
    expect(told(guest.askFresh(unlock))).toBe("done");
  });
});

describe("a revocation list that no key has brought", () => {
  it("is in force before anything else is heard, and its line names the owner who signed it", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const list = signRevocation(owner, share(owner, guest));
    guest.askFresh(unlock);
    const links = linksOf(guest);
    car.performed.length = 0;
    car.tell({ kind: "listCarried", list });
    expect(story(car, links)).toEqual(["commit", "closeLink gil"]);
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
    expect(verifiedLog(owner).entries.find(({ what }) => what === "listCarried")).toMatchObject({ who: toHex(keyIdOf(owner)), outcome: "done" });
  });

  it("with one bit changed changes nothing, and a flood of them costs a bounded number of signatures", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const list = signRevocation(owner, share(owner, guest));
    const wrong = list.slice();
    wrong[list.length - 1]! ^= 1;
    car.notes.length = 0;
    for (let i = 0; i < 100; i++) car.tell({ kind: "listCarried", list: wrong });
    expect(car.notes.map(({ what, outcome, why }) => `${what} ${outcome} ${why}`)).toEqual(Array(4).fill("listCarried refused badSignature"));
    expect(told(guest.askFresh(unlock))).toBe("done");
    car.pass(10_000);
    car.tell({ kind: "listCarried", list });
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
  });

  it("that is known already is passed over, and nothing is written", () => {
    const { car, owner } = claimedCar();
    const list = signRevocation(owner, share(owner, newKey(car, "gil")));
    owner.askFresh({ kind: "deliverList", list });
    const syncs = car.syncCount;
    car.notes.length = 0;
    car.tell({ kind: "listCarried", list });
    expect([car.syncCount, car.notes]).toEqual([syncs, []]);
  });
});

describe("a new issuer epoch", () => {
  it("ends every grant of that owner in one record, and no grant of another", () => {
    const { car, owner } = claimedCar();
    const second = enrolled(owner, "bea", "owner");
    const guest = guestOf(owner, "gil");
    const others = guestOf(second, "greta");
    guest.askFresh(unlock);
    others.askFresh({ kind: "status" });
    const outcome = owner.askFresh({ kind: "newIssuerEpoch" });
    expect([told(outcome), bodyOf(outcome).get(BODY.issuerEpoch)]).toEqual(["done", 1]);
    expect([guest.link, others.link !== undefined]).toEqual([undefined, true]);
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
    expect(told(others.askFresh({ kind: "lock", forced: false }))).toBe("done");
    car.restart();
    car.pass(1_000);
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
    const again = newKey(car, "gil again");
    share(owner, again);
    expect(told(again.askFresh(unlock))).toBe("done");
  });
});
