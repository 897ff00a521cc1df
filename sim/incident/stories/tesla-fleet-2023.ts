import type { Incident } from "../format.ts";

const MINUTE_MS = 60_000;
const START_UNIX_S = 1_696_147_200;

export const TESLA_FLEET_2023: Incident = {
  id: "tesla-fleet-2023",
  date: "2023-10-01",
  title: "An update cuts a kind of key off from the car",
  place: "fleets",
  sources: ["vehicle-command: https://github.com/teslamotors/vehicle-command/issues/172"],
  facts: [
    "Reported: with firmware 2023.38 the keys of fleets no longer worked over Bluetooth. The day is not known.",
    "Set up: at minute 10 the maker ends the fleet driver's key from afar; the owner's stays.",
    "Set up: Latchkey's controller takes no order from its maker; what a key may do is in the policy table, which owners can read beforehand.",
  ],
  startUnixS: START_UNIX_S,
  durationMs: 60 * MINUTE_MS,
  baseline: {},
  cast: [
    { who: "fleet driver", car: "fleet car", baseline: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }], latchkey: [{ kind: "guestKey", expiresAtS: START_UNIX_S + 86_400, actions: ["unlock", "lock", "drive"] }] },
    { who: "fleet owner", car: "second car", baseline: [{ kind: "phoneKey" }, { kind: "account" }], latchkey: [{ kind: "phoneKey" }] },
  ],
  steps: [
    { atMs: 10 * MINUTE_MS, step: { do: "makerDropsKey", who: "fleet driver" } },
  ],
  expectations: [
    {
      atMs: 20 * MINUTE_MS, who: "fleet driver", action: "drive", expect: "drives", reported: "stands",
      because: "A key works until its owner or its own end says otherwise.",
    },
    {
      atMs: 20 * MINUTE_MS, who: "fleet owner", action: "drive", expect: "drives",
      because: "An owner's key is nobody else's to end.",
    },
  ],
};
