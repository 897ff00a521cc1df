import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_526_508_000;

export const NEST_2018: Incident = {
  id: "nest-2018",
  date: "2018-05-16",
  title: "The app is dead and the keypad works: the good example",
  place: "worldwide",
  sources: ["The Register", "Digital Trends"],
  facts: [
    "Reported: for about three hours the app and everything behind it was dead; keypads and the lock's own controls went on working.",
    "Set up: servers fail for three hours. Who has a local way in gets in with either controller; who has only the app does not, with the cloud-dependent one.",
    "Left out: the keypad itself; the local way here is a phone key.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 200 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner with a local key", car: "house car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "owner with the app alone", car: "second car", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 5 * MINUTE_MS, step: { do: "cloud", mode: "down" } },
    { atMs: 185 * MINUTE_MS, step: { do: "cloud", mode: "up" } },
  ],
  expectations: [
    {
      atMs: 30 * MINUTE_MS, who: "owner with a local key", action: "enter", expect: "in", reported: "in",
      because: "A local way in needs no server, with any controller that has one.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "owner with the app alone", action: "enter", expect: "in", reported: "out",
      because: "With Latchkey every app is such a way in.",
    },
  ],
};
