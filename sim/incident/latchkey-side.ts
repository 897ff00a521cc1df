import type { TeslaOptions } from "../../firmware/controller/index.ts";
import { publicKeyOf } from "../../firmware/cose/index.ts";
import type { TeslaCodec } from "../../firmware/tesla/index.ts";
import { virtualCarDescription } from "../body/index.ts";
import { TeslaCard } from "../card/index.ts";
import { randomPortOf } from "../chance/index.ts";
import { TelemetryFeed, type Uplink } from "../cloud/index.ts";
import { describeOutcome, TeslaPhone, type SimPhone } from "../phone/index.ts";
import { claimCar, Courier, enrolPhone, outcomeOf, SetupFailed, type BootController, type Car, type Person, type World } from "../world/index.ts";
import { playForLatchkey, share, tap, type Grants, type LatchkeyActs } from "./latchkey-acts.ts";
import type { CastMember, Incident } from "./format.ts";
import { useAll } from "./latchkey-ways.ts";
import { Maker, type SelfTest } from "./maker.ts";
import { awayFrom, carsOf, lockByHand, type Side } from "./side.ts";

/** All cars of a story that are known by one have this one. */
const STORY_VIN = "LKSTRYCAR00000001";

/** A phone says that it lies still when nobody has walked with it for this long. */
const STILL_AFTER_MS = 60_000;

export interface Member {
  readonly person: Person;
  readonly car: Car;
  /** Undefined for somebody without a key: an account opens nothing here. */
  phone: SimPhone | undefined;
  /** With an app for Tesla's cars. */
  readonly teslaPhone: TeslaPhone | undefined;
  readonly card: TeslaCard | undefined;
  /** Has a login at the cloud, which carries what a phone with a key has signed. */
  readonly hasAccount: boolean;
  keyInHand: boolean;
}

/**
 * Builds Latchkey's world of `incident`: each car is claimed by a phone next to it, keys are enrolled and grants shared over the
 * air as people do it, then everybody walks away and the cars are locked.
 */
export function latchkeySide(incident: Incident, world: World, { boot, selfTest, teslaCodec }: { readonly boot: BootController; readonly selfTest?: SelfTest; readonly teslaCodec?: TeslaCodec }): Side {
  const { passiveEntry = false } = incident;
  const ranging = { ranging: ["channelSounding", "rtt", "rssi"], vehicle: virtualCarDescription({ sessionBoundRanging: true }) } as const;
  const maker = incident.steps.some(({ step }) => step.do === "update") ? new Maker(world, boot, selfTest) : undefined;
  const cars = new Map(carsOf(incident.cast).map((name) => [name, world.addCar({ name, boot, ...(passiveEntry && ranging), ...(maker && { slots: maker.slots }), ...teslaOf(incident, name, teslaCodec) })]));
  const modems = new Map([...cars].map(([name, car]) => [name, copyToCloud(world, car)]));
  const owners = new Map<string, SimPhone>();
  const grants: Grants = new Map();
  const copies: LatchkeyActs["copies"] = new Map();
  world.clock.advance(1_000);
  const members = new Map<string, Member>();
  for (const [name, car] of cars) {
    const cast = incident.cast.filter((member) => member.car === name);
    for (const [who, member] of prepareCar(world, car, { cast, owners, grants, teslaCodec })) members.set(who, member);
    if (passiveEntry) switchPassiveEntryOn(world, owners.get(name)!);
  }
  for (const { person, car } of members.values()) person.standAt(awayFrom(car));
  world.clock.advance(30_000);
  for (const car of cars.values()) lockByHand(car);
  world.clock.advance(60_000);
  if (passiveEntry) for (const { phone, person } of members.values()) stayAround(world, phone, person);
  const member = (who: string): Member => members.get(who)!;
  const couriers = new Map<Uplink, Courier>();
  const courierIn = (car: Car): Courier => {
    const { uplink } = modems.get(car.name)!;
    const courier = couriers.get(uplink) ?? new Courier(world, car, incident.cast.find(({ who }) => member(who).car === car && member(who).hasAccount)!.who, uplink);
    couriers.set(uplink, courier);
    return courier;
  };
  return {
    name: "latchkey",
    world,
    person: (who) => member(who).person,
    carOf: (who) => member(who).car,
    use: (who, wish, settled) => useAll(world, { member: member(who), courierIn }, wish, settled),
    leaveKeyInCar: (who) => {
      const { person, car, phone } = member(who);
      if (phone !== undefined) person.leaveIn(car, phone.radio);
      member(who).keyInHand = false;
    },
    // Servers, sessions and coverage exist in this world too; the car sends copies of its notes and asks nothing.
    logOut: (who) => {
      if (who === undefined) world.cloud.logOut();
      else for (const account of who) world.cloud.logOut(account);
    },
    coverage: (of, present) => {
      const modem = modems.get(of);
      if (modem !== undefined) modem.uplink.online = present;
    },
    // The controller has no input for a satellite link.
    satellite: () => undefined,
    play: (step) => playForLatchkey(step, { world, member, owners, grants, copies, maker, feedOf: (car) => modems.get(car)!.feed, newUplink: (car) => modems.set(car, copyToCloud(world, cars.get(car)!)) }),
  };
}

