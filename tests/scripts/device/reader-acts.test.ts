import { expect, it } from "vitest";
import { act } from "../../../scripts/device/reader-acts.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { VirtualPn532, WAKE_BYTES } from "../../../sim/pn532/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

function chip(): VirtualPn532 {
  const made = new VirtualPn532({ scheduler: schedulerOf(new VirtualClock()), send: () => undefined });
  made.receive(new Uint8Array(WAKE_BYTES));
  return made;
}

it("lines switch faults on and all off again", () => {
  const reader = chip();
  const fresh = { ...reader.faults };
  for (const name of ["silent", "late", "split", "doubled", "noise", "bad-checksum", "overheated", "card-leaves"]) {
    const before = JSON.stringify(reader.faults);
    expect([name, act(reader, `fault ${name}`)]).toEqual([name, undefined]);
    expect(JSON.stringify(reader.faults)).not.toBe(before);
  }
  expect([act(reader, " fault  none "), reader.faults]).toEqual([undefined, fresh]);
});

it("lines tap, remove and cut the power", () => {
  const reader = chip();
  expect([act(reader, "tap blank"), act(reader, "remove"), act(reader, "power-cut"), reader.state.awake, act(reader, "")]).toEqual([undefined, undefined, undefined, false, undefined]);
});

it.each([
  ["tap nobody", /no card of that name; there are: blank/],
  ["tap constructor", /no card of that name/],
  ["tap", /none of: tap CARD \(blank, tesla, phone, own\), remove, power-cut, fault silent\|/],
  ["fault toString", /none of/],
  ["remove it", /none of/],
  ["tap blank now", /too much/],
  ["dance", /none of/],
])("a line that says %j is told what may be said", (line, answer) => {
  expect(act(chip(), line)).toMatch(answer);
});
