import { describe, expect, it } from "vitest";
import { EffectPump, RADIO_QUEUE_MAX, WIRE_QUEUE_MAX, type ControllerEvent, type Effect } from "../../../firmware/controller/index.ts";
import { CRASH_INPUT } from "../../../sim/body/index.ts";
import { enrolled, told } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";

/** A pump whose controller answers as `react` says, on a flash that syncs when told to. */
class Rig {
  readonly performed: Effect[] = [];
  readonly handled: ControllerEvent[] = [];
  readonly pump: EffectPump;
  durableCount = 0;
  private done: (() => void) | undefined;

  constructor(react: (event: ControllerEvent) => readonly Effect[]) {
    const controller = {
      handle: (event: ControllerEvent) => {
        this.handled.push(event);
        return react(event);
      },
      durable: () => void this.durableCount++,
    };
    this.pump = new EffectPump(controller, { perform: (effect) => this.performed.push(effect), sync: (done) => (this.done = done) });
  }

  answerSync(): void {
    const { done } = this;
    this.done = undefined;
    done!();
  }
}

const COMMIT: Effect = { kind: "commit" };
const drive = (toward: "locked" | "unlocked", latch = "driverDoor"): Effect => ({ kind: "driveLatch", latch, toward, pulseMs: 400 });
const door = (open: boolean, latch = "driverDoor"): ControllerEvent => ({ kind: "doorChanged", latch, open });
const frame = (link: number, byte = 0): ControllerEvent => ({ kind: "frameReceived", link, bytes: Uint8Array.of(byte) });

/** A rig whose flash hangs already; its controller knows the links 1 and 7. */
function hanging(react: (event: ControllerEvent) => readonly Effect[] = () => []): Rig {
  const rig = new Rig((event) => (event.kind === "claimRequested" ? [COMMIT] : react(event)));
  for (const link of [1, 7]) rig.pump.dispatch({ kind: "linkOpened", link, attPayloadBytes: 244, proximity: "local" });
  rig.pump.dispatch({ kind: "claimRequested" });
  rig.handled.length = 0;
  return rig;
}

