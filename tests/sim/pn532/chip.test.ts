import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { encodeCommand, FrameHunter, type Received } from "../../../hal/pn532/index.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { blankCard, VirtualPn532, WAKE_BYTES } from "../../../sim/pn532/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;
const BLANK_RECORD = "01004420 07 041a2b3c4d5e6f".replaceAll(" ", "");
const BLANK_ATS = "0578807002";

function bench({ awake = true } = {}) {
  const clock = new VirtualClock();
  const hunter = new FrameHunter();
  const heard: Received[] = [];
  const chip = new VirtualPn532({ scheduler: schedulerOf(clock), send: (bytes) => heard.push(...hunter.push(bytes)) });
  /** What the chip says to a command within `limitMs`, in short. */
  const ask = (command: string, limitMs = 1000): string => {
    heard.length = 0;
    chip.receive(encodeCommand(hex(command)));
    clock.advance(limitMs);
    return heard.map((frame) => (frame.kind === "answer" ? toHex(Uint8Array.of(frame.code, ...frame.data)) : frame.kind)).join(" ");
  };
  if (awake) {
    chip.receive(new Uint8Array(WAKE_BYTES));
    ask("14011401");
  }
  return { clock, chip, ask, heard };
}

describe("the virtual PN532 asleep", () => {
  it("hears nothing until it is woken by edges and a run of zeros", () => {
    const { chip, ask } = bench({ awake: false });
    expect(ask("14011401")).toBe("");
    // The zero that closed the frame counts.
    chip.receive(new Uint8Array(WAKE_BYTES - 2));
    expect(chip.state.awake).toBe(false);
    chip.receive(Uint8Array.of(0x55));
    expect(chip.state.awake).toBe(true);
  });

  it("takes nothing before SAMConfiguration", () => {
    const { chip, ask } = bench({ awake: false });
    chip.receive(hex("5555" + "00".repeat(14)));
    expect([ask("02"), ask("14011401"), ask("02")]).toEqual(["", "ack 15", "ack 0332010607"]);
  });

  it("is what PowerDown leaves", () => {
    const { chip, ask } = bench();
    expect(ask("1610")).toBe("ack 1700");
    expect([chip.state.awake, ask("02")]).toEqual([false, ""]);
  });
});