function copyToCloud(world: World, car: Car): { readonly uplink: Uplink; readonly feed: TelemetryFeed } {
  const uplink = world.cloud.addUplink();
  const feed = new TelemetryFeed(uplink, car.name);
  car.onNote(({ what, outcome }) => feed.offer(`${what} ${outcome}`));
  return { uplink, feed };
}

function switchPassiveEntryOn(world: World, owner: SimPhone): void {
  const outcome = outcomeOf(world, "passive entry is switched on", (settled) =>
    owner.ask(owner.onlyVehicleId!, { kind: "changeSettings", settings: new Map([["passiveEntry", true]]) }, settled));
  if (outcome.kind !== "done") throw new SetupFailed(`passive entry is not on: ${describeOutcome(outcome)}`);
}

/** What passive entry asks of a phone; its motion is that of the person who carries it. */
function stayAround({ clock }: World, phone: SimPhone | undefined, person: Person): void {
  const vehicleId = phone?.onlyVehicleId;
  if (phone === undefined || vehicleId === undefined) return;
  let { place } = person;
  let movedAtMs = -STILL_AFTER_MS;
  phone.stayAround(vehicleId, () => {
    if (place !== person.place) movedAtMs = clock.monotonicMs();
    place = person.place;
    return clock.monotonicMs() - movedAtMs >= STILL_AFTER_MS;
  });
}

interface Cast {
  readonly cast: readonly CastMember[];
  readonly owners: Map<string, SimPhone>;
  readonly grants: Grants;
  readonly teslaCodec: TeslaCodec | undefined;
}

/** What a car of this story says of the Tesla dialect, where somebody has a key of it. */
function teslaOf({ cast }: Incident, car: string, codec: TeslaCodec | undefined): { readonly tesla?: TeslaOptions } {
  if (!cast.some((member) => member.car === car && hasTeslaKey(member))) return {};
  if (codec === undefined) throw new SetupFailed("this story needs the codec of the Tesla dialect");
  return { tesla: { vin: STORY_VIN, codec } };
}

function hasTeslaKey({ latchkey }: CastMember): boolean {
  return latchkey.some(({ kind }) => kind === "teslaKey");
}