describe("the effect pump", () => {
  it("performs in order, each effect behind a commit when the flash has answered, and then takes the next event", () => {
    const rig = new Rig((event) => (event.kind === "doorChanged" ? [drive("locked"), COMMIT, drive("unlocked"), COMMIT, { kind: "stopLatch", latch: "x" }] : []));
    rig.pump.dispatch(door(true));
    rig.pump.dispatch({ kind: "woke" });
    expect([rig.performed, rig.handled.length, rig.pump.waiting]).toEqual([[drive("locked")], 1, true]);
    rig.answerSync();
    expect([rig.performed.length, rig.handled.length, rig.durableCount]).toEqual([2, 1, 1]);
    rig.answerSync();
    expect([rig.performed.length, rig.handled.map(({ kind }) => kind), rig.durableCount]).toEqual([3, ["doorChanged", "woke"], 2]);
  });

  it("takes an event that an effect causes after the effects before it", () => {
    const order: string[] = [];
    const pump: EffectPump = new EffectPump(
      { handle: (event) => (order.push(event.kind), event.kind === "doorChanged" ? [drive("locked"), drive("unlocked")] : []), durable: () => undefined },
      {
        perform: (effect) => {
          order.push(effect.kind);
          if (effect.kind === "driveLatch" && effect.toward === "locked") pump.dispatch({ kind: "woke" });
        },
        sync: (done) => done(),
      },
    );
    pump.dispatch(door(true));
    expect(order).toEqual(["doorChanged", "driveLatch", "driveLatch", "woke"]);
  });

  it("lets what the inside handle wants stand: nothing that was decided before it sets another moment to wake or another beacon", () => {
    const wake = (atMs: number): Effect => ({ kind: "wakeAt", atMs });
    const beacon = (byte: number): Effect => ({ kind: "advertise", identity: Uint8Array.of(byte), connectable: true });
    const rig = new Rig((event) => (event.kind === "insideHandlePulled" ? [drive("unlocked"), beacon(2), wake(500)] : [COMMIT, drive("locked", "trunk"), beacon(1), wake(9_000)]));
    rig.pump.dispatch({ kind: "claimRequested" });
    rig.pump.dispatch({ kind: "insideHandlePulled", latch: "driverDoor" });
    rig.answerSync();
    expect(rig.performed).toEqual([drive("unlocked"), beacon(2), wake(500), drive("locked", "trunk")]);
  });

  it("holds the newest reading of every wire however many come while the flash hangs", () => {
    const rig = hanging();
    for (let n = 0; n < 5 * WIRE_QUEUE_MAX; n++) rig.pump.dispatch({ kind: "supplyMeasured", millivolts: n });
    rig.pump.dispatch(door(true));
    expect(rig.pump.queueLength).toBeLessThanOrEqual(WIRE_QUEUE_MAX);
    rig.answerSync();
    expect(rig.handled.slice(-2)).toEqual([{ kind: "supplyMeasured", millivolts: 5 * WIRE_QUEUE_MAX - 1 }, door(true)]);
  });

  it("loses no crash pulse to a sensor that chatters, and no reading to pulses", () => {
    const rig = hanging();
    const pulse: ControllerEvent = { kind: "inputPulsed", input: CRASH_INPUT, pulseMs: 20 };
    for (let n = 0; n < 5; n++) rig.pump.dispatch(pulse);
    for (let n = 0; n < 1_000; n++) rig.pump.dispatch({ kind: "supplyMeasured", millivolts: n });
    rig.answerSync();
    expect(rig.handled.filter(({ kind }) => kind === "inputPulsed")).toHaveLength(5);
  });

  it("closes the link of a stranger who floods, and nobody else's; sensors are heard", () => {
    const rig = hanging();
    rig.pump.dispatch(frame(1, 1));
    rig.pump.dispatch({ kind: "linkOpened", link: 2, attPayloadBytes: 244, proximity: "local" });
    for (let n = 0; n < 1_000; n++) rig.pump.dispatch(frame(2));
    rig.pump.dispatch(door(true));
    expect(rig.performed.filter(({ kind }) => kind === "closeLink").every((effect) => "link" in effect && effect.link === 2)).toBe(true);
    expect(rig.pump.queueLength).toBeLessThanOrEqual(RADIO_QUEUE_MAX + 2);
    rig.answerSync();
    expect(rig.handled[0]).toEqual(frame(1, 1));
    expect(rig.handled.at(-1)).toEqual(door(true));
  });

  it("is not filled by strangers who come and go", () => {
    const rig = hanging();
    rig.pump.dispatch(frame(1, 1));
    for (let link = 2; link < 2_000; link++) {
      rig.pump.dispatch({ kind: "linkOpened", link, attPayloadBytes: 244, proximity: "local" });
      rig.pump.dispatch({ kind: "deviceLocated", link, zone: "outside" });
      rig.pump.dispatch({ kind: "linkClosed", link });
    }
    rig.pump.dispatch(door(true));
    expect(rig.pump.queueLength).toBeLessThanOrEqual(RADIO_QUEUE_MAX + 1);
    rig.answerSync();
    expect([rig.handled[0], rig.handled.at(-1)]).toEqual([frame(1, 1), door(true)]);
  });

  it("closes the link that fills it, not the one that comes next", () => {
    const rig = hanging();
    for (let n = 0; n < RADIO_QUEUE_MAX; n++) rig.pump.dispatch(frame(7, n));
    rig.pump.dispatch(frame(1, 1));
    for (let n = 0; n < 100; n++) rig.pump.dispatch(frame(7, n));
    expect(rig.performed.filter(({ kind }) => kind === "closeLink")).toEqual([{ kind: "closeLink", link: 7 }]);
    rig.answerSync();
    expect(rig.handled).toContainEqual(frame(1, 1));
  });

  it("tells the controller of the end of a link that it has opened, also when the queue is full", () => {
    const rig = hanging();
    for (let n = 0; n < RADIO_QUEUE_MAX; n++) rig.pump.dispatch(frame(7, n));
    rig.pump.dispatch({ kind: "linkClosed", link: 1 });
    rig.pump.dispatch({ kind: "linkClosed", link: 7 });
    rig.answerSync();
    expect(rig.handled).toEqual([{ kind: "linkClosed", link: 1 }, { kind: "linkClosed", link: 7 }]);
  });
});

