import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../../firmware/base/index.ts";
import { createPrng } from "../../../sim/chance/index.ts";
import { HciAir, OPCODE, schedulerOf, type HciAirSettings, type HciController, type Overheard } from "../../../sim/hci/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;
const le16 = (value: number): string => toHex(Uint8Array.of(value & 0xff, value >> 8));

/** A controller with a host that writes down what it is told. */
interface Host {
  readonly controller: HciController;
  readonly heard: string[];
  command(opcode: number, parameters?: string): void;
  send(handle: number, data: string, flags?: number): void;
  /** Parameters of the events of one code, LE ones by `3e` and their subevent, since the last look. */
  take(code: string): string[];
}

function bench(settings: Partial<HciAirSettings> = {}, seed = "hci") {
  const clock = new VirtualClock();
  const air = new HciAir(schedulerOf(clock), createPrng(seed), settings);
  const addHost = (address: string): Host => {
    const controller = air.addController({ address });
    const heard: string[] = [];
    controller.attach((packet) => heard.push(toHex(packet)));
    return {
      controller,
      heard,
      command: (opcode, parameters = "") => controller.receive(concat(hex(`01${le16(opcode)}${toHex(Uint8Array.of(hex(parameters).length))}`), hex(parameters))),
      send: (handle, data, flags = 0) => controller.receive(hex(`02${le16(handle | (flags << 12))}${le16(hex(data).length)}${data}`)),
      take: (code) => {
        const found = heard.filter((packet) => packet.startsWith(`04${code.slice(0, 2)}`) && (code.length === 2 || packet.slice(6, 8) === code.slice(2)));
        for (const packet of found) heard.splice(heard.indexOf(packet), 1);
        return found.map((packet) => packet.slice(6));
      },
    };
  };
  return { clock, air, addHost };
}

const ADVERTISE = "a000a000 00 00 00 000000000000 07 00";
const data = (text: string): string => `${toHex(Uint8Array.of(hex(text).length))}${text}${"00".repeat(31 - hex(text).length)}`;

function advertise(host: Host, text = "020106", type = "00", ownType = "00"): void {
  host.command(OPCODE.leSetAdvertisingParameters, `a000a000 ${type} ${ownType} 00 000000000000 07 00`);
  host.command(OPCODE.leSetAdvertisingData, data(text));
  host.command(OPCODE.leSetScanResponseData, data("0b"));
  host.command(OPCODE.leSetAdvertisingEnable, "01");
}

/** Create Connection (Core 5.4 Vol 4 Part E section 7.8.12) to `address`, interval 24 (30 ms), timeout 100 (1 s). */
function connect(host: Host, address: string, type = "00"): void {
  host.command(OPCODE.leCreateConnection, `6000 3000 00 ${type} ${address} 00 1800 1800 0000 6400 0000 0000`);
}

function connected(settings: Partial<HciAirSettings> = {}) {
  const made = bench(settings);
  const [peripheral, central] = [made.addHost("00:00:00:00:00:01"), made.addHost("00:00:00:00:00:02")];
  advertise(peripheral);
  connect(central, "010000000000");
  made.clock.advance(1000);
  const handles = [peripheral, central].map((host) => {
    const [complete] = host.take("3e01");
    return parseInt(complete!.slice(6, 8) + complete!.slice(4, 6), 16);
  }) as [number, number];
  peripheral.heard.length = 0;
  central.heard.length = 0;
  return { ...made, peripheral, central, peripheralHandle: handles[0], centralHandle: handles[1] };
}

