import { expect, it } from "vitest";
import { fromHex, toHex } from "../../firmware/base/index.ts";
import { BLUETOOTH_DRIVERS, DEFAULT_DRIVER, type BluetoothDriver } from "../../hal/ble/index.ts";
import { SUBSCRIBE_TIMEOUT_MS } from "../../hal/ble-car/index.ts";
import { CONFIRMATION_TIMEOUT_MS, OUTBOX_BYTES_MAX } from "../../hal/ble-car/outbox.ts";
import { ADDRESS_TYPE, ADVERTISING } from "../../sim/hci/index.ts";
import { IDENTITY, startCarRadio, type TestCar } from "./cars.ts";
import { MALFORMED } from "../../scripts/hil/malformed.ts";
import { ATT, CHANNEL, HANDLE, RawCentral } from "../../scripts/hil/raw-central.ts";
import { createRig, describeWithPeers, type Rig } from "./rig.ts";

const OTHER_IDENTITY = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);

interface Bench {
  readonly rig: Rig;
  readonly car: TestCar;
  readonly central: RawCentral;
}

/** A car and a central that has connected to it. */
async function bench(driver: BluetoothDriver = DEFAULT_DRIVER): Promise<Bench> {
  const rig = createRig("car radio");
  const car = startCarRadio(rig, undefined, driver);
  const central = new RawCentral(rig.addController());
  await rig.until("advertising", () => car.shown.length > 0);
  await connect({ rig, car, central });
  return { rig, car, central };
}

async function connect({ rig, car, central }: Bench): Promise<void> {
  central.connect(car.shown.at(-1)!);
  await rig.until("connected", () => central.isConnected);
}

async function subscribed(driver: BluetoothDriver = DEFAULT_DRIVER): Promise<Bench> {
  const made = await bench(driver);
  made.central.send(ATT.subscribe);
  await made.rig.until("link opened", () => made.car.events.length === 1);
  return made;
}

const kinds = (car: TestCar): string[] => car.events.map(({ kind }) => kind);

describeWithPeers("what the car shows", () => {
  it("is the service, its identity and a private address, never the adapter's own", async () => {
    const rig = createRig("shows");
    const car = startCarRadio(rig);
    await rig.until("advertising", () => car.shown.length > 0);
    await rig.pass(100);
    const { address, addressType, type, data, scanResponse } = car.shown.at(-1)!;
    expect(addressType).toBe(ADDRESS_TYPE.random);
    expect(type).toBe(ADVERTISING.connectable);
    // Non-resolvable: the two top bits are 0 (Core 5.4 Vol 6 Part B section 1.3.2.2).
    expect(address[5]! >> 6).toBe(0);
    expect(toHex(data)).toBe(`020106192138b4e652e44da7b2374d9e260e271365${toHex(IDENTITY)}`);
    expect(toHex(scanResponse)).toBe("110738b4e652e44da7b2374d9e260e271365");
    for (const { address: shown } of car.shown) expect(toHex(shown)).not.toBe(toHex(car.controller.publicAddress));
  });

  it("changes address and identity together, and shows no two periods anything in common but what every car shows", async () => {
    const rig = createRig("rotation");
    const car = startCarRadio(rig);
    const periods = 96;
    for (let i = 0; i < periods; i++) {
      await rig.pass(15 * 60_000);
      car.radio.advertise(Uint8Array.of(i, 0xee, i, 0xdd, i, i, i, i), true);
    }
    await rig.pass(1000);
    const byAddress = new Map<string, Set<string>>();
    for (const { address, data } of car.shown) {
      const identity = toHex(data).slice(-16);
      byAddress.set(toHex(address), (byAddress.get(toHex(address)) ?? new Set()).add(identity));
    }
    expect(byAddress.size).toBe(periods + 1);
    // Between an old address and a new payload there is no moment at which both are on the air.
    for (const identities of byAddress.values()) expect(identities.size).toBe(1);
    expect(new Set(car.shown.map(({ scanResponse }) => toHex(scanResponse))).size).toBe(1);
  });

  it("has the same device name as every other car, and tells it to whoever asks", async () => {
    const { rig, central } = await bench();
    central.send(ATT.read(HANDLE.deviceName));
    await rig.until("name read", () => central.received.length > 0);
    expect(central.received).toEqual([`0b${Buffer.from("Latchkey").toString("hex")}`]);
  });

  it("stays off the air while a central is connected, and comes back with the identity in force then, never with the old one", async () => {
    const { rig, car, central } = await subscribed();
    const before = car.shown.length;
    car.radio.advertise(OTHER_IDENTITY, true);
    await rig.pass(1000);
    expect(car.shown.length).toBe(before);
    central.disconnect();
    await rig.until("advertising again", () => car.shown.length > before);
    await rig.pass(1000);
    for (const { data } of car.shown.slice(before)) expect(toHex(data).slice(-16)).toBe(toHex(OTHER_IDENTITY));
  });

  it("is not connectable while the car has no room, and shows that to scanners", async () => {
    const rig = createRig("full");
    const car = startCarRadio(rig);
    await rig.pass(500);
    car.radio.advertise(IDENTITY, false);
    await rig.pass(500);
    expect(car.shown.at(-1)!.type).toBe(ADVERTISING.nonConnectable);
  });
});