describe("the virtual PN532's commands", () => {
  it.each([
    ["echoes its line test", "00006c69", "ack 01006c69"],
    ["says that no card is selected", "0006", "ack 0127"],
    ["tells its status", "04", "ack 0500000080"],
    ["takes a rate", "1004", "ack 11"],
    ["refuses a rate that it has not", "1009", "ack error"],
    ["refuses card emulation", "8c00", "ack error"],
    ["refuses a command that no chip has", "fe", "ack error"],
    ["refuses a list of three cards", "4a0300", "ack error"],
    ["refuses a list without a type", "4a01", "ack error"],
    ["refuses half an address", "0663", "ack error"],
    ["has no card to ask", "400100a40400", "ack 4127"],
    ["knows one card only", "400200a40400", "ack 4127"],
    ["deselects nobody in particular", "4400", "ack 4500"],
    ["cannot deselect a card it does not hold", "4401", "ack 4527"],
  ])("%s", (_what, command, answer) => {
    expect(bench().ask(command)).toBe(answer);
  });

  it("keep what is written to registers", () => {
    const { ask } = bench();
    expect([ask("0863028063033f"), ask("06630263036304")]).toEqual(["ack 09", "ack 07803f00"]);
  });

  it("list a card with its ATS only where automatic RATS is on", () => {
    const { chip, ask } = bench();
    chip.tap(blankCard());
    expect(ask("4a0100")).toBe(`ack 4b01${BLANK_RECORD}${BLANK_ATS}`);
    ask("1200");
    expect(ask("4a0100")).toBe(`ack 4b01${BLANK_RECORD}`);
    expect(ask("4a0101" + "00ffff0100")).toBe("ack");
  });

  it("look for ever by default, until a card comes or the host breaks it off; briefly when told to", () => {
    const { chip, ask, clock, heard } = bench();
    expect(ask("4a0100", 60_000)).toBe("ack");
    chip.tap(blankCard());
    clock.advance(10);
    expect(heard.at(-1)).toMatchObject({ code: 0x4b });
    chip.removeCard();
    ask("4a0100");
    chip.receive(hex("0000ff00ff00"));
    chip.tap(blankCard());
    clock.advance(1000);
    expect(heard.map(({ kind }) => kind)).toEqual(["ack"]);
    chip.removeCard();
    ask("3205000102");
    expect(ask("4a0100")).toBe("ack 4b00");
  });

  it("carry APDUs, whole and as raw blocks, to a card that was listed", () => {
    const { chip, ask } = bench();
    chip.tap(blankCard());
    expect(ask("400100a4040000")).toBe("ack 4127");
    ask("4a0100");
    expect([ask("400100a4040000"), ask("420200a4040000"), ask("42b3"), ask("42c2"), ask("0006")]).toEqual(["ack 41006a82", "ack 4300026a82", "ack 4300a3", "ack 4301", "ack 0100"]);
    chip.removeCard();
    expect([ask("400100a4040000"), ask("42b2"), ask("420200a4040000"), ask("0006"), ask("5201"), ask("0006")]).toEqual(["ack 4101", "ack 4301", "ack 4301", "ack 0101", "ack 5300", "ack 0127"]);
  });

  it("gather a command from pieces up to the longest that there is", () => {
    const { chip, ask } = bench();
    chip.tap(blankCard());
    ask("4a0100");
    const piece = `4041${"00".repeat(262)}`;
    for (let count = 1; count * 262 <= 65_544; count++) expect(ask(piece, 10)).toBe("ack 4100");
    expect(ask(piece)).toBe("ack 4107");
  });

  it("lose the card when the field goes off", () => {
    const { chip, ask } = bench();
    chip.tap(blankCard());
    ask("4a0100");
    expect([chip.state.cardSelected, ask("320100"), chip.state.cardSelected]).toEqual([true, "ack 33", false]);
  });

  it("leave the card without power when the field goes off, when the chip sleeps, and before it comes: it has to begin anew", () => {
    const { chip, ask } = bench();
    let powerUps = 0;
    chip.tap({ ...blankCard(), powerUp: () => void powerUps++ });
    ask("4a0100");
    expect(powerUps).toBe(1);
    ask("320101");
    expect(powerUps).toBe(1);
    ask("320100");
    expect(powerUps).toBe(2);
    ask("1610");
    expect(powerUps).toBe(3);
  });

  it("find a card by InAutoPoll of its type, then and later", () => {
    const { chip, ask, clock, heard } = bench();
    expect(ask("60020120")).toBe("ack 6100");
    expect(ask("6001021120", 300)).toBe("ack");
    expect(ask("6001021120", 400)).toBe("ack 6100");
    expect(ask("60ff0120", 60_000)).toBe("ack");
    chip.tap(blankCard());
    clock.advance(200);
    expect(heard.at(-1)).toEqual({ kind: "answer", code: 0x61, data: hex(`01 20 11 01 ${BLANK_RECORD.slice(2)} ${BLANK_ATS}`) });
    expect(ask("60020110")).toBe("ack 6100");
  });

  it("say the last answer again on NACK, and stop on ACK", () => {
    const { chip, ask, heard } = bench();
    ask("02");
    chip.receive(hex("0000ffff0000"));
    expect(heard.length).toBe(3);
    expect(heard[2]).toEqual(heard[1]);
  });
});

it("a frame that is wrong anywhere gets no word, and the next one is heard", () => {
  const { chip, ask, clock, heard } = bench();
  heard.length = 0;
  for (const bad of ["0000ff02fed4022b00", "0000ff02ffd4022a00", "0000ff02fed5022900", "0000ffffffffff02", "00ff", "0000ff01ffd42c00"]) chip.receive(hex(bad));
  clock.advance(1000);
  expect(heard).toEqual([]);
  // What may still look like the inside of a frame passes first.
  chip.receive(new Uint8Array(300));
  expect(ask("02")).toBe("ack 0332010607");
});

it("any bytes at all leave it able to answer", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 20 }), (garbage, commands) => {
      const { chip, clock, ask } = bench();
      chip.tap(blankCard());
      for (const bytes of garbage) chip.receive(bytes);
      for (const bytes of commands) {
        chip.receive(encodeCommand(bytes));
        clock.advance(1000);
      }
      chip.receive(new Uint8Array(300));
      chip.restart();
      chip.receive(new Uint8Array(WAKE_BYTES));
      expect(ask("14011401")).toBe("ack 15");
    }),
  );
});
