import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptGrant, findCar, formatKeyInvitation, parseKeyInvitation, shareGrant, type CountedUses, type GrantRequest } from "../../../firmware/key/index.ts";
import { closeUse, returnUse, takeUse } from "../../../firmware/key/counted-uses.ts";
import { BODY, REASONS, type Command } from "../../../firmware/wire/index.ts";
import { FakeCar } from "./fake-car.ts";
import { Connection, Phone } from "./phone.ts";

const unlock = { kind: "unlock" } as const;
const lock = { kind: "lock", forced: false } as const;
const opened = new Map([["driverDoor", "unlocked"]]) as ReadonlyMap<string, "unlocked">;

/** The car acts, and one latch moves. */
const moves = () => ({ code: 0, body: new Map([[BODY.moving, 1]]) });

/** A guest with a grant of `uses` uses, or of a window. */
function guestOf(seed: string, uses: number | "any" = 3): { car: FakeCar; guest: Phone; numbering: () => CountedUses | undefined } {
  const car = new FakeCar(seed);
  const owner = new Phone(`owner ${seed}`).know(car, "owner");
  const guest = new Phone(`guest ${seed}`);
  const holder = parseKeyInvitation(owner.crypto, formatKeyInvitation(guest.wallet));
  if (!holder.ok) throw new Error(holder.error);
  const window = uses === "any" ? { notBeforeS: 1, expiresAtS: 1000 } : { notBeforeS: undefined, expiresAtS: undefined };
  const request: GrantRequest = { holder: holder.value, role: "guest", actions: ["unlock", "lock", "drive"], ...window, uses: uses === "any" ? undefined : uses, issuedAtS: 1 };
  const shared = shareGrant(owner, owner.wallet, car.vehicleId, request);
  if (!shared.ok) throw new Error(shared.error);
  const accepted = acceptGrant(guest.crypto, guest.wallet, shared.value.text);
  if (!accepted.ok) throw new Error(accepted.error);
  guest.wallet = accepted.value.wallet;
  car.answer = moves;
  return { car, guest, numbering: () => findCar(guest.wallet, car.vehicleId)?.grant?.uses };
}

const ask = (guest: Phone, car: FakeCar, command: Command): Connection => {
  const connection = new Connection(guest, car);
  connection.request(command);
  return connection.run();
};
const usesAsked = (car: FakeCar) => car.asked.map(({ command }) => ("use" in command ? command.use : undefined));

