import { describe, expect, it } from "vitest";
import { Air, carAntennas, distanceCm, FRAMES_UNDER_WAY_MAX, locate, log10, lossPerMillion, meanRssiDbm, DEFAULT_AIR, walk, type AirSettings, type Capture, type LinkEnd } from "../../../sim/air/index.ts";
import { createPrng } from "../../../sim/chance/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

const at = (xCm: number, yCm = 0) => ({ position: { xCm, yCm } });

function pair(seed = "air", settings: Partial<AirSettings> = {}, phoneAt = at(200)) {
  const clock = new VirtualClock();
  const air = new Air(clock, createPrng(seed), settings);
  const log: string[] = [];
  const received: { atMs: number; bytes: number[] }[] = [];
  const ends: { car?: LinkEnd; phone?: LinkEnd } = {};
  const car = air.addRadio("car", at(0), {
    linkOpened: (end) => {
      ends.car = end;
      log.push("car opened");
    },
    received: (_end, bytes) => received.push({ atMs: clock.monotonicMs(), bytes: [...bytes] }),
    linkClosed: (_end, why) => log.push(`car closed ${why}`),
    peerMoved: () => log.push("car peer moved"),
  });
  const phone = air.addRadio("phone", phoneAt, {
    linkOpened: (end) => {
      ends.phone = end;
      log.push("phone opened");
    },
    received: (_end, bytes) => received.push({ atMs: clock.monotonicMs(), bytes: [...bytes] }),
    linkClosed: (_end, why) => log.push(`phone closed ${why}`),
    sighted: (radio, advertisement) => log.push(`sighted ${radio.name} ${advertisement.identity[0]}`),
  });
  air.advertise(car, { identity: Uint8Array.of(7), connectable: true });
  const connect = (): boolean => {
    air.connect(phone, car, () => log.push("failed"));
    return clock.runUntil(() => ends.phone !== undefined || log.includes("failed"), 20_000) && ends.phone !== undefined;
  };
  return { clock, air, car, phone, log, received, ends, connect };
}

describe("propagation", () => {
  it("weakens with distance and with each car body in between", () => {
    const near = meanRssiDbm(at(0), at(100), DEFAULT_AIR);
    expect(near).toBe(-46);
    expect(meanRssiDbm(at(0), at(1_000), DEFAULT_AIR)).toBe(-71);
    const cabin = { ...at(100), shell: "car" };
    expect(meanRssiDbm(at(0), cabin, DEFAULT_AIR)).toBe(near - DEFAULT_AIR.shellLossDb);
    expect(meanRssiDbm({ ...at(0), shell: "car" }, cabin, DEFAULT_AIR)).toBe(near);
  });

  it("computes the logarithm and the distance without the engine's own last bits", () => {
    for (const value of [1, 2, 10, 99, 1_000, 123_456]) expect(log10(value)).toBeCloseTo(Math.log10(value), 6);
    expect(distanceCm({ xCm: 0, yCm: 0 }, { xCm: 300, yCm: 400 })).toBe(500);
  });

  it("loses everything below the sensitivity and little with a good signal", () => {
    expect(lossPerMillion(DEFAULT_AIR.sensitivityDbm, DEFAULT_AIR)).toBe(1_000_000);
    expect(lossPerMillion(-50, DEFAULT_AIR)).toBe(DEFAULT_AIR.baseLossPerMillion);
    expect(lossPerMillion(DEFAULT_AIR.sensitivityDbm + 6, DEFAULT_AIR)).toBeGreaterThan(400_000);
  });
});

