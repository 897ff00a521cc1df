import { expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../firmware/base/index.ts";
import { ADVERTISEMENT_BYTES_MAX, BLUETOOTH_DRIVERS, DEFAULT_DRIVER, DEVICE_NAME, SERVICE_UUID, TESLA_FROM_CAR_UUID, TESLA_SERVICE_UUID, TESLA_TO_CAR_UUID, TESLA_VERSION_UUID, type BluetoothDriver } from "../../hal/ble/index.ts";
import { OUTBOX_BYTES_MAX } from "../../hal/ble-car/outbox.ts";
import { BleKey } from "../../hal/ble-key/index.ts";
import type { Dialect, KeyRadioEvent } from "../../hal/radio/index.ts";
import { ATT, HANDLE, RawCentral } from "../../scripts/hil/raw-central.ts";
import { TeslaCentral, type TeslaLink } from "../../scripts/hil/tesla-central.ts";
import { ADDRESS_TYPE, ADVERTISING } from "../../sim/hci/index.ts";
import { IDENTITY, startCarRadio, type TestCar } from "./cars.ts";
import { createRig, describeWithPeers, type Rig } from "./rig.ts";

/** Of the VIN 5YJS0000000000000. */
const NAME = "S1a87a5a75f3df858C";

/** Handles of the second service, behind the native one's. */
const TESLA = { toCar: 18, fromCar: 20, fromCarConfiguration: 21, version: 23 } as const;
const subscribeTesla = (wanted: number): Uint8Array => Uint8Array.of(0x12, TESLA.fromCarConfiguration, 0, wanted, 0);

function teslaCar(rig: Rig, driver: BluetoothDriver = DEFAULT_DRIVER, dialects: readonly Dialect[] = ["native", "tesla"]): TestCar {
  const car = startCarRadio(rig, undefined, driver, dialects);
  car.radio.advertise(IDENTITY, true, { localName: NAME, connectable: true });
  return car;
}

async function rawCentral(rig: Rig, car: TestCar): Promise<RawCentral> {
  const central = new RawCentral(rig.addController());
  await rig.until("advertising", () => car.shown.length > 0);
  central.connect(car.shown.at(-1)!);
  await rig.until("connected", () => central.isConnected);
  return central;
}

async function attached(rig: Rig, device: number, updates: "indicate" | "notify", driver: BluetoothDriver = DEFAULT_DRIVER): Promise<{ readonly link: TeslaLink; readonly events: readonly KeyRadioEvent[] }> {
  rig.addController();
  const events: KeyRadioEvent[] = [];
  const link = await rig.settle("attached", new TeslaCentral(rig.loadNoble(device, driver), updates).attach(NAME, (event) => events.push(event)));
  if (link === undefined) throw new Error("the client could not attach");
  return { link, events };
}

const kinds = (car: TestCar): string[] => car.events.map(({ kind }) => kind);
const streamOf = (events: readonly { readonly kind: string; readonly bytes?: Uint8Array }[]): Uint8Array => concat(...events.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes])));

/** The longest message of a car, with its length before it. */
const MESSAGE = Uint8Array.from({ length: 2 + 1022 }, (_, i) => (i < 2 ? [1022 >> 8, 1022 & 0xff][i]! : (i * 7) & 0xff));
const piecesOf = (bytes: Uint8Array, size: number): Uint8Array[] => Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

