import { unreachable } from "../../firmware/base/index.ts";
import type { CardPlace } from "../../firmware/controller/index.ts";
import type { StoredRecord } from "../../firmware/records/index.ts";
import { RESET_INPUT } from "../body/index.ts";
import { CARD_ANSWER_MS, type TeslaCard } from "../card/index.ts";
import type { TelemetryFeed } from "../cloud/index.ts";
import type { SimPhone } from "../phone/index.ts";
import { SetupFailed, type Car, type World } from "../world/index.ts";
import { deliverUpdate } from "./deliver-update.ts";
import type { Means, SideStep } from "./format.ts";
import type { Member } from "./latchkey-side.ts";
import type { Maker } from "./maker.ts";
import { flood } from "./side.ts";

/** Who was lent what. */
export type Grants = Map<string, Lent & { readonly grantId: string }>;
type Lent = Omit<Extract<Means, { kind: "guestKey" }>, "kind">;

export interface LatchkeyActs {
  readonly world: World;
  member(who: string): Member;
  /** The phone of each car's first owner. */
  readonly owners: ReadonlyMap<string, SimPhone>;
  readonly grants: Grants;
  /** The newest export of each car's memory. */
  readonly copies: Map<Car, readonly StoredRecord[]>;
  feedOf(car: string): TelemetryFeed;
  newUplink(car: string): void;
  /** Undefined in a story without updates. */
  readonly maker: Maker | undefined;
}

const GUEST_ACTIONS = ["unlock", "lock", "drive"] as const;

/** What people do with Latchkey's key app, and what a maker cannot do to its controller. */
export function playForLatchkey(step: SideStep, acts: LatchkeyActs): void {
  const { world, grants } = acts;
  switch (step.do) {
    case "update": {
      const { owner } = ownerOf(acts, step.who);
      const powerFails = step.release === "powerFails";
      return deliverUpdate(world, acts.member(step.who).car, { release: acts.maker!.release(step.release), owner, powerFails });
    }
    case "telemetry":
      return flood(world, step, () => acts.feedOf(step.car).offer("telemetry"));
    case "lend":
      return lend(acts, step.who, step.to, { notBeforeS: world.unixS(), expiresAtS: step.expiresAtS, actions: GUEST_ACTIONS });
    case "revoke":
      return revoke(acts, step.who, step.whom);
    case "carryList": {
      const { owner, vehicleId } = ownerOf(acts, step.from);
      const text = owner.revocationText(vehicleId);
      if (text !== undefined) phoneOf(acts, step.who).carry(text);
      return;
    }
    case "toggle": {
      // The fields of a grant are signed as one: who edits one makes a new one.
      const grant = grants.get(step.whom);
      revoke(acts, step.who, step.whom);
      if (grant !== undefined) lend(acts, step.who, step.whom, grant);
      return;
    }
    case "tapCard": {
      const { car, card } = acts.member(step.who);
      if (card !== undefined) tap(world, car, { card, addedMs: step.addedMs });
      return;
    }
    case "valet": {
      const { owner, vehicleId } = ownerOf(acts, step.who);
      return owner.ask(vehicleId, { kind: "valetMode", on: step.on }, () => undefined);
    }
    case "addKey":
      return tryToEnrol(acts, step.who);
    case "makerDropsKey":
      // The controller takes no order of its maker.
      return;
    case "newUplink":
      return acts.newUplink(step.car);
    case "resetAndClaim":
      return resetAndClaim(acts, step.who);
    case "exportMemory": {
      const { car } = acts.member(step.who);
      if (car.powered) acts.copies.set(car, car.exportMemory());
      return;
    }
    case "replaceController": {
      const { car } = acts.member(step.who);
      return car.replaceController(acts.copies.get(car));
    }
    default:
      return unreachable(step);
  }
}

function ownerOf(acts: LatchkeyActs, who: string): { readonly owner: SimPhone; readonly vehicleId: string } {
  const member = acts.member(who);
  const owner = acts.grants.has(who) || member.phone === undefined ? acts.owners.get(member.car.name)! : member.phone;
  return { owner, vehicleId: owner.onlyVehicleId! };
}

/** The phone of somebody who may have come without the app. */
function phoneOf(acts: LatchkeyActs, who: string): SimPhone {
  const member = acts.member(who);
  if (member.phone === undefined) {
    member.phone = acts.world.addPhone({ name: who, place: member.person.place });
    member.person.take(member.phone.radio);
  }
  return member.phone;
}

function lend(acts: LatchkeyActs, who: string, to: string, grant: Lent): void {
  const { owner, vehicleId } = ownerOf(acts, who);
  acts.grants.set(to, { ...grant, grantId: share(owner, phoneOf(acts, to), vehicleId, grant) });
}

function revoke(acts: LatchkeyActs, who: string, whom: string): void {
  const { owner, vehicleId } = ownerOf(acts, who);
  const grant = acts.grants.get(whom);
  if (grant !== undefined) owner.revoke(vehicleId, grant.grantId);
}

/** All that an account or an open door gives: what is public of the car, and its radio. The car is asked to enrol this very phone as an owner. */
function tryToEnrol(acts: LatchkeyActs, who: string): void {
  const phone = phoneOf(acts, who);
  const { owner, vehicleId } = ownerOfCar(acts, acts.member(who).car);
  const text = owner.carText(vehicleId, "owner", 0);
  if (!text.ok || !phone.acceptCar(text.value).ok) return;
  phone.enrol(vehicleId, phone.invitation, "owner", () => undefined);
}

function ownerOfCar(acts: LatchkeyActs, car: Car): { readonly owner: SimPhone; readonly vehicleId: string } {
  const owner = acts.owners.get(car.name)!;
  return { owner, vehicleId: owner.onlyVehicleId! };
}

/** The button inside held, the owner's word, and the code that the car's own console shows: nobody else is asked. */
function resetAndClaim(acts: LatchkeyActs, who: string): void {
  const { car } = acts.member(who);
  const { owner, vehicleId } = ownerOf(acts, who);
  car.dispatch({ kind: "inputChanged", input: RESET_INPUT, active: true });
  owner.ask(vehicleId, { kind: "reset" }, () => {
    car.dispatch({ kind: "inputChanged", input: RESET_INPUT, active: false });
    car.dispatch({ kind: "claimRequested" });
    acts.world.clock.after(1_000, "scan the code", () => {
      const claim = car.board?.claim;
      if (claim !== undefined) owner.pair(car.radio, claim.uri, car.name, () => undefined);
    });
  });
}

/** Holds the card to the reader, the one outside unless `at` says another, for longer than any exchange takes whose answers are `addedMs` late. */
export function tap(world: World, car: Car, { card, addedMs, at = "outside" }: { card: TeslaCard; addedMs: number; at?: CardPlace }): void {
  const reader = car.readers.find(({ place }) => place === at)!;
  reader.hold(card, addedMs);
  world.clock.after(8 * (CARD_ANSWER_MS + addedMs), "card taken away", () => reader.take());
}

/** A grant on its way from phone to phone; gives its id. */
export function share(owner: SimPhone, guest: SimPhone, vehicleId: string, means: Lent): string {
  const { notBeforeS, expiresAtS, actions } = means;
  const shared = owner.share(vehicleId, guest.invitation, { role: "guest", actions, notBeforeS, expiresAtS, uses: undefined });
  if (!shared.ok) throw new SetupFailed(`${owner.name} could not share: ${shared.error}`);
  const accepted = guest.accept(shared.value.text);
  if (!accepted.ok) throw new SetupFailed(`${guest.name} could not accept: ${accepted.error}`);
  return shared.value.grantId;
}
