import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_652_616_000;

export const NCC_RELAY_2022: Incident = {
  id: "ncc-relay-2022",
  date: "2022-05-15",
  title: "A relay opens and drives off a car whose phone is far away",
  place: "a laboratory and a driveway",
  sources: ["NCC Group advisory"],
  facts: [
    "Reported: a link-layer relay adds 8 ms and shows whatever strength its own radio has; a car was opened and driven with the phone 25 m and more away.",
    "Set up: owners have switched passive entry on; each phone is 90 m away, in the pocket of somebody who walks; relays add 8, 30 and 200 ms, the last one forges phase as well.",
    "Set up: the cloud-dependent car goes by signal strength. Latchkey's has Channel Sounding and its rules R1 to R8 (docs/ranging.md).",
    "Not prevented: a relay to a phone that forges phase and shortens time of flight from within a few metres; a relay of somebody who presses unlock.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  passiveEntry: true,
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "thief", car: "car", baseline: [], latchkey: [] },
    { who: "second owner", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "second thief", car: "second car", baseline: [], latchkey: [] },
    { who: "third owner", car: "third car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "third thief", car: "third car", baseline: [], latchkey: [] },
    { who: "honest owner", car: "fourth car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 2 * MINUTE_MS, step: { do: "walk", who: "honest owner", to: "car" } },
    { atMs: 4 * MINUTE_MS, step: { do: "walk", who: "honest owner", to: "away" } },
    { atMs: 570_000, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 10 * MINUTE_MS, step: { do: "relay", who: "owner", addedMs: 8 } },
    { atMs: 13 * MINUTE_MS, step: { do: "relayEnds" } },
    { atMs: 1_170_000, step: { do: "walk", who: "second owner", to: "away" } },
    { atMs: 20 * MINUTE_MS, step: { do: "relay", who: "second owner", addedMs: 30 } },
    { atMs: 23 * MINUTE_MS, step: { do: "relayEnds" } },
    { atMs: 1_770_000, step: { do: "walk", who: "third owner", to: "away" } },
    { atMs: 30 * MINUTE_MS, step: { do: "relay", who: "third owner", addedMs: 200, phaseMetres: 1 } },
    { atMs: 33 * MINUTE_MS, step: { do: "relayEnds" } },
  ],
  expectations: [
    {
      atMs: 192_000, who: "fourth car", action: "locks", expect: "unlocked",
      because: "Measured at the door, and the phone has moved: that is what passive entry is for.",
    },
    {
      atMs: 630_000, who: "thief", action: "enter", expect: "out", reported: "in",
      because: "Strength proves nothing, and a relay that forwards packets relays no ranging.",
    },
    {
      atMs: 1_230_000, who: "second thief", action: "drive", expect: "stands", reported: "drives",
      because: "A longer delay is refused wherever a shorter one is.",
    },
    {
      atMs: 1_830_000, who: "third thief", action: "enter", expect: "out",
      because: "Phase and time of flight disagree: a relay, and the log says so.",
    },
  ],
};
