import { BODY, type Role } from "../../firmware/wire/index.ts";
import { describeOutcome, type PhoneOutcome, type SimPhone } from "../phone/index.ts";
import type { Car } from "./car.ts";
import type { World } from "./world.ts";

/** Longest a step of a preparation may take. */
export const PREPARATION_LIMIT_MS = 120_000;

/** A world could not be prepared, so nothing was measured in it. */
export class SetupFailed extends Error {
  override readonly name = "SetupFailed";
}

/** Lets time pass until `holds`. Throws {@link SetupFailed} naming `what` where it does not within the limit. */
export function waitFor(world: World, what: string, holds: () => boolean): void {
  if (!world.clock.runUntil(holds, PREPARATION_LIMIT_MS)) throw new SetupFailed(`gave up waiting: ${what}`);
}

/** Lets time pass until what `begin` began has settled. */
export function outcomeOf(world: World, what: string, begin: (settled: (outcome: PhoneOutcome) => void) => void): PhoneOutcome {
  const ended: { outcome?: PhoneOutcome } = {};
  begin((outcome) => (ended.outcome = outcome));
  waitFor(world, what, () => ended.outcome !== undefined);
  return ended.outcome!;
}

/** Opens the pairing on the car's console and has `phone`, next to it, scan the code: its first owner. Answers the vehicle id. */
export function claimCar(world: World, car: Car, phone: SimPhone): string {
  car.dispatch({ kind: "claimRequested" });
  waitFor(world, `${car.name} shows a pairing code`, () => car.board?.claim !== undefined);
  const { uri } = car.board!.claim!;
  const outcome = outcomeOf(world, `${phone.name} pairs`, (settled) => phone.pair(car.radio, uri, car.name, settled));
  if (outcome.kind !== "paired") throw new SetupFailed(`${phone.name} could not pair with ${car.name}: ${describeOutcome(outcome)}`);
  return outcome.vehicleId;
}

/** Has an owner's phone enrol another at the car, and gives that one what it needs to know of the car. */
export function enrolPhone(world: World, owner: SimPhone, phone: SimPhone, options: { readonly vehicleId: string; readonly role: Role }): void {
  const { vehicleId, role } = options;
  const outcome = outcomeOf(world, `${phone.name} is enrolled`, (settled) => {
    const asked = owner.enrol(vehicleId, phone.invitation, role, settled);
    if (!asked.ok) throw new SetupFailed(`${owner.name} could not enrol ${phone.name}: ${asked.error}`);
  });
  const issuerEpoch = outcome.kind === "done" ? outcome.reply.body.get(BODY.issuerEpoch) : undefined;
  const text = owner.carText(vehicleId, role, typeof issuerEpoch === "number" ? issuerEpoch : 0);
  if (outcome.kind !== "done" || !text.ok || !phone.acceptCar(text.value).ok) {
    throw new SetupFailed(`${phone.name} was not enrolled: ${describeOutcome(outcome)}`);
  }
}
