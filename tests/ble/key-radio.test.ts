import { expect, it } from "vitest";
import { BleKey, CONNECT_TIMEOUT_MS, DISCOVER_TIMEOUT_MS } from "../../hal/ble-key/index.ts";
import { SEARCH_TIMEOUT_MS, UNRECOGNISED_AFTER_MS } from "../../hal/ble-key/search.ts";
import { advertisingData, scanResponseData } from "../../hal/ble/index.ts";
import type { KeyRadioEvent } from "../../hal/radio/index.ts";
import { OPCODE, type HciController } from "../../sim/hci/index.ts";
import { echo, IDENTITY, startCarRadio } from "./cars.ts";
import { createRig, describeWithPeers, type Rig } from "./rig.ts";

const FAR = { position: { xCm: 100_000, yCm: 0 } };

const never = (): undefined => undefined;
const isCar = (identity: Uint8Array): boolean => identity[0] === IDENTITY[0];

/** An advertiser with no host behind it that would answer anything: a beacon, or a forger. */
function startForger(rig: Rig, identity: Uint8Array, addressByte: number): HciController {
  const forger = rig.addController();
  forger.attach(() => undefined);
  const command = (opcode: number, ...parameters: number[]): void => forger.receive(Uint8Array.of(1, opcode & 0xff, opcode >> 8, parameters.length, ...parameters));
  const padded = (data: Uint8Array): number[] => [data.length, ...data, ...new Uint8Array(31 - data.length)];
  command(OPCODE.leSetRandomAddress, addressByte, 2, 3, 4, 5, 6);
  command(OPCODE.leSetAdvertisingParameters, 160, 0, 160, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0);
  command(OPCODE.leSetAdvertisingData, ...padded(advertisingData(identity)));
  command(OPCODE.leSetScanResponseData, ...padded(scanResponseData()));
  command(OPCODE.leSetAdvertisingEnable, 1);
  return forger;
}

describeWithPeers("a key that looks for its car", () => {
  it("says so where the adapter is silent", async () => {
    const rig = createRig("silent");
    const controller = rig.addController();
    const noble = rig.loadNoble(0);
    const key = new BleKey(noble);
    await rig.pass(1);
    controller.hang("untilReattached");
    const opened = await rig.settle("answered", key.connect({ recognise: never, onEvent: never }));
    expect(opened).toMatchObject({ ok: false, error: { kind: "noAdapter" } });
  });

  it("gives up after 15 seconds where there is none", async () => {
    const rig = createRig("none");
    rig.addController();
    const opened = await rig.settle("answered", new BleKey(rig.loadNoble(0)).connect({ recognise: never, onEvent: never }));
    expect(opened).toMatchObject({ ok: false, error: { kind: "notFound" } });
    expect(rig.nowMs()).toBeGreaterThanOrEqual(SEARCH_TIMEOUT_MS);
  });

  it("takes the one it recognises, although a stranger is nearer", async () => {
    const rig = createRig("recognised");
    const car = startCarRadio(rig);
    const key = rig.addController();
    const stranger = startForger(rig, new Uint8Array(8).fill(0xff), 0x31);
    rig.air.move(key, { position: { xCm: 4000, yCm: 0 } });
    rig.air.move(stranger, { position: { xCm: 3950, yCm: 0 } });
    const opened = await rig.settle("connected", new BleKey(rig.loadNoble(1)).connect({ recognise: (identity) => isCar(identity) || undefined, onEvent: never }));
    expect(opened.ok).toBe(true);
    expect(rig.nowMs()).toBeLessThan(UNRECOGNISED_AFTER_MS);
    expect(car.events).toHaveLength(1);
  });

  it("tries the strongest unknown one after a while: its resolving key may be old", async () => {
    const rig = createRig("old key");
    const car = startCarRadio(rig);
    rig.addController();
    const opened = await rig.settle("connected", new BleKey(rig.loadNoble(1)).connect({ recognise: never, onEvent: never }));
    expect(opened.ok).toBe(true);
    expect(rig.nowMs()).toBeGreaterThanOrEqual(UNRECOGNISED_AFTER_MS);
    expect(car.events).toHaveLength(1);
  });

  it("leaves alone a car that it knows to be another one", async () => {
    const rig = createRig("other car");
    const car = startCarRadio(rig);
    rig.addController();
    const opened = await rig.settle("answered", new BleKey(rig.loadNoble(1)).connect({ recognise: () => false, onEvent: never }));
    expect(opened).toMatchObject({ ok: false, error: { kind: "notFound" } });
    expect(car.events).toEqual([]);
  });

  it("is not held up for ever by an advertisement that nothing stands behind", async () => {
    const rig = createRig("forged");
    startForger(rig, IDENTITY, 0x31);
    const controller = rig.addController();
    const opened = await rig.settle("answered", new BleKey(rig.loadNoble(1)).connect({ recognise: isCar, onEvent: never }));
    expect(opened).toMatchObject({ ok: false, error: { kind: "notARadio" } });
    expect(rig.nowMs()).toBeLessThan(SEARCH_TIMEOUT_MS + CONNECT_TIMEOUT_MS + DISCOVER_TIMEOUT_MS);
    await rig.until("let go", () => controller.connectionCount === 0);
  });

  it("looks for its car again when the link breaks before anything was asked", async () => {
    const rig = createRig("again");
    const car = startCarRadio(rig);
    const controller = rig.addController();
    let sightings = 0;
    const connecting = new BleKey(rig.loadNoble(1)).connect({ recognise: (identity) => (sightings++, isCar(identity)), onEvent: never });
    await rig.until("connected, not yet discovered", () => car.controller.connectionCount === 1);
    rig.air.move(controller, FAR);
    await rig.pass(600);
    rig.air.move(controller, { position: { xCm: 100, yCm: 0 } });
    const opened = await rig.settle("connected again", connecting);
    expect(opened.ok).toBe(true);
    expect(car.events).toHaveLength(1);
    expect(sightings).toBeGreaterThan(1);
  });

  it("passes over a forger who is nearer, once it has failed, for a car it does not recognise", async () => {
    const rig = createRig("passed over");
    const car = startCarRadio(rig);
    const key = rig.addController();
    const forger = startForger(rig, new Uint8Array(8).fill(0xff), 0x31);
    rig.air.move(key, { position: { xCm: 1000, yCm: 0 } });
    rig.air.move(forger, { position: { xCm: 950, yCm: 0 } });
    const opened = await rig.settle("connected", new BleKey(rig.loadNoble(1)).connect({ recognise: never, onEvent: never }));
    expect(opened.ok).toBe(true);
    expect(car.events).toHaveLength(1);
  });

  it("lets go of a link that comes about after it was given up", async () => {
    const rig = createRig("orphan");
    const car = startCarRadio(rig);
    const controller = rig.addController();
    const noble = rig.loadNoble(1);
    // As where the adapter has connected and not yet said so when it is told to cancel.
    Reflect.set(noble._bindings._hci!, "cancelConnect", () => undefined);
    let sightings = 0;
    const connecting = new BleKey(noble).connect({
      recognise: () => {
        if (++sightings > 1) return undefined;
        rig.air.move(controller, FAR);
        return true;
      },
      onEvent: never,
    });
    await rig.pass(CONNECT_TIMEOUT_MS + 1000);
    rig.air.move(controller, { position: { xCm: 100, yCm: 0 } });
    await rig.until("connected all the same", () => controller.connectionCount === 1);
    await rig.until("let go", () => controller.connectionCount === 0, 2000);
    expect(car.events).toEqual([]);
    await rig.settle("ended", connecting);
  });

  it("gives a car up that has gone before it answered, and finds it when it is back", async () => {
    const rig = createRig("gone");
    const car = startCarRadio(rig);
    const controller = rig.addController();
    const key = new BleKey(rig.loadNoble(1));
    const leave = (identity: Uint8Array): boolean => {
      rig.air.move(controller, FAR);
      return isCar(identity);
    };
    const first = await rig.settle("answered", key.connect({ recognise: leave, onEvent: never }));
    expect(first).toMatchObject({ ok: false, error: { kind: "unreachable" } });
    rig.air.move(controller, { position: { xCm: 100, yCm: 0 } });
    const second = await rig.settle("connected", key.connect({ recognise: isCar, onEvent: never }));
    expect(second.ok).toBe(true);
    expect(car.events).toHaveLength(1);
  });
});

