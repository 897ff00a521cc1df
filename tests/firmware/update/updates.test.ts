import { describe, expect, it } from "vitest";
import { readRecord, writeRecord } from "../../../firmware/fold/index.ts";
import { utf8Encode } from "../../../firmware/base/index.ts";
import { TABLES } from "../../../firmware/records/index.ts";
import { RESET_INPUT } from "../../../sim/body/index.ts";
import { bodyOf, enrolled, idOf, listedKeys, told, verifiedLog } from "../../support/people.ts";
import { claim, newKey } from "../../support/wired-car.ts";
import { bundleOf, Maker } from "./maker.ts";
import { armBehindItsBack, claimedUpdatingCar, FACTORY, refusals, UpdatingCar } from "./updating-car.ts";

const unlock = { kind: "unlock" } as const;
const lock = { kind: "lock", forced: false } as const;
const NEW = bundleOf("new");

describe("an update that two have signed", () => {
  it("goes from offer to confirmation; keys and log stay as they were, and the counter rises at the end only", () => {
    const { bench, owner } = claimedUpdatingCar();
    const driver = enrolled(owner, "ben", "driver");
    const keys = [...listedKeys(owner)];
    const release = bench.maker.release(NEW, { sequenceNumber: 5 });
    expect(bench.status.state).toBe("idle");
    bench.offer(release);
    expect(bench.status).toMatchObject({ state: "offered", counter: 0 });
    expect(told(owner.askFresh({ kind: "consentUpdate", id: release.id }))).toBe("done");
    expect(bench.status).toMatchObject({ state: "consented", consentedBy: idOf(owner) });
    bench.deliver(release, { countMax: 1 });
    expect(bench.status).toMatchObject({ state: "downloading", throughBytes: 1000 });
    bench.deliver(release);
    expect(bench.status.state).toBe("staged");
    expect(bench.wantsRestart).toBe(true);
    expect(bench.running).toEqual(FACTORY);
    bench.start();
    expect(bench.status).toMatchObject({ state: "trial", counter: 0 });
    expect(bench.running).toEqual(NEW);
    expect(told(driver.askFresh(unlock))).toBe("done");
    bench.prove();
    expect(bench.status).toMatchObject({ state: "confirmed", counter: 5 });
    bench.start();
    expect(bench.status).toMatchObject({ state: "confirmed", counter: 5 });
    expect(bench.running).toEqual(NEW);
    expect([...listedKeys(owner)]).toEqual(keys);
    const lines = verifiedLog(owner, "start").entries.filter(({ what }) => /pdate/.test(what));
    expect(lines.map(({ what, who, outcome, why }) => [what, who, outcome, why])).toEqual([
      ["offerUpdate", "console", "done", "1.0.0 (5)"],
      ["consentUpdate", idOf(owner), "done", "1.0.0 (5)"],
      ["update", "car", "info", "1.0.0 (5): staged"],
      ["update", "car", "info", "1.0.0 (5): on trial"],
      ["update", "car", "done", "1.0.0 (5): confirmed"],
    ]);
  });

  it("may come by an owner's key, who learns what it is", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW, { version: "3.1" });
    const body = bodyOf(owner.askFresh({ kind: "offerUpdate", manifest: release.envelope }));
    expect([...body.values()]).toEqual([release.id, "3.1"]);
    expect(told(owner.ask({ kind: "offerUpdate", manifest: release.envelope }))).toBe("done");
    const status = bodyOf(owner.ask({ kind: "status" }));
    expect(status.get("Vehicle.Private.Update.State")).toBe("offered");
    expect(status.get("Vehicle.Private.Update.Version")).toBe("3.1");
  });

  it("is not shown to who asks for the status before anything was offered", () => {
    const { owner } = claimedUpdatingCar();
    expect([...bodyOf(owner.askFresh({ kind: "status" })).keys()].filter((path) => String(path).includes("Update"))).toEqual([]);
  });
});