describeWithPeers("a central of the car's radio", () => {
  it("that asks for no MTU gets frames of 20 bytes", async () => {
    const { rig, car, central } = await subscribed();
    expect(car.events[0]).toMatchObject({ kind: "linkOpened", attPayloadBytes: 20 });
    car.radio.send(1, new Uint8Array(20).fill(0xaa));
    await rig.until("indicated", () => central.received.length === 2);
    expect(central.received[1]).toBe(`1d${HANDLE.fromCar.toString(16).padStart(2, "0")}00${"aa".repeat(20)}`);
  });

  it("that asks for a larger MTU after it subscribed gets the larger room", async () => {
    const { rig, car, central } = await subscribed();
    central.send(Uint8Array.of(0x02, 0xb9, 0x00));
    await rig.until("changed", () => car.events.length === 2);
    expect(car.events[1]).toEqual({ kind: "attPayloadChanged", link: 1, attPayloadBytes: 185 - 3 });
  });

  it.each(BLUETOOTH_DRIVERS)("that asks for a smaller MTU after it subscribed is dropped, and frames on their way to it end nothing (%s)", async (driver) => {
    const { rig, car, central } = await bench(driver);
    central.send(Uint8Array.of(0x02, 0xb9, 0x00));
    await rig.pass(300);
    central.send(ATT.subscribe);
    await rig.until("link opened", () => car.events.length === 1);
    central.send(Uint8Array.of(0x02, 23, 0x00));
    await rig.until("asked", () => car.troubles.length === 1);
    expect(car.radio.send(1, new Uint8Array(185 - 3))).toBe(false);
    await rig.until("dropped", () => !central.isConnected, 2000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });

  it("that says nothing is dropped after 5 seconds, and the next one is served", async () => {
    const { rig, car, central } = await bench();
    const sinceMs = rig.nowMs();
    await rig.until("dropped", () => !central.isConnected);
    expect(rig.nowMs() - sinceMs).toBeGreaterThan(SUBSCRIBE_TIMEOUT_MS - 200);
    expect(rig.nowMs() - sinceMs).toBeLessThan(SUBSCRIBE_TIMEOUT_MS + 200);
    expect(car.troubles).toEqual(["a central was dropped: it did not subscribe"]);
    const owner = new RawCentral(rig.addController());
    await connect({ rig, car, central: owner });
    owner.send(ATT.subscribe);
    await rig.until("the owner's link", () => car.events.length === 1);
    expect(rig.nowMs() - sinceMs).toBeLessThan(10_000);
  });

  it("that was dropped is turned away when it comes back at once, for longer each time, while others are served", async () => {
    const made = await bench();
    const { rig, car, central } = made;
    await rig.until("dropped", () => !central.isConnected);
    await connect(made);
    const sinceMs = rig.nowMs();
    await rig.until("turned away", () => !central.isConnected);
    expect(rig.nowMs() - sinceMs).toBeLessThan(200);
    const owner = new RawCentral(rig.addController());
    await connect({ rig, car, central: owner });
    owner.send(ATT.subscribe);
    await rig.until("the owner's link", () => car.events.length === 1);
  });

  it.each([[40_000, true], [5_000, false]])("whose links the car closes after %i ms each is let in again every time: %s", async (lastedMs, letIn) => {
    const made = await bench();
    const { rig, car, central } = made;
    for (let link = 1; link <= 4; link++) {
      if (link > 1) await connect(made);
      central.send(ATT.subscribe);
      await rig.pass(1000);
      if (kinds(car).filter((kind) => kind === "linkOpened").length < link) break;
      await rig.pass(lastedMs);
      car.radio.closeLink(link);
      await rig.until("closed", () => !central.isConnected);
    }
    expect(kinds(car).filter((kind) => kind === "linkOpened").length === 4).toBe(letIn);
  });

  it.each([
    ["writes before it subscribes", async ({ central }: Bench) => central.send(ATT.write(HANDLE.toCar, Uint8Array.of(1)))],
    ["writes nothing", async ({ central }: Bench) => central.send(ATT.write(HANDLE.toCar, new Uint8Array(0)))],
  ])("that %s is dropped", async (_, misbehave) => {
    const made = await bench();
    await misbehave(made);
    await made.rig.until("dropped", () => !made.central.isConnected, 2000);
    expect(made.car.events).toEqual([]);
  });

  it("that writes more than the room agreed on is dropped, and nothing of it reaches the car", async () => {
    const { rig, car, central } = await subscribed();
    central.send(ATT.write(HANDLE.toCar, new Uint8Array(21)));
    await rig.until("dropped", () => !central.isConnected, 2000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });

  it("that writes a long value in pieces is dropped", async () => {
    const { rig, car, central } = await subscribed();
    for (let offset = 0; offset < 60; offset += 15) central.send(Uint8Array.of(0x16, HANDLE.toCar, 0, offset, 0, ...new Uint8Array(15)));
    central.send(Uint8Array.of(0x18, 0x01));
    await rig.until("dropped", () => !central.isConnected, 2000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });

  it("that writes to other attributes changes nothing", async () => {
    const { rig, car, central } = await subscribed();
    for (let handle = 1; handle <= 20; handle++) if (handle !== HANDLE.toCar && handle !== HANDLE.fromCarConfiguration) central.send(ATT.write(handle, Uint8Array.of(1, 2, 3)));
    await rig.pass(1000);
    expect(kinds(car)).toEqual(["linkOpened"]);
    expect(central.isConnected).toBe(true);
  });

  it("that unsubscribes loses its link", async () => {
    const { rig, car, central } = await subscribed();
    central.send(Uint8Array.of(0x12, HANDLE.fromCarConfiguration, 0, 0, 0));
    await rig.until("dropped", () => !central.isConnected, 2000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });

  it("that subscribes twice has one link", async () => {
    const { rig, car, central } = await subscribed();
    central.send(ATT.subscribe);
    await rig.pass(1000);
    expect(kinds(car)).toEqual(["linkOpened"]);
  });

  it("gets one indication at a time, the next once it has confirmed", async () => {
    const { rig, car, central } = await subscribed();
    for (let i = 0; i < 3; i++) car.radio.send(1, Uint8Array.of(i));
    await rig.pass(1000);
    expect(central.received.slice(1)).toEqual(["1d0e0000"]);
    central.send(ATT.confirm);
    await rig.pass(1000);
    expect(central.received.slice(1)).toEqual(["1d0e0000", "1d0e0001"]);
  });

  it("that never confirms is dropped after 30 seconds", async () => {
    const { rig, car, central } = await subscribed();
    car.radio.send(1, Uint8Array.of(1));
    const sinceMs = rig.nowMs();
    await rig.until("dropped", () => !central.isConnected, 40_000);
    expect(rig.nowMs() - sinceMs).toBeGreaterThanOrEqual(CONFIRMATION_TIMEOUT_MS);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
  });

  it("that reads nothing costs the car no more than 16 KiB", async () => {
    const { rig, car, central } = await subscribed();
    let taken = 0;
    while (car.radio.send(1, new Uint8Array(20))) taken += 20;
    expect(taken).toBeLessThanOrEqual(OUTBOX_BYTES_MAX + 20);
    await rig.until("dropped", () => !central.isConnected, 2000);
  });

  it("that leaves with frames still waiting leaves the radio ready for the next", async () => {
    const made = await subscribed();
    const { rig, car, central } = made;
    for (let i = 0; i < 5; i++) car.radio.send(1, Uint8Array.of(i));
    central.disconnect();
    await rig.until("link closed", () => kinds(car).includes("linkClosed"));
    await connect(made);
    central.send(ATT.subscribe);
    await rig.until("next link", () => car.events.length === 3);
    car.radio.send(2, Uint8Array.of(9));
    await rig.until("indicated", () => central.received.at(-1) === "1d0e0009");
  });

  it("that the adapter has forgotten does not keep the radio off the air for ever", async () => {
    const { rig, car, central } = await subscribed();
    const before = car.shown.length;
    // A reset that nobody asked for: no disconnection is ever told.
    car.controller.receive(Uint8Array.of(1, 0x03, 0x0c, 0));
    car.radio.closeLink(1);
    await rig.until("on the air again", () => car.shown.length > before, 15_000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
    expect(central.isConnected).toBe(false);
  });

  it("that comes while another is connected is dropped, and so is the other: neither would notice", async () => {
    const { rig, car, central } = await subscribed();
    const second = new RawCentral(rig.addController());
    // As an adapter does that goes on advertising under a connection.
    car.controller.receive(Uint8Array.of(1, 0x0a, 0x20, 1, 1));
    second.connect(car.shown.at(-1)!);
    await rig.until("both gone", () => !central.isConnected && !second.isConnected && kinds(car).length === 2, 5000);
    expect(kinds(car)).toEqual(["linkOpened", "linkClosed"]);
    const third = new RawCentral(rig.addController());
    await connect({ rig, car, central: third });
  });
});

describeWithPeers("a central that asks for a bond", () => {
  it.each(BLUETOOTH_DRIVERS)("is refused, and served without (%s)", async (driver) => {
    const { rig, car, central } = await subscribed(driver);
    central.send(Uint8Array.of(0x01, 0x03, 0x00, 0x01, 0x10, 0x00, 0x01), CHANNEL.smp);
    await rig.until("answered", () => central.received.length === 2);
    // Pairing not supported (Core 5.4 Vol 3 Part H section 3.5.5).
    expect(central.received[1]).toBe("0505");
    // Whatever else it says of pairing is for nobody.
    for (const code of [0x03, 0x04, 0x05, 0x0b]) central.send(Uint8Array.of(code, ...new Uint8Array(16)), CHANNEL.smp);
    central.send(ATT.write(HANDLE.toCar, Uint8Array.of(7)));
    await rig.until("served", () => kinds(car).includes("frameReceived"));
    expect(central.received).toHaveLength(2);
  });
});

describeWithPeers("a malformed packet", () => {
  for (const driver of BLUETOOTH_DRIVERS) {
    it.each(MALFORMED)(`on channel %i, bytes %j, ends nothing but its sender's link (${driver})`, async (channel, text) => {
      const { rig, car, central } = await subscribed(driver);
      central.send(fromHex(text)!, channel);
      await rig.pass(1000);
      central.disconnect();
      await rig.until("link closed", () => !central.isConnected && kinds(car).includes("linkClosed"));
      const owner = new RawCentral(rig.addController());
      await connect({ rig, car, central: owner });
      owner.send(ATT.subscribe);
      await rig.until("the owner's link", () => kinds(car).length === 3);
      expect(kinds(car)).toEqual(["linkOpened", "linkClosed", "linkOpened"]);
    });
  }
});

describeWithPeers("a car whose driver has several connections", () => {
  const others = (rig: Rig, count: number): RawCentral[] => Array.from({ length: count }, () => new RawCentral(rig.addController()));

  it("advertises on while phones are connected, tells them apart, and lets go of each alone", async () => {
    const made = await subscribed("stoprocent");
    const { rig, car, central } = made;
    const [second] = others(rig, 1) as [RawCentral];
    await connect({ rig, car, central: second });
    second.send(Uint8Array.of(0x02, 0xb9, 0x00));
    await rig.pass(500);
    second.send(ATT.subscribe);
    await rig.until("two links", () => car.events.length === 2);
    expect(car.events.map((event) => event.kind === "linkOpened" && [event.link, event.attPayloadBytes])).toEqual([[1, 20], [2, 185 - 3]]);
    central.send(ATT.write(HANDLE.toCar, Uint8Array.of(1)));
    second.send(ATT.write(HANDLE.toCar, Uint8Array.of(2)));
    await rig.until("both heard", () => car.events.length === 4);
    for (const link of [1, 2]) expect(car.events).toContainEqual({ kind: "frameReceived", link, bytes: Uint8Array.of(link) });
    car.radio.send(2, Uint8Array.of(7));
    car.radio.send(1, Uint8Array.of(6));
    await rig.until("both answered", () => central.received.includes("1d0e0006") && second.received.includes("1d0e0007"));
    car.radio.closeLink(1);
    central.send(ATT.confirm);
    await rig.until("one gone", () => !central.isConnected);
    expect(second.isConnected).toBe(true);
    expect(car.events.at(-1)).toEqual({ kind: "linkClosed", link: 1 });
  });

  it("drops a central that sends malformed packets, and no other", async () => {
    const { rig, car, central } = await subscribed("stoprocent");
    const [second] = others(rig, 1) as [RawCentral];
    await connect({ rig, car, central: second });
    second.send(Uint8Array.of(0x02));
    await rig.until("dropped", () => !second.isConnected, 2000);
    expect(central.isConnected).toBe(true);
    expect(kinds(car)).toEqual(["linkOpened"]);
  });

  it("says that it has no room when all are taken, and takes the next one as soon as it has", async () => {
    const { rig, car, central } = await subscribed("stoprocent");
    const more = others(rig, 7);
    for (const each of more) {
      await connect({ rig, car, central: each });
      each.send(ATT.subscribe);
    }
    await rig.until("eight links", () => kinds(car).length === 8);
    await rig.pass(500);
    expect(car.shown.at(-1)!.type).toBe(ADVERTISING.nonConnectable);
    central.disconnect();
    await rig.until("room", () => car.shown.at(-1)!.type === ADVERTISING.connectable);
    const [owner] = others(rig, 1) as [RawCentral];
    await connect({ rig, car, central: owner });
    owner.send(ATT.subscribe);
    await rig.until("the owner's link", () => kinds(car).filter((kind) => kind === "linkOpened").length === 9);
  });

  it("lets go of all of them when its adapter is reset, and serves the next", async () => {
    const { rig, car } = await subscribed("stoprocent");
    const [second, owner] = others(rig, 2) as [RawCentral, RawCentral];
    await connect({ rig, car, central: second });
    second.send(ATT.subscribe);
    await rig.until("two links", () => kinds(car).length === 2);
    car.controller.hang("untilReset");
    await rig.until("both closed", () => kinds(car).filter((kind) => kind === "linkClosed").length === 2, 30_000);
    const before = car.shown.length;
    await rig.until("on the air again", () => car.shown.length > before, 30_000);
    await connect({ rig, car, central: owner });
    owner.send(ATT.subscribe);
    await rig.until("the owner's link", () => kinds(car).filter((kind) => kind === "linkOpened").length === 3);
  });
});
