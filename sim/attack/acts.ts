import type { Command } from "../../firmware/wire/index.ts";
import type { CryptoPort, SigningKey } from "../../firmware/ports/index.ts";
import type { SimFlash } from "../flash/index.ts";
import { guestOf, newKey, setTime, START_S, told, type WiredCar, type WiredKey } from "../wired/index.ts";
import { overlaid } from "./overlaid.ts";
import type { Stage } from "./stage.ts";

/** Frames of one link, as a receiver nearby hears them. */
export type Heard = readonly Uint8Array[];

/** A sender of raw frames: it reads nothing and proves nothing. */
export function radio(car: WiredCar, frames: Heard, options: { proximity?: "local" | "remote" } = {}): void {
  const nobody = newKey(car, "nobody");
  // A WiredKey without a machine only takes what it is sent.
  const link = car.attach(nobody, options);
  for (const bytes of frames) car.tell({ kind: "frameReceived", link, bytes });
  car.detach(link);
  car.pass(300);
}

/** The wallet of a phone that has to prove itself anew. */
export function withoutTicket(key: WiredKey): WiredKey["wallet"] {
  return { ...key.wallet, cars: key.wallet.cars.map((car) => ({ ...car, ticket: undefined })) };
}

/** Owner and a guest use the car; gives everything that was on the air. It is locked again, and past the minute in which a crash after a drive still counts. */
export function useAndListen(car: WiredCar, owner: WiredKey): readonly Heard[] {
  setTime(owner, START_S);
  const recorded: Uint8Array[][] = [];
  const record = (key: WiredKey): void => void recorded.push([...key.framesSent], [...key.framesReceived]);
  owner.wallet = withoutTicket(owner);
  for (const command of [{ kind: "unlock" }, { kind: "unlock" }, { kind: "drive" }, { kind: "trunk" }] as const) {
    owner.askFresh(command);
    record(owner);
    car.pass(300);
  }
  const guest = guestOf(owner, "gil", { expiresAtS: START_S + 3_600, notBeforeS: START_S });
  guest.askFresh({ kind: "unlock" });
  record(guest);
  guest.disconnect();
  owner.askFresh({ kind: "lock", forced: true });
  owner.disconnect();
  car.pass(120_000);
  car.performed.length = 0;
  return recorded;
}

/** A phone that says it is `victim` and signs with a key of its own, made of `own`. */
export function forger(car: WiredCar, victim: WiredKey, own: CryptoPort): WiredKey {
  const signingKey = own.generateSigningKey("Ed25519");
  const claimed: SigningKey = { algorithm: "Ed25519", publicKey: victim.crypto.importSigningKey("Ed25519", victim.wallet.key.stored)!.publicKey };
  const crypto: CryptoPort = overlaid(own, { importSigningKey: () => claimed, sign: (_key: SigningKey, message: Uint8Array) => own.sign(signingKey, message) });
  const key = newKey(car, "forger");
  Object.defineProperty(key, "crypto", { value: crypto });
  key.wallet = { ...victim.wallet, name: "forger", cars: withoutTicket(victim).cars };
  return key;
}

/** What `key` is told over a link of its own; a phone that the car does not answer at all hears nothing. */
export function asked(key: WiredKey, command: Command): string {
  const answer = key.tries(() => key.askFresh(command));
  key.disconnect();
  return answer === undefined ? "no answer" : told(answer);
}

/** How often something opened since `from`, an index of the car's effects: a latch driven open, or the drive released. */
export function openings(car: WiredCar, from = 0): number {
  return car.performed.slice(from).filter((effect) => (effect.kind === "driveLatch" && effect.toward === "unlocked") || (effect.kind === "setImmobiliser" && effect.released)).length;
}

/** Plays what somebody does to a locked car, and checks that nothing opens meanwhile. */
export function nothingOpens(stage: Stage, car: WiredCar, what: string, act: () => void): void {
  // What is open already cannot be opened: such a play would show nothing, unless the attack before has opened it.
  if (car.latch("driverDoor") !== "locked" && stage.checks.every(({ held }) => held)) throw new RangeError(`the car was not locked before: ${what}`);
  const from = car.performed.length;
  stage.say(what);
  act();
  car.pass(5_000);
  const count = openings(car, from);
  stage.check(`nothing opens: ${what}`, count === 0, count === 0 ? "no latch moved" : `opened ${count} times`);
}

/** The owner asks at the door, after all that: a car that serves nobody has not withstood an attack. */
export function ownerIsServed(stage: Stage, car: WiredCar, owner: WiredKey): void {
  car.pass(5_000);
  if (car.latch("driverDoor") !== "locked") asked(owner, { kind: "lock", forced: true });
  const answer = asked(owner, { kind: "unlock" });
  const state = car.latch("driverDoor");
  stage.check("the owner is served", answer === "done" && state === "unlocked", `answer ${answer}, door ${state}`);
}

/** Somebody between phones and the car while `act` lasts: each frame to the car is given to `change`, and what that gives goes on. */
export function inTheMiddle<T>(car: WiredCar, change: (frame: Uint8Array, index: number) => Heard, act: () => T): T {
  const tell = car.tell.bind(car);
  let index = 0;
  car.tell = (event) => {
    if (event.kind !== "frameReceived") tell(event);
    else for (const bytes of change(event.bytes, index++)) tell({ ...event, bytes });
  };
  try {
    return act();
  } finally {
    car.tell = tell;
  }
}

/** A phone with the owner's key that has to prove itself anew, as after a night. */
export function fresh(owner: WiredKey): WiredKey {
  owner.disconnect();
  owner.wallet = withoutTicket(owner);
  // Handshakes have a burst of eight and then one each 125 ms.
  owner.car.pass(300);
  return owner;
}

/** The first message of a full handshake of `owner`, and all frames of it. */
export function heardHandshake(owner: WiredKey): Heard {
  asked(fresh(owner), { kind: "status" });
  return [...owner.framesSent];
}

/** Power goes and comes back; what was not synced is lost. */
export function cutPower(car: WiredCar): void {
  const flash = car.flash as SimFlash;
  car.flashHangs = false;
  const failure = car.restart(flash.restart(flash.durableImage()));
  if (failure !== undefined) throw new RangeError(`the car does not start again: ${failure.detail}`);
}