describe("a bad update locks nobody out", () => {
  it.each([
    ["of another model", (maker: Maker) => maker.release(NEW, { model: "bench car 6000i" }), "wrongModel"],
    ["unsigned", () => new Maker("nobody").release(NEW), "badRelease"],
    ["that is no manifest", (maker: Maker) => ({ ...maker.release(NEW), envelope: Uint8Array.of(1, 2, 3) }), "malformed"],
  ] as const)("%s: it is refused, and the car works", (_what, make, reason) => {
    const { bench, owner } = claimedUpdatingCar();
    bench.offer(make(bench.maker));
    expect(refusals(bench)).toEqual([reason]);
    expect(bench.running).toEqual(FACTORY);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("older than what was confirmed, or the same again: it is refused, also after a factory reset", () => {
    const { bench, owner } = claimedUpdatingCar();
    bench.toTrial(owner, bench.maker.release(NEW, { sequenceNumber: 7 }));
    bench.prove();
    const older = [bench.maker.release(NEW, { sequenceNumber: 7 }), bench.maker.release(NEW, { sequenceNumber: 6 })];
    for (const release of older) bench.offer(release);
    bench.car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
    owner.askFresh({ kind: "reset" });
    bench.car.pass(120_000);
    bench.start();
    expect(bench.car.controller.parts.access.ownership).toBe("unclaimed");
    for (const release of older) bench.offer(release);
    expect(refusals(bench).filter((why) => why === "olderRelease")).toHaveLength(4);
    expect(bench.status.counter).toBe(7);
    expect(told(claim(bench.car, "next").askFresh(unlock))).toBe("done");
  });

  it("truncated: what does not have the promised digest is not staged, and may be delivered again", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.offer(release);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    bench.deliver(release, { bundle: NEW.slice(0, 2999) });
    expect(bench.status).toMatchObject({ state: "downloading", throughBytes: 1000 });
    bench.deliver(release, { bundle: Uint8Array.of(...NEW.slice(0, 2999), NEW[2999]! ^ 1) });
    expect(bench.status).toMatchObject({ state: "consented", throughBytes: 0 });
    expect(bench.wantsRestart).toBe(false);
    bench.deliver(release);
    expect(bench.status.state).toBe("staged");
  });

  it("longer than promised, out of order or elsewhere: no piece of it is written", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.offer(release);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    const tell = (offset: number, bytes: Uint8Array): void => bench.car.tell({ kind: "updatePieceArrived", offset, bytes });
    tell(0, new Uint8Array(3001));
    tell(2999, new Uint8Array(2));
    tell(-1, new Uint8Array(1));
    tell(1.5, new Uint8Array(1));
    tell(0, new Uint8Array(0));
    tell(1000, new Uint8Array(1));
    expect(refusals(bench)).toEqual(["malformed", "malformed", "malformed", "malformed", "malformed", "updateBusy"]);
    expect(bench.slots.contentOf("b")).toHaveLength(0);
  });

  it("that crashes in its trial, or hangs: the release before comes back with all keys, and its counter unraised", () => {
    for (const kind of ["crash", "hang", "neverConfirms"] as const) {
      const { bench, owner } = claimedUpdatingCar();
      const release = bench.maker.release(NEW, { sequenceNumber: 9 });
      bench.offer(release);
      owner.askFresh({ kind: "consentUpdate", id: release.id });
      bench.deliver(release);
      bench.start({ fails: kind === "crash" });
      if (kind === "hang") bench.startAfterHang();
      if (kind === "neverConfirms") {
        bench.car.pass(59_000);
        bench.start();
      }
      expect(bench.status).toMatchObject({ state: "rolledBack", counter: 0 });
      expect(bench.running).toEqual(FACTORY);
      expect(told(owner.askFresh(unlock))).toBe("done");
      bench.offer(release);
      expect(bench.status.state).toBe("offered");
    }
  });

  it("whose boot record is lost in its trial is rolled back too: what runs decides", () => {
    const { bench, owner } = claimedUpdatingCar();
    bench.toTrial(owner, bench.maker.release(NEW));
    const after = new UpdatingCar({ flash: bench.car.flash });
    expect(after.status).toMatchObject({ state: "rolledBack", counter: 0 });
    expect(after.running).toEqual(FACTORY);
  });

  it("that comes late: the car works in between, however long pieces and consent take, and restarts keep what came", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(bundleOf("large", 900_000));
    bench.offer(release);
    bench.car.pass(90 * 86_400_000);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    bench.deliver(release, { pieceBytes: 32_768, countMax: 20 });
    bench.car.pass(30 * 86_400_000);
    expect(told(owner.askFresh(unlock))).toBe("done");
    bench.car.pass(1000);
    expect(told(owner.askFresh(lock))).toBe("done");
    bench.start();
    // Every 256 KiB are written down; the pieces since then come again.
    expect(bench.car.controller.updateDesk.wantedOffset).toBe(557_056);
    bench.deliver(release, { pieceBytes: 32_768 });
    expect(bench.status.state).toBe("staged");
  });

  it("that somebody put into the slot without the car's knowledge gains nothing: no counter, no confirmation", () => {
    const { bench, owner } = claimedUpdatingCar();
    armBehindItsBack(bench, NEW);
    bench.start();
    bench.prove();
    expect(bench.status).toMatchObject({ state: "idle", counter: 0 });
    expect(bench.record.trial?.started).toBe(true);
    bench.start();
    expect(bench.running).toEqual(FACTORY);
    expect(told(owner.askFresh(unlock))).toBe("done");
  });
});