describeWithPeers("what a car shows that speaks Tesla", () => {
  it("is its identity as ever, and its name in the scan response, within 31 bytes each", async () => {
    const rig = createRig("name");
    const car = teslaCar(rig);
    await rig.pass(500);
    const { type, data, scanResponse } = car.shown.at(-1)!;
    expect(type).toBe(ADVERTISING.connectable);
    expect(toHex(data)).toBe(`020106192138b4e652e44da7b2374d9e260e271365${toHex(IDENTITY)}`);
    expect(toHex(scanResponse)).toBe(`1309${Buffer.from(NAME).toString("hex")}`);
    expect(data.length).toBeLessThanOrEqual(ADVERTISEMENT_BYTES_MAX);
    expect(scanResponse.length).toBeLessThanOrEqual(ADVERTISEMENT_BYTES_MAX);
  });

  it("comes from the adapter's own public address, the one kind that Tesla's command on Linux connects to, and without a name from private ones", async () => {
    const rig = createRig("public");
    const car = teslaCar(rig);
    await rig.pass(500);
    expect(car.shown.at(-1)).toMatchObject({ addressType: ADDRESS_TYPE.public, address: car.controller.publicAddress });
    car.radio.advertise(IDENTITY, true);
    await rig.pass(500);
    expect(car.shown.at(-1)!.addressType).toBe(ADDRESS_TYPE.random);
    expect(toHex(car.shown.at(-1)!.address)).not.toBe(toHex(car.controller.publicAddress));
  });

  it("is connectable while one of the two dialects is", async () => {
    const rig = createRig("either");
    const car = teslaCar(rig);
    for (const [native, tesla, type] of [[true, false, ADVERTISING.connectable], [false, true, ADVERTISING.connectable], [false, false, ADVERTISING.nonConnectable]] as const) {
      car.radio.advertise(IDENTITY, native, { localName: NAME, connectable: tesla });
      await rig.pass(500);
      expect(car.shown.at(-1)!.type).toBe(type);
    }
  });

  it("is no name, and no second service, where its radio was not told to speak Tesla", async () => {
    const rig = createRig("native alone");
    const car = teslaCar(rig, DEFAULT_DRIVER, ["native"]);
    const central = await rawCentral(rig, car);
    for (const { scanResponse } of car.shown) expect(toHex(scanResponse)).toBe("110738b4e652e44da7b2374d9e260e271365");
    central.send(ATT.read(TESLA.version));
    await rig.until("answered", () => central.received.length > 0);
    // Invalid handle (Core 5.4 Vol 3 Part F section 3.4.1.1).
    expect(central.received).toEqual([`010a${TESLA.version.toString(16)}0001`]);
  });
});

