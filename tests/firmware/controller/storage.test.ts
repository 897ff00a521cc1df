import { describe, expect, it } from "vitest";
import { fromHex, utf8Encode } from "../../../firmware/base/index.ts";
import { bootController, SECTOR_BYTES_MIN, type ControllerEvent } from "../../../firmware/controller/index.ts";
import type { FlashGeometry } from "../../../firmware/ports/index.ts";
import { TABLES, type RecordTable } from "../../../firmware/records/index.ts";
import { createMemoryFlash } from "../../../hal/flash-memory/index.ts";
import { virtualCarDescription } from "../../../sim/body/index.ts";
import { SimFlash } from "../../../sim/flash/index.ts";
import type { WiredCar } from "../../../sim/wired/index.ts";
import { enrolled, guestOf, idOf, keyIdOf, listedKeys, setTime, share, signRevocation, START_S, told, verifiedLog } from "../../support/people.ts";
import { seededRandom } from "../../support/random.ts";
import { carOnSimFlash, claim, claimedCar, cutPower, newCar, newKey, quickCrypto } from "../../support/wired-car.ts";

const GEOMETRY: FlashGeometry = { sectorCount: 32, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff };
const unlock = { kind: "unlock" } as const;
const lock = { kind: "lock", forced: false } as const;
const GARBAGE = Uint8Array.of(0xff, 0x00, 0x13);

/** A claimed car on a flash that can be told to fail. */
function failingCar() {
  const car = carOnSimFlash();
  const owner = claim(car);
  const fail = (count = 1_000_000): void => (car.flash as SimFlash).failPrograms(count);
  return { car, owner, fail };
}

/** Spoils one record, as decay would, and starts again on it. */
function spoil(car: WiredCar, table: RecordTable, key: Uint8Array): void {
  const stored = car.controller.parts.store.commit([{ table, key, value: GARBAGE }]);
  if (!stored.ok) throw new RangeError(stored.error.detail);
  car.restart();
}

describe("a restart", () => {
  it("keeps keys, revocations, uses, settings, time floor, log and who owns the car", () => {
    const { car, owner } = claimedCar();
    setTime(owner, START_S);
    const driver = enrolled(owner, "ben", "driver");
    const gone = enrolled(owner, "carl", "driver");
    const guest = guestOf(owner, "gil", { uses: 2 });
    const banned = newKey(car, "bill");
    const list = signRevocation(owner, share(owner, banned));
    guest.askFresh(unlock);
    owner.askFresh({ kind: "revoke", keyId: keyIdOf(gone) });
    owner.ask({ kind: "deliverList", list });
    owner.ask({ kind: "changeSettings", settings: new Map([["walkAwayMs", 7_000]]) });
    owner.ask({ kind: "status" });
    const keys = [...listedKeys(owner)];
    const lines = verifiedLog(owner).head.sequence;
    const { ownerEpoch } = car.controller.parts.access;

    car.restart();
    expect(car.report).toMatchObject({ faults: [], recovery: { batchesLost: 0, tornBytes: 0 } });
    const { access, audit } = car.controller.parts;
    expect([access.ownership, access.ownerEpoch, access.settings.walkAwayMs, access.time.floorS]).toEqual(["claimed", ownerEpoch, 7_000, START_S]);
    expect(audit.lastSequence).toBe(lines);
    expect([...listedKeys(owner)]).toEqual(keys);
    expect(told(driver.askFresh(unlock))).toBe("done");
    expect(told(gone.askFresh(unlock))).toBe("failed: keyRefused");
    expect(told(banned.askFresh(unlock))).toBe("grantRevoked");
    car.pass(1_000);
    expect(told(guest.askFresh(lock))).toBe("done");
    expect(told(guest.askFresh(unlock))).toBe("failed: usesSpent");
  });

  it("ends tickets and the open code of a first owner, and nothing that was promised", () => {
    const { car, owner } = claimedCar();
    owner.askFresh(unlock);
    car.restart();
    expect(told(owner.askFresh(unlock))).toBe("done");
    expect(owner.path).toBe("full");
    const fresh = newCar();
    fresh.tell({ kind: "claimRequested" });
    const uri = fresh.claim!;
    fresh.restart();
    expect(told(newKey(fresh, "anna").pair(uri))).toMatch(/^failed/);
  });

  it("gives the car the same keys, so that its phones know it", () => {
    const { car, owner } = claimedCar();
    const before = car.controller.parts.identity.vehicleId;
    car.restart();
    expect(car.controller.parts.identity.vehicleId).toEqual(before);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });
});

