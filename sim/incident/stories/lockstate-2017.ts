import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_502_150_400;

export const LOCKSTATE_2017: Incident = {
  id: "lockstate-2017",
  date: "2017-08-08",
  place: "homes with 6000i locks",
  title: "An update for the 7000i is sent to 6000i locks, and they are dead",
  sources: ["Bleeping Computer", "Threatpost via Komando"],
  facts: [
    "Reported: the firmware of one model was sent to locks of another; about 500 no longer worked, and mending took 5 to 18 days. Their physical keys worked.",
    "Set up: each owner walks to the car, where an update is offered and delivered, and the owner consents: in the first car to one for another model, in the second to one that starts and moves no latch, in the third to a good one in whose delivery the power fails; the fourth gets a good one. The third one is offered another good one 20 minutes later.",
    "Set up: the maker has signed all of them. Latchkey's car writes them to its second slot; the boot loader has each pair and unlock on a bench before it starts it, and undoes what has not run for a minute by the next start.",
    "Set up: the cloud-dependent car writes what its server sends over what runs.",
    "Left out: keys of metal, which worked. The bench of the replay has an empty flash; that of the product has a copy of the car's.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 90 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "second owner", car: "second car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "third owner", car: "third car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "fourth owner", car: "fourth car", baseline: [{ kind: "phoneKey" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 10 * MINUTE_MS, step: { do: "walk", who: "owner", to: "car" } },
    { atMs: 10 * MINUTE_MS, step: { do: "walk", who: "second owner", to: "car" } },
    { atMs: 10 * MINUTE_MS, step: { do: "walk", who: "third owner", to: "car" } },
    { atMs: 10 * MINUTE_MS, step: { do: "walk", who: "fourth owner", to: "car" } },
    { atMs: 15 * MINUTE_MS, step: { do: "update", who: "owner", release: "wrongModel" } },
    { atMs: 15 * MINUTE_MS, step: { do: "update", who: "second owner", release: "failsSelfTest" } },
    { atMs: 15 * MINUTE_MS, step: { do: "update", who: "third owner", release: "powerFails" } },
    { atMs: 15 * MINUTE_MS, step: { do: "update", who: "fourth owner", release: "good" } },
    { atMs: 30 * MINUTE_MS, step: { do: "getOut", who: "third owner" } },
    { atMs: 35 * MINUTE_MS, step: { do: "update", who: "third owner", release: "good" } },
    { atMs: 40 * MINUTE_MS, step: { do: "walk", who: "third owner", to: "away" } },
  ],
  expectations: [
    {
      atMs: 25 * MINUTE_MS, who: "owner", action: "enter", expect: "in", reported: "out",
      because: "An update names its model under its signature; one for another model is not even written.",
    },
    {
      atMs: 25 * MINUTE_MS, who: "second owner", action: "enter", expect: "in",
      because: "What does not open a door on the bench is not started in the car.",
    },
    {
      atMs: 25 * MINUTE_MS, who: "third owner", action: "enter", expect: "in",
      because: "The slot that runs is never written, so a power cut leaves it whole.",
    },
    {
      atMs: 25 * MINUTE_MS, who: "fourth owner", action: "drive", expect: "drives",
      because: "A good update changes the program alone: keys and log lie elsewhere.",
    },
    {
      atMs: 38 * MINUTE_MS, who: "third owner", action: "lock", expect: "locked",
      because: "The program that came with the second delivery locks.",
    },
    {
      atMs: 60 * MINUTE_MS, who: "third owner", action: "enter", expect: "in",
      because: "After the cut the next update is taken as ever, and opens what it has locked.",
    },
  ],
};
