import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_UNIX_S = 1_772_323_200;

export const BLE_HANG_2026: Incident = {
  id: "ble-hang-2026",
  date: "2026-03-01",
  place: "a Pi Zero beside a car",
  title: "The Bluetooth adapter falls silent after five hours, and reports no error",
  sources: ["TeslaBleHttpProxy issue 155"],
  facts: [
    "Reported: in March 2026 the adapter of a small computer that talks to a car fell silent after about five hours; nothing reported an error. The replay takes the first day of the month.",
    "Set up: here the silent radio is the car's own. It neither sends nor hears, and its car is told nothing. In the first and the third car a reset of the adapter helps, in the second only a new start of the process that drives it.",
    "Set up: Latchkey's car asks its adapter every 10 s for an answer and climbs a ladder while none comes: it advertises anew, resets the adapter, starts the radio's process anew. The replay runs the rule that real boards run.",
    "Set up: the cloud-dependent car does not look after its radio. Somebody pulls the fuse of the third one after seven hours.",
    "Not prevented: the car is deaf until the ladder has helped, 14 s at most where a reset does.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 9 * HOUR_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "second owner", car: "second car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "owner with a fuse puller", car: "third car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 5 * HOUR_MS, step: { do: "radioHangs", car: "car", until: "adapterReset" } },
    { atMs: 5 * HOUR_MS, step: { do: "radioHangs", car: "second car", until: "radioRestart" } },
    { atMs: 5 * HOUR_MS, step: { do: "radioHangs", car: "third car", until: "adapterReset" } },
    { atMs: 7 * HOUR_MS, step: { do: "restart", car: "third car" } },
  ],
  expectations: [
    {
      atMs: 5 * HOUR_MS + 15_000, who: "owner", action: "enter", expect: "in", reported: "out",
      because: "The car asks its radio for a sign of life and resets it when none comes.",
    },
    {
      atMs: 5 * HOUR_MS + MINUTE_MS, who: "second owner", action: "enter", expect: "in",
      because: "Where a reset does not help, the radio starts again in a process of its own; the car goes on.",
    },
    {
      atMs: 8 * HOUR_MS, who: "owner with a fuse puller", action: "enter", expect: "in",
      because: "A power cut cures both cars; one of them did not need it.",
    },
  ],
};