describeWithPeers("a client of Tesla cars", () => {
  it.each(BLUETOOTH_DRIVERS)("finds the car by its name, the services with their characteristics, and a device name that is no car's own (%s)", async (driver) => {
    const rig = createRig("discovery");
    const car = teslaCar(rig, driver);
    const { link } = await attached(rig, 1, "indicate", driver);
    expect(link.peripheral.advertisement.localName).toBe(NAME);
    const found = Object.fromEntries(link.characteristics.map(({ _serviceUuid, uuid, properties }) => [`${_serviceUuid} ${uuid}`, [...properties].sort()]));
    expect(found).toMatchObject({
      [`${TESLA_SERVICE_UUID} ${TESLA_TO_CAR_UUID}`]: ["write", "writeWithoutResponse"],
      [`${TESLA_SERVICE_UUID} ${TESLA_FROM_CAR_UUID}`]: ["indicate", "notify"],
      [`${TESLA_SERVICE_UUID} ${TESLA_VERSION_UUID}`]: ["read"],
    });
    expect(Object.keys(found).some((name) => name.startsWith(SERVICE_UUID))).toBe(true);
    const read = (uuid: string): Promise<string> =>
      rig.settle("read", new Promise((resolve) => link.characteristics.find((characteristic) => characteristic.uuid === uuid)!.read((_, data) => resolve(data.toString("latin1")))));
    expect(await read("2a00")).toBe(DEVICE_NAME);
    expect(await read(TESLA_VERSION_UUID)).toBe("\x01");
    // A read of the version is what some clients keep their link with.
    expect(car.events).toEqual([{ kind: "linkOpened", link: 1, attPayloadBytes: link.attPayloadBytes, proximity: "local", dialect: "tesla" }, { kind: "linkUsed", link: 1 }]);
  });

  it("finds them the same after the adapter was off", async () => {
    const rig = createRig("off");
    const car = teslaCar(rig);
    const before = await attached(rig, 1, "indicate");
    car.radio.send(1, Uint8Array.of(1));
    await rig.until("indicated", () => before.events.length === 1);
    before.link.close();
    await rig.until("closed", () => kinds(car).includes("linkClosed"));
    for (const state of ["poweredOff", "poweredOn"]) car.bleno.emit("stateChange", state);
    const after = await attached(rig, 2, "notify");
    const propertiesOf = (link: TeslaLink): unknown => link.characteristics.map(({ uuid, properties }) => [uuid, ...properties]);
    expect(propertiesOf(after.link)).toEqual(propertiesOf(before.link));
  });

  it.each([["with response", false], ["without response", true]] as const)("writes a message in pieces of 18 bytes, %s, and they come as they are", async (_, withoutResponse) => {
    const rig = createRig("pieces");
    const car = teslaCar(rig);
    const { link } = await attached(rig, 1, "indicate");
    const pieces = piecesOf(MESSAGE, 18);
    for (const piece of pieces) {
      if (withoutResponse) link.send(piece);
      else await rig.settle("written", link.writeAndWait(piece));
    }
    await rig.until("all there", () => kinds(car).length === 1 + pieces.length);
    expect(car.events.slice(1)).toEqual(pieces.map((bytes) => ({ kind: "frameReceived", link: 1, bytes })));
  });

  for (const driver of BLUETOOTH_DRIVERS) {
    it.each(["indicate", "notify"] as const)(`gets a message in pieces whether it wants the car to indicate or to notify (%s, ${driver})`, async (updates) => {
      const rig = createRig("answer", { lossPerMillion: 200_000, connectionIntervalMs: 30 });
      const car = teslaCar(rig, driver);
      const { link, events } = await attached(rig, 1, updates);
      for (const piece of piecesOf(MESSAGE, link.attPayloadBytes)) expect(car.radio.send(1, piece)).toBe(true);
      await rig.until("all there", () => streamOf(events).length === MESSAGE.length);
      expect(toHex(streamOf(events))).toBe(toHex(MESSAGE));
    });

    it.each(["indicate", "notify"] as const)(`gets all that was sent before the car closed the link (%s, ${driver})`, async (updates) => {
      const rig = createRig("close", { lossPerMillion: 200_000 });
      const car = teslaCar(rig, driver);
      const { events } = await attached(rig, 1, updates);
      for (let i = 0; i < 10; i++) car.radio.send(1, Uint8Array.of(i));
      car.radio.closeLink(1);
      await rig.until("closed", () => events.at(-1)?.kind === "closed");
      expect(toHex(streamOf(events))).toBe("00010203040506070809");
    });

    it.each([["indications", 2, "1d"], ["notifications", 1, "1b"], ["indications where it asks for both", 3, "1d"]] as const)(`that subscribes to %s gets nothing else (${driver})`, async (_, wanted, opcode) => {
      const rig = createRig("opcode");
      const car = teslaCar(rig, driver);
      const central = await rawCentral(rig, car);
      central.send(subscribeTesla(wanted));
      await rig.until("link opened", () => car.events.length === 1);
      car.radio.send(1, fromHex("0102")!);
      car.radio.send(1, fromHex("0304")!);
      await rig.pass(1000);
      const head = `${opcode}${TESLA.fromCar.toString(16)}00`;
      // The second indication waits for a confirmation; notifications have none.
      expect(central.received.slice(1)).toEqual(opcode === "1d" ? [`${head}0102`] : [`${head}0102`, `${head}0304`]);
    });

    it(`may write more than a payload at once, as stacks do that cut it themselves, and no more than an attribute holds (${driver})`, async () => {
      const rig = createRig("long");
      const car = teslaCar(rig, driver);
      const central = await rawCentral(rig, car);
      central.send(subscribeTesla(1));
      await rig.until("link opened", () => car.events.length === 1);
      /** In parts of 18 bytes, which is what is left of 23, and then executed (Core 5.4 Vol 3 Part F section 3.4.6). */
      const longWrite = async (value: Uint8Array): Promise<void> => {
        for (let at = 0; at < value.length; at += 18) {
          const before = central.received.length;
          central.send(concat(Uint8Array.of(0x16, TESLA.toCar, 0, at & 0xff, at >> 8), value.subarray(at, at + 18)));
          await rig.until("prepared", () => central.received.length > before);
        }
        central.send(Uint8Array.of(0x18, 1));
      };
      await longWrite(MESSAGE.subarray(0, 512));
      await rig.until("all there", () => streamOf(car.events).length === 512);
      expect(toHex(streamOf(car.events))).toBe(toHex(MESSAGE.subarray(0, 512)));
      expect(car.events.slice(1).every((event) => event.kind === "frameReceived" && event.bytes.length <= 20)).toBe(true);
      await longWrite(MESSAGE.subarray(0, 513));
      await rig.until("dropped", () => !central.isConnected, 2000);
    });

    it(`is dropped once where it prepares more than an attribute holds and never writes it (${driver})`, async () => {
      const rig = createRig("endless");
      const car = teslaCar(rig, driver);
      const central = await rawCentral(rig, car);
      central.send(subscribeTesla(1));
      await rig.until("link opened", () => car.events.length === 1);
      for (let at = 0; central.isConnected && at < 2000; at += 18) {
        central.send(concat(Uint8Array.of(0x16, TESLA.toCar, 0, at & 0xff, at >> 8), new Uint8Array(18)));
        await rig.pass(30);
      }
      expect([central.isConnected, car.troubles.length]).toEqual([false, 1]);
    });

    it(`that subscribes to notifications and takes none costs the car no more than 16 KiB (${driver})`, async () => {
      const rig = createRig("deaf");
      const car = teslaCar(rig, driver);
      const central = await rawCentral(rig, car);
      central.send(subscribeTesla(1));
      await rig.until("link opened", () => car.events.length === 1);
      let taken = 0;
      while (taken <= 2 * OUTBOX_BYTES_MAX && car.radio.send(1, new Uint8Array(20))) taken += 20;
      expect(taken).toBeLessThanOrEqual(OUTBOX_BYTES_MAX + 20);
      await rig.until("dropped", () => !central.isConnected, 2000);
    });
  }

  it("and a key are served at once, each by its own protocol, from one advertisement", async () => {
    const rig = createRig("both");
    const car = teslaCar(rig, "stoprocent");
    const { link, events } = await attached(rig, 1, "notify");
    rig.addController();
    const keyEvents: KeyRadioEvent[] = [];
    const opened = await rig.settle("connected", new BleKey(rig.loadNoble(2)).connect({ recognise: (identity) => identity[0] === IDENTITY[0], onEvent: (event) => keyEvents.push(event) }));
    if (!opened.ok) throw new Error(opened.error.message);
    expect(car.events.map((event) => event.kind === "linkOpened" && (event.dialect ?? "native"))).toEqual(["tesla", "native"]);
    link.send(Uint8Array.of(0, 1, 0x0a));
    opened.value.send(Uint8Array.of(0xc4));
    await rig.until("both heard", () => car.events.length === 4);
    expect(car.events).toContainEqual({ kind: "frameReceived", link: 1, bytes: Uint8Array.of(0, 1, 0x0a) });
    expect(car.events).toContainEqual({ kind: "frameReceived", link: 2, bytes: Uint8Array.of(0xc4) });
    car.radio.send(1, Uint8Array.of(1));
    car.radio.send(2, Uint8Array.of(2));
    await rig.until("both answered", () => streamOf(events).length === 1 && streamOf(keyEvents).length === 1);
    expect([toHex(streamOf(events)), toHex(streamOf(keyEvents))]).toEqual(["01", "02"]);
    car.radio.closeLink(1);
    await rig.until("one gone", () => kinds(car).includes("linkClosed"));
    expect(opened.value.send(Uint8Array.of(5))).toBe(true);
  });

  it("is turned away at its subscription while the car has no room for Tesla, and a key is not", async () => {
    const rig = createRig("full");
    const car = teslaCar(rig);
    car.radio.advertise(IDENTITY, true, { localName: NAME, connectable: false });
    const central = await rawCentral(rig, car);
    central.send(subscribeTesla(2));
    await rig.until("turned away", () => !central.isConnected, 1000);
    expect(car.events).toEqual([]);
    expect(car.troubles).toEqual([]);
    const key = await rawCentral(rig, car);
    key.send(ATT.subscribe);
    await rig.until("the key's link", () => kinds(car).includes("linkOpened"));
  });

  it("is turned away from a radio that was told to speak Tesla while the car does not", async () => {
    const rig = createRig("never");
    const car = startCarRadio(rig, undefined, DEFAULT_DRIVER, ["native", "tesla"]);
    const central = await rawCentral(rig, car);
    central.send(subscribeTesla(2));
    await rig.until("turned away", () => !central.isConnected, 1000);
    expect(car.events).toEqual([]);
  });

  it.each([
    ["Tesla and writes to the native service", subscribeTesla(2), HANDLE.toCar],
    ["native and writes to the Tesla service", ATT.subscribe, TESLA.toCar],
  ])("that subscribes to %s is dropped", async (_, subscription, handle) => {
    const rig = createRig("crossed");
    const car = teslaCar(rig);
    const central = await rawCentral(rig, car);
    central.send(subscription);
    await rig.until("link opened", () => car.events.length === 1);
    central.send(ATT.write(handle, Uint8Array.of(1)));
    await rig.until("dropped", () => !central.isConnected, 2000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });

  it("keeps its link when it lets go of a second subscription, and loses it with the one it has", async () => {
    const rig = createRig("second");
    const car = teslaCar(rig);
    const central = await rawCentral(rig, car);
    central.send(subscribeTesla(2));
    central.send(ATT.subscribe);
    central.send(Uint8Array.of(0x12, HANDLE.fromCarConfiguration, 0, 0, 0));
    await rig.pass(1000);
    expect(car.events).toMatchObject([{ kind: "linkOpened", dialect: "tesla" }]);
    central.send(subscribeTesla(0));
    await rig.until("gone", () => !central.isConnected, 2000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });
});
