import { describe, expect, it } from "vitest";
import { seededRandom } from "../../support/random.ts";
import { APDU_BYTES_MAX } from "../../../hal/card-reader/index.ts";
import { CARD_TIMEOUT_MS, COOL_DOWN_MS, HOLD_IDLE_MS, MISSES_TO_LEAVE, POLL_PAUSE_MS } from "../../../hal/pn532/index.ts";
import { echoCard, rig } from "./rig.ts";

const SELECT = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 0x01, 0x11);
const ECHO = Uint8Array.of(0x11, 0x01, 0x00, 0x04, 0xa4, 0x00, 0x90, 0x00);

describe("a tap", () => {
  it("is told with the card's ATS, answers what it is asked, and ends when the released card is taken away", () => {
    const { chip, reader, events, until, clock, kinds } = rig();
    clock.advance(1000);
    chip.tap(echoCard());
    expect(until("cardEntered")).toBe(true);
    expect(events).toEqual([{ kind: "cardEntered", ats: Uint8Array.of(0x78, 0x77, 0x91, 0x02, 0x00) }]);
    expect(reader.ask(SELECT)).toBe(true);
    expect(until("cardAnswered")).toBe(true);
    // 1 ms to the acknowledgement, 5 ms for the card.
    expect(events[1]).toEqual({ kind: "cardAnswered", bytes: ECHO, elapsedMs: 6 });
    reader.release();
    expect(reader.ask(SELECT)).toBe(false);
    clock.advance(60_000);
    expect(kinds()).toEqual(["cardEntered", "cardAnswered"]);
    chip.removeCard();
    expect(until("cardLeft")).toBe(true);
    clock.advance(60_000);
    expect(kinds()).toEqual(["cardEntered", "cardAnswered", "cardLeft"]);
  });

  it("is noticed within one pause and one look", () => {
    const { chip, until, clock } = rig();
    clock.advance(1000);
    chip.tap(echoCard());
    expect(until("cardEntered", 1, POLL_PAUSE_MS + 50)).toBe(true);
  });

  it("is one talk: a card that nobody asks is let go, and told once until it leaves", () => {
    const { chip, reader, until, clock, kinds } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    clock.advance(HOLD_IDLE_MS + 1);
    expect(reader.ask(SELECT)).toBe(false);
    clock.advance(60_000);
    expect(kinds()).toEqual(["cardEntered"]);
  });

  it("survives looks that miss the released card, never two in a row", () => {
    const { chip, reader, until, clock, kinds } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    reader.release();
    expect(MISSES_TO_LEAVE).toBe(2);
    const nextLook = (): void => {
      clock.runUntil(() => !chip.state.fieldOn, 1000);
      clock.runUntil(() => chip.state.fieldOn, 1000);
      clock.runUntil(() => !chip.state.fieldOn, 1000);
    };
    for (let round = 0; round < 3; round++) {
      chip.removeCard();
      nextLook();
      chip.tap(echoCard());
      nextLook();
    }
    clock.advance(10_000);
    expect(kinds()).toEqual(["cardEntered"]);
  });

  it("asks one thing at a time", () => {
    const { chip, reader, until, clock, kinds } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    expect([reader.ask(SELECT), reader.ask(SELECT)]).toEqual([true, false]);
    clock.advance(100);
    expect(kinds()).toEqual(["cardEntered", "cardAnswered"]);
  });

  it("of a card that does not speak ISO 14443-4 is none", () => {
    const { chip, clock, events, troubles } = rig();
    chip.tap(echoCard({ sak: 0x08 }));
    clock.advance(10_000);
    expect([events, troubles]).toEqual([[], []]);
  });

  it("may be asked for and released from inside the event", () => {
    const { chip, reader, react, until, kinds } = rig();
    react(({ kind }) => {
      if (kind === "cardEntered") reader.ask(SELECT);
      if (kind === "cardAnswered") reader.release();
    });
    chip.tap(echoCard());
    until("cardAnswered");
    chip.removeCard();
    until("cardLeft");
    expect(kinds()).toEqual(["cardEntered", "cardAnswered", "cardLeft"]);
  });
});