describe("a virtual controller", () => {
  it("answers a command once, later, with its status and results", () => {
    const { clock, addHost } = bench();
    const host = addHost("00:16:ee:00:42:01");
    host.command(OPCODE.readBdAddr);
    expect(host.heard).toEqual([]);
    clock.advance(1);
    expect(host.heard).toEqual(["040e0a01091000014200ee1600"]);
  });

  it("refuses a command that it does not know, and one that has no place now", () => {
    const { clock, addHost } = bench();
    const host = addHost("00:00:00:00:00:01");
    host.command(0xfc01);
    advertise(host);
    host.command(OPCODE.leSetRandomAddress, "010203040506");
    host.command(OPCODE.leSetAdvertisingParameters, ADVERTISE);
    host.command(OPCODE.leCreateConnectionCancel);
    clock.advance(1);
    const statuses = host.take("0e").map((text) => text.slice(2));
    expect(statuses).toEqual(["01fc01", "062000", "082000", "092000", "0a2000", "05200c", "06200c", "0e200c"]);
  });

  it("never throws for what a host sends", () => {
    const { clock, addHost } = bench();
    const host = addHost("00:00:00:00:00:01");
    const prng = createPrng("garbage");
    for (let i = 0; i < 2000; i++) {
      const opcodes = Object.values(OPCODE);
      const length = prng.below(12);
      const bytes = Uint8Array.from({ length }, () => prng.below(256));
      host.controller.receive(bytes);
      host.controller.receive(concat(hex(`01${le16(opcodes[prng.below(opcodes.length)]!)}${toHex(Uint8Array.of(length))}`), bytes));
      host.controller.receive(concat(Uint8Array.of(2), bytes));
    }
    clock.advance(1000);
  });

  it("forgets everything at a reset", () => {
    const { clock, addHost } = bench();
    const host = addHost("00:00:00:00:00:01");
    advertise(host);
    clock.advance(1);
    expect(host.controller.advertised).toBeDefined();
    host.command(OPCODE.reset);
    clock.advance(1);
    expect(host.controller.advertised).toBeUndefined();
  });
});

describe("advertising and scanning", () => {
  it("show an active scanner both the advertisement and the scan response, once with duplicates filtered", () => {
    const { clock, air, addHost } = bench();
    const [advertiser, scanner] = [addHost("00:00:00:00:00:01"), addHost("00:00:00:00:00:02")];
    advertise(advertiser);
    scanner.command(OPCODE.leSetScanParameters, "01 1000 1000 00 00");
    scanner.command(OPCODE.leSetScanEnable, "01 01");
    clock.advance(1000);
    const rssi = toHex(Uint8Array.of(air.rssiDbm(advertiser.controller, scanner.controller) & 0xff));
    expect(scanner.take("3e02")).toEqual([`02010000010000000000 03 020106 ${rssi}`, `02010400010000000000 01 0b ${rssi}`].map((text) => text.replaceAll(" ", "")));
    scanner.command(OPCODE.leSetScanEnable, "00 00");
    scanner.command(OPCODE.leSetScanEnable, "01 00");
    clock.advance(1000);
    const count = scanner.take("3e02").length;
    expect(count).toBeGreaterThanOrEqual(16);
    expect(count).toBeLessThanOrEqual(20);
  });

  it("use the random address where that is asked for, and reach no one out of range", () => {
    const { clock, air, addHost } = bench();
    const [advertiser, scanner] = [addHost("00:00:00:00:00:01"), addHost("00:00:00:00:00:02")];
    const heard: Overheard[] = [];
    air.sniff((overheard) => heard.push(overheard));
    advertiser.command(OPCODE.leSetRandomAddress, "a1a2a3a4a526");
    advertise(advertiser, "020106", "00", "01");
    air.move(scanner.controller, { position: { xCm: 1_000_000, yCm: 0 } });
    scanner.command(OPCODE.leSetScanEnable, "01 00");
    clock.advance(1000);
    expect(scanner.take("3e02")).toEqual([]);
    expect(heard).toMatchObject([{ addressType: 1, address: hex("a1a2a3a4a526"), data: hex("020106") }]);
    air.move(scanner.controller, { position: { xCm: 200, yCm: 0 } });
    clock.advance(1000);
    expect(scanner.take("3e02").length).toBeGreaterThan(0);
  });

  it("cost nothing while nobody listens", () => {
    const { clock, addHost } = bench();
    advertise(addHost("00:00:00:00:00:01"));
    clock.advance(1);
    const before = clock.taskCount;
    clock.advance(24 * 3_600_000);
    expect(clock.taskCount - before).toBe(0);
  });
});

