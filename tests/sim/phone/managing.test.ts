import { describe, expect, it } from "vitest";
import { nextLogCommand, readLogPage, transferCode, type LogPage } from "../../../firmware/key/index.ts";
import { fromHex } from "../../../firmware/base/index.ts";
import { COMMAND_NUMBERS, type Command } from "../../../firmware/wire/index.ts";
import { SimFlash } from "../../../sim/flash/index.ts";
import { describeOutcome, type PhoneOutcome, type SimPhone } from "../../../sim/phone/index.ts";
import { bootLatchkey, CAR_FLASH, claimCar, enrolPhone, World } from "../../../sim/world/index.ts";
import { claimedCar, createCrypto, lockByHand, phoneAt, settle } from "../latchkey.ts";

type Claimed = ReturnType<typeof claimedCar>;

const grant = { role: "guest", actions: ["unlock"], uses: undefined } as const;

function shareWith({ world, owner, vehicleId }: Claimed, guest: SimPhone): string {
  const shared = owner.share(vehicleId, guest.invitation, { ...grant, notBeforeS: world.unixS(), expiresAtS: world.unixS() + 3_600 });
  if (!shared.ok || !guest.accept(shared.value.text).ok) throw new RangeError("the guest has no grant");
  return shared.value.grantId;
}

/** Reads a car's whole log with a phone; what the phone makes of it. */
function readLog(world: World, phone: SimPhone, vehicleId: string) {
  const crypto = world.createCrypto({ bytes: () => expect.fail("reading takes no chance") });
  const pages: LogPage[] = [];
  for (;;) {
    const command = nextLogCommand(crypto, phone.wallet, { vehicleId, from: "start", pages });
    if (command === undefined) return phone.checkLog(vehicleId, pages);
    const outcome = settle(world, (settled) => phone.ask(vehicleId, command, settled));
    const page = outcome.kind === "done" ? readLogPage(outcome.reply) : undefined;
    if (page?.ok !== true) throw new RangeError(`no page: ${outcome.kind}`);
    pages.push(page.value);
  }
}

