import { describe, expect, it } from "vitest";
import { BaselinePhone } from "../../../sim/baseline/index.ts";
import type { LinkEnd } from "../../../sim/air/index.ts";
import { BROWN_OUT_MILLIVOLTS, SYNC_MS, World } from "../../../sim/world/index.ts";
import { doubleController, noCrypto } from "../support.ts";

const world = (seed = "world") => new World({ seed, createCrypto: noCrypto });
const advertise = { kind: "advertise", identity: Uint8Array.of(1, 2), connectable: true } as const;

describe("a car in a world", () => {
  it("tells a starting controller what its sensors know, and then each change in order", () => {
    const double = doubleController();
    const it = world();
    const car = it.addCar({ name: "car", boot: double.boot });
    expect(double.kinds()).toContain("supplyMeasured");
    expect(double.kinds()).toContain("powertrainChanged");
    double.events.length = 0;
    car.body.pullOutsideHandle("driverDoor");
    car.body.enter("ada", "driverDoor");
    car.body.close("driverDoor");
    expect(double.kinds()).toEqual(["doorChanged", "occupancyChanged", "doorChanged"]);
  });

  it("performs what follows a commit only when the flash is durable, and queues events meanwhile", () => {
    const seen: string[] = [];
    const it = world();
    const double = doubleController((event) => {
      if (event.kind !== "inputChanged") return [];
      seen.push(`handled ${event.active} at ${it.clock.monotonicMs()}`);
      return [{ kind: "commit" }, { kind: "driveLatch", latch: "driverDoor", toward: event.active ? "locked" : "unlocked", pulseMs: 400 }];
    });
    const car = it.addCar({ name: "car", boot: double.boot });
    car.body.setResetButton(true);
    car.body.setResetButton(false);
    expect(car.body.isMoving("driverDoor")).toBe(false);
    it.clock.advance(SYNC_MS);
    expect(double.durable).toEqual([SYNC_MS]);
    expect(seen).toEqual(["handled true at 0", `handled false at ${SYNC_MS}`]);
    it.clock.advance(1_000);
    expect(double.durable).toEqual([SYNC_MS, 2 * SYNC_MS]);
    expect(car.body.isLocked("driverDoor")).toBe(false);
  });

  it("hands a link over, says where the device is, and passes frames both ways", () => {
    const double = doubleController((event) => (event.kind === "frameReceived" ? [{ kind: "send", link: event.link, bytes: Uint8Array.of(9) }] : []), [advertise]);
    const it = world();
    const car = it.addCar({ name: "car", boot: double.boot });
    const got: number[] = [];
    let end: LinkEnd | undefined;
    const radio = it.air.addRadio("phone", { position: car.placeAt("driverDoor") }, {
      linkOpened: (opened) => {
        end = opened;
        opened.send(Uint8Array.of(5));
      },
      received: (_end, bytes) => got.push(...bytes),
    });
    it.air.connect(radio, car.radio, () => expect.fail("no link"));
    it.clock.advance(5_000);
    const told = double.events.filter((event) => "link" in event);
    expect(told.map(({ kind }) => kind)).toEqual(["linkOpened", "deviceLocated", "frameReceived"]);
    expect(told[1]).toMatchObject({ zone: "outside" });
    expect(got).toEqual([9]);
    it.air.move(radio, car.cabin);
    it.clock.advance(100);
    expect(double.events.at(-1)).toMatchObject({ kind: "deviceLocated", zone: "cabin" });
    it.air.move(radio, { ...car.cabin, position: { xCm: 10, yCm: 10 } });
    it.clock.advance(100);
    expect(double.kinds().filter((kind) => kind === "deviceLocated")).toHaveLength(2);
    end!.close();
    it.clock.advance(100);
    expect(double.kinds().at(-1)).toBe("linkClosed");
  });

  it("wakes the controller at the last moment it named, on its own clock", () => {
    const woke: number[] = [];
    const it = world();
    const double = doubleController((event, ports) => {
      if (event.kind === "woke") woke.push(ports.clock.monotonicMs());
      return event.kind === "claimRequested" ? [{ kind: "wakeAt", atMs: 5_000 }, { kind: "wakeAt", atMs: 7_000 }] : [];
    });
    it.clock.advance(100_000);
    const car = it.addCar({ name: "car", boot: double.boot });
    car.dispatch({ kind: "claimRequested" });
    it.clock.advance(20_000);
    expect(woke).toEqual([7_000]);
  });

  it("forgets everything but its durable flash when the power goes, and starts again when it is back", () => {
    const double = doubleController(() => [], [advertise]);
    const it = world();
    const car = it.addCar({ name: "car", boot: double.boot });
    const flash = (boot: number) => double.boots[boot]!.flash;
    flash(0).program(0, Uint8Array.of(1, 2, 3, 4));
    car.dispatch({ kind: "claimCancelled" });
    car.restart();
    expect([...flash(1).read(0, 4)]).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(double.boots).toHaveLength(2);
    expect(double.boots[0]!.random.bytes(8)).not.toEqual(double.boots[1]!.random.bytes(8));
  });

  it("stops below the brown-out voltage and starts above it", () => {
    const double = doubleController();
    const it = world();
    const car = it.addCar({ name: "car", boot: double.boot });
    car.body.battery.ramp(BROWN_OUT_MILLIVOLTS - 1, 1_000);
    it.clock.advance(2_000);
    expect(car.powered).toBe(false);
    double.events.length = 0;
    car.body.setResetButton(true);
    expect(double.events).toEqual([]);
    car.body.battery.replace(100);
    expect([car.powered, double.boots.length]).toEqual([true, 2]);
  });

  it("with a dead radio is not heard and loses its links, also over a power cut, and is heard again as it last asked", () => {
    const later = { ...advertise, identity: Uint8Array.of(3, 4) } as const;
    const double = doubleController((event) => (event.kind === "inputChanged" ? [later] : []), [advertise]);
    const it = world();
    const car = it.addCar({ name: "car", boot: double.boot });
    const heard: number[][] = [];
    const phone = it.air.addRadio("phone", { position: car.placeAt("driverDoor") }, { sighted: (_radio, { identity }) => heard.push([...identity]) });
    it.air.setScanning(phone, true);
    it.air.connect(phone, car.radio, () => expect.fail("no link"));
    it.clock.advance(5_000);
    expect(heard).toEqual([[1, 2]]);
    car.radioWorks = false;
    it.clock.advance(10_000);
    expect(double.kinds()).toContain("linkClosed");
    car.restart();
    car.body.setResetButton(true);
    let failed = 0;
    it.air.connect(phone, car.radio, () => failed++);
    it.clock.advance(60_000);
    expect([heard.length, failed]).toEqual([1, 1]);
    car.radioWorks = true;
    it.clock.advance(5_000);
    expect(heard).toEqual([[1, 2], [3, 4]]);
  });

  it("with a silent reader hears of no card; the one in its field when it fell silent has left, and counts again only when it is held to it anew", () => {
    const double = doubleController();
    const it = world();
    const [reader] = it.addCar({ name: "car", boot: double.boot }).readers;
    const card = { powerUp: () => undefined, answer: () => undefined };
    double.events.length = 0;
    reader!.hold(card);
    reader!.silent = true;
    reader!.hold(card);
    reader!.silent = false;
    expect(double.kinds()).toEqual(["cardEntered", "cardLeft"]);
    reader!.hold(card);
    expect(double.kinds()).toEqual(["cardEntered", "cardLeft", "cardEntered"]);
  });

  it("does nothing an old controller ordered before the power went", () => {
    const double = doubleController((event) => (event.kind === "inputChanged" ? [{ kind: "commit" }, { kind: "driveLatch", latch: "driverDoor", toward: "locked", pulseMs: 400 }] : []));
    const it = world();
    const car = it.addCar({ name: "car", boot: double.boot });
    car.body.setResetButton(true);
    car.restart();
    it.clock.advance(5_000);
    expect(car.body.isLocked("driverDoor")).toBe(false);
    expect(double.durable).toEqual([]);
  });
});