describe("a use of a counted grant", () => {
  it("has a number, and the next one after the latch has reported", () => {
    const { car, guest, numbering } = guestOf("numbers");
    ask(guest, car, unlock).push(opened);
    expect(numbering()).toEqual({ usesMax: 3, next: 2, open: undefined });
    ask(guest, car, unlock).push(opened);
    expect(usesAsked(car)).toEqual([1, 2]);
  });

  it("repeats its number until then, also in a new process", () => {
    const { car, guest, numbering } = guestOf("repeats");
    car.answer = () => undefined;
    ask(guest, car, unlock);
    expect(numbering()).toEqual({ usesMax: 3, next: 2, open: { use: 1, action: "unlock" } });
    car.answer = moves;
    ask(guest, car, unlock);
    expect(usesAsked(car)).toEqual([1, 1]);
  });

  it("is saved, durably, before its number is sent", () => {
    const { car, guest } = guestOf("saved");
    const connection = new Connection(guest, car);
    connection.request(unlock);
    connection.deliverToCar();
    connection.effects.splice(0);
    connection.dieAt = (effect) => effect.kind === "saveWallet";
    connection.deliverToPhone();
    expect(connection.toCar).toEqual([]);
    ask(guest, car, unlock);
    expect(usesAsked(car)).toEqual([1]);
  });

  it("of another act takes another number", () => {
    const { car, guest } = guestOf("other act");
    ask(guest, car, unlock);
    ask(guest, car, lock);
    expect(usesAsked(car)).toEqual([1, 2]);
  });

  it("is not over while its latch is jammed", () => {
    const { car, guest } = guestOf("jammed");
    ask(guest, car, unlock).push(new Map([["driverDoor", "jammed"]]));
    ask(guest, car, unlock);
    expect(usesAsked(car)).toEqual([1, 1]);
  });

  it("is over with the reply where nothing was set in motion", () => {
    const { car, guest, numbering } = guestOf("drive");
    car.answer = () => ({ code: 0 });
    ask(guest, car, { kind: "drive" });
    expect(numbering()).toMatchObject({ next: 2, open: undefined });
  });

  it("that the car refused was not consumed: its number is free again", () => {
    const { car, guest, numbering } = guestOf("refused");
    car.answer = () => ({ code: REASONS.lowSupply.code });
    ask(guest, car, unlock);
    expect(numbering()).toEqual({ usesMax: 3, next: 1, open: undefined });
  });

  it("whose number was consumed after all goes on with the next one, on the same link", () => {
    const { car, guest, numbering } = guestOf("consumed");
    car.answer = () => undefined;
    ask(guest, car, unlock);
    car.answer = ({ command }) => ("use" in command && command.use === 1 ? { code: REASONS.usedUp.code } : moves());
    const connection = ask(guest, car, unlock);
    expect(usesAsked(car)).toEqual([1, 1, 2]);
    expect(connection.of("reply")).toMatchObject([{ reason: undefined }]);
    expect(numbering()).toEqual({ usesMax: 3, next: 3, open: { use: 2, action: "unlock" } });
  });

  it("goes on from the number the car names, where the wallet is an old backup", () => {
    const { car, guest, numbering } = guestOf("backup", 10);
    car.answer = ({ command }) =>
      "use" in command && command.use !== undefined && command.use < 7
        ? { code: REASONS.usedUp.code, body: new Map([[BODY.nextUse, 7]]) }
        : moves();
    const connection = ask(guest, car, unlock);
    expect(usesAsked(car)).toEqual([1, 7]);
    expect(connection.of("reply")).toMatchObject([{ reason: undefined }]);
    expect(numbering()).toEqual({ usesMax: 10, next: 8, open: { use: 7, action: "unlock" } });
  });

  it("is given up after one more number, and where none is left", () => {
    const { car, guest } = guestOf("always spent");
    car.answer = () => ({ code: REASONS.usedUp.code });
    const connection = ask(guest, car, unlock);
    expect(usesAsked(car)).toEqual([1, 2]);
    expect(connection.of("reply")).toMatchObject([{ reason: "usedUp" }]);
    car.answer = () => ({ code: REASONS.usedUp.code, body: new Map([[BODY.nextUse, 99]]) });
    expect(ask(guest, car, unlock).of("reply")).toMatchObject([{ reason: "usedUp" }]);
    expect(ask(guest, car, unlock).of("failed")).toMatchObject([{ why: "usesSpent" }]);
    expect(usesAsked(car)).toEqual([1, 2, 3]);
  });

  it("beyond the last one is not even sent", () => {
    const { car, guest } = guestOf("spent", 1);
    ask(guest, car, unlock).push(opened);
    const connection = ask(guest, car, unlock);
    expect(connection.of("failed")).toMatchObject([{ why: "usesSpent", mayHaveSucceeded: false }]);
    expect(usesAsked(car)).toEqual([1]);
    const later = ask(guest, car, { kind: "status" });
    expect(later.of("reply")).toMatchObject([{ reason: undefined }]);
  });

  it("that is spent leaves the link to what else was asked, full or fast", () => {
    const { car, guest } = guestOf("spent, then status", 1);
    ask(guest, car, unlock).push(opened);
    const fast = new Connection(guest, car);
    fast.request(unlock);
    fast.request({ kind: "status" });
    fast.run();
    expect(fast.of("failed")).toMatchObject([{ why: "usesSpent" }]);
    expect(fast.of("reply")).toMatchObject([{ command: { kind: "status" } }]);
  });

  it("has a number over a fast reconnect too", () => {
    const { car, guest } = guestOf("fast");
    ask(guest, car, unlock).push(opened);
    const connection = ask(guest, car, lock);
    expect(connection.of("connected")).toMatchObject([{ path: "fast" }]);
    expect(usesAsked(car)).toEqual([1, 2]);
  });

  it("has no number where the grant is not counted, or nothing is done", () => {
    const { car, guest } = guestOf("not counted", "any");
    ask(guest, car, unlock);
    const counted = guestOf("status");
    ask(counted.guest, counted.car, { kind: "status" });
    expect([...usesAsked(car), ...usesAsked(counted.car)]).toEqual([undefined, undefined]);
  });
});

describe("the numbering", () => {
  it("never gives one number to two acts, and never goes beyond the last one", () => {
    const step = fc.record({ action: fc.constantFrom("unlock", "lock"), then: fc.constantFrom("close", "return", "die") });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 20 }), (usesMax, steps) => {
        let uses: CountedUses = { usesMax, next: 1, open: undefined };
        const consumedFor = new Map<number, string>();
        for (const { action, then } of steps as { action: "unlock" | "lock"; then: string }[]) {
          const taken = takeUse(uses, action);
          if (taken === undefined) continue;
          expect(taken.use).toBeLessThanOrEqual(usesMax);
          uses = taken.uses;
          if (then === "return" && taken.fresh) {
            uses = returnUse(uses, taken.use);
            continue;
          }
          expect(consumedFor.get(taken.use) ?? action).toBe(action);
          consumedFor.set(taken.use, action);
          if (then === "close") uses = closeUse(uses, taken.use);
        }
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
