import { describe, expect, it } from "vitest";
import { enrolled, guestOf, keyIdOf, told } from "../../support/people.ts";
import { bundleOf } from "./maker.ts";
import { claimedUpdatingCar, refusals } from "./updating-car.ts";

const NEW = bundleOf("new");

describe("an owner's consent", () => {
  it("is needed: without it no piece is written", () => {
    const { bench } = claimedUpdatingCar();
    bench.offer(bench.maker.release(NEW));
    bench.car.tell({ kind: "updatePieceArrived", offset: 0, bytes: NEW });
    expect(refusals(bench)).toEqual(["consentNeeded"]);
    expect(bench.slots.contentOf("b")).toHaveLength(0);
  });

  it("is nobody else's to give, nor to offer: not a driver's, a guest's, or the recovery key's", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.offer(release);
    for (const other of [enrolled(owner, "ben", "driver"), enrolled(owner, "sam", "service"), guestOf(owner, "gil")]) {
      expect(told(other.askFresh({ kind: "consentUpdate", id: release.id }))).toBe("roleForbids");
      expect(told(other.ask({ kind: "offerUpdate", manifest: release.envelope }))).toBe("roleForbids");
    }
    expect(bench.status.state).toBe("offered");
  });

  it("is for one manifest: not for another that was offered since", () => {
    const { bench, owner } = claimedUpdatingCar();
    const first = bench.maker.release(NEW);
    const second = bench.maker.release(bundleOf("second"), { version: "2" });
    bench.offer(first);
    bench.offer(second);
    expect(told(owner.askFresh({ kind: "consentUpdate", id: first.id }))).toBe("nothingOffered");
    owner.askFresh({ kind: "consentUpdate", id: second.id });
    bench.offer(first);
    expect(bench.status).toMatchObject({ state: "offered", consentedBy: undefined });
  });

  it("ends with the key that gave it, even half way", () => {
    const { bench, owner } = claimedUpdatingCar();
    const other = enrolled(owner, "otto", "owner");
    const release = bench.maker.release(NEW);
    bench.offer(release);
    other.askFresh({ kind: "consentUpdate", id: release.id });
    bench.deliver(release, { countMax: 1 });
    other.askFresh({ kind: "revoke", keyId: keyIdOf(other) });
    bench.deliver(release, { countMax: 1 });
    expect(bench.status).toMatchObject({ state: "offered", throughBytes: 0, consentedBy: undefined });
    expect(bench.slots.contentOf("b")).toHaveLength(1000);
    owner.askFresh({ kind: "consentUpdate", id: release.id });
    bench.deliver(release);
    expect(bench.status.state).toBe("staged");
  });

  it("ends with the key that gave it, also while the whole is checked, and before a boot loader knew of it", () => {
    const { bench, owner } = claimedUpdatingCar();
    const other = enrolled(owner, "otto", "owner");
    const release = bench.maker.release(NEW);
    const { onSlotEffect } = bench.car;
    const held: (() => void)[] = [];
    const hold = (kind: string): void => {
      bench.car.onSlotEffect = (effect) => (effect.kind === kind ? void held.push(() => onSlotEffect!(effect)) : onSlotEffect!(effect));
    };
    bench.offer(release);
    other.askFresh({ kind: "consentUpdate", id: release.id });
    hold("checkSlot");
    bench.deliver(release);
    other.ask({ kind: "revoke", keyId: keyIdOf(other) });
    held.pop()!();
    expect(bench.status.state).toBe("offered");
    expect(bench.record.trial).toBeUndefined();

    owner.askFresh({ kind: "consentUpdate", id: release.id });
    hold("armTrial");
    bench.deliver(release);
    expect(bench.status.state).toBe("staged");
    const third = enrolled(owner, "ute", "owner");
    owner.askFresh({ kind: "revoke", keyId: keyIdOf(owner) });
    bench.start();
    expect(bench.status).toMatchObject({ state: "offered", consentedBy: undefined });
    expect(bench.record.trial).toBeUndefined();
    expect(told(third.askFresh({ kind: "consentUpdate", id: release.id }))).toBe("done");
  });

  it("is refused in valet mode, so that a phone handed over with the car installs nothing", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = bench.maker.release(NEW);
    bench.offer(release);
    owner.askFresh({ kind: "valetMode", on: true });
    expect(told(owner.ask({ kind: "consentUpdate", id: release.id }))).toBe("valetMode");
  });
});
