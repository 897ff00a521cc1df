import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_709_280_000;

export const GARAGE_V_C: Incident = {
  id: "garage-v-c",
  date: "2024-03-01",
  title: "Asleep in an underground garage, beyond every network",
  place: "an underground garage",
  sources: ["vehicle-command: https://github.com/teslamotors/vehicle-command/issues/216", "vehicle-command: https://github.com/teslamotors/vehicle-command/issues/172"],
  facts: [
    "Reported: a car asleep underground could not be woken through the cloud. The month alone is known.",
    "Set up: neither the car nor the phone has coverage; the owner comes after three days.",
    "Left out: the depth of sleep; a controller on the bench of the simulator is awake as soon as its radio is.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 4400 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "app-only owner", car: "car 1", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "phone-key owner", car: "car 2", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: MINUTE_MS, step: { do: "coverage", of: "car 1", present: false } },
    { atMs: MINUTE_MS, step: { do: "coverage", of: "car 2", present: false } },
    { atMs: MINUTE_MS, step: { do: "coverage", of: "app-only owner", present: false } },
    { atMs: MINUTE_MS, step: { do: "coverage", of: "phone-key owner", present: false } },
  ],
  expectations: [
    {
      atMs: 4320 * MINUTE_MS, who: "app-only owner", action: "enter", expect: "in", reported: "out",
      because: "The radio between phone and car needs no network.",
    },
    {
      atMs: 4320 * MINUTE_MS, who: "phone-key owner", action: "drive", expect: "drives",
      because: "A local key needs no network.",
    },
  ],
};
