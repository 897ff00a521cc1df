import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;

export const TWELVE_VOLT_2024: Incident = {
  id: "12v-2024",
  date: "2024-06-20",
  title: "The 12 V battery dies with a child inside",
  place: "Scottsdale, Arizona",
  sources: ["Yahoo/Arizona Family", "Verge"],
  facts: [
    "Reported: Scottsdale, Arizona: the 12 V battery died without a warning that anybody saw; a small child was inside, phone and card did nothing; a window was broken.",
    "Set up: a failing battery sinks to 11.1 V within half an hour and to 5 V at minute 45, below what any controller or motor runs on.",
    "Set up: a child is put in at minute 42; the grown-up walks away for a moment with the phone and comes back.",
    "Set up: a second car without a child is left the same way; a third stands locked and sinks to 9 V before its owner comes.",
    "Set up: a fourth car has a sound battery and is left as the second one.",
    "Set up: a car that does not lock by itself on a failing battery stands open to anybody; that is the price of the rule.",
    "Left out: handles and window motors that are themselves electric. Latchkey asks for a mechanical release inside.",
  ],
  startUnixS: 1_718_902_800,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "grandmother", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "neighbour", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "other neighbour", car: "fourth car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "late owner", car: "third car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 0, step: { do: "supply", car: "car", millivolts: 11_100, overMs: 30 * MINUTE_MS } },
    { atMs: 0, step: { do: "supply", car: "second car", millivolts: 11_100, overMs: 30 * MINUTE_MS } },
    { atMs: 0, step: { do: "supply", car: "third car", millivolts: 9_000, overMs: 30 * MINUTE_MS } },
    { atMs: 41 * MINUTE_MS, step: { do: "getOut", who: "grandmother" } },
    { atMs: 41 * MINUTE_MS, step: { do: "getOut", who: "neighbour" } },
    { atMs: 41 * MINUTE_MS, step: { do: "getOut", who: "other neighbour" } },
    { atMs: 41 * MINUTE_MS + 10_000, step: { do: "child", car: "car" } },
    { atMs: 41 * MINUTE_MS + 20_000, step: { do: "walk", who: "grandmother", to: "away" } },
    { atMs: 41 * MINUTE_MS + 20_000, step: { do: "walk", who: "neighbour", to: "away" } },
    { atMs: 41 * MINUTE_MS + 20_000, step: { do: "walk", who: "other neighbour", to: "away" } },
    { atMs: 45 * MINUTE_MS, step: { do: "supply", car: "car", millivolts: 5_000, overMs: MINUTE_MS } },
    { atMs: 46 * MINUTE_MS, step: { do: "walk", who: "grandmother", to: "car" } },
  ],
  expectations: [
    {
      atMs: 35 * MINUTE_MS, who: "car", action: "warning", expect: "warned", reported: "silent",
      because: "The supply is measured, and each stage is told and logged.",
    },
    {
      atMs: 40 * MINUTE_MS, who: "grandmother", action: "enter", expect: "in",
      because: "11.1 V still turn a motor.",
    },
    {
      atMs: 40 * MINUTE_MS, who: "neighbour", action: "enter", expect: "in",
      because: "11.1 V still turn a motor.",
    },
    {
      atMs: 40 * MINUTE_MS, who: "late owner", action: "enter", expect: "in",
      because: "Below the reserve everything else stops, so that one unlock is left.",
    },
    {
      atMs: 44 * MINUTE_MS, who: "second car", action: "locks", expect: "unlocked",
      because: "A car that may not be able to pay for the next unlock does not lock by itself.",
    },
    {
      atMs: 40 * MINUTE_MS, who: "other neighbour", action: "enter", expect: "in",
      because: "A car like any other.",
    },
    {
      atMs: 44 * MINUTE_MS, who: "fourth car", action: "locks", expect: "locked",
      because: "On a sound battery a car locks when its key has left: the other one stands open for its battery alone.",
    },
    {
      atMs: 44 * MINUTE_MS, who: "fourth car", action: "warning", expect: "silent",
      because: "A warning that always comes says nothing.",
    },
    {
      atMs: 48 * MINUTE_MS, who: "grandmother", action: "enter", expect: "in", reported: "out",
      because: "The battery is dead, but the car had not locked the child in: the handle opens.",
    },
  ],
};