describe("people", () => {
  it("carry their devices where they go, into the car and out again", () => {
    const it = world();
    const car = it.addCar({ name: "car", boot: doubleController().boot });
    const ada = it.addPerson("ada", car.placeAt("driverDoor"));
    const phone = it.air.addRadio("phone", ada.place, {});
    ada.take(phone);
    expect(ada.getIn(car, "driverDoor")).toBe(false);
    car.body.pullOutsideHandle("driverDoor");
    expect(ada.getIn(car, "driverDoor")).toBe(true);
    expect([phone.place.shell, car.body.isOpen("driverDoor")]).toEqual(["car", false]);
    ada.getOut("driverDoor");
    expect([phone.place.shell, ada.place.position]).toEqual([undefined, car.placeAt("driverDoor")]);
    ada.walkTo({ xCm: 5_000, yCm: 0 });
    it.clock.advance(120_000);
    expect(phone.place.position).toEqual({ xCm: 5_000, yCm: 0 });
  });
});

describe("a run", () => {
  const run = (seed: string): string => {
    const it = world(seed);
    const double = doubleController((event) => (event.kind === "frameReceived" ? [{ kind: "send", link: event.link, bytes: event.bytes }] : []), [advertise]);
    const car = it.addCar({ name: "car", boot: double.boot });
    const phone = new BaselinePhone("phone", { position: car.placeAt("trunk") }, it);
    phone.holdKey("k");
    for (let i = 0; i < 5; i++) {
      phone.askCar(car.radio, "unlock", () => undefined);
      it.clock.advance(20_000);
    }
    return it.trace.hash();
  };

  it("is the same for the same seed to the last event, and another for another seed", () => {
    expect(run("1")).toBe(run("1"));
    expect(run("1")).not.toBe(run("2"));
  });

  it("prints seed, hash and the command that repeats it", () => {
    const it = world("77");
    expect(it.describe("busy day", "npm test")).toBe(`scenario busy day, seed 77, trace ${it.trace.hash()}; replay: npm test`);
  });
});
