import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { seededRandom } from "../../support/random.ts";
import { ACK_TIMEOUT_MS, ASK_AGAIN_COUNT_MAX, FIRST_ACK_TIMEOUT_MS, RECOVER_LONGEST_MS, WAKES_PER_OPENING } from "../../../hal/pn532/index.ts";
import { echoCard, rig } from "./rig.ts";

const SELECT = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 0x01, 0x11);
const ECHO = Uint8Array.of(0x11, 0x01, 0x00, 0x04, 0xa4, 0x00, 0x90, 0x00);
const WAKE_AND_SAM = "55550000000000000000000000000000" + "0000ff05fbd414011401" + "0200";

describe("the start", () => {
  it("wakes and configures the chip in one write, then sets it up to look briefly", () => {
    const { clock, written } = rig();
    clock.advance(30);
    expect(written.slice(0, 5)).toEqual([WAKE_AND_SAM, "0000ff02fed4022a00", "0000ff03fdd412140600", "0000ff06fad432050001" + "02f200", "0000ff04fcd44a0100e100"]);
  });

  it("waits for the first acknowledgement as long as a sleepy adapter takes", () => {
    const { chip, clock, troubles, until } = rig();
    chip.faults.lateMs = FIRST_ACK_TIMEOUT_MS - 100;
    clock.advance(5);
    chip.faults.lateMs = 0;
    chip.tap(echoCard());
    expect([until("cardEntered", 1, 2000), troubles]).toEqual([true, []]);
  });

  it("names a chip that is no PN532", () => {
    const { inject, clock, troubles, chip } = rig();
    chip.faults.silent = true;
    clock.advance(1);
    inject(fromHex("0000ff00ff00" + "0000ff02fed5151600")!);
    inject(fromHex("0000ff00ff00" + "0000ff06fad503330106" + "07e700")!);
    expect(troubles).toEqual(["card reader: it is no PN532: its chip calls itself 33; it is woken again until it answers"]);
  });
});

describe("a silent reader", () => {
  it("is told once, woken again, and serves cards when it is back", () => {
    const { chip, clock, troubles, until } = rig();
    clock.advance(1000);
    chip.faults.silent = true;
    clock.advance(20_000);
    expect(troubles).toEqual(["card reader: it does not answer; it is woken again until it answers"]);
    chip.faults.silent = false;
    chip.restart();
    chip.tap(echoCard());
    expect(until("cardEntered", 1, 2 * RECOVER_LONGEST_MS)).toBe(true);
    expect(troubles.at(-1)).toBe("card reader: it answers again");
    expect(troubles.length).toBe(2);
  });

  it("has its line opened anew after some wake-ups in vain, ever more rarely", () => {
    const { chip, clock, lines, written } = rig();
    clock.advance(1000);
    chip.faults.silent = true;
    clock.advance(10_000);
    expect(lines.length).toBe(2);
    expect(lines.map(({ closed }) => closed)).toEqual([true, false]);
    clock.advance(600_000);
    const writes = written.length;
    clock.advance(600_000);
    // A wake-up and a breaking off each half minute at most.
    expect(written.length - writes).toBeLessThanOrEqual(2 * (600_000 / RECOVER_LONGEST_MS + 1));
    expect(lines.length).toBeGreaterThan(WAKES_PER_OPENING);
  });

  it("mid-talk ends the talk; the old line's late words are not heard", () => {
    const { chip, reader, until, kinds, clock, lines, events, troubles, written } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    chip.faults.silent = true;
    reader.ask(SELECT);
    clock.advance(ACK_TIMEOUT_MS + 1);
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
    clock.advance(10_000);
    expect(lines.length).toBe(2);
    const before = [events.length, troubles.length, written.length];
    lines[0]!.listener.lost("closed");
    lines[0]!.listener.opened();
    clock.advance(1);
    expect([events.length, troubles.length, written.length]).toEqual(before);
  });
});

