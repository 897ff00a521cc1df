import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kmtronic, LCUS, modbus, modbusCrc, PULSE_MS_MAX } from "../../../hal/relay/index.ts";
import { LcusDevice, ModbusDevice, type RelayFault } from "../../../sim/serial-devices/index.ts";
import { LOCK, relayRig, UNLOCK } from "./rig.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

const lcusRig = (answersQuery = false) => relayRig(LCUS, (world) => new LcusDevice(4, answersQuery, world));
const modbusRig = () => relayRig(modbus(1), (world) => new ModbusDevice(4, 1, world));

/** A rig that was plugged in and has settled. */
function ready<R extends { plug(): void; clock: { advance(ms: number): void } }>(rig: R): R {
  rig.plug();
  rig.clock.advance(1_000);
  return rig;
}

describe("frames of relay boards", () => {
  it("are those of the shop sheets for LCUS", () => {
    expect([1, 2, 3, 4].map((channel) => hex(LCUS.command(channel, true)))).toEqual(["a00101a2", "a00201a3", "a00301a4", "a00401a5"]);
    expect([1, 2, 3, 4].map((channel) => hex(LCUS.command(channel, false)))).toEqual(["a00100a1", "a00200a2", "a00300a3", "a00400a4"]);
  });

  it("are those of the specification for Modbus", () => {
    // Modbus Application Protocol 1.1b3 section 6.5: coil 173 on; the other two stand in most boards' sheets.
    expect(hex(modbus(1).command(0xad, true).subarray(0, 6))).toBe("010500acff00");
    expect(hex(modbus(1).command(1, true))).toBe("01050000ff008c3a");
    expect(hex(modbus(1).command(1, false))).toBe("010500000000cdca");
    // CRC-16/MODBUS of the catalogue of parametrised CRC algorithms.
    expect(modbusCrc(new TextEncoder().encode("123456789"))).toBe(0x4b37);
  });

  it("are read however they are cut and whatever noise stands before them", () => {
    expect(modbus(1).read(bytesOf("0055013a01050001ff00ddfa01")).states).toEqual([{ channel: 2, on: true }]);
    expect(modbus(1).read(bytesOf("01050001ff00ddfb")).states).toEqual([]);
    expect(modbus(1).read(bytesOf("02050001ff00ddfa")).states).toEqual([]);
    expect(LCUS.read(new TextEncoder().encode("\u0001~CH1: ON\r\nCH2:OFF \r\nCH3: O")).states).toEqual([{ channel: 1, on: true }, { channel: 2, on: false }]);
    expect(kmtronic(2).read(bytesOf("5500")).states).toEqual([]);
    expect(kmtronic(2).read(bytesOf("550001")).states).toEqual([{ channel: 1, on: false }, { channel: 2, on: true }]);
  });

  it("of any bytes are read in one pass that never takes more than there is", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      for (const protocol of [LCUS, modbus(1), kmtronic(4)]) expect(protocol.read(bytes).used).toBeLessThanOrEqual(bytes.length);
    }), { seed: 7, numRuns: 300 });
  });
});

