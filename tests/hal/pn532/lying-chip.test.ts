import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { CARD_TIMEOUT_MS } from "../../../hal/pn532/index.ts";
import { readListed } from "../../../hal/pn532/commands.ts";
import { rig } from "./rig.ts";

const SELECT = Uint8Array.of(0x00, 0xa4, 0x04, 0x00, 0x01, 0x11);
const ACK = "0000ff00ff00";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;

/** A chip's frame with `body`, the identifier left out. */
function frame(body: string): string {
  const bytes = hex(`d5${body}`);
  return `0000ff${toHex(Uint8Array.of(bytes.length, -bytes.length, ...bytes, -bytes.reduce((a, b) => a + b, 0)))}00`;
}

/** The driver at its first look for a card, with a chip that says what the test says. */
function atFirstLook() {
  const made = rig();
  made.clock.runUntil(() => made.written.at(-1)?.includes("d44a0100") === true, 1000);
  made.chip.faults.silent = true;
  /** What the chip says to the command just sent. */
  const say = (body: string): void => made.inject(hex(ACK + frame(body)));
  return { ...made, say };
}

describe("a chip that lies", () => {
  it.each([
    ["nothing", ""],
    ["two cards", "02"],
    ["a card without a record", "01"],
    ["a card of another number", "0102004420 04 01020304 0578807002"],
    ["a number longer than the answer", "0101004420 ff 01020304"],
    ["an ATS shorter than its length", "0101004420 04 01020304 06788070"],
    ["an ATS longer than its length", "0101004420 04 01020304 017880"],
    ["no ATS", "0101004420 04 01020304"],
  ])("about the card, with %s, is woken anew", (_what, data) => {
    const { say, troubles, events } = atFirstLook();
    say(`4b${data.replaceAll(" ", "")}`);
    expect([troubles, events]).toEqual([["card reader: it answers a look for cards with nonsense; it is woken again until it answers"], []]);
  });

  it("with an answer that has no status ends the talk", () => {
    const { say, reader, kinds } = atFirstLook();
    say("4b0101004420040102030402" + "78");
    reader.ask(SELECT);
    say("41");
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
  });

  it("with pieces of nothing for ever ends the talk in time", () => {
    const { say, reader, kinds, clock } = atFirstLook();
    say("4b0101004420040102030402" + "78");
    reader.ask(SELECT);
    let count = 0;
    for (; count < 10_000 && kinds().length === 1; count++) {
      clock.advance(10);
      say("4140");
    }
    expect(kinds()).toEqual(["cardEntered", "cardLeft"]);
    expect(count * 10).toBeLessThanOrEqual(CARD_TIMEOUT_MS + 20);
  });

  it("by refusing to look is woken anew", () => {
    const { inject, troubles } = atFirstLook();
    inject(hex(`${ACK}0000ff01ff7f8100`));
    expect(troubles).toEqual(["card reader: it refuses command 4a; it is woken again until it answers"]);
  });
});

it("a card's record is read as the manual gives it", () => {
  expect(readListed(hex("00"))).toEqual({ kind: "none" });
  expect(readListed(hex("0101004808 04 01020304"))).toEqual({ kind: "other" });
  expect(readListed(hex("0101004820 07 04112233445566 06 7877910200"))).toEqual({ kind: "card", ats: hex("7877910200") });
  expect(readListed(hex("0101000420 04 01020304 01"))).toEqual({ kind: "card", ats: hex("") });
});