describe("what a simulated phone can do with keys", () => {
  it("asks for every command of the protocol, and the car answers each", () => {
    const { world, car, owner, vehicleId } = claimedCar("every command");
    const other = phoneAt(world, car, "other", { algorithm: "ES256" });
    const { publicKey } = other.wallet.key;
    const samples: Readonly<Record<Exclude<Command["kind"], "pair">, Command>> = {
      lock: { kind: "lock", forced: true },
      unlock: { kind: "unlock" },
      trunk: { kind: "trunk" },
      drive: { kind: "drive" },
      status: { kind: "status" },
      enrol: { kind: "enrol", role: "driver", name: "other", publicKey },
      revoke: { kind: "revoke", keyId: fromHex("00".repeat(8))! },
      listKeys: { kind: "listKeys" },
      readLog: { kind: "readLog", fromSequence: 1, countMax: 5 },
      deliverList: { kind: "deliverList", list: Uint8Array.of(1) },
      newIssuerEpoch: { kind: "newIssuerEpoch" },
      changeSettings: { kind: "changeSettings", settings: new Map([["autoRelockMs", 45_000]]) },
      cancelPending: { kind: "cancelPending", pendingId: 1 },
      setTime: { kind: "setTime", unixS: world.unixS(), newTimeEpoch: false },
      offerUpdate: { kind: "offerUpdate", manifest: Uint8Array.of(1) },
      consentUpdate: { kind: "consentUpdate", id: new Uint8Array(32) },
      reset: { kind: "reset" },
      locate: { kind: "locate" },
      enrolCard: { kind: "enrolCard", name: "wallet" },
      setPin: { kind: "setPin", pin: "4711" },
      enterPin: { kind: "enterPin", pin: "4711" },
      transfer: { kind: "transfer" },
      valetMode: { kind: "valetMode", on: true },
      reportMotion: { kind: "reportMotion", still: true },
    };
    expect(Object.keys(samples).sort()).toEqual(Object.keys(COMMAND_NUMBERS).filter((kind) => kind !== "pair").sort());
    const answers = Object.values(samples).map((command) => `${command.kind} ${describeOutcome(settle(world, (settled) => owner.ask(vehicleId, command, settled)))}`);
    expect(answers.filter((answer) => !answer.endsWith(" done"))).toEqual([
      "revoke refused: unknownTarget",
      "deliverList refused: malformed",
      "cancelPending refused: unknownTarget",
      "offerUpdate refused: noReleaseKey",
      "consentUpdate refused: nothingOffered",
      "reset refused: delayStarted",
      "locate refused: noPosition",
    ]);
  });

  it("hands the car to a new owner by a transfer code, and has no key any more", () => {
    const { world, car, owner, vehicleId } = claimedCar("transfer");
    const buyer = phoneAt(world, car, "buyer");
    const outcome = settle(world, (settled) => owner.ask(vehicleId, { kind: "transfer" }, settled));
    const code = outcome.kind === "done" ? transferCode(outcome.reply) : undefined;
    if (code?.ok !== true) throw new RangeError("no transfer code");
    expect(settle(world, (settled) => buyer.pair(car.radio, code.value, "car", settled))).toMatchObject({ kind: "paired", vehicleId });
    lockByHand(car);
    expect(settle(world, (settled) => owner.ask(vehicleId, { kind: "unlock" }, settled)).kind).not.toBe("done");
    expect(settle(world, (settled) => buyer.ask(vehicleId, { kind: "unlock" }, settled)).kind).toBe("done");
  });

  it("finishes a pairing whose answer it missed, without a code", () => {
    const world = new World({ seed: "missed answer", createCrypto });
    const car = world.addCar({ name: "car", boot: bootLatchkey });
    const phone = phoneAt(world, car, "phone");
    const paired: string[] = [];
    car.onNote(({ what, outcome }) => paired.push(`${what} ${outcome}`));
    car.dispatch({ kind: "claimRequested" });
    world.clock.advance(1_000);
    const outcomes: PhoneOutcome[] = [];
    phone.pair(car.radio, car.board!.claim!.uri, "car", (outcome) => outcomes.push(outcome));
    expect(world.clock.runUntil(() => paired.includes("pair done"), 60_000)).toBe(true);
    world.air.switchPower(phone.radio, false);
    world.clock.advance(60_000);
    expect(outcomes).toMatchObject([{ kind: "failed", mayHaveSucceeded: true }]);
    world.air.switchPower(phone.radio, true);
    expect(settle(world, (settled) => phone.resumePairing(car.radio, settled)).kind).toBe("paired");
    expect(settle(world, (settled) => phone.ask(phone.onlyVehicleId!, { kind: "status" }, settled)).kind).toBe("done");
  });

  it("recovers a car whose phones are lost with the printed owner's kit", () => {
    const world = new World({ seed: "kit", createCrypto });
    const car = world.addCar({ name: "car", boot: bootLatchkey });
    const lost = phoneAt(world, car, "lost");
    car.dispatch({ kind: "claimRequested" });
    world.clock.advance(1_000);
    const pairing = settle(world, (settled) => lost.pair(car.radio, car.board!.claim!.uri, "car", settled));
    if (pairing.kind !== "paired") throw new RangeError(`pairing ${pairing.kind}`);
    world.air.switchPower(lost.radio, false);
    const paper = world.addPhone({ name: "paper", place: { position: car.placeAt("driverDoor") }, ownersKit: pairing.ownersKit });
    const found = phoneAt(world, car, "found");
    enrolPhone(world, paper, found, { vehicleId: pairing.vehicleId, role: "owner" });
    lockByHand(car);
    expect(settle(world, (settled) => paper.ask(pairing.vehicleId, { kind: "unlock" }, settled)).kind).toBe("refused");
    expect(settle(world, (settled) => found.ask(pairing.vehicleId, { kind: "unlock" }, settled)).kind).toBe("done");
  });

  it("carries a revocation list for an owner who is abroad", () => {
    const claimed = claimedCar("carrier");
    const { world, car, owner, vehicleId } = claimed;
    const [guest, friend] = [phoneAt(world, car, "guest"), phoneAt(world, car, "friend")];
    enrolPhone(world, owner, friend, { vehicleId, role: "driver" });
    const grantId = shareWith(claimed, guest);
    owner.disconnect(vehicleId);
    friend.disconnect(vehicleId);
    world.clock.advance(5_000);
    expect(owner.revocationText(vehicleId)).toBeUndefined();
    expect(owner.revoke(vehicleId, grantId).ok).toBe(true);
    expect(friend.carry(owner.revocationText(vehicleId)!)).toEqual({ ok: true, value: vehicleId });
    expect(settle(world, (settled) => friend.ask(vehicleId, { kind: "status" }, settled)).kind).toBe("done");
    lockByHand(car);
    expect(settle(world, (settled) => guest.ask(vehicleId, { kind: "unlock" }, settled)).kind).not.toBe("done");
  });

  it("remembers the head of the log it has checked, so that a memory that was put back shows", () => {
    let flash = new SimFlash({ geometry: CAR_FLASH });
    const old: { image?: Uint8Array } = {};
    const world = new World({
      seed: "put back",
      createCrypto,
      createFlash: () => ({
        get port() {
          return flash;
        },
        sync: () => flash.sync(),
        losePower: () => (flash = flash.restart(old.image ?? flash.durableImage())),
      }),
    });
    const car = world.addCar({ name: "car", boot: bootLatchkey });
    const owner = phoneAt(world, car, "owner");
    world.clock.advance(1_000);
    const vehicleId = claimCar(world, car, owner);
    world.clock.advance(1_000);
    const before = flash.durableImage();
    settle(world, (settled) => owner.ask(vehicleId, { kind: "lock", forced: true }, settled));
    expect(readLog(world, owner, vehicleId).ok).toBe(true);
    car.restart();
    world.clock.advance(10_000);
    expect(readLog(world, owner, vehicleId).ok).toBe(true);
    old.image = before;
    car.restart();
    world.clock.advance(10_000);
    expect(readLog(world, owner, vehicleId)).toMatchObject({ ok: false });
  });
});