function prepareCar(world: World, car: Car, { cast, owners: firstOwners, grants, teslaCodec }: Cast): readonly (readonly [string, Member])[] {
  for (const source of ["rtc", "gps"] as const) car.dispatch({ kind: "timeReported", source, unixS: world.unixS() });
  const owners = cast.filter(({ latchkey }) => latchkey.some(({ kind }) => kind === "phoneKey"));
  const first = owners[0];
  // A car nobody in the story owns still has an owner somewhere, who shared it.
  const firstPhone = first === undefined ? addPhone(world, car, `owner of ${car.name}`) : addPhone(world, car, first.who);
  const vehicleId = claimCar(world, car, firstPhone);
  firstOwners.set(car.name, firstPhone);
  const prepared = cast.map((member): readonly [string, Member] => {
    const person = world.addPerson(member.who, car.placeAt("driverDoor"));
    const phone = member === first ? firstPhone : phoneOf(world, car, { member, owner: firstPhone, vehicleId, grants });
    if (phone !== undefined) person.take(phone.radio);
    const teslaPhone = hasTeslaKey(member) ? enrolTeslaPhone(world, car, { owner: firstPhone, who: member.who, codec: teslaCodec! }) : undefined;
    if (teslaPhone !== undefined) person.take(teslaPhone.radio);
    const hasAccount = member.latchkey.some(({ kind }) => kind === "account");
    if (hasAccount) {
      world.cloud.addAccount(member.who, [car.name]);
      world.cloud.openSession(member.who);
    }
    const card = member.latchkey.some(({ kind }) => kind === "card") ? enrolCard(world, car, { owner: firstPhone, who: member.who }) : undefined;
    return [member.who, { person, car, phone, teslaPhone, card, hasAccount, keyInHand: true }];
  });
  if (first === undefined) world.air.move(firstPhone.radio, { position: awayFrom(car) });
  return prepared;
}

/** The owner enrols the key of a phone that speaks the Tesla dialect, as any other. */
function enrolTeslaPhone(world: World, car: Car, { owner, who, codec }: { owner: SimPhone; who: string; codec: TeslaCodec }): TeslaPhone {
  const chance = world.prng.fork(`tesla phone of ${who}`);
  const random = randomPortOf(chance);
  const crypto = world.createCrypto(randomPortOf(chance.fork("crypto")));
  const phone = new TeslaPhone(who, { position: car.placeAt("driverDoor") }, STORY_VIN, { clock: world.clock, air: world.air, crypto, random, codec });
  const { coseKey } = publicKeyOf("ES256", phone.client.point.slice(1));
  const outcome = outcomeOf(world, "a Tesla key is enrolled", (settled) => owner.ask(owner.onlyVehicleId!, { kind: "enrol", role: "owner", name: who, publicKey: coseKey }, settled));
  if (outcome.kind !== "done") throw new SetupFailed(`the car enrols no Tesla key: ${describeOutcome(outcome)}`);
  return phone;
}

/** The owner asks for it at the car, and the next card tapped becomes the car's. */
function enrolCard(world: World, car: Car, { owner, who }: { owner: SimPhone; who: string }): TeslaCard {
  const outcome = outcomeOf(world, "a card is expected", (settled) => owner.ask(owner.onlyVehicleId!, { kind: "enrolCard", name: who }, settled));
  if (outcome.kind !== "done") throw new SetupFailed(`the car expects no card: ${describeOutcome(outcome)}`);
  const crypto = world.createCrypto(randomPortOf(world.prng.fork(`card of ${who}`)));
  const card = new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256") });
  tap(world, car, { card, addedMs: 0 });
  world.clock.advance(5_000);
  return card;
}

function addPhone(world: World, car: Car, name: string): SimPhone {
  return world.addPhone({ name, place: { position: car.placeAt("driverDoor") } });
}

function phoneOf(world: World, car: Car, { member, owner, vehicleId, grants }: { member: CastMember; owner: SimPhone; vehicleId: string; grants: Grants }): SimPhone | undefined {
  const means = member.latchkey.find(({ kind }) => kind === "phoneKey" || kind === "guestKey");
  if (means === undefined) return undefined;
  const phone = addPhone(world, car, member.who);
  if (means.kind === "guestKey") {
    const grant = { ...means, notBeforeS: means.notBeforeS ?? world.unixS() };
    grants.set(member.who, { ...grant, grantId: share(owner, phone, vehicleId, grant) });
  } else enrolPhone(world, owner, phone, { vehicleId, role: "owner" });
  return phone;
}
