import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../../firmware/base/index.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { VirtualPn532 } from "../../../sim/pn532/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

/** What the host wrote, and all that the chip answered to it. */
function recorded(): { host: string; chip: string }[] {
  const text = readFileSync(new URL("../../vectors/pn532/libnfc-nfc-list.txt", import.meta.url), "utf8");
  const turns: { host: string; chip: string }[] = [];
  for (const line of text.split("\n")) {
    const [who, bytes = ""] = line.split("> ");
    const hex = bytes.replaceAll(" ", "");
    if (who === "host") turns.push({ host: hex, chip: "" });
    if (who === "chip") turns.at(-1)!.chip += hex;
  }
  return turns;
}

/** The recorded chip refused InCommunicateThru altogether; a real one says that no card answered. */
const isCommunicateThru = (host: string): boolean => host.slice(10, 14) === "d442";

it("a whole run of libnfc's nfc-list gets the recorded bytes", () => {
  const clock = new VirtualClock();
  let heard = new Uint8Array(0);
  const chip = new VirtualPn532({ scheduler: schedulerOf(clock), send: (bytes) => (heard = Uint8Array.from(concat(heard, bytes))) });
  chip.tap({
    atqa: 0x0048,
    sak: 0x20,
    uid: fromHex("04112233445566")!,
    ats: fromHex("7877910200")!,
    answer: () => undefined,
  });
  const turns = recorded();
  expect(turns.length).toBe(66);
  for (const { host, chip: answered } of turns) {
    heard = new Uint8Array(0);
    chip.receive(fromHex(host)!);
    clock.advance(100);
    expect(`${host} -> ${toHex(heard)}`).toBe(`${host} -> ${isCommunicateThru(host) ? "0000ff00ff000000ff03fdd5430" + "1e700" : answered}`);
  }
  expect(chip.state.awake).toBe(false);
});