describe("a link", () => {
  it("opens within range, carries frames both ways in order, and closes after what was sent", () => {
    const { clock, ends, connect, received, log } = pair();
    expect(connect()).toBe(true);
    for (let i = 0; i < 20; i++) ends.phone!.send(Uint8Array.of(i));
    ends.phone!.close();
    clock.advance(5_000);
    expect(received.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(log).toEqual(["car opened", "phone opened", "phone closed closed", "car closed closed"]);
  });

  it("says nothing through a radio that is off: its frames are lost, its closing is not heard, and the peer notices by its own timeout", () => {
    const { clock, air, car, phone, ends, connect, received, log } = pair();
    expect(connect()).toBe(true);
    air.switchPower(car, false);
    ends.car!.send(Uint8Array.of(1));
    ends.car!.close();
    air.move(phone, at(300));
    clock.advance(DEFAULT_AIR.supervisionTimeoutMs - 1);
    expect([received, log]).toEqual([[], ["car opened", "phone opened"]]);
    clock.advance(1);
    expect(log.slice(2)).toEqual(["phone closed supervision-timeout"]);
  });

  it("turns loss into delay: nothing is missing, everything is later", () => {
    const clean = pair("loss", { baseLossPerMillion: 0, fadingDb: 0 });
    const lossy = pair("loss", { baseLossPerMillion: 600_000, fadingDb: 0 });
    for (const { connect, ends, clock } of [clean, lossy]) {
      expect(connect()).toBe(true);
      for (let i = 0; i < 40; i++) ends.phone!.send(Uint8Array.of(i));
      clock.advance(30_000);
    }
    expect(lossy.received.map(({ bytes }) => bytes[0])).toEqual(clean.received.map(({ bytes }) => bytes[0]));
    const took = ({ received }: typeof clean): number => received.at(-1)!.atMs - received[0]!.atMs;
    expect(took(lossy)).toBeGreaterThan(2 * took(clean));
  });

  it("carries a stated number of frames per connection interval", () => {
    const { connect, ends, clock, received } = pair("rate", { baseLossPerMillion: 0, fadingDb: 0, connectionIntervalMs: 50, packetsPerEvent: 2 });
    expect(connect()).toBe(true);
    for (let i = 0; i < 6; i++) ends.phone!.send(Uint8Array.of(i));
    clock.advance(1_000);
    const times = received.map(({ atMs }) => atMs - received[0]!.atMs);
    expect(times).toEqual([0, 0, 50, 50, 100, 100]);
  });

  it("is lost by both sides once the phone has been away for the supervision timeout", () => {
    const { air, phone, connect, clock, log } = pair();
    expect(connect()).toBe(true);
    air.move(phone, at(50_000));
    clock.advance(DEFAULT_AIR.supervisionTimeoutMs - 1);
    expect(log).not.toContain("car closed supervision-timeout");
    clock.advance(1);
    expect(log).toContain("car closed supervision-timeout");
    expect(log).toContain("phone closed supervision-timeout");
  });

  it("survives a short absence, and delivers then what was sent meanwhile", () => {
    const { air, phone, connect, clock, log, ends, received } = pair();
    expect(connect()).toBe(true);
    air.move(phone, at(50_000));
    ends.phone!.send(Uint8Array.of(42));
    clock.advance(DEFAULT_AIR.supervisionTimeoutMs - 1_000);
    expect(received).toHaveLength(0);
    air.move(phone, at(200));
    clock.advance(10_000);
    expect(received.map(({ bytes }) => bytes)).toEqual([[42]]);
    expect(log.filter((line) => line.includes("closed"))).toEqual([]);
    expect(log).toContain("car peer moved");
  });

  it("ends when one side sends more than the air takes", () => {
    const { connect, ends, clock, log } = pair();
    expect(connect()).toBe(true);
    for (let i = 0; i <= FRAMES_UNDER_WAY_MAX; i++) ends.phone!.send(Uint8Array.of(1));
    clock.advance(0);
    expect(log).toContain("car closed overflow");
  });

  it("is noticed as gone by the peer when a device is switched off, and not by the device", () => {
    const { air, phone, connect, clock, log } = pair();
    expect(connect()).toBe(true);
    air.switchPower(phone, false);
    clock.advance(10_000);
    expect(log).toContain("car closed supervision-timeout");
    expect(log.some((line) => line.startsWith("phone closed"))).toBe(false);
  });
});

describe("finding each other", () => {
  it("gives a connection attempt up where there is nothing to hear", () => {
    const { connect, log } = pair("far", {}, at(100_000));
    expect(connect()).toBe(false);
    expect(log).toEqual(["failed"]);
  });

  it("shows an advertisement in range once, and again when it changes", () => {
    const { air, car, phone, clock, log } = pair();
    air.setScanning(phone, true);
    clock.advance(20_000);
    expect(log).toEqual(["sighted car 7"]);
    air.advertise(car, { identity: Uint8Array.of(8), connectable: true });
    clock.advance(20_000);
    expect(log).toEqual(["sighted car 7", "sighted car 8"]);
    air.setScanning(phone, false);
    air.advertise(car, { identity: Uint8Array.of(9), connectable: true });
    clock.advance(20_000);
    expect(log).toHaveLength(2);
  });

  it("never shows an identity that has been replaced before it was heard", () => {
    const { air, car, phone, clock, log } = pair();
    air.setScanning(phone, true);
    air.advertise(car, { identity: Uint8Array.of(8), connectable: true });
    clock.advance(20_000);
    expect(log).toEqual(["sighted car 8"]);
  });

  it("shows a car to a phone that walks up to it", () => {
    const { air, phone, clock, log } = pair("walk", {}, at(100_000));
    air.setScanning(phone, true);
    clock.advance(10_000);
    expect(log).toEqual([]);
    walk(clock, { xCm: 12_000, yCm: 0 }, { xCm: 200, yCm: 0 }, (position) => air.move(phone, { position }));
    clock.advance(120_000);
    expect(log.at(-1)).toBe("sighted car 7");
  });

  it("lets a sniffer in range record advertisements and frames, and one out of range nothing", () => {
    const { air, car, connect, ends, clock } = pair();
    const near: Capture[] = [];
    const far: Capture[] = [];
    air.sniff(at(500), (capture) => near.push(capture));
    air.sniff(at(500_000), (capture) => far.push(capture));
    air.advertise(car, { identity: Uint8Array.of(9), connectable: true });
    expect(connect()).toBe(true);
    ends.car!.send(Uint8Array.of(1, 2, 3));
    clock.advance(1_000);
    expect(near.map(({ kind, bytes }) => [kind, [...bytes]])).toEqual([["advertisement", [9]], ["frame", [1, 2, 3]]]);
    expect(far).toEqual([]);
  });

  it("tells a phone in the cabin from one at the door, whatever the fading", () => {
    for (let i = 0; i < 50; i++) {
      const air = new Air(new VirtualClock(), createPrng(`zone ${i}`));
      const antennas = carAntennas({ xCm: 0, yCm: 0 }, "car");
      const inside = air.addRadio("inside", { position: { xCm: 20, yCm: 10 }, shell: "car" }, {});
      const outside = air.addRadio("outside", { position: { xCm: -130, yCm: 30 } }, {});
      expect([locate(air, antennas, inside), locate(air, antennas, outside)]).toEqual(["cabin", "outside"]);
    }
  });
});
