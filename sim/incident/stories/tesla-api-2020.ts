import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;

export const TESLA_API_2020: Incident = {
  id: "tesla-api-2020",
  date: "2020-09-23",
  title: "An hour without servers: app owners stand in front of locked cars",
  place: "worldwide",
  sources: ["TechCrunch", "Bloomberg: https://www.detroitnews.com/story/business/autos/2020/09/23/tesla-suffers-network-outage-disabling-car-owners-mobile-app/3504689001/", "Micky"],
  facts: [
    "Reported: on 2020-09-23 (some say the 21st) a car maker's API failed world-wide for about an hour; every call failed.",
    "Reported: owners who relied on the app were locked out; holders of a card, a fob or a local phone key got in.",
    "Reported: one owner had locked the key in the car and had only the app left.",
    "Set up: servers fail for 60 minutes from minute 10. Each person has a car of their own, parked and locked.",
    "Set up: with Latchkey the app is itself a phone key, made when its owner paired; so the app-only owner holds a key here.",
    "Set up: a car that does not lock around its key stands open to anybody meanwhile; that is the price of the rule.",
    "Set up: one owner's phone has an app that speaks the dialect of Tesla's own cars; its key is one of the car's like any other.",
    "Set up: one more person has an account and never paired. An account alone opens nothing, with either controller.",
  ],
  startUnixS: 1_600_882_200,
  durationMs: 80 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "app-only owner", car: "car 1", baseline: [{ kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "phone-key owner", car: "car 2", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "card owner", car: "car 3", baseline: [{ kind: "card" }, { kind: "account" }], latchkey: [{ kind: "card" }] },
    { who: "owner with the key in the car", car: "car 4", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "Tesla-app owner", car: "car 6", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "teslaKey" }] },
    { who: "account without a key", car: "car 5", baseline: [{ kind: "account" }], latchkey: [{ kind: "account" }] },
  ],
  steps: [
    { atMs: 7 * MINUTE_MS, step: { do: "leaveKeyInCar", who: "owner with the key in the car" } },
    { atMs: 7 * MINUTE_MS + 2_000, step: { do: "getOut", who: "owner with the key in the car" } },
    { atMs: 7 * MINUTE_MS + 5_000, step: { do: "walk", who: "owner with the key in the car", to: "away" } },
    { atMs: 10 * MINUTE_MS, step: { do: "cloud", mode: "down" } },
    { atMs: 23 * MINUTE_MS, step: { do: "getOut", who: "app-only owner" } },
    { atMs: 23 * MINUTE_MS + 5_000, step: { do: "walk", who: "app-only owner", to: "away" } },
    { atMs: 70 * MINUTE_MS, step: { do: "cloud", mode: "up" } },
  ],
  expectations: [
    {
      atMs: 5 * MINUTE_MS, who: "owner with the key in the car", action: "enter", expect: "in",
      because: "An ordinary morning, before anything fails.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "app-only owner", action: "enter", expect: "in", reported: "out",
      because: "The app proves its own key to the car; no server is asked.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "phone-key owner", action: "enter", expect: "in", reported: "in",
      because: "A local key needs no server.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "card owner", action: "enter", expect: "in", reported: "in",
      because: "A card needs neither a server nor a phone.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "Tesla-app owner", action: "enter", expect: "in", reported: "in",
      because: "The other dialect asks no server either: a session with the car, a signed command, one reply.",
    },
    {
      atMs: 21 * MINUTE_MS, who: "owner with the key in the car", action: "enter", expect: "in", reported: "out",
      because: "A car does not lock itself around its key.",
    },
    {
      atMs: 22 * MINUTE_MS, who: "account without a key", action: "enter", expect: "out", reported: "out",
      because: "No key, no entry: an account never was one.",
    },
    {
      atMs: 26 * MINUTE_MS, who: "car 1", action: "locks", expect: "locked",
      because: "Its owner has left with the key, so that it locks by itself: only a key inside keeps a car open.",
    },
    {
      atMs: 75 * MINUTE_MS, who: "app-only owner", action: "enter", expect: "in", reported: "in",
      because: "After an hour the servers are back.",
    },
  ],
};
