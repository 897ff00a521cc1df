import { describe, expect, it } from "vitest";
import { chooseBoot, decodeBootRecord } from "../../firmware/update/index.ts";
import { createMemoryFlash, type MemoryFlash } from "../../hal/flash-memory/index.ts";
import type { FlashPort } from "../../firmware/ports/index.ts";
import { SimFlash } from "../../sim/flash/index.ts";
import { SimSlots, SlotPowerCut, type SlotImage } from "../../sim/slots/index.ts";
import type { Wallet } from "../../firmware/key/index.ts";
import { told } from "../support/people.ts";
import { claim, newKey, quickCrypto } from "../support/wired-car.ts";
import { bundleOf, type Release } from "../firmware/update/maker.ts";
import { FACTORY, UpdatingCar } from "../firmware/update/updating-car.ts";

const GEOMETRY = { sectorCount: 16, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff } as const;
const NEW = bundleOf("cut", 120);
const PIECE_BYTES = 50;

interface Before {
  readonly flash: Uint8Array;
  readonly slots: SlotImage;
  readonly wallet: Wallet;
  readonly release: Release;
}

/** A claimed car that holds both signatures and nothing of the bundle. */
function consented(): Before {
  const flash = createMemoryFlash(GEOMETRY);
  const bench = new UpdatingCar({ flash });
  const owner = claim(bench.car);
  const release = bench.maker.release(NEW, { sequenceNumber: 3 });
  bench.offer(release);
  owner.askFresh({ kind: "consentUpdate", id: release.id });
  return { flash: flash.image(), slots: bench.slots.imageAfterCut("kept"), wallet: owner.wallet, release };
}

/** From the first piece to the confirmation, over as many restarts as it takes. */
function install(bench: UpdatingCar, release: Release): void {
  for (let start = 0; start < 4 && bench.status.state !== "confirmed"; start++) {
    if (bench.status.state === "rolledBack") return;
    bench.deliver(release, { pieceBytes: PIECE_BYTES });
    bench.start();
    bench.prove();
  }
}

/** Runs until power goes at `cutAt` of the slots' steps; gives what the next start finds. Undefined: power never went. */
function runInto(before: Before, cutAt: number, unsynced: "kept" | "lost"): { readonly flash: MemoryFlash; readonly slots: SlotImage } | undefined {
  const flash = createMemoryFlash(GEOMETRY, before.flash);
  const bench = new UpdatingCar({ flash }, before.slots);
  bench.slots.cutAt = cutAt;
  try {
    install(bench, before.release);
  } catch (cut) {
    if (!(cut instanceof SlotPowerCut)) throw cut;
    return { flash, slots: bench.slots.imageAfterCut(unsynced) };
  }
  expect(bench.status).toMatchObject({ state: "confirmed", counter: 3 });
  return undefined;
}

describe("power that fails while an update is staged, tried and confirmed", () => {
  const before = consented();

  it.each(["kept", "lost"] as const)("at any byte of slot or boot record leaves a car that starts, opens, and ends on one of the two releases (unsynced bytes %s)", (unsynced) => {
    const moments = new Set<string>();
    let cutAt = 0;
    for (; cutAt < 5000; cutAt++) {
      const left = runInto(before, cutAt, unsynced);
      if (left === undefined) break;
      const record = decodeBootRecord(quickCrypto("any"), left.slots.record!);
      expect(record, `cut ${cutAt}`).toBeDefined();
      const bench = new UpdatingCar({ flash: left.flash }, left.slots);
      moments.add(`${chooseBoot(record!).kind}, then ${bench.status.state}`);
      expect([FACTORY, NEW], `cut ${cutAt}`).toContainEqual(bench.running);
      const owner = newKey(bench.car, "anna");
      owner.wallet = before.wallet;
      expect(told(owner.askFresh({ kind: "unlock" })), `cut ${cutAt}`).toBe("done");
      owner.disconnect();
      install(bench, before.release);
      const { state, counter } = bench.status;
      expect([[`confirmed`, 3], ["rolledBack", 0]], `cut ${cutAt}`).toContainEqual([state, counter]);
      expect(bench.running, `cut ${cutAt}`).toEqual(state === "confirmed" ? NEW : FACTORY);
      expect(["done", "nothingToDo"], `cut ${cutAt}`).toContain(told(owner.askFresh({ kind: "unlock" })));
    }
    // All of it was walked, and the cuts came in every phase.
    expect(cutAt).toBeGreaterThan(NEW.length + 200);
    expect(cutAt).toBeLessThan(5000);
    for (const moment of ["active, then consented", "active, then downloading", "active, then staged", "trial, then trial", "rollBack, then rolledBack"]) expect([...moments]).toContain(moment);
  });

  it.each(["kept", "lost"] as const)("at any sync of the flash, between what the records and what the slots say, ends no other way (unsynced records %s)", (unsynced) => {
    const states = new Set<string>();
    let cutAt = 0;
    for (; cutAt < 100; cutAt++) {
      let syncs = 0;
      const sync = (flash: FlashPort): void => {
        if (syncs++ >= cutAt) throw new SlotPowerCut("power cut");
        (flash as SimFlash).sync();
      };
      const flash = new SimFlash({ geometry: GEOMETRY }, before.flash);
      const slots = new SimSlots((data) => quickCrypto("any").sha256(data), before.slots);
      try {
        install(new UpdatingCar({ flash, sync }, slots), before.release);
        break;
      } catch (cut) {
        if (!(cut instanceof SlotPowerCut)) throw cut;
      }
      const left = flash.restart(unsynced === "kept" ? flash.image() : flash.durableImage());
      const bench = new UpdatingCar({ flash: left, sync: (synced) => (synced as SimFlash).sync() }, slots.imageAfterCut("kept"));
      states.add(bench.status.state);
      const owner = newKey(bench.car, "anna");
      owner.wallet = before.wallet;
      expect(told(owner.askFresh({ kind: "unlock" })), `sync ${cutAt}`).toBe("done");
      owner.disconnect();
      install(bench, before.release);
      expect([["confirmed", 3], ["rolledBack", 0]], `sync ${cutAt}`).toContainEqual([bench.status.state, bench.status.counter]);
    }
    expect(cutAt).toBeGreaterThan(5);
    expect(cutAt).toBeLessThan(100);
    for (const state of ["consented", "staged", "rolledBack"]) expect([...states]).toContain(state);
  });
});