describe("the restart for a trial", () => {
  it("waits until nobody drives", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.offer(release);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    owner.ask({ kind: "drive" });
    bench.car.tell({ kind: "powertrainChanged", running: true, moving: true });
    bench.deliver(release);
    expect(bench.status.state).toBe("staged");
    bench.car.pass(600_000);
    expect(bench.wantsRestart).toBe(false);
    bench.car.tell({ kind: "powertrainChanged", running: false, moving: false });
    owner.disconnect();
    bench.car.pass(600_000);
    expect(bench.wantsRestart).toBe(true);
  });
});

describe("during a trial", () => {
  const formatsKey = utf8Encode("formats");

  /** A trial after a release that can read only what `keep` lets through. */
  function trialAfter(keep: (table: number) => boolean) {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.offer(release);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    bench.deliver(release);
    const { store } = bench.car.controller.parts;
    const rows = readRecord(store.get(TABLES.update, formatsKey)!, 1, 1)![0] as readonly (readonly [number, number])[];
    store.commit([{ table: TABLES.update, key: formatsKey, value: writeRecord(1, rows.filter(([table]) => keep(table))) }]);
    bench.start();
    return { bench, owner };
  }

  it("nothing is stored that the release before cannot read, and everything that it can", () => {
    const { bench, owner } = trialAfter((table) => table !== TABLES.settings);
    expect(told(owner.askFresh({ kind: "changeSettings", settings: new Map([["walkAwayMs", 7000]]) }))).toBe("storageFault");
    expect(told(owner.askFresh({ kind: "enrol", role: "driver", name: "ben", publicKey: newKey(bench.car, "ben").wallet.key.publicKey }))).toBe("done");
    expect([...bench.car.controller.parts.store.entries(TABLES.settings)]).toEqual([]);
  });

  it("also not in another format of the flash itself; owners get in all the same", () => {
    const { bench, owner } = trialAfter((table) => table !== 0);
    expect(told(owner.askFresh({ kind: "enrol", role: "driver", name: "ben", publicKey: newKey(bench.car, "ben").wallet.key.publicKey }))).toBe("storageFault");
    expect(told(owner.askFresh(unlock))).toBe("done");
  });

  it("what was stored is read by the release before without a fault", () => {
    const { bench, owner } = claimedUpdatingCar();
    bench.toTrial(owner, bench.maker.release(NEW));
    const ben = enrolled(owner, "ben", "driver");
    bench.startAfterHang();
    expect(bench.car.report.faults).toEqual([]);
    expect(told(ben.askFresh(unlock))).toBe("done");
  });

  it("no other update is taken, and the consent cannot be given twice", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.toTrial(owner, release);
    bench.offer(bench.maker.release(bundleOf("next"), { sequenceNumber: 2 }));
    expect(refusals(bench)).toEqual(["updateBusy"]);
    expect(told(owner.askFresh({ kind: "consentUpdate", id: release.id }))).toBe("updateBusy");
  });
});

describe("records of updates that cannot be read", () => {
  const spoilt = (key: string) => {
    const { bench, owner } = claimedUpdatingCar();
    bench.toTrial(owner, bench.maker.release(NEW, { sequenceNumber: 4 }));
    bench.prove();
    bench.car.controller.parts.store.commit([{ table: TABLES.update, key: utf8Encode(key), value: Uint8Array.of(0xff) }]);
    bench.start();
    return { bench, owner };
  };

  it("are named at the start, and nobody is locked out", () => {
    for (const key of ["counter", "update", "anchor"]) {
      const { bench, owner } = spoilt(key);
      expect(bench.car.report.faults.map(({ table }) => table)).toEqual([TABLES.update]);
      expect(told(owner.askFresh(unlock))).toBe("done");
    }
  });

  it("open no way back: without its counter the car takes no update at all", () => {
    const { bench } = spoilt("counter");
    bench.offer(bench.maker.release(NEW, { sequenceNumber: 100 }));
    expect(refusals(bench)).toContain("olderRelease");
  });
});
