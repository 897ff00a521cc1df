import { expect } from "vitest";
import { ownersKit, transferCode } from "../../firmware/key/index.ts";
import { forger, radio, useAndListen, withoutTicket } from "../../sim/attack/index.ts";
import { CRASH_INPUT } from "../../sim/body/index.ts";
import type { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { enrolled, everyCommand, guestOf, keyIdOf, learnCar, recoveryKey, share, signRevocation, START_S, vehicleOf } from "../support/people.ts";
import { claim, newCar, newKey, quickCrypto } from "../support/wired-car.ts";
import { choices, type Choices } from "./choices.ts";
import type { Mutant } from "./mutants.ts";

const DAY_MS = 86_400_000;

export interface Scene {
  readonly car: WiredCar;
  readonly owner: WiredKey;
  /** Everything that was on the air while owner and guests used the car. */
  readonly recorded: readonly (readonly Uint8Array[])[];
  readonly choose: Choices;
}

/** A car that its people have used: what they sent was recorded. It is locked again. */
export function scene(mutant: Mutant, seed: string): Scene {
  const car = newCar(mutant);
  const owner = claim(car);
  const recorded = useAndListen(car, owner);
  return { car, owner, recorded, choose: choices(seed) };
}

/** Asks for everything, over links of its own, whatever the answer. */
function askAll(key: WiredKey, car: WiredCar): void {
  for (const command of everyCommand(newKey(car, "accomplice"))) {
    key.askFresh(command);
    car.pass(300);
    key.disconnect();
  }
}

/** Who tries to get in, and how. None of them has a credential that is verified, permitted and unexpired. */
export const ATTACKS: Readonly<Record<string, (scene: Scene) => void>> = {
  "noise on the air": ({ car, choose }) => {
    for (let n = 0; n < 60; n++) {
      const frames = Array.from({ length: 1 + choose.below(4) }, () => {
        const frame = choose.bytes(1 + choose.below(200));
        frame[0] = choose.of([0xc1, 0x81, 0xc2, 0xc3, 0x41, frame[0]!]);
        return frame;
      });
      radio(car, frames);
    }
  },
  "sessions played back": ({ car, recorded }) => {
    for (const session of recorded) {
      radio(car, session);
      radio(car, [...session].reverse());
    }
  },
  "sessions played back after a restart": ({ car, recorded }) => {
    car.restart();
    for (const session of recorded) radio(car, session);
  },
  "frames of different sessions in one": ({ car, recorded, choose }) => {
    for (let n = 0; n < 40; n++) radio(car, Array.from({ length: 4 }, () => choose.of(choose.of(recorded.filter((session) => session.length > 0)))));
  },
  "recorded frames with a bit changed": ({ car, recorded, choose }) => {
    for (let n = 0; n < 60; n++) {
      const session = choose.of(recorded.filter((it) => it.length > 0)).map((frame) => frame.slice());
      const frame = choose.of(session);
      frame[choose.below(frame.length)]! ^= 1 << choose.below(8);
      radio(car, session);
    }
  },
  "a session repeated into the link it was recorded from": ({ car, owner }) => {
    owner.askFresh({ kind: "status" });
    owner.ask({ kind: "unlock" });
    owner.ask({ kind: "lock", forced: true });
    const { link } = owner;
    const frames = [...owner.framesSent];
    car.performed.length = 0;
    for (const bytes of frames) car.tell({ kind: "frameReceived", link: link!, bytes });
  },
  "a ticket shown twice": ({ car, owner }) => {
    owner.askFresh({ kind: "status" });
    const before = owner.wallet;
    owner.disconnect();
    owner.askFresh({ kind: "unlock" });
    expect(owner.path).toBe("fast");
    const frames = [...owner.framesSent];
    owner.ask({ kind: "lock", forced: true });
    owner.disconnect();
    car.performed.length = 0;
    radio(car, frames);
    // A wallet restored from a backup is the owner's own; what it may not do is be the way in for whoever copied its last frame.
    expect(before.cars[0]!.ticket).toBeDefined();
  },
  "a ticket after its day": ({ car, owner }) => {
    owner.askFresh({ kind: "status" });
    const stolen = owner.wallet.cars[0]!.ticket!;
    owner.disconnect();
    car.pass(DAY_MS);
    const thief = newKey(car, "thief");
    learnCar(owner, thief, "driver", 0);
    thief.wallet = { ...thief.wallet, cars: thief.wallet.cars.map((it) => ({ ...it, ticket: { ...stolen, staleAfterS: undefined } })) };
    car.performed.length = 0;
    thief.askFresh({ kind: "unlock" });
  },
  "a key that was never enrolled": ({ car, owner }) => {
    const stranger = newKey(car, "stranger");
    learnCar(owner, stranger, "owner", 0);
    askAll(stranger, car);
  },
  "a forger under the owner's key id": ({ car, owner }) => {
    askAll(forger(car, owner, quickCrypto("forger")), car);
  },
  "a key that was revoked": ({ car, owner }) => {
    const driver = enrolled(owner, "ben", "driver");
    driver.askFresh({ kind: "status" });
    const kept = driver.wallet;
    owner.askFresh({ kind: "revoke", keyId: keyIdOf(driver) });
    car.performed.length = 0;
    driver.wallet = kept;
    askAll(driver, car);
    car.restart();
    driver.wallet = kept;
    askAll(driver, car);
  },
  "a guest before and after its window": ({ car, owner }) => {
    const early = guestOf(owner, "early", { notBeforeS: START_S + 36_000, expiresAtS: START_S + 72_000, actions: ["unlock", "lock", "trunk", "drive", "status"] });
    const late = guestOf(owner, "late", { notBeforeS: START_S, expiresAtS: START_S + 120, actions: ["unlock", "lock", "trunk", "drive", "status"] });
    car.pass(121_000);
    askAll(early, car);
    askAll(late, car);
    car.restart();
    askAll(early, car);
    askAll(late, car);
  },
  "a guest whose grant was revoked": ({ car, owner }) => {
    const guest = newKey(car, "grete");
    const grantId = share(owner, guest);
    owner.askFresh({ kind: "deliverList", list: signRevocation(owner, grantId, START_S + 9) });
    car.performed.length = 0;
    askAll(guest, car);
  },
  "a guest whose uses are spent": ({ car, owner }) => {
    const guest = guestOf(owner, "one", { uses: 1 });
    guest.askFresh({ kind: "unlock" });
    guest.disconnect();
    owner.askFresh({ kind: "lock", forced: true });
    owner.disconnect();
    car.performed.length = 0;
    for (const use of [0, 1, 2, 0xffff_ffff]) {
      guest.wallet = { ...withoutTicket(guest), cars: guest.wallet.cars.map((it) => ({ ...it, ticket: undefined, grant: { ...it.grant!, uses: undefined } })) };
      guest.askFresh({ kind: "unlock", use });
      car.pass(300);
      guest.disconnect();
    }
  },
  "a guest outside its scope": ({ car, owner }) => {
    askAll(guestOf(owner, "looker", { actions: ["lock", "status"] }), car);
  },
  "a guest over a remote link": ({ car, owner }) => {
    const guest = guestOf(owner, "far", { actions: ["unlock", "trunk", "drive"] });
    guest.remote = true;
    askAll(guest, car);
  },
  "a guest of somebody who is no owner": ({ car, owner }) => {
    const driver = enrolled(owner, "ben", "driver");
    driver.wallet = { ...driver.wallet, cars: driver.wallet.cars.map((it) => ({ ...it, role: "owner" })) };
    const guest = newKey(car, "guest of ben");
    share(driver, guest, { actions: ["unlock", "trunk", "drive"] });
    car.performed.length = 0;
    askAll(guest, car);
  },
  "the recovery key": ({ car, owner }) => {
    const recovery = recoveryKey(car, ownersKit(owner.crypto, owner.wallet, vehicleOf(owner))!);
    for (const command of everyCommand(newKey(car, "x")).filter(({ kind }) => kind !== "reset" && kind !== "transfer")) recovery.ask(command);
  },
  "a newcomer while a code is open, without the code": ({ car, owner }) => {
    const reply = owner.askFresh({ kind: "transfer" });
    const code = transferCode(reply.kind === "reply" ? reply.reply : expect.fail());
    owner.disconnect();
    car.performed.length = 0;
    const newcomer = newKey(car, "newcomer");
    for (let n = 0; n < 6; n++) {
      newcomer.pair((code.ok ? code.value : "").replace(/s=.*$/, `s=${"A".repeat(22)}`));
      car.pass(300);
    }
  },
  "what wires, clocks and antennas say": ({ car }) => {
    for (let n = 0; n < 20; n++) car.tell({ kind: "inputPulsed", input: CRASH_INPUT, pulseMs: 20 });
    for (const source of ["rtc", "gps"] as const) car.tell({ kind: "timeReported", source, unixS: START_S });
    car.tell({ kind: "inputChanged", input: "resetButton", active: true });
    car.tell({ kind: "deviceLocated", link: 99, zone: "cabin" });
    for (const kind of ["rssi", "claimed", "rtt", "channelSounding", "uwb"] as const) {
      for (let link = 0; link < 12; link++) {
        for (let n = 0; n < 8; n++) car.tell({ kind: "rangeMeasured", link, measurement: { kind, metres: 0, confidence: 100, binding: new Uint8Array(16), attackSuspected: false } });
      }
    }
    car.tell({ kind: "occupancyChanged", occupied: true });
    car.tell({ kind: "claimRequested" });
    for (const latch of ["driverDoor", "trunk"]) {
      car.tell({ kind: "doorChanged", latch, open: true });
      car.tell({ kind: "latchReported", latch, report: "unlocked" });
      car.tell({ kind: "latchReported", latch, report: "stalled" });
    }
    car.tell({ kind: "powertrainChanged", running: true, moving: false });
  },
};
