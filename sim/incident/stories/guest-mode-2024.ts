import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_733_043_600;

export const GUEST_MODE_2024: Incident = {
  id: "guest-mode-2024",
  date: "2024-12-01",
  title: "A forgotten mode keeps an owner from deleting keys",
  place: "an owner's driveway",
  sources: ["vehicle-command: https://github.com/teslamotors/vehicle-command/issues/343"],
  facts: [
    "Reported: in December 2024 an owner could not delete keys; a mode that was forgotten about had greyed it out, and nothing said so. The day is not known.",
    "Set up: the owner leaves the car in valet mode, and some days later revokes a guest's key; the owner comes by, then the guest.",
    "Set up: with Latchkey valet mode keeps no owner from revoking.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 4500 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "guest", car: "car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 864_000, actions: ["unlock", "lock", "drive"] }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 864_000, actions: ["unlock", "lock", "drive"] }] },
  ],
  steps: [
    { atMs: 5 * MINUTE_MS, step: { do: "walk", who: "owner", to: "car" } },
    { atMs: 8 * MINUTE_MS, step: { do: "valet", who: "owner", on: true } },
    { atMs: 12 * MINUTE_MS, step: { do: "walk", who: "owner", to: "away" } },
    { atMs: 4320 * MINUTE_MS, step: { do: "revoke", who: "owner", whom: "guest" } },
    { atMs: 4342 * MINUTE_MS, step: { do: "getOut", who: "owner" } },
    { atMs: 260_526_000, step: { do: "walk", who: "owner", to: "away" } },
  ],
  expectations: [
    {
      atMs: 4340 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "The owner comes by, and with the phone comes the revocation.",
    },
    {
      atMs: 4360 * MINUTE_MS, who: "guest", action: "enter", expect: "out", reported: "in",
      because: "An owner can always revoke; no mode stands in the way.",
    },
  ],
};