describe("a record that cannot be read", () => {
  it("of a key is named, and shuts out that key alone", () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    spoil(car, TABLES.keys, keyIdOf(driver));
    expect(car.report.faults).toEqual([{ table: TABLES.keys, key: idOf(driver), what: expect.any(String) as string }]);
    expect(told(owner.askFresh(unlock))).toBe("done");
    expect(told(driver.askFresh(unlock))).toBe("failed: keyRefused");
  });

  it("of who owns the car is named, lets nobody in by a key, and lets nobody claim the car either", () => {
    const { car, owner } = claimedCar();
    spoil(car, TABLES.ownership, utf8Encode("ownership"));
    expect(car.report.faults[0]!.what).toContain("who owns the car");
    expect(told(owner.askFresh(unlock))).toBe("storageFault");
    car.tell({ kind: "claimRequested" });
    expect(car.claim).toBeUndefined();
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("of valet mode is named, and valet mode is on until an owner ends it", () => {
    const { car, owner } = claimedCar();
    spoil(car, TABLES.settings, utf8Encode("valetMode"));
    expect(car.report.faults[0]!.what).toContain("valet mode is on");
    expect(told(owner.askFresh({ kind: "trunk" }))).toBe("valetMode");
    expect(told(owner.ask({ kind: "valetMode", on: false }))).toBe("done");
    expect(told(owner.ask({ kind: "trunk" }))).toBe("done");
  });

  it("of the time floor is named, and no clock is believed before an owner opens a new time epoch", () => {
    const { car, owner } = claimedCar();
    setTime(owner, START_S);
    spoil(car, TABLES.time, utf8Encode("floor"));
    expect(car.report.faults[0]!.what).toBe("the time floor");
    car.tell({ kind: "timeReported", source: "gps", unixS: START_S });
    expect(car.notes.at(-1)).toMatchObject({ why: "floorLost" });
    expect(told(setTime(owner, START_S))).toBe("timeMovesBack");
    expect(told(setTime(owner, START_S, true))).toBe("done");
  });

  it("of how often a grant was used is named, and counts as used up", () => {
    const { car, owner } = claimedCar();
    const guest = newKey(car, "gil");
    const grantId = share(owner, guest);
    guest.askFresh(unlock);
    spoil(car, TABLES.grantUses, Uint8Array.from([...keyIdOf(owner), ...fromHex(grantId)!]));
    expect(car.report.faults[0]!.what).toContain("used up");
    guest.wallet = { ...guest.wallet, cars: guest.wallet.cars.map((it) => ({ ...it, ticket: undefined })) };
    expect(told(guest.askFresh(lock))).toBe("usedUp");
  });

  it("of an owner's epoch is named, and that owner's grants are refused", () => {
    const { car, owner } = claimedCar();
    const guest = guestOf(owner, "gil");
    spoil(car, TABLES.issuers, keyIdOf(owner));
    expect(car.report.faults[0]!.what).toContain("its grants are refused");
    expect(told(guest.askFresh(unlock))).toBe("grantRevoked");
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("of the log is named; the car works, and a phone that had seen the line says that it was rewritten", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "status" });
    owner.ask(unlock);
    const seen = verifiedLog(owner).head.sequence;
    spoil(car, TABLES.audit, Uint8Array.of(0, 0, 0, seen));
    expect(car.report.faults[0]!.what).toContain("log");
    expect(told(owner.askFresh(unlock))).toBe("done");
    owner.askFresh({ kind: "status" });
    expect(() => verifiedLog(owner, "start")).toThrow(/rewritten|restored/);
  });

  it("of the car's own key stops the start, with the way out", () => {
    const { car } = claimedCar();
    car.controller.parts.store.commit([{ table: TABLES.identity, key: utf8Encode("ed25519"), value: GARBAGE }]);
    expect(car.restart()).toMatchObject({ kind: "identity", wayOut: expect.stringContaining("backup") as string });
  });
});

describe("a flash that is not what it should be", () => {
  const bootOn = (flash: SimFlash) =>
    bootController({ crypto: quickCrypto("x"), random: seededRandom("x"), clock: { monotonicMs: () => 0 }, flash }, { description: virtualCarDescription() });

  it("full of something else is left alone and refused with the way out", () => {
    const image = seededRandom("noise").bytes(GEOMETRY.sectorBytes * GEOMETRY.sectorCount);
    const flash = new SimFlash({ geometry: GEOMETRY }, image);
    expect(bootOn(flash)).toMatchObject({ ok: false, error: { kind: "flash", wayOut: expect.any(String) as string } });
    expect(flash.image()).toEqual(image);
  });

  it("with sectors that hold no whole commit is refused", () => {
    const flash = new SimFlash({ geometry: { ...GEOMETRY, sectorBytes: SECTOR_BYTES_MIN / 2 } });
    expect(bootOn(flash)).toMatchObject({ ok: false, error: { kind: "flash" } });
    expect(flash.counters.programs).toBe(0);
  });
});