describe("plugging", () => {
  it("out and in again ends the talk and goes on", () => {
    const { chip, until, kinds, clock, unplug, replug, troubles, written } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    unplug();
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
    const writes = written.length;
    clock.advance(600_000);
    expect(written.length).toBe(writes);
    replug();
    expect(until("cardEntered", 2)).toBe(true);
    expect(troubles).toEqual(["card reader: the line was lost (unplugged); it is used again when it is back", "card reader: it answers again"]);
  });

  it("out in the middle of a frame leaves nothing of it behind", () => {
    const { chip, inject, until, clock, unplug, replug, troubles } = rig();
    clock.advance(1000);
    inject(fromHex("0000ffffff0109f6d541")!);
    unplug();
    replug();
    chip.tap(echoCard());
    expect(until("cardEntered", 1, 500)).toBe(true);
    expect(troubles.length).toBe(2);
  });

  it("does not make a released card a new tap", () => {
    const { chip, reader, until, kinds, clock, unplug, replug } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    reader.release();
    clock.advance(100);
    unplug();
    clock.advance(1000);
    replug();
    clock.advance(60_000);
    expect(kinds()).toEqual(["cardEntered"]);
    chip.removeCard();
    until("cardLeft");
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
  });
});

describe("a bad line", () => {
  const noise = seededRandom("noise").bytes(40);
  it.each([
    ["late bytes", { lateMs: 100 }],
    ["single bytes", { split: true }],
    ["frames twice", { doubled: true }],
    ["noise between frames", { noise }],
    ["a beginning before each frame", { noise: Uint8Array.of(0x00, 0x00, 0xff) }],
    ["all of it", { lateMs: 50, split: true, doubled: true, noise }],
  ])("with %s carries a whole tap", (_what, faults) => {
    const { chip, reader, until, events, troubles, clock } = rig();
    Object.assign(chip.faults, faults);
    chip.tap(echoCard());
    expect(until("cardEntered", 1, 10_000)).toBe(true);
    reader.ask(SELECT);
    expect(until("cardAnswered", 1, 5000)).toBe(true);
    expect(events[1]).toMatchObject({ bytes: ECHO });
    reader.release();
    chip.removeCard();
    expect(until("cardLeft", 1, 10_000)).toBe(true);
    clock.advance(10_000);
    expect([events.length, troubles]).toEqual([3, []]);
  });

  it("has a damaged answer sent again", () => {
    const { chip, reader, until, events, written } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    chip.faults.badChecksumCount = ASK_AGAIN_COUNT_MAX;
    reader.ask(SELECT);
    until("cardAnswered");
    expect(events[1]).toMatchObject({ bytes: ECHO });
    expect(written.filter((bytes) => bytes === "0000ffff0000").length).toBe(ASK_AGAIN_COUNT_MAX);
  });

  it("asks again a few times only", () => {
    const { chip, reader, until, kinds, written } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    chip.faults.badChecksumCount = 1000;
    reader.ask(SELECT);
    until("cardLeft");
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
    expect(written.filter((bytes) => bytes === "0000ffff0000").length).toBe(ASK_AGAIN_COUNT_MAX);
  });

  it("flooded with any bytes, before, between and in the middle, still serves the next card", () => {
    const { chip, inject, until, clock, reader } = rig();
    const random = seededRandom("flood");
    for (let round = 0; round < 200; round++) {
      inject(random.bytes(1 + (random.bytes(1)[0]! % 200)));
      inject(fromHex("0000ff00ff000000ffff00000000ff01ff7f8100")!);
      clock.advance(7);
    }
    clock.advance(RECOVER_LONGEST_MS * 2);
    chip.tap(echoCard());
    expect(until("cardEntered", 1, 2 * RECOVER_LONGEST_MS)).toBe(true);
    reader.ask(SELECT);
    expect(until("cardAnswered", 1, 5000)).toBe(true);
  });

  it("cannot put an answer to another command in place of the card's", () => {
    const { chip, reader, until, inject, clock, events } = rig();
    chip.tap(echoCard({ answerMs: 50 }));
    until("cardEntered");
    reader.ask(SELECT);
    inject(fromHex("0000ff05fbd5410090009a00")!);
    clock.advance(10);
    inject(fromHex("0000ff02fed5151600")!);
    until("cardAnswered");
    expect(toHex((events[1] as { bytes: Uint8Array }).bytes)).toBe(toHex(ECHO));
  });
});
