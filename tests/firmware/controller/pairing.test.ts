import { describe, expect, it } from "vitest";
import { told, verifiedLog } from "../../support/people.ts";
import { claim, claimedCar, newCar, newKey } from "../../support/wired-car.ts";

describe("the code of the first owner", () => {
  it("is shown on the car's own console alone, and never in a note, a line or an answer", () => {
    const { car, owner } = claimedCar();
    const shown = car.effects("showClaim");
    expect(shown).toHaveLength(1);
    const secret = shown[0]!.uri.slice(shown[0]!.uri.indexOf("&s=") + 3);
    expect(JSON.stringify(car.notes)).not.toContain(secret);
    owner.askFresh({ kind: "status" });
    expect(JSON.stringify(verifiedLog(owner).entries)).not.toContain(secret);
    expect(car.effects("hideClaim")).toEqual([{ kind: "hideClaim", why: "claimed" }]);
  });

  it("dies after ten minutes, and its end is told", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const uri = car.claim!;
    car.pass(599_999);
    expect(car.claim).toBe(uri);
    car.pass(1);
    expect(car.effects("hideClaim")).toEqual([{ kind: "hideClaim", why: "expired" }]);
    expect(told(newKey(car, "anna").pair(uri))).toMatch(/^failed/);
  });

  it("dies when the console takes it back, or asks for another", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const first = car.claim!;
    car.tell({ kind: "claimRequested" });
    const second = car.claim!;
    expect(second).not.toBe(first);
    expect(told(newKey(car, "mallory").pair(first))).toBe("wrongProof");
    car.tell({ kind: "claimCancelled" });
    expect(car.claim).toBeUndefined();
    expect(told(newKey(car, "anna").pair(second))).toMatch(/^failed/);
  });

  it("is taken back only where one is shown", () => {
    const car = newCar();
    car.tell({ kind: "claimCancelled" });
    expect(car.effects("hideClaim")).toEqual([]);
  });

  it("takes the newcomers who are still connected along when it dies", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const wrong = car.claim!.replace(/.{4}$/, (end) => (end === "AAAA" ? "BBBA" : "AAAA"));
    const newcomer = newKey(car, "mallory");
    newcomer.pair(wrong);
    car.pass(600_000);
    expect(car.controller.sessions.snapshot().authenticated).toEqual([]);
  });

  it("is not served over a remote link, which neither counts against it nor fills the log", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const uri = car.claim!;
    const outcomes = new Set<string>();
    for (let n = 0; n < 100; n++) {
      const stranger = newKey(car, `far ${n}`);
      stranger.remote = true;
      outcomes.add(told(stranger.pair(uri)));
      car.pass(200);
    }
    expect([...outcomes]).toEqual(["remoteLink"]);
    expect(car.controller.parts.audit.lastSequence).toBeLessThan(30);
    expect(told(newKey(car, "anna").pair(uri))).toBe("paired");
  });

  it("counts each wrong proof on flash before it answers, and burns with the fifth", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const wrong = car.claim!.replace(/.{4}$/, (end) => (end === "AAAA" ? "BBBA" : "AAAA"));
    const seen: string[] = [];
    for (let n = 0; n < 5; n++) {
      const syncs = car.syncCount;
      seen.push(told(newKey(car, `mallory ${n}`).pair(wrong)));
      expect(car.syncCount).toBe(syncs + 1);
    }
    expect(seen).toEqual(["wrongProof", "wrongProof", "wrongProof", "wrongProof", "tooManyAttempts"]);
    expect(car.effects("hideClaim").at(-1)).toEqual({ kind: "hideClaim", why: "tooManyFailures" });
    car.restart();
    expect(car.controller.parts.access.pairingFailures).toBe(5);
  });

  it("works for a phone whose key is P-256", () => {
    const car = newCar();
    const owner = claim(car, "anna", "ES256");
    expect(told(owner.askFresh({ kind: "unlock" }))).toBe("done");
    expect(told(owner.askFresh({ kind: "lock", forced: false }))).toBe("done");
    expect(owner.path).toBe("fast");
  });

  it("lets a newcomer do nothing but pair", () => {
    const car = newCar();
    car.tell({ kind: "claimRequested" });
    const newcomer = newKey(car, "mallory");
    const uri = car.claim!.replace(/.{4}$/, "AAAA");
    newcomer.pair(uri);
    expect(car.effects("driveLatch")).toEqual([]);
    expect(car.controller.parts.access.keyCount).toBe(0);
  });
});

describe("a clock that lies again and again", () => {
  it("is written down once, and again when it tells another lie", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "setTime", unixS: 1_793_491_200, newTimeEpoch: false });
    const before = car.controller.parts.audit.lastSequence;
    for (let n = 0; n < 500; n++) {
      car.tell({ kind: "timeReported", source: "rtc", unixS: 1_000_000_000 });
      car.pass(1_000);
    }
    expect(car.controller.parts.audit.lastSequence - before).toBe(1);
    car.tell({ kind: "timeReported", source: "rtc", unixS: -1 });
    car.pass(1_000);
    expect(car.controller.parts.audit.lastSequence - before).toBe(2);
  });
});
