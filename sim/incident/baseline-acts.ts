import { unreachable } from "../../firmware/base/index.ts";
import type { World } from "../world/index.ts";
import type { SideStep } from "./format.ts";
import type { BaselineCar, Member } from "./baseline-side.ts";
import { flood, isReaderSilent, relayToDoor } from "./side.ts";

/** How long after an unlock the caricature enrols whoever asks (herfurt-130s-2022). */
const ENROL_WINDOW_MS = 130_000;

export interface BaselineActs {
  readonly world: World;
  member(who: string): Member;
  carNamed(name: string): BaselineCar;
}

/** The key of somebody, as the caricature writes it. */
export function tokenOf(who: string): string {
  return `key-of-${who.replaceAll(" ", "-")}`;
}

/** What people, and the maker, do with the cloud-dependent car: keys are entries at a server, which tells the car. */
export function playForBaseline(acts: BaselineActs): (step: SideStep) => void {
  const valet = new Set<string>();
  const { world, member } = acts;
  const carOf = (who: string): BaselineCar => acts.carNamed(member(who).car.name);
  const reaches = ({ uplink }: BaselineCar): boolean => uplink.online && world.cloud.mode === "up";
  const giveKey = (who: string, expiresAtS?: number): void => {
    carOf(who).controller.enrol({ token: tokenOf(who), ...(expiresAtS === undefined ? {} : { expiresAtS }) });
    member(who).keyDevice.holdKey(tokenOf(who));
  };
  return (step) => {
    switch (step.do) {
      case "telemetry": {
        // Everything of this car goes through one modem queue.
        const { uplink } = acts.carNamed(step.car);
        return flood(world, step, () => uplink.request({ kind: "telemetry", car: step.car, line: "telemetry" }, () => undefined));
      }
      case "update":
        if (step.release !== "good" && reaches(carOf(step.who))) carOf(step.who).controller.spoilProgram();
        return;
      case "lend":
        if (reaches(carOf(step.to))) giveKey(step.to, step.expiresAtS);
        return;
      case "revoke":
        if (reaches(carOf(step.whom)) && !valet.has(member(step.who).car.name)) carOf(step.whom).controller.forget(tokenOf(step.whom));
        return;
      case "toggle":
        // Switched on again it is a code like any other (permanent-code-2026).
        if (reaches(carOf(step.whom))) giveKey(step.whom);
        return;
      case "tapCard": {
        // Its reader waits as long as an answer takes.
        const { car, keyDevice, person } = member(step.who);
        if (isReaderSilent(car)) return;
        if (step.addedMs > 0) relayToDoor(world, car, { from: person.place.position, addedMs: step.addedMs });
        return keyDevice.askCar(car.radio, "unlock", () => {
          if (step.addedMs > 0) world.air.relay = undefined;
        });
      }
      case "valet":
        if (step.on) valet.add(member(step.who).car.name);
        else valet.delete(member(step.who).car.name);
        return;
      case "addKey": {
        const { unlockedAtMs } = carOf(step.who).controller;
        const open = unlockedAtMs !== undefined && world.clock.monotonicMs() - unlockedAtMs <= ENROL_WINDOW_MS;
        if (step.by === "login" ? reaches(carOf(step.who)) : open) giveKey(step.who);
        return;
      }
      case "makerDropsKey":
        return carOf(step.who).controller.forget(tokenOf(step.who));
      case "newUplink":
        return acts.carNamed(step.car).controller.forgetAll();
      case "resetAndClaim":
        carOf(step.who).controller.forgetAll();
        if (reaches(carOf(step.who))) giveKey(step.who);
        return;
      case "exportMemory":
        // What it holds is no copy that another could start on.
        return;
      case "replaceController":
        // A new one knows the keys that a server tells it.
        if (!reaches(carOf(step.who))) carOf(step.who).controller.forgetAll();
        return;
      case "carryList":
        // Its keys' phones carry nothing for each other.
        return;
      default:
        return unreachable(step);
    }
  };
}
