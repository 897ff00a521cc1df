import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_641_045_600;

/** 1,024 weeks, the span of the GPS week counter (IS-GPS-200, week number of ten bits). */
const FALL_S = 7_168 * 86_400;

export const HONDA_CLOCK_2022: Incident = {
  id: "honda-clock-2022",
  date: "2022-01-01",
  title: "Clocks fall back 7,168 days",
  place: "worldwide",
  sources: ["Jalopnik", "Engadget/Yahoo"],
  facts: [
    "Reported: from 2022-01-01 the clocks of many cars showed 2002, for about a week; the dashboards were wrong, nobody was locked out.",
    "Set up: the same false date given to a car that judges shared keys by it, while it runs and again after a power cut.",
    "Set up: one guest whose time has run out, one whose time has come, and an owner; each at a car of their own.",
    "Set up: in the cloud-dependent car the guests whose time is over have a key with an end and no start.",
    "Not reported: the cloud-dependent car here believes the clock it is told; that is the caricature's trait, not the maker's.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 70 * MINUTE_MS,
  baseline: {},
  cast: [
    {
      who: "guest whose time is over",
      car: "car 1",
      baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 600, actions: ["unlock", "lock", "drive"] }],
      latchkey: [{ kind: "guestKey", notBeforeS: START_UNIX_S - 86_400, expiresAtS: START_UNIX_S + 600, actions: ["unlock", "lock", "drive"] }],
    },
    {
      who: "guest whose time has come",
      car: "car 2",
      baseline: [{ kind: "guestKey", notBeforeS: START_UNIX_S - 86_400, expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }],
      latchkey: [{ kind: "guestKey", notBeforeS: START_UNIX_S - 86_400, expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }],
    },
    { who: "owner", car: "car 3", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    {
      who: "other guest whose time is over",
      car: "car 4",
      baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 600, actions: ["unlock", "lock", "drive"] }],
      latchkey: [{ kind: "guestKey", notBeforeS: START_UNIX_S - 86_400, expiresAtS: START_UNIX_S + 600, actions: ["unlock", "lock", "drive"] }],
    },
    { who: "other owner", car: "car 5", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 20 * MINUTE_MS, step: { do: "clock", car: "car 1", source: "gps", unixS: START_UNIX_S + 1_200 - FALL_S } },
    { atMs: 20 * MINUTE_MS, step: { do: "clock", car: "car 2", source: "gps", unixS: START_UNIX_S + 1_200 - FALL_S } },
    { atMs: 20 * MINUTE_MS, step: { do: "clock", car: "car 3", source: "gps", unixS: START_UNIX_S + 1_200 - FALL_S } },
    { atMs: 40 * MINUTE_MS, step: { do: "restart", car: "car 4" } },
    { atMs: 40 * MINUTE_MS, step: { do: "restart", car: "car 5" } },
    { atMs: 41 * MINUTE_MS, step: { do: "clock", car: "car 4", source: "gps", unixS: START_UNIX_S + 2_460 - FALL_S } },
    { atMs: 41 * MINUTE_MS, step: { do: "clock", car: "car 5", source: "gps", unixS: START_UNIX_S + 2_460 - FALL_S } },
  ],
  expectations: [
    {
      atMs: 30 * MINUTE_MS, who: "guest whose time is over", action: "enter", expect: "out",
      because: "Time never moves back: what has expired stays expired.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "guest whose time has come", action: "enter", expect: "in",
      because: "A false date does not take a good grant away.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "owner", action: "drive", expect: "drives",
      because: "Owners' keys never depend on the date.",
    },
    {
      atMs: 50 * MINUTE_MS, who: "other guest whose time is over", action: "enter", expect: "out",
      because: "After a restart too: the floor is on flash, and a date below it is not trusted.",
    },
    {
      atMs: 50 * MINUTE_MS, who: "other owner", action: "drive", expect: "drives",
      because: "Owners' keys never depend on the date.",
    },
  ],
};