describeWithPeers("a key's link", () => {
  it("is told to be closed when the car is lost, and takes nothing any more", async () => {
    const rig = createRig("lost");
    const car = startCarRadio(rig);
    rig.addController();
    const events: KeyRadioEvent[] = [];
    const opened = await rig.settle("connected", new BleKey(rig.loadNoble(1)).connect({ recognise: isCar, onEvent: (event) => events.push(event) }));
    if (!opened.ok) throw new Error(opened.error.message);
    car.controller.setPresent(false);
    opened.value.send(Uint8Array.of(1));
    await rig.until("told", () => events.at(-1)?.kind === "closed", 5000);
    expect(opened.value.send(Uint8Array.of(1))).toBe(false);
    opened.value.close();
    expect(events.filter(({ kind }) => kind === "closed")).toEqual([{ kind: "closed", why: "the Bluetooth link broke" }]);
  });

  it("survives frames that are written while it dies: noble would reject where nobody can catch", async () => {
    const rig = createRig("dying");
    const car = startCarRadio(rig);
    rig.addController();
    const noble = rig.loadNoble(1);
    const rejections: unknown[] = [];
    const reject = (reason: unknown): void => void rejections.push(reason);
    process.on("unhandledRejection", reject);
    const opened = await rig.settle("connected", new BleKey(noble).connect({ recognise: isCar, onEvent: never }));
    if (!opened.ok) throw new Error(opened.error.message);
    const link = opened.value;
    // In the very moment in which noble has forgotten the connection and has not told anybody yet.
    let sent: boolean | undefined;
    noble._bindings._hci!.prependOnceListener("disconnComplete", () => (sent = link.send(Uint8Array.of(1))));
    await rig.until("link at the car", () => car.events.length === 1);
    car.radio.closeLink(1);
    await rig.pass(2000);
    process.off("unhandledRejection", reject);
    expect(sent).toBe(true);
    expect(rejections).toEqual([]);
  });

  it("leaves nothing behind after fifty connections", async () => {
    const rig = createRig("fifty");
    const car = startCarRadio(rig, echo);
    const controller = rig.addController();
    const noble = rig.loadNoble(1);
    const key = new BleKey(noble);
    const counts: string[] = [];
    for (let i = 0; i < 50; i++) {
      const events: KeyRadioEvent[] = [];
      const opened = await rig.settle("connected", key.connect({ recognise: isCar, onEvent: (event) => events.push(event) }));
      if (!opened.ok) throw new Error(opened.error.message);
      opened.value.send(Uint8Array.of(i));
      await rig.until("echoed", () => events.some(({ kind }) => kind === "frameReceived"));
      opened.value.close();
      await rig.until("closed", () => events.at(-1)?.kind === "closed" && controller.connectionCount === 0 && car.controller.connectionCount === 0);
      const listeners = noble.eventNames().map((name) => `${String(name)} ${noble.listenerCount(name)}`);
      counts.push([...listeners, `${Object.keys(Reflect.get(noble, "_peripherals") as object).length} peripherals`, `exit ${process.listenerCount("exit")}`].join(", "));
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
  });
});
