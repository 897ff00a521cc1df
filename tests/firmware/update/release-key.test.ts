import { describe, expect, it } from "vitest";
import { fromHex } from "../../../firmware/base/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import { transferCode } from "../../../firmware/key/index.ts";
import { told } from "../../support/people.ts";
import { claim, newKey } from "../../support/wired-car.ts";
import { bundleOf, Maker } from "./maker.ts";
import { claimedUpdatingCar, refusals, UpdatingCar } from "./updating-car.ts";

const unlock = { kind: "unlock" } as const;
const NEW = bundleOf("new");

describe("the release key's signature", () => {
  it("is needed: nobody else's release is taken, and the log says why", () => {
    const { bench, owner } = claimedUpdatingCar();
    const release = new Maker("stranger").release(NEW);
    bench.offer(release);
    expect(bench.status.state).toBe("idle");
    expect(refusals(bench)).toEqual(["badRelease"]);
    expect(told(owner.askFresh({ kind: "offerUpdate", manifest: release.envelope }))).toBe("badRelease");
    expect(told(owner.ask(unlock))).toBe("done");
  });

  it("comes into force with the claim, and no pin", () => {
    const maker = new Maker("claimed");
    const bench = new UpdatingCar({ update: { releaseKey: undefined as never } });
    bench.offer(maker.release(NEW));
    expect(refusals(bench)).toEqual(["noReleaseKey"]);
    bench.car.tell({ kind: "claimRequested", releaseKey: maker.publicKey.coseKey });
    expect(bench.car.controller.parts.updates.releaseKey).toBeUndefined();
    newKey(bench.car, "anna").pair();
    bench.offer(maker.release(NEW));
    expect(bench.status.state).toBe("offered");
    bench.start();
    expect(bench.status.state).toBe("offered");
  });

  it("of a claim that nobody took does not count, nor one that a later claim did not name", () => {
    const bench = new UpdatingCar({ update: { releaseKey: undefined as never } });
    bench.car.tell({ kind: "claimRequested", releaseKey: new Maker("first").publicKey.coseKey });
    bench.car.tell({ kind: "claimCancelled" });
    claim(bench.car);
    expect(bench.car.controller.parts.updates.releaseKey).toBeUndefined();
  });

  it("is the pinned one's, whatever the claim names", () => {
    const bench = new UpdatingCar();
    const other = new Maker("other");
    bench.car.tell({ kind: "claimRequested", releaseKey: other.publicKey.coseKey });
    newKey(bench.car, "anna").pair();
    bench.offer(other.release(NEW));
    expect(refusals(bench)).toEqual(["badRelease"]);
    bench.offer(bench.maker.release(NEW));
    expect(bench.status.state).toBe("offered");
  });

  it("is the pinned one's also where the car was claimed with another before", () => {
    const bench = new UpdatingCar({ update: { releaseKey: undefined as never } });
    const claimed = new Maker("claimed before");
    bench.car.tell({ kind: "claimRequested", releaseKey: claimed.publicKey.coseKey });
    newKey(bench.car, "anna").pair();
    const pinned = new UpdatingCar({ flash: bench.car.flash }, bench.slots);
    pinned.offer(claimed.release(NEW));
    expect(refusals(pinned)).toEqual(["badRelease"]);
    pinned.offer(pinned.maker.release(NEW));
    expect(pinned.status.state).toBe("offered");
  });

  it("is not undone by a transfer: the key of the first claim is not set a second time", () => {
    const bench = new UpdatingCar({ update: { releaseKey: undefined as never } });
    bench.car.tell({ kind: "claimRequested", releaseKey: bench.maker.publicKey.coseKey });
    const owner = newKey(bench.car, "anna");
    owner.pair();
    const next = new Maker("next");
    const { updates, store } = bench.car.controller.parts;
    const rotated = updates.planReleaseKey(next.publicKey.coseKey);
    if (!rotated.ok) throw new RangeError(rotated.error);
    store.commit(rotated.value);
    for (const change of rotated.value) updates.apply(change);
    const transfer = owner.askFresh({ kind: "transfer" });
    const code = transfer.kind === "reply" ? transferCode(transfer.reply) : undefined;
    if (code?.ok !== true) throw new RangeError(told(transfer));
    expect(newKey(bench.car, "buyer").pair(code.value).kind).toBe("paired");
    expect(updates.releaseKey?.coseKey).toEqual(next.publicKey.coseKey);
  });

  it.each([undefined, "pinned"] as const)("passes to the key that the old one names, once that release is confirmed (%s)", (pinned) => {
    const bench = new UpdatingCar(pinned === undefined ? { update: { releaseKey: undefined as never } } : {});
    bench.car.tell({ kind: "claimRequested", releaseKey: bench.maker.publicKey.coseKey });
    const owner = newKey(bench.car, "anna");
    owner.pair();
    const next = new Maker("next", "ES256");
    const after = next.release(bundleOf("after"), { sequenceNumber: 3 });
    bench.toTrial(owner, bench.maker.release(NEW, { sequenceNumber: 2, nextReleaseKey: next.publicKey.coseKey }));
    expect(bench.car.controller.parts.updates.releaseKey?.coseKey).toEqual(bench.maker.publicKey.coseKey);
    bench.prove();
    expect(bench.status.state).toBe("confirmed");
    bench.offer(bench.maker.release(bundleOf("after"), { sequenceNumber: 4 }));
    expect(refusals(bench)).toEqual(["badRelease"]);
    bench.start();
    bench.offer(after);
    expect(bench.status.state).toBe("offered");
  });

  it("of a key that anybody can read in an RFC is none, pinned, claimed or passed on", () => {
    const published = publicKeyOf("Ed25519", fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")!).coseKey;
    const pinned = new UpdatingCar({ update: { releaseKey: published } });
    expect(pinned.car.controller.parts.updates.releaseKey).toBeUndefined();
    const bench = new UpdatingCar();
    bench.car.tell({ kind: "claimRequested", releaseKey: published });
    expect(bench.car.claim).toBeUndefined();
    claim(bench.car);
    bench.offer(bench.maker.release(NEW, { nextReleaseKey: published }));
    expect(refusals(bench)).toEqual(["unacceptableKey", "unacceptableKey"]);
  });
});
