import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAt } from "../../../scripts/start/look.ts";
import { Phones } from "../../../scripts/start/phones.ts";
import { pairPhone, startRig, type Rig } from "../world/rig.ts";

let rig: Rig;
let phones: Phones;

beforeEach(async () => {
  rig = await startRig();
  const anna = rig.board.addPhone("anna", 2);
  rig.board.addPhone("ben", 5);
  pairPhone(rig, anna);
  phones = new Phones(rig.board, rig.car);
});
afterEach(() => rig.car.stop());

/** Lets time pass in small steps until the work is over. */
async function over<T>(work: Promise<T>): Promise<T> {
  const ended: { value?: T; fault?: unknown; done?: true } = {};
  work.then((value) => Object.assign(ended, { value, done: true }), (fault: unknown) => Object.assign(ended, { fault, done: true }));
  for (let step = 0; step < 400 && ended.done === undefined; step++) {
    rig.pass(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (ended.done === undefined) throw new Error("it does not end");
  if (ended.fault !== undefined) throw ended.fault;
  return ended.value as T;
}

describe("the phones of the terminal car", () => {
  it("share a guest key, use it with the cloud gone, revoke it, and read who did what", async () => {
    rig.board.cloud.mode = "gone";
    expect(phones.share(false)).toContain("ben a guest key for 2 hours");
    phones.selectNext();
    expect(await over(phones.ask({ kind: "unlock" }))).toBe("ben: unlock accepted");
    expect(await over(phones.revoke())).toContain("the car has the signed list");
    expect(await over(phones.ask({ kind: "lock", forced: false }))).toContain("revoked");
    const log = (await over(phones.readLog(() => undefined))).join("\n");
    expect(log).toContain("ben (guest): unlock");
    expect(log).toContain("The owner revoked this grant.");
    expect(log).toContain("verified by anna's phone");
  });

  it("remember the log they have verified, so that an older memory shows at the next reading", async () => {
    expect(phones.owner()?.wallet.cars[0]?.auditHead).toBeUndefined();
    await over(phones.ask({ kind: "status" }));
    const log = await over(phones.readLog(() => undefined));
    const count = /verified by anna's phone: (\d+) lines/.exec(log.join("\n"))?.[1];
    expect(phones.owner()?.wallet.cars[0]?.auditHead?.sequence).toBe(Number(count));
  });

  it("share a key for three uses, and no fourth", async () => {
    phones.share(true);
    phones.selectNext();
    const outcomes: string[] = [];
    for (let use = 0; use < 4; use++) {
      outcomes.push(await over(phones.ask(use % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: false })));
      rig.pass(3_000);
    }
    expect(outcomes.slice(0, 3)).toEqual(["ben: unlock accepted", "ben: lock accepted", "ben: unlock accepted"]);
    expect(outcomes[3]).not.toContain("accepted");
  });

  it("say that a revocation waits where the owner's phone is out of reach", async () => {
    phones.share(false);
    rig.board.move(phones.selected, 500);
    expect(await over(phones.revoke())).toContain("the car learns it when anna's phone is near");
  });

  it("say who has no key, and that nothing is out to revoke", async () => {
    phones.selectNext();
    expect(await phones.ask({ kind: "unlock" })).toContain("ben has no key for this car");
    expect(await phones.revoke()).toBe("no guest key is out");
  });

  it("move in steps, into the cabin and out of reach, and no farther", () => {
    for (let step = 0; step < 20; step++) phones.move(-1);
    expect(rig.board.distanceOf(phones.selected)).toBe(0);
    for (let step = 0; step < 20; step++) phones.move(1);
    expect(rig.board.distanceOf(phones.selected)).toBe(80);
  });

  it("are what the picture shows", () => {
    expect(lookAt(rig, phones.selected)).toMatchObject({
      cloud: "up",
      drive: "immobilised",
      systems: { charge: { charging: "disconnected" }, climate: { on: false }, flashing: false, infotainment: "awake" },
      keys: [{ name: "anna", role: "owner" }],
      phones: [{ name: "anna", role: "owner", selected: true }, { name: "ben", role: "no key", connected: false }],
    });
  });
});
