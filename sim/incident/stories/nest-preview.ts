import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_608_022_800;

export const NEST_PREVIEW: Incident = {
  id: "nest-preview",
  date: "2020-12-15",
  title: "A preview update moves the lock to another hub, and the codes fail",
  place: "homes with a preview update",
  sources: ["SlashGear"],
  facts: [
    "Reported: about December 2020 a preview update moved locks to another hub; the app and the guests' codes failed. The day is not known.",
    "Set up: at minute 10 the car is moved to another server; owner and guest come after that.",
    "Set up: with Latchkey keys and grants live on the car's own flash and on the phones.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "owner", car: "car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
    { who: "guest", car: "second car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }] },
  ],
  steps: [
    { atMs: 10 * MINUTE_MS, step: { do: "newUplink", car: "car" } },
    { atMs: 10 * MINUTE_MS, step: { do: "newUplink", car: "second car" } },
  ],
  expectations: [
    {
      atMs: 20 * MINUTE_MS, who: "guest", action: "enter", expect: "in", reported: "out",
      because: "A change of uplink cannot touch the key store.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "owner", action: "enter", expect: "in",
      because: "Nor the owner's key.",
    },
  ],
};
