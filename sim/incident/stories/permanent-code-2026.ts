import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_768_032_000;

export const PERMANENT_CODE_2026: Incident = {
  id: "permanent-code-2026",
  date: "2026-01-10",
  title: "Switching a code off and on wipes its time limits",
  place: "a front door",
  sources: ["nuki_hub: https://github.com/technyon/nuki_hub/issues/733"],
  facts: [
    "Reported: in January 2026 a code that was switched off and on again had lost its limits in time: it was good for ever. The day is not known.",
    "Set up: a guest's key is good for two hours; at minute 20 the owner switches it off and on again.",
    "Set up: with Latchkey all fields of a grant are signed as one, and to change one is to make a new grant.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 300 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "guest", car: "car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 7_200, actions: ["unlock", "lock", "drive"] }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 7_200, actions: ["unlock", "lock", "drive"] }] },
  ],
  steps: [
    { atMs: 20 * MINUTE_MS, step: { do: "toggle", who: "owner", whom: "guest" } },
    { atMs: 40 * MINUTE_MS, step: { do: "getOut", who: "guest" } },
    { atMs: 2_406_000, step: { do: "walk", who: "guest", to: "away" } },
  ],
  expectations: [
    {
      atMs: 30 * MINUTE_MS, who: "guest", action: "enter", expect: "in",
      because: "Switched on again, it is good within its limits.",
    },
    {
      atMs: 240 * MINUTE_MS, who: "guest", action: "enter", expect: "out", reported: "in",
      because: "And not beyond them: the limits are part of what was signed.",
    },
  ],
};