describe("a flash that fails", () => {
  it("does not keep an enrolled key out, and says so on the terminal", () => {
    const { car, owner, fail } = failingCar();
    const driver = enrolled(owner, "ben", "driver");
    const lines = car.controller.parts.audit.lastSequence;
    fail();
    expect(told(driver.askFresh(unlock))).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(told(driver.askFresh(lock))).toBe("done");
    expect(car.notes.some(({ what, outcome }) => what === "storage" && outcome === "failed")).toBe(true);
    expect(car.notes.some(({ what, who, outcome }) => what === "unlock" && who === "ben" && outcome === "done")).toBe(true);
    expect(car.controller.parts.audit.lastSequence).toBe(lines);
  });

  it("refuses what must be remembered, to owners too, and tells nobody that it was done", () => {
    const { car, owner, fail } = failingCar();
    const driver = enrolled(owner, "ben", "driver");
    const guest = guestOf(owner, "gil");
    owner.askFresh({ kind: "status" });
    fail();
    car.notes.length = 0;
    const { keyCount, settings } = car.controller.parts.access;
    for (const command of [
      { kind: "enrol", role: "driver", name: "x", publicKey: newKey(car, "x").wallet.key.publicKey },
      { kind: "revoke", keyId: keyIdOf(driver) },
      { kind: "newIssuerEpoch" },
      { kind: "valetMode", on: true },
      { kind: "changeSettings", settings: new Map([["walkAwayMs", 9_000]]) },
      { kind: "setTime", unixS: START_S, newTimeEpoch: false },
      { kind: "transfer" },
      { kind: "reset" },
      { kind: "drive" },
    ] as const) {
      expect(told(owner.ask(command)), command.kind).toBe("storageFault");
    }
    car.pass(1_000);
    expect(told(guest.askFresh(unlock))).toBe("storageFault");
    const { access } = car.controller.parts;
    expect([access.keyCount, access.settings, access.time.trust, access.isPairingOpen(car.nowMs)]).toEqual([keyCount, settings, "untrusted", false]);
    expect(car.notes.filter(({ outcome }) => outcome === "done")).toEqual([]);
    expect(car.effects("driveLatch")).toEqual([]);
    expect(told(driver.askFresh(unlock))).toBe("done");
  });

  it("costs no guest a use that was not granted, and none is granted twice", () => {
    const { owner, fail } = failingCar();
    const guest = guestOf(owner, "gil", { uses: 1 });
    fail();
    expect(told(guest.askFresh(unlock))).toBe("storageFault");
    fail(0);
    expect(told(guest.askFresh(unlock))).toBe("done");
    expect(told(guest.askFresh(lock))).toBe("failed: usesSpent");
  });

  it("is not asked again and again, and once it works everything that waited is written, whatever there was", () => {
    const { car, owner, fail } = failingCar();
    fail();
    for (let n = 0; n < 40; n++) {
      car.tell({ kind: "latchReported", latch: "trunk", report: n % 2 === 0 ? "unlocked" : "locked" });
      car.pass(100);
    }
    const before = (car.flash as SimFlash).counters.programs;
    let wakes = 0;
    const wake = (event: ControllerEvent) => (wakes++, event);
    for (let ms = 0; ms < 20_000; ms++) {
      car.nowMs++;
      if (car.wakeAtMs !== undefined && car.wakeAtMs <= car.nowMs) {
        car.wakeAtMs = undefined;
        car.tell(wake({ kind: "woke" }));
      }
    }
    expect(wakes).toBeLessThan(20);
    expect((car.flash as SimFlash).counters.programs - before).toBeLessThan(20);
    fail(0);
    expect(told(owner.askFresh({ kind: "changeSettings", settings: new Map([["walkAwayMs", 9_000]]) }))).toBe("done");
    car.pass(20_000);
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).entries.filter(({ what }) => what === "movedByHand").length).toBe(40);
  });

  it("keeps an announced reset waiting, and carries it out once it can be written", () => {
    const { car, owner, fail } = failingCar();
    owner.askFresh({ kind: "reset" });
    car.pass(86_400_000 - 1_000);
    fail();
    car.pass(60_000);
    expect(car.controller.parts.access.ownership).toBe("claimed");
    fail(0);
    car.pass(10_000);
    expect(car.controller.parts.access.ownership).toBe("unclaimed");
  });

  it("leaves a revocation list that it took in part to be delivered again", () => {
    const { car, owner, fail } = failingCar();
    const guests = Array.from({ length: 40 }, (_, index) => newKey(car, `guest ${index}`));
    let list = new Uint8Array(0);
    for (const guest of guests) list = Uint8Array.from(signRevocation(owner, share(owner, guest)));
    owner.askFresh({ kind: "status" });
    const store = car.controller.parts.store;
    const commit = store.commit.bind(store);
    let left = 1;
    store.commit = (changes) => (changes.length > 8 && left-- <= 0 ? { ok: false, error: { kind: "flash", detail: "worn out" } } : commit(changes));
    expect(told(owner.ask({ kind: "deliverList", list }))).toBe("storageFault");
    store.commit = commit;
    car.restart();
    expect(told(guests[0]!.askFresh(unlock))).toBe("grantRevoked");
    expect(told(owner.askFresh({ kind: "deliverList", list }))).toBe("done");
    expect(told(guests[39]!.askFresh(unlock))).toBe("grantRevoked");
    fail(0);
  });
});