describe("a relay board on a serial line", () => {
  it("lets every wired channel go when the line opens", () => {
    const rig = lcusRig();
    rig.device.receive(LCUS.command(UNLOCK, true));
    ready(rig);
    expect(rig.sent).toEqual([hex(LCUS.command(LOCK, false)), hex(LCUS.command(UNLOCK, false)), "ff"]);
    expect(rig.device.isOn(UNLOCK)).toBe(false);
  });

  it("pulses for as long as it is told, and never longer than a lock motor stands", () => {
    const rig = ready(modbusRig());
    rig.latches.drive("driverDoor", "unlocked", 400);
    rig.clock.advance(1_000);
    rig.latches.drive("driverDoor", "locked", 60_000);
    rig.clock.advance(10_000);
    expect(rig.moves).toEqual(["1000 2 on", "1400 2 off", "2000 1 on", `${2000 + PULSE_MS_MAX} 1 off`]);
    expect([rig.bolt.position, rig.bolt.isBurnt, rig.failures]).toEqual(["locked", false, []]);
  });

  it("never has both directions on, when an order turns round in the middle of a pulse", () => {
    for (const rig of [ready(lcusRig()), ready(lcusRig(true)), ready(modbusRig())]) {
      for (let turn = 0; turn < 20; turn++) {
        rig.latches.drive("driverDoor", turn % 2 === 0 ? "unlocked" : "locked", 400);
        rig.clock.advance(turn * 17);
        expect(rig.device.isOn(LOCK) && rig.device.isOn(UNLOCK)).toBe(false);
      }
      rig.clock.advance(5_000);
      expect([rig.bolt.isBurnt, rig.bolt.position, rig.device.isOn(LOCK), rig.device.isOn(UNLOCK)]).toEqual([false, "locked", false, false]);
    }
  });

  it("does not energise one direction while the other is not known to be off", () => {
    const rig = ready(modbusRig());
    rig.latches.drive("driverDoor", "unlocked", 2_000);
    rig.clock.advance(100);
    rig.device.fault = "deaf";
    rig.latches.drive("driverDoor", "locked", 400);
    rig.clock.advance(1_000);
    expect(rig.sent.filter((frame) => frame === hex(modbus(1).command(LOCK, true)))).toEqual([]);
    expect(rig.failures).toEqual(["2 off: the board does not confirm it", "1 on: the board was not ready in time"]);
    expect(rig.stalls).toEqual(["driverDoor"]);
    rig.device.fault = "none";
    rig.clock.advance(1_000);
    expect([rig.device.isOn(LOCK), rig.device.isOn(UNLOCK)]).toEqual([false, false]);
  });

  it("knows a confirming board from one that is silent", () => {
    expect(ready(lcusRig()).notices.at(-1)).toMatch(/stays unconfirmed/);
    const answering = ready(lcusRig(true));
    expect([answering.board.confirms, answering.notices.at(-1)]).toEqual([true, expect.stringMatching(/is confirmed/)]);
    expect([lcusRig().board.confirms, ready(lcusRig()).board.confirms, modbusRig().board.confirms]).toEqual([undefined, false, true]);
  });

  it("takes the silence of an unconfirmed board neither for failure nor for proof", () => {
    const rig = ready(lcusRig());
    rig.device.fault = "deaf";
    rig.latches.drive("driverDoor", "unlocked", 400);
    rig.clock.advance(5_000);
    expect([rig.failures, rig.stalls, rig.board.confirms]).toEqual([[], [], false]);
  });

  it.each<[RelayFault, boolean]>([["silent", true], ["deaf", true], ["badCheck", true], ["late", true], ["noise", false], ["none", false]])(
    "of a confirming board tells the fault %s as a stall: %s",
    (fault, stalls) => {
      for (const rig of [ready(modbusRig()), ready(lcusRig(true))]) {
        rig.device.fault = fault;
        rig.latches.drive("driverDoor", "unlocked", 1_500);
        rig.clock.advance(5_000);
        expect(rig.stalls).toEqual(stalls ? ["driverDoor"] : []);
        rig.device.fault = "none";
        rig.clock.advance(3_000);
        expect([rig.device.isOn(LOCK), rig.device.isOn(UNLOCK)]).toEqual([false, false]);
      }
    },
  );

  it("tries three times to hold a relay, and once to pulse it", () => {
    const rig = ready(modbusRig());
    rig.device.fault = "deaf";
    rig.sent.length = 0;
    rig.board.pulse(UNLOCK, 400);
    rig.clock.advance(350);
    rig.board.hold(LOCK, true);
    rig.clock.advance(350);
    const ons = (channel: number): number => rig.sent.filter((frame) => frame === hex(modbus(1).command(channel, true))).length;
    expect([ons(UNLOCK), ons(LOCK)]).toEqual([1, 0]);
    rig.device.fault = "none";
    rig.clock.advance(1_000);
    expect(rig.device.isOn(LOCK)).toBe(true);
    rig.board.hold(LOCK, false);
    rig.clock.advance(1_000);
    rig.device.fault = "deaf";
    rig.sent.length = 0;
    rig.board.hold(LOCK, true);
    rig.clock.advance(1_000);
    expect([ons(LOCK), rig.failures]).toEqual([3, expect.arrayContaining(["1 on: the board does not confirm it"])]);
  });

  it("sees by the query that a relay does not move", () => {
    const rig = ready(lcusRig(true));
    rig.device.fault = "stuckRelay";
    rig.latches.drive("driverDoor", "unlocked", 1_500);
    rig.clock.advance(5_000);
    expect(rig.stalls).toEqual(["driverDoor"]);
  });

  it("tells the rest of a pulse again after an unplug, and an old one never", () => {
    const rig = ready(lcusRig());
    rig.latches.drive("driverDoor", "unlocked", 1_000);
    rig.clock.advance(200);
    rig.unplug();
    rig.device.restart();
    rig.clock.advance(200);
    rig.sent.length = 0;
    rig.plug();
    rig.clock.advance(2_000);
    expect(rig.sent.filter((frame) => frame === hex(LCUS.command(UNLOCK, true)))).toHaveLength(1);
    expect(rig.moves).toEqual(["1000 2 on", "1200 2 off", "1460 2 on", "2000 2 off"]);

    rig.unplug();
    rig.latches.drive("driverDoor", "locked", 400);
    rig.clock.advance(60_000);
    expect(rig.failures).toEqual(["1 on: the line to the board is down"]);
    rig.sent.length = 0;
    rig.plug();
    rig.clock.advance(5_000);
    expect(rig.sent).not.toContain(hex(LCUS.command(LOCK, true)));
  });

  it("goes on letting go for as long as the board does not confirm it", () => {
    const rig = ready(modbusRig());
    rig.latches.drive("driverDoor", "unlocked", 400);
    rig.clock.advance(100);
    rig.device.fault = "deaf";
    rig.clock.advance(60_000);
    expect(rig.device.isOn(UNLOCK)).toBe(true);
    expect(rig.failures).toEqual(["2 off: the board does not confirm it"]);
    rig.device.fault = "none";
    rig.clock.advance(1_000);
    expect(rig.device.isOn(UNLOCK)).toBe(false);
  });

  it("lets every channel go at its end, in the middle of a pulse too", async () => {
    for (const rig of [ready(lcusRig()), ready(modbusRig())]) {
      rig.latches.drive("driverDoor", "unlocked", 2_000);
      rig.clock.advance(100);
      expect(rig.device.isOn(UNLOCK)).toBe(true);
      const closed = rig.board.close();
      for (let turn = 0; turn < 10; turn++) {
        await Promise.resolve();
        rig.clock.advance(100);
      }
      await closed;
      expect([rig.device.isOn(LOCK), rig.device.isOn(UNLOCK)]).toEqual([false, false]);
    }
  });

  it("stays whole under a flood of any bytes", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 40 }), (chunks) => {
      const rig = relayRig(modbus(1), (world) => {
        const device = new ModbusDevice(4, 1, world);
        for (const [index, chunk] of chunks.entries()) world.scheduler.after(1_000 + index * 3, () => world.answer(chunk));
        return device;
      });
      ready(rig);
      rig.clock.advance(500);
      rig.latches.drive("driverDoor", "unlocked", 400);
      rig.clock.advance(1_000);
      expect([rig.bolt.position, rig.device.isOn(UNLOCK), rig.stalls]).toEqual(["unlocked", false, []]);
    }), { seed: 11, numRuns: 100 });
  });
});
