import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_685_606_400;

export const REVOKE_LAG: Incident = {
  id: "revoke-lag",
  date: "2023-06-01",
  title: "How long does a revoked key live?",
  place: "a manual",
  sources: ["Polestar 3 manual"],
  facts: [
    "Reported: a shared key deleted in the wallet dies after the last drive, or after 48 hours; deleted at the car, at once. The manual has no date of its own.",
    "Not reported: anybody harmed by it.",
    "Set up: both cars are without coverage. The owner revokes a guest's key at home; the list also reaches a partner's phone.",
    "Set up: at the first car the guest comes before the partner, at the second after. The rule: a revocation reaches the car with the next key that carries it.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 120 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "partner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "guest", car: "car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }] },
    { who: "second owner", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "second partner", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "second guest", car: "second car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }] },
  ],
  steps: [
    { atMs: MINUTE_MS, step: { do: "coverage", of: "car", present: false } },
    { atMs: MINUTE_MS, step: { do: "coverage", of: "second car", present: false } },
    { atMs: 2 * MINUTE_MS, step: { do: "revoke", who: "owner", whom: "guest" } },
    { atMs: 2 * MINUTE_MS, step: { do: "revoke", who: "second owner", whom: "second guest" } },
    { atMs: 3 * MINUTE_MS, step: { do: "carryList", who: "partner", from: "owner" } },
    { atMs: 3 * MINUTE_MS, step: { do: "carryList", who: "second partner", from: "second owner" } },
    { atMs: 12 * MINUTE_MS, step: { do: "getOut", who: "guest" } },
    { atMs: 726_000, step: { do: "walk", who: "guest", to: "away" } },
    { atMs: 32 * MINUTE_MS, step: { do: "getOut", who: "partner" } },
    { atMs: 1_926_000, step: { do: "walk", who: "partner", to: "away" } },
    { atMs: 12 * MINUTE_MS, step: { do: "getOut", who: "second partner" } },
    { atMs: 726_000, step: { do: "walk", who: "second partner", to: "away" } },
  ],
  expectations: [
    {
      atMs: 10 * MINUTE_MS, who: "guest", action: "enter", expect: "in",
      because: "No key has brought the list yet, and the car asks nobody.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "partner", action: "enter", expect: "in",
      because: "This visit brings the list.",
    },
    {
      atMs: 50 * MINUTE_MS, who: "guest", action: "enter", expect: "out",
      because: "From then on the key is dead.",
    },
    {
      atMs: 10 * MINUTE_MS, who: "second partner", action: "enter", expect: "in",
      because: "Here the list comes first.",
    },
    {
      atMs: 30 * MINUTE_MS, who: "second guest", action: "enter", expect: "out",
      because: "So the guest is out at the first try.",
    },
  ],
};