describe("a connection", () => {
  it("is told to both sides, each with its own handle, and ends the advertising", () => {
    const { clock, addHost } = bench();
    const [peripheral, central] = [addHost("00:00:00:00:00:01"), addHost("00:00:00:00:00:02")];
    advertise(peripheral);
    connect(central, "010000000000");
    clock.advance(1000);
    expect(central.take("3e01")[0]).toMatch(/^0100....000001000000000018000000640000$/);
    expect(peripheral.take("3e01")[0]).toMatch(/^0100....010002000000000018000000640000$/);
    expect(peripheral.controller.advertised).toBeUndefined();
  });

  it("that nobody answers stays pending until it is cancelled", () => {
    const { clock, addHost } = bench();
    const central = addHost("00:00:00:00:00:02");
    connect(central, "010000000000");
    connect(central, "010000000000");
    clock.advance(3_600_000);
    expect(central.take("0f")).toEqual(["00010d20", "0c010d20"]);
    expect(central.take("3e01")).toEqual([]);
    central.command(OPCODE.leCreateConnectionCancel);
    clock.advance(1);
    expect(central.take("3e01")[0]).toMatch(/^0102/);
  });

  it("carries packets in order, marks their beginning as the receiver expects it, and gives each credit back once", () => {
    const { clock, central, peripheral, centralHandle, peripheralHandle } = connected();
    for (let i = 0; i < 8; i++) central.send(centralHandle, `0${i}`, i === 0 ? 0b00 : 0b01);
    clock.advance(1000);
    const arrived = peripheral.heard.filter((packet) => packet.startsWith("02"));
    expect(arrived).toEqual(Array.from({ length: 8 }, (_, i) => `02${le16(peripheralHandle | ((i === 0 ? 0b10 : 0b01) << 12))}01000${i}`));
    expect(central.take("13")).toHaveLength(8);
  });

  it("throws away what its host sends beyond its credits, and says so", () => {
    const { clock, central, centralHandle, peripheral } = connected();
    for (let i = 0; i < 9; i++) central.send(centralHandle, "00");
    clock.advance(1000);
    expect(central.take("1a")).toHaveLength(1);
    expect(peripheral.heard.filter((packet) => packet.startsWith("02"))).toHaveLength(8);
  });

  it("waits for its connection events: a packet and its answer take at most two intervals", () => {
    const { clock, central, peripheral, centralHandle, peripheralHandle } = connected();
    for (let i = 0; i < 20; i++) {
      const startMs = clock.monotonicMs();
      central.send(centralHandle, "aa");
      expect(clock.runUntil(() => peripheral.heard.some((packet) => packet.startsWith("02")), 1000)).toBe(true);
      peripheral.send(peripheralHandle, "bb");
      expect(clock.runUntil(() => central.heard.some((packet) => packet.startsWith("02")), 1000)).toBe(true);
      expect(clock.monotonicMs() - startMs).toBeLessThanOrEqual(60);
      expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(30);
      central.heard.length = peripheral.heard.length = 0;
      clock.advance(7);
    }
  });

  it.each([50_000, 200_000, 400_000])("loses time and no bytes where %i of a million packets are lost", (lossPerMillion) => {
    const { clock, central, peripheral, centralHandle } = connected({ lossPerMillion });
    const startMs = clock.monotonicMs();
    for (let i = 0; i < 64; i++) {
      central.send(centralHandle, toHex(Uint8Array.of(i)));
      clock.runUntil(() => central.take("13").length > 0, 60_000);
    }
    clock.advance(100);
    expect(peripheral.heard.filter((packet) => packet.startsWith("02")).map((packet) => parseInt(packet.slice(-2), 16))).toEqual([...Array(64).keys()]);
    expect(clock.monotonicMs() - startMs).toBeGreaterThan(64 * 30);
  });

  it("ends for both sides with the reason of the one that ended it", () => {
    const { clock, central, peripheral, centralHandle, peripheralHandle } = connected();
    central.command(OPCODE.disconnect, `${le16(centralHandle)} 13`);
    clock.advance(1000);
    expect(central.take("05")).toEqual([`00${le16(centralHandle)}16`]);
    expect(peripheral.take("05")).toEqual([`00${le16(peripheralHandle)}13`]);
    central.send(centralHandle, "00");
    clock.advance(1000);
    expect(peripheral.heard.filter((packet) => packet.startsWith("02"))).toEqual([]);
  });

  it.each([
    ["goes out of range", (made: ReturnType<typeof connected>) => made.air.move(made.central.controller, { position: { xCm: 1_000_000, yCm: 0 } }), true],
    ["hangs", (made: ReturnType<typeof connected>) => made.central.controller.hang("untilReset"), false],
    ["is pulled out", (made: ReturnType<typeof connected>) => made.central.controller.setPresent(false), false],
  ])("ends by its supervision timeout when the other side %s", (_, happen, bothTold) => {
    const made = connected();
    happen(made);
    made.clock.advance(999);
    expect(made.peripheral.take("05")).toEqual([]);
    made.clock.advance(2);
    expect(made.peripheral.take("05")).toEqual([`00${le16(made.peripheralHandle)}08`]);
    expect(made.central.take("05")).toEqual(bothTold ? [`00${le16(made.centralHandle)}08`] : []);
  });

  it("survives a short absence, and what was sent meanwhile arrives", () => {
    const { clock, air, central, peripheral, centralHandle } = connected();
    const home = { position: { xCm: 100, yCm: 0 } };
    air.move(central.controller, { position: { xCm: 1_000_000, yCm: 0 } });
    central.send(centralHandle, "aa");
    clock.advance(900);
    expect(peripheral.heard).toEqual([]);
    air.move(central.controller, home);
    clock.advance(900);
    expect(peripheral.heard.filter((packet) => packet.startsWith("02"))).toHaveLength(1);
    expect(peripheral.take("05")).toEqual([]);
  });

  it("of a central is one of several, each to a peripheral of its own", () => {
    const { clock, addHost } = bench();
    const central = addHost("00:00:00:00:00:99");
    for (let i = 1; i <= 3; i++) {
      const peripheral = addHost(`00:00:00:00:00:0${i}`);
      advertise(peripheral);
      connect(central, `0${i}0000000000`);
      clock.advance(1000);
    }
    expect(central.controller.connectionCount).toBe(3);
    expect(new Set(central.take("3e01").map((text) => text.slice(4, 8))).size).toBe(3);
  });

  it("takes new parameters, and tells both sides", () => {
    const { clock, central, peripheral, centralHandle, peripheralHandle } = connected();
    central.command(OPCODE.leConnectionUpdate, `${le16(centralHandle)} 5000 5000 0000 c800 0000 0000`);
    clock.advance(10);
    expect(central.take("3e03")).toEqual([`0300${le16(centralHandle)}50000000c800`]);
    expect(peripheral.take("3e03")).toEqual([`0300${le16(peripheralHandle)}50000000c800`]);
  });

  it("is the same to the last packet for the same seed", () => {
    const run = (): readonly string[] => {
      const { clock, central, peripheral, centralHandle } = connected({ lossPerMillion: 300_000 });
      for (let i = 0; i < 8; i++) central.send(centralHandle, `0${i}`);
      const times: string[] = [];
      while (peripheral.heard.filter((packet) => packet.startsWith("02")).length < 8) {
        clock.advance(1);
        times.push(`${clock.monotonicMs()} ${peripheral.heard.length}`);
      }
      return times;
    };
    expect(run()).toEqual(run());
  });
});

describe("a controller that hangs", () => {
  it("answers nothing until a reset, or until a host opens it anew", () => {
    const { clock, addHost } = bench();
    const host = addHost("00:00:00:00:00:01");
    host.controller.hang("untilReset");
    host.command(OPCODE.readBdAddr);
    clock.advance(1000);
    expect(host.heard).toEqual([]);
    host.command(OPCODE.reset);
    clock.advance(1);
    expect(host.take("0e")).toEqual(["01030c00"]);
    host.controller.hang("untilReattached");
    host.command(OPCODE.reset);
    clock.advance(1000);
    expect(host.heard).toEqual([]);
    const heard: string[] = [];
    host.controller.attach((packet) => heard.push(toHex(packet)));
    host.command(OPCODE.reset);
    clock.advance(1);
    expect(heard).toEqual(["040e0401030c00"]);
  });
});
