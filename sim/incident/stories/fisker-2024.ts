import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_728_028_800;
const MONTH_S = 30 * 86_400;

const LENT = { kind: "guestKey", expiresAtS: START_UNIX_S + MONTH_S, actions: ["unlock", "lock", "drive"] } as const;

export const FISKER_2024: Incident = {
  id: "fisker-2024",
  date: "2024-10-04",
  title: "The maker is bankrupt, and its cars cannot be moved to another server",
  place: "New York",
  sources: [
    "InsideEVs",
    "Business Insider",
    "Silicon UK: https://www.silicon.co.uk/e-innovation/green-it/fisker-unable-to-migrate-ev-data-to-new-owners-server-583659",
  ],
  facts: [
    "Reported: a car maker filed for bankruptcy in June 2024; on 4 October it told the buyer of 3,300 cars that they could not be moved to a server of the buyer's: no app, no remote access, no updates from there.",
    "Not reported: anybody before a locked door. In the end the buyer paid for the old server to go on.",
    "Set up: a driver is dismissed at minute 10 and the buyer comes by; the old server is gone from minute 20. At minute 30 the buyer copies the car's memory, at minute 40 it goes onto another controller, whose clock a satellite sets.",
    "Set up: a second driver is dismissed in between, so that the copy knows nothing of it.",
    "Set up: the copy is what `latchkey car export` and `import` move, by the same code. They ask for the stopped car itself and a passphrase; the passphrase and its seal are left out here.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 100 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "buyer", car: "car", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "driver", car: "car", baseline: [LENT], latchkey: [LENT] },
    { who: "dismissed driver", car: "car", baseline: [LENT], latchkey: [LENT] },
    { who: "driver dismissed later", car: "car", baseline: [LENT], latchkey: [LENT] },
  ],
  steps: [
    { atMs: 6 * MINUTE_MS, step: { do: "getOut", who: "dismissed driver" } },
    { atMs: 366_000, step: { do: "walk", who: "dismissed driver", to: "away" } },
    { atMs: 10 * MINUTE_MS, step: { do: "revoke", who: "buyer", whom: "dismissed driver" } },
    { atMs: 14 * MINUTE_MS, step: { do: "getOut", who: "buyer" } },
    { atMs: 846_000, step: { do: "walk", who: "buyer", to: "away" } },
    { atMs: 20 * MINUTE_MS, step: { do: "cloud", mode: "gone" } },
    { atMs: 30 * MINUTE_MS, step: { do: "exportMemory", who: "buyer" } },
    { atMs: 35 * MINUTE_MS, step: { do: "revoke", who: "buyer", whom: "driver dismissed later" } },
    { atMs: 40 * MINUTE_MS, step: { do: "replaceController", who: "buyer" } },
    { atMs: 41 * MINUTE_MS, step: { do: "clock", car: "car", source: "gps", unixS: START_UNIX_S + 41 * 60 } },
    { atMs: 54 * MINUTE_MS, step: { do: "getOut", who: "buyer" } },
    { atMs: 3_246_000, step: { do: "walk", who: "buyer", to: "away" } },
  ],
  expectations: [
    {
      atMs: 5 * MINUTE_MS, who: "dismissed driver", action: "enter", expect: "in",
      because: "An ordinary morning, before anything fails.",
    },
    {
      atMs: 12 * MINUTE_MS, who: "buyer", action: "enter", expect: "in",
      because: "The servers are still there; this visit brings the revocation to the car.",
    },
    {
      atMs: 45 * MINUTE_MS, who: "dismissed driver", action: "enter", expect: "out",
      because: "A revocation is part of the memory: a new controller revives no key.",
    },
    {
      atMs: 50 * MINUTE_MS, who: "buyer", action: "enter", expect: "in", reported: "out",
      because: "The keys are in the car's own memory and on the phones; whoever has both needs no maker and no server to move them.",
    },
    {
      atMs: 60 * MINUTE_MS, who: "driver dismissed later", action: "enter", expect: "out",
      because: "What the copy did not know the owner's phone has brought.",
    },
    {
      atMs: 70 * MINUTE_MS, who: "driver", action: "drive", expect: "drives",
      because: "A lent key goes on as it was, to its own end.",
    },
  ],
};