describe("a flash that fills up", () => {
  it("rolls old lines of the log away before they take the room that keys and guests need", () => {
    const car = newCar({ flash: createMemoryFlash({ ...GEOMETRY, sectorCount: 16 }) });
    const owner = claim(car);
    const guest = guestOf(owner, "gil", { uses: 1000 });
    let refused = 0;
    for (let day = 0; day < 400; day++) {
      if (told(guest.askFresh(unlock)) !== "done") refused++;
      if (told(guest.askFresh(lock)) !== "done") refused++;
      car.pass(10_000);
    }
    expect(refused).toBe(0);
    const { audit } = car.controller.parts;
    expect(audit.lastSequence).toBeGreaterThan(800);
    expect(audit.lineCount).toBeLessThan(500);
    expect(told(enrolled(owner, "ben", "driver").askFresh(unlock))).toBe("done");
    owner.askFresh({ kind: "status" });
    expect(verifiedLog(owner).head.sequence).toBe(audit.lastSequence);
    car.restart();
    expect(car.report.faults).toEqual([]);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("with keys refuses one more, and still revokes, still opens and still writes its log", () => {
    const car = newCar({ flash: createMemoryFlash({ ...GEOMETRY, sectorCount: 16 }) });
    const owner = claim(car);
    const keys = [];
    let last = "done";
    for (let n = 0; last === "done" && n < 400; n++) {
      const key = newKey(car, `driver ${n}`);
      last = told(owner.ask({ kind: "enrol", role: "driver", name: key.wallet.name, publicKey: key.wallet.key.publicKey }));
      if (last === "done") keys.push(key);
      car.pass(2_000);
    }
    expect(["storageFault", "storeFull"]).toContain(last);
    expect(keys.length).toBeGreaterThan(20);
    for (let n = 0; n < 300; n++) {
      expect(told(owner.ask(n % 2 === 0 ? unlock : lock))).toBe("done");
      car.pass(2_000);
    }
    expect(told(owner.ask({ kind: "revoke", keyId: keyIdOf(keys[0]!) }))).toBe("done");
    const lines = car.controller.parts.audit.lastSequence;
    owner.ask(unlock);
    expect(car.controller.parts.audit.lastSequence).toBeGreaterThan(lines);
  });
});

describe("a commit that power cuts off", () => {
  it("leaves the key store as before or as after, at every cut, and never a key without its owner", () => {
    const car = carOnSimFlash();
    const owner = claim(car);
    const driver = newKey(car, "ben");
    for (const unsynced of ["lost", "kept"] as const) {
      owner.askFresh({ kind: "status" });
      car.flashHangs = true;
      owner.begin({ kind: "enrol", role: "driver", name: "ben", publicKey: driver.wallet.key.publicKey });
      expect(owner.answer).toBeUndefined();
      cutPower(car, unsynced);
      expect(car.controller.parts.access.keyCount).toBe(unsynced === "kept" ? 3 : 2);
      expect(car.report.faults).toEqual([]);
      expect(told(owner.askFresh(unlock))).toBe("done");
      owner.ask(lock);
    }
  });
});