describe("commands and answers of any length", () => {
  it.each([4, 261, 262, 263, 524, 1000, APDU_BYTES_MAX - 2])("pass whole: %i bytes", (length: number) => {
    const { chip, reader, events, until } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    const apdu = seededRandom("length").bytes(length);
    reader.ask(apdu);
    until("cardAnswered");
    expect(events[1]).toMatchObject({ bytes: Uint8Array.of(...Array.from(apdu).reverse(), 0x90, 0x00) });
  });

  it("are refused where they are no APDU, or longer than the reader carries", () => {
    const { reader } = rig();
    expect(() => reader.ask(new Uint8Array(3))).toThrow("4 to 4096 bytes, not 3");
    expect(() => reader.ask(new Uint8Array(APDU_BYTES_MAX + 1))).toThrow(RangeError);
  });

  it.each([
    ["longer than the reader carries", new Uint8Array(APDU_BYTES_MAX + 1)],
    ["without a status word", Uint8Array.of(0x90)],
    ["empty", new Uint8Array(0)],
  ])("end the talk where the card's is %s", (_what, answer) => {
    const { chip, reader, until, kinds } = rig();
    chip.tap(echoCard({ answer: () => answer }));
    until("cardEntered");
    reader.ask(SELECT);
    until("cardLeft");
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
  });
});

describe("a card that fails", () => {
  it("pulled away mid-exchange leaves without an answer", () => {
    const { chip, reader, until, kinds, clock } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    chip.faults.cardLeavesMidExchange = true;
    reader.ask(SELECT);
    clock.advance(1000);
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
  });

  it("stalling for ever is broken off, and the next card is served", () => {
    const { chip, reader, until, kinds, clock, troubles } = rig();
    chip.tap(echoCard({ answerMs: Infinity }));
    until("cardEntered");
    const askedAtMs = clock.monotonicMs();
    reader.ask(SELECT);
    until("cardLeft");
    expect(clock.monotonicMs() - askedAtMs).toBeLessThanOrEqual(CARD_TIMEOUT_MS + 10);
    chip.tap(echoCard());
    until("cardEntered", 2);
    reader.ask(SELECT);
    until("cardAnswered");
    expect(kinds()).toEqual(["cardEntered", "cardLeft", "cardEntered", "cardAnswered"]);
    expect(troubles).toEqual([]);
  });

  it("slow is told with the time it took", () => {
    const { chip, reader, until, events } = rig();
    chip.tap(echoCard({ answerMs: 700 }));
    until("cardEntered");
    reader.ask(SELECT);
    until("cardAnswered");
    expect(events[1]).toMatchObject({ elapsedMs: 701 });
  });

  it("released while it thinks answers nobody", () => {
    const { chip, reader, until, kinds, clock, written } = rig();
    chip.tap(echoCard({ answerMs: 500 }));
    until("cardEntered");
    reader.ask(SELECT);
    clock.advance(100);
    reader.release();
    expect(written.slice(-2)).toEqual(["0000ff00ff00", "0000ff03fdd45200da00"]);
    clock.advance(10_000);
    expect(kinds()).toEqual(["cardEntered"]);
  });
});

describe("the front end", () => {
  it("is off for most of the time while no card is there", () => {
    const { chip, clock } = rig();
    clock.advance(1000);
    let onMs = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      if (chip.state.fieldOn) onMs++;
      clock.advance(1);
    }
    expect(onMs / 10_000).toBeLessThan(0.2);
    expect(onMs).toBeGreaterThan(100);
  });

  it("cools down after it says that it is too hot", () => {
    const { chip, reader, until, clock, kinds, troubles } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    chip.faults.overheated = true;
    reader.ask(SELECT);
    until("cardLeft");
    expect(troubles).toEqual(["card reader: it is too hot and pauses for 5 s"]);
    chip.faults.overheated = false;
    clock.advance(100);
    for (let ms = 100; ms < COOL_DOWN_MS; ms++) {
      expect(chip.state.fieldOn).toBe(false);
      clock.advance(1);
    }
    until("cardEntered", 2);
    expect(kinds()).toEqual(["cardEntered", "cardLeft", "cardEntered"]);
  });

  it("is switched off when the reader is closed, and nothing is told after that", async () => {
    const { chip, reader, clock, events, until, lines, written } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    reader.ask(SELECT);
    await reader.close();
    const writes = written.length;
    clock.advance(60_000);
    expect([chip.state.fieldOn, lines.length, lines[0]!.closed, events.length, written.length]).toEqual([false, 1, true, 1, writes]);
    expect(clock.waitingCount).toBe(0);
  });

  it("tells nothing more when it is closed because of its trouble", () => {
    const { chip, reader, clock, kinds, until, reactToTrouble } = rig();
    chip.tap(echoCard());
    until("cardEntered");
    reactToTrouble(() => void reader.close());
    chip.faults.silent = true;
    reader.ask(SELECT);
    clock.advance(60_000);
    expect(kinds()).toEqual(["cardEntered"]);
  });
});
