import type { Command } from "../../firmware/wire/index.ts";
import { describeOutcome, type PhoneOutcome } from "../phone/index.ts";
import type { Car, Courier, World } from "../world/index.ts";
import { tap } from "./latchkey-acts.ts";
import type { Member } from "./latchkey-side.ts";
import type { Wish } from "./side.ts";

/** How long after a tap somebody looks what has come of it. */
const LOOK_AFTER_TAP_MS = 2_000;

/** Tells whether it did what was wished, and what was said. */
type Way = (ended: (done: boolean, said: string) => void) => void;

/** Phone, card, and the phone over the cloud: each as far as somebody has it, the next where the one before did not do. `settled` is called once. */
export function useAll(world: World, { member, courierIn }: { readonly member: Member; courierIn(car: Car): Courier }, wish: Wish, settled: (said: string) => void): void {
  const ways = waysOf(world, member, { wish, courierIn });
  const next = (index: number, before: readonly string[]): void => {
    const way = ways[index];
    if (way === undefined) settled(before.join(", then "));
    else way((done, said) => (done ? settled([...before, said].join(", then ")) : next(index + 1, [...before, said])));
  };
  if (ways.length > 0) next(0, []);
  else world.clock.after(0, "no key", () => settled(member.keyInHand ? "no key" : "the key is in the car"));
}

function waysOf(world: World, { phone, teslaPhone, card, car, hasAccount, keyInHand }: Member, { wish, courierIn }: { readonly wish: Wish; courierIn(car: Car): Courier }): readonly Way[] {
  const ways: Way[] = [];
  const vehicleId = phone?.onlyVehicleId;
  const command: Command = wish === "lock" ? { kind: "lock", forced: false } : { kind: wish };
  const told = (ended: Parameters<Way>[0], by: string) => (outcome: PhoneOutcome): void => ended(outcome.kind === "done", `${by}${describeOutcome(outcome)}`);
  const withPhone = phone !== undefined && vehicleId !== undefined && keyInHand;
  if (withPhone) ways.push((ended) => phone.ask(vehicleId, command, told(ended, "")));
  if (teslaPhone !== undefined && keyInHand) ways.push((ended) => teslaPhone.ask(car.radio, wish, (said) => ended(said === "done", `by a Tesla app: ${said}`)));
  if (card !== undefined) {
    ways.push((ended) => {
      tap(world, car, { card, addedMs: 0, at: wish === "drive" ? "inside" : "outside" });
      world.clock.after(LOOK_AFTER_TAP_MS, "look after the tap", () => (hasCome(car, wish) ? ended(true, "by card") : ended(false, "nothing came of the card")));
    });
  }
  if (withPhone && hasAccount) ways.push((ended) => courierIn(car).ask(phone, vehicleId, command, told(ended, "over the cloud ")));
  return ways;
}

function hasCome({ body }: Car, wish: Wish): boolean {
  if (wish === "drive") return body.immobiliserReleased;
  return wish === "lock" ? body.lockedUp : !body.isLocked("driverDoor");
}
