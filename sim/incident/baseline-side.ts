import { BaselineController, BaselinePhone, DEFAULT_BASELINE, type BaselineKey } from "../baseline/index.ts";
import type { Uplink } from "../cloud/index.ts";
import type { Car, Person, World } from "../world/index.ts";
import { playForBaseline, tokenOf } from "./baseline-acts.ts";
import type { CastMember, Incident } from "./format.ts";
import { awayFrom, carsOf, isReaderSilent, lockByHand, type Side, type Wish } from "./side.ts";

export interface BaselineCar {
  readonly car: Car;
  readonly controller: BaselineController;
  readonly uplink: Uplink;
}

/** Builds the cloud-dependent world of `incident`: the same people at the same places, before anything has happened. */
export function baselineSide(incident: Incident, world: World): Side {
  const settings = { ...DEFAULT_BASELINE, ...incident.baseline };
  const cars = new Map(carsOf(incident.cast).map((name) => [name, addCar(world, name, settings)]));
  const members = new Map(incident.cast.map((member) => [member.who, addMember(world, member, cars.get(member.car)!, settings.phoneKeyTiedToLogin)]));
  for (const { car } of cars.values()) {
    lockByHand(car);
    car.dispatch({ kind: "timeReported", source: "rtc", unixS: world.unixS() });
  }
  if (incident.passiveEntry === true) for (const { keyDevice, car } of members.values()) if (keyDevice.hasKey) keyDevice.stayAround(car.radio);
  const member = (who: string): Member => members.get(who)!;
  return {
    name: "cloud-dependent",
    world,
    person: (who) => member(who).person,
    carOf: (who) => member(who).car,
    use: (who, wish, settled) => use(member(who), wish, settled),
    leaveKeyInCar: (who) => {
      member(who).person.leaveIn(member(who).car, member(who).keyDevice.radio);
      member(who).keyInHand = false;
    },
    logOut: (who) => {
      if (who === undefined) world.cloud.logOut();
      else for (const account of who) world.cloud.logOut(account);
    },
    coverage: (of, present) => {
      const uplinks = [cars.get(of)?.uplink, members.get(of)?.app.uplink, members.get(of)?.keyDevice.uplink];
      for (const uplink of uplinks) if (uplink !== undefined) uplink.online = present;
    },
    satellite: (car, present) => cars.get(car)?.controller.satelliteChanged(present),
    play: playForBaseline({ world, member, carNamed: (name) => cars.get(name)! }),
  };
}

export interface Member {
  readonly person: Person;
  readonly car: Car;
  /** Holds the key, if there is one: a phone, or the fob of the report. */
  readonly keyDevice: BaselinePhone;
  /** Holds the login. */
  readonly app: BaselinePhone;
  /** The key is one that a reader reads. */
  readonly byCard: boolean;
  keyInHand: boolean;
}

function addCar(world: World, name: string, settings: typeof DEFAULT_BASELINE): BaselineCar {
  const uplink = world.cloud.addUplink();
  const built: { controller?: BaselineController; car?: Car } = {};
  built.car = world.addCar({
    name,
    boot: ({ clock, vehicle }) => {
      // After a power cut the server tells the car its keys again: the caricature forgets none.
      built.controller ??= new BaselineController({
        clock, vehicle, car: name, cloud: world.cloud, uplink,
        perform: (effects) => built.car?.board?.performLater(effects),
      }, settings);
      return { controller: built.controller, effects: built.controller.start() };
    },
  });
  return { car: built.car, controller: built.controller!, uplink };
}

function addMember(world: World, cast: CastMember, { car, controller }: BaselineCar, tied: boolean): Member {
  const { who } = cast;
  const person = world.addPerson(who, awayFrom(car));
  const app = new BaselinePhone(`${who}'s app`, person.place, world);
  const hasAccount = cast.baseline.some(({ kind }) => kind === "account");
  if (hasAccount) world.cloud.addAccount(who, [car.name]);
  // A key inside the login lives on the phone of that login; any other key is a device of its own.
  const keyDevice = tied ? app : new BaselinePhone(`${who}'s key`, person.place, world);
  for (const means of cast.baseline) {
    const token = tokenOf(who);
    const key = keyOf(means, token);
    if (key === undefined) continue;
    controller.enrol(key);
    keyDevice.holdKey(token);
  }
  if (hasAccount) app.logIn(who, tied);
  for (const device of new Set([app, keyDevice])) person.take(device.radio);
  return { person, car, keyDevice, app, byCard: cast.baseline.some(({ kind }) => kind === "card"), keyInHand: true };
}

function keyOf(means: CastMember["baseline"][number], token: string): BaselineKey | undefined {
  if (means.kind === "phoneKey" || means.kind === "card") return { token };
  if (means.kind === "guestKey") {
    const { notBeforeS, expiresAtS } = means;
    return { token, expiresAtS, ...(notBeforeS === undefined ? {} : { notBeforeS }) };
  }
  return undefined;
}

/** The key first, where there is one; then the app, over the server. */
function use(member: Member, wish: Wish, settled: (said: string) => void): void {
  const viaServer = (before: string): void => {
    if (!member.app.hasSession) {
      settled(before === "" ? "not logged in" : before);
      return;
    }
    member.app.askCloud(member.car.name, wish, (said) => settled(before === "" ? said : `${before}, then ${said}`));
  };
  if (!member.keyInHand) viaServer("the key is in the car");
  else if (!member.keyDevice.hasKey) viaServer("");
  else if (member.byCard && isReaderSilent(member.car)) viaServer("nothing came of the card");
  else {
    member.keyDevice.askCar(member.car.radio, wish, (said) => {
      if (said === "done") settled(said);
      else viaServer(said);
    });
  }
}
