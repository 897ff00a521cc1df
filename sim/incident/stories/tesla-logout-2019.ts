import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const TESLA_LOGOUT_2019: Incident = {
  id: "tesla-logout-2019",
  date: "2019-09-02",
  title: "The app signs out and takes the phone key with it",
  place: "North America",
  sources: ["TNW: https://thenextweb.com/cars/2019/09/03/tesla-owners-reportedly-got-locked-out-of-their-cars-because-the-app-was-down/", "Car and Driver", "CNET/NBC", "Jalopnik"],
  facts: [
    "Reported: from about 16:00 to 16:30 Pacific time, for about four hours, the app could not reach its servers.",
    "Reported: phone keys kept working, except for owners whom the app had signed out: signing in again was impossible.",
    "Set up: servers fail for four hours; one of two owners is signed out after five minutes; both try at half an hour.",
    "Set up: the cloud-dependent phone keeps its key inside the login. Latchkey's wallet knows no login.",
  ],
  startUnixS: 1_567_466_100,
  durationMs: 4 * HOUR_MS + 20 * MINUTE_MS,
  baseline: { phoneKeyTiedToLogin: true },
  cast: [
    { who: "owner signed out", car: "car 1", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }, { kind: "account" }] },
    { who: "owner still signed in", car: "car 2", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }, { kind: "account" }] },
  ],
  steps: [
    { atMs: 0, step: { do: "cloud", mode: "down" } },
    { atMs: 5 * MINUTE_MS, step: { do: "logOut", who: ["owner signed out"] } },
    { atMs: 4 * HOUR_MS, step: { do: "cloud", mode: "up" } },
  ],
  expectations: [
    {
      atMs: 30 * MINUTE_MS, who: "owner signed out", action: "drive", expect: "drives", reported: "stands",
      because: "A local key lives outside any session; signing out never deletes it.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "owner still signed in", action: "drive", expect: "drives", reported: "drives",
      because: "A local key needs no server.",
    },
  ],
};
