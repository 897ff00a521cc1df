import { toHex } from "../../firmware/base/index.ts";
import { putKey } from "../../firmware/access/index.ts";
import { NEW_ISSUER, ownKeyId, type CarRecord } from "../../firmware/key/index.ts";
import type { Command } from "../../firmware/wire/index.ts";
import type { WiredCar, WiredKey } from "../../sim/wired/index.ts";

const NAME = "self-test";

/** One thing that the test asks of the car, and what the car must do about it. */
export interface Step {
  readonly name: string;
  /** Undefined where it did it; else what went wrong, one phrase. */
  run(car: WiredCar, key: WiredKey, stranger: WiredKey): string | undefined;
}

/** An ordinary day of a car as its controller hears of it: somebody comes, gets in, drives, leaves; and power that fails at the end. */
export const STORY: readonly Step[] = [
  { name: "the key reads the car's state", run: (_car, key) => answered(key, { kind: "status" }) },
  { name: "the key unlocks, and every door is driven", run: (car, key) => answered(key, { kind: "unlock" }) ?? driven(car, "unlocked") },
  { name: "a door opens and shuts", run: (car) => doors(car, (latch) => [true, false].forEach((open) => car.tell({ kind: "doorChanged", latch, open }))) },
  { name: "somebody sits down and is allowed to drive", run: (car, key) => (car.tell({ kind: "occupancyChanged", occupied: true }), answered(key, { kind: "drive" }) ?? released(car)) },
  { name: "the car drives and parks", run: drive },
  { name: "the inside handle opens a locked door", run: insideHandle },
  { name: "the key locks, and every door is driven", run: lockUp },
  { name: "a key that nobody knows gets nothing", run: strangerStaysOut },
  { name: "after a power cut the key unlocks again", run: (car, key) => (restart(car) ?? answered(key, { kind: "unlock" }) ?? driven(car, "unlocked")) },
];

/** Has `key` open the car: as its first owner where it has none, else enrolled on this copy of the flash and nowhere else. */
export function introduce(car: WiredCar, key: WiredKey): string | undefined {
  const { access, identity, store } = car.controller.parts;
  if (access.ownership === "lost") return "the records do not tell who owns the car";
  if (access.ownership === "unclaimed") {
    car.tell({ kind: "claimRequested" });
    return key.pair().kind === "paired" ? undefined : "a first owner cannot pair";
  }
  const keyId = ownKeyId(key.crypto, key.wallet);
  const enrolled = { keyId, role: "driver", name: NAME, publicKey: key.wallet.key.publicKey, enrolledBy: undefined, enrolledAtS: undefined, ownerEpoch: access.ownerEpoch } as const;
  const stored = store.commit([putKey(enrolled)]);
  if (!stored.ok) return `the copy of the flash takes no key: ${stored.error.detail}`;
  const known: CarRecord = {
    label: NAME,
    vehicleId: toHex(identity.vehicleId),
    carKeys: { ed25519: identity.publicKeys.Ed25519.coseKey, es256: identity.publicKeys.ES256.coseKey },
    role: "driver",
    grant: undefined,
    resolvingKey: undefined,
    auditHead: undefined,
    issuer: NEW_ISSUER,
    carried: [],
    ticket: undefined,
    recoverySeed: undefined,
  };
  key.wallet = { ...key.wallet, cars: [known] };
  return restart(car);
}

function restart(car: WiredCar): string | undefined {
  const failure = car.restart();
  if (failure !== undefined) return `the car does not start: ${failure.detail}`;
  const [fault] = car.report.faults;
  return fault === undefined ? undefined : `it cannot read a record: ${fault.what}`;
}

function answered(key: WiredKey, command: Command): string | undefined {
  key.car.pass(500);
  const outcome = key.askFresh(command);
  if (outcome.kind === "failed") return `${command.kind} failed: ${outcome.why}`;
  if (outcome.kind === "reply" && outcome.reply.code !== 0) return `${command.kind} was refused: ${outcome.reason ?? outcome.reply.code}`;
  return undefined;
}

const doorsOf = (car: WiredCar): readonly string[] => car.description.latches.filter(({ kind }) => kind === "door").map(({ id }) => id);

function doors(car: WiredCar, work: (latch: string) => void): undefined {
  for (const latch of doorsOf(car)) work(latch);
}

/** Whether the last thing that each door's actuator was told is `toward`. Nothing moves: what the car wants done is only looked at. */
function driven(car: WiredCar, toward: "locked" | "unlocked"): string | undefined {
  for (const latch of doorsOf(car)) {
    const last = car.effects("driveLatch").filter((effect) => effect.latch === latch).at(-1);
    if (last?.toward !== toward) return `${latch} is not driven to be ${toward}`;
  }
  return undefined;
}

function released(car: WiredCar): string | undefined {
  return car.effects("setImmobiliser").at(-1)?.released === true ? undefined : "the immobiliser is not released";
}

function drive(car: WiredCar): string | undefined {
  for (const [running, moving] of [[true, false], [true, true], [true, false], [false, false]] as const) car.tell({ kind: "powertrainChanged", running, moving });
  car.tell({ kind: "occupancyChanged", occupied: false });
  car.pass(600_000);
  return car.effects("setImmobiliser").at(-1)?.released === false ? undefined : "the immobiliser stays released";
}

function insideHandle(car: WiredCar): string | undefined {
  const [latch] = doorsOf(car);
  if (latch === undefined) return undefined;
  car.tell({ kind: "insideHandlePulled", latch });
  car.tell({ kind: "doorChanged", latch, open: true });
  const state = car.latch(latch);
  car.tell({ kind: "doorChanged", latch, open: false });
  return state.startsWith("lock") ? `${latch} stays ${state}` : undefined;
}

function lockUp(car: WiredCar, key: WiredKey): string | undefined {
  key.car.pass(500);
  const outcome = key.askFresh({ kind: "lock", forced: true });
  if (outcome.kind === "failed") return `lock failed: ${outcome.why}`;
  key.disconnect();
  car.pass(5_000);
  const open = doorsOf(car).filter((latch) => car.latch(latch) !== "locked");
  return open.length === 0 ? undefined : `${open.join(", ")} is ${car.latch(open[0]!)}`;
}

function strangerStaysOut(car: WiredCar, key: WiredKey, stranger: WiredKey): string | undefined {
  const before = car.effects("driveLatch").length;
  stranger.wallet = { ...stranger.wallet, cars: key.wallet.cars.map((known) => ({ ...known, ticket: undefined })) };
  car.pass(1_000);
  const outcome = stranger.askFresh({ kind: "unlock" });
  stranger.disconnect();
  car.pass(1_000);
  if (outcome.kind !== "failed") return "it was answered";
  return car.effects("driveLatch").length === before ? undefined : "a latch moved";
}
