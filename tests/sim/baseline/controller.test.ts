import { describe, expect, it } from "vitest";
import { BaselineController, BaselinePhone, DEFAULT_BASELINE, type BaselineSettings } from "../../../sim/baseline/index.ts";
import { World, type Car } from "../../../sim/world/index.ts";
import { noCrypto } from "../support.ts";

const HOUR_MS = 3_600_000;

function setup(settings: Partial<BaselineSettings> = {}) {
  const world = new World({ seed: "baseline", createCrypto: noCrypto });
  const uplink = world.cloud.addUplink();
  const built: { car?: Car; controller?: BaselineController } = {};
  const car = (built.car = world.addCar({
    name: "car",
    boot: ({ clock, vehicle }) => {
      const controller = new BaselineController({ clock, vehicle, car: "car", cloud: world.cloud, uplink, perform: (effects) => built.car?.board?.performLater(effects) }, { ...DEFAULT_BASELINE, ...settings });
      built.controller = controller;
      return { controller, effects: controller.start() };
    },
  }));
  const controller = built.controller!;
  world.cloud.addAccount("ada", ["car"]);
  const phone = new BaselinePhone("phone", { position: car.placeAt("driverDoor") }, world);
  phone.logIn("ada", settings.phoneKeyTiedToLogin ?? false);
  car.body.turnByHand("driverDoor", "locked");
  const local = (wish: "unlock" | "lock" | "drive"): string => {
    let said = "";
    phone.askCar(car.radio, wish, (answer) => (said = answer));
    world.clock.advance(15_000);
    return said;
  };
  const remote = (wish: "unlock" | "drive"): string => {
    let said = "";
    phone.askCloud("car", wish, (answer) => (said = answer));
    world.clock.advance(40_000);
    return said;
  };
  return { world, car, controller, phone, uplink, local, remote };
}

describe("the cloud-dependent caricature", () => {
  it("opens for an account as long as the server says so", () => {
    const { car, remote, world } = setup();
    world.cloud.mode = "down";
    expect([remote("unlock"), car.body.isLocked("driverDoor")]).toEqual(["server error 500", true]);
    world.cloud.mode = "up";
    expect([remote("unlock"), car.body.isLocked("driverDoor")]).toEqual(["server accepted", false]);
  });

  it("stays shut while a lying server claims to have passed the wish on", () => {
    const { car, remote, world } = setup();
    remote("unlock");
    car.body.turnByHand("driverDoor", "locked");
    world.cloud.mode = "lying";
    remote("unlock");
    expect(car.body.isLocked("driverDoor")).toBe(true);
  });

  it("opens for a token it was told of, and for no other", () => {
    const { car, local, controller, phone } = setup();
    expect(local("unlock")).toBe("no key on this phone");
    phone.holdKey("t");
    expect(local("unlock")).toBe("refused: no such key");
    controller.enrol({ token: "t" });
    expect([local("unlock"), car.body.isLocked("driverDoor")]).toEqual(["done", false]);
  });

  it("does nothing more once its program is written over, whoever asks", () => {
    const { car, local, remote, controller, phone, world } = setup();
    phone.holdKey("t");
    controller.enrol({ token: "t" });
    controller.spoilProgram();
    world.clock.advance(60_000);
    expect([local("unlock"), remote("unlock"), car.body.isLocked("driverDoor")]).toEqual(["no answer", "server accepted", true]);
  });

  it("loses the phone key with the login only where the one hangs on the other", () => {
    for (const phoneKeyTiedToLogin of [true, false]) {
      const { phone, world } = setup({ phoneKeyTiedToLogin });
      phone.holdKey("t");
      world.cloud.logOut("ada");
      world.clock.advance(0);
      expect([phone.hasSession, phone.hasKey]).toEqual([false, !phoneKeyTiedToLogin]);
    }
  });

  it("refuses to start after its lease without contact, and starts again when it had some", () => {
    const { local, controller, phone, uplink, world } = setup({ leaseMs: 24 * HOUR_MS });
    controller.enrol({ token: "t" });
    phone.holdKey("t");
    world.clock.advance(100 * HOUR_MS);
    expect(local("drive")).toBe("done");
    uplink.online = false;
    world.clock.advance(25 * HOUR_MS);
    expect([local("unlock"), local("drive")]).toEqual(["done", "refused: no contact with the server"]);
    uplink.online = true;
    world.clock.advance(2 * HOUR_MS);
    expect(local("drive")).toBe("done");
  });

  it("immobilises and locks when its satellite stays away, and not before", () => {
    const { local, controller, phone, car, world } = setup({ immobiliseAfterLinkLossMs: 600_000 });
    controller.enrol({ token: "t" });
    phone.holdKey("t");
    controller.satelliteChanged(false);
    world.clock.advance(500_000);
    expect(local("drive")).toBe("done");
    local("unlock");
    world.clock.advance(200_000);
    expect([local("drive"), car.body.isLocked("driverDoor"), car.body.immobiliserReleased]).toEqual(["refused: immobilised", true, false]);
    controller.satelliteChanged(true);
    expect(local("drive")).toBe("done");
  });

  it("locks some time after the last door was closed, whoever sits inside", () => {
    const { car, world } = setup();
    car.body.turnByHand("driverDoor", "unlocked");
    car.body.pullOutsideHandle("driverDoor");
    car.body.enter("child", "driverDoor");
    world.clock.advance(60_000);
    expect(car.body.isLocked("driverDoor")).toBe(false);
    car.body.close("driverDoor");
    world.clock.advance(DEFAULT_BASELINE.autoLockMs + 1_000);
    expect([car.body.isLocked("driverDoor"), car.body.occupied]).toEqual([true, true]);
  });
});