describe("the inside handle while the flash hangs", () => {
  const hangingCar = () => {
    const { car, owner } = claimedCar();
    const driver = enrolled(owner, "ben", "driver");
    owner.askFresh({ kind: "status" });
    driver.askFresh({ kind: "status" });
    return { car, owner, driver };
  };

  it("opens its door at once", () => {
    const { car, driver } = hangingCar();
    car.flashHangs = true;
    driver.begin({ kind: "trunk" });
    expect(car.effects("driveLatch")).toEqual([]);
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    expect(car.effects("driveLatch")).toEqual([expect.objectContaining({ latch: "driverDoor", toward: "unlocked" })]);
    car.flashHangs = false;
    car.answerSync();
    expect(told(driver.answer!)).toBe("done");
    expect([car.latch("driverDoor"), car.latch("trunk")]).toEqual(["unlocked", "unlocked"]);
  });

  it("is not undone by a lock order that was waiting for the flash", () => {
    const { car, owner } = hangingCar();
    owner.ask({ kind: "unlock" });
    car.performed.length = 0;
    car.flashHangs = true;
    owner.begin({ kind: "lock", forced: false });
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    car.flashHangs = false;
    car.answerSync();
    expect(car.effects("driveLatch").filter(({ latch }) => latch === "driverDoor").map(({ toward }) => toward)).toEqual(["unlocked"]);
    expect([car.latch("driverDoor"), car.latch("passengerDoor")]).toEqual(["unlocked", "locked"]);
  });

  it("does not wait behind an unlock that waits: its door opens now, once", () => {
    const { car, owner } = hangingCar();
    car.performed.length = 0;
    car.flashHangs = true;
    owner.begin({ kind: "unlock" });
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    expect(car.effects("driveLatch").map(({ latch }) => latch)).toEqual(["driverDoor"]);
    car.flashHangs = false;
    car.answerSync();
    expect(car.effects("driveLatch").map(({ latch }) => latch)).toEqual(["driverDoor", "passengerDoor", "chargePort"]);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("leaves the moment to wake at as the controller named it last", () => {
    const { car, owner } = hangingCar();
    car.latchesAnswer = false;
    car.flashHangs = true;
    owner.begin({ kind: "lock", forced: true });
    car.pass(2_000);
    car.tell({ kind: "insideHandlePulled", latch: "driverDoor" });
    const wanted = car.effects("wakeAt").at(-1)!.atMs;
    car.flashHangs = false;
    car.answerSync();
    expect(car.effects("wakeAt").at(-1)!.atMs).toBe(car.wakeAtMs);
    expect(wanted).toBeDefined();
    // Three tries of 700 ms each, and then the truth.
    car.pass(10_000);
    expect(car.latch("driverDoor")).toBe("jammed");
  });

  it("is written down as soon as the flash works again", () => {
    const { car, owner } = hangingCar();
    car.flashHangs = true;
    owner.begin({ kind: "trunk" });
    car.tell({ kind: "insideHandlePulled", latch: "passengerDoor" });
    const lines = car.controller.parts.audit.lastSequence;
    car.flashHangs = false;
    car.answerSync();
    car.pass(0);
    expect(car.controller.parts.audit.lastSequence).toBe(lines + 1);
  });
});
