import { ACTIONS, GRANTABLE, ROLES, type Action, type Role } from "../wire/index.ts";

/**
 * What a role may do with an action.
 *
 * - `yes`; `no`.
 * - `scope`: where the grant's scope includes it (`enterPin`: includes drive). A key that is enrolled with such a role, and not merely granted, has all of them.
 * - `own`: the lines of the log that it caused itself.
 * - `owners`: for owner keys only, as what they are enrolled or removed as.
 */
export type Cell = "yes" | "no" | "scope" | "own" | "owners";

/** The whole policy of who may ask for what. What else must hold (windows, valet mode, delays) only ever takes away from it. */
export const ROLE_TABLE: Readonly<Record<Action, Readonly<Record<Role, Cell>>>> = {
  unlock: { owner: "yes", driver: "yes", guest: "scope", valet: "scope", service: "yes", recovery: "no", card: "yes", monitor: "no", charger: "no" },
  lock: { owner: "yes", driver: "yes", guest: "scope", valet: "scope", service: "yes", recovery: "no", card: "yes", monitor: "no", charger: "no" },
  trunk: { owner: "yes", driver: "yes", guest: "scope", valet: "no", service: "yes", recovery: "no", card: "no", monitor: "no", charger: "no" },
  drive: { owner: "yes", driver: "yes", guest: "scope", valet: "scope", service: "yes", recovery: "no", card: "yes", monitor: "no", charger: "no" },
  status: { owner: "yes", driver: "yes", guest: "scope", valet: "scope", service: "yes", recovery: "no", card: "no", monitor: "yes", charger: "yes" },
  enrol: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "owners", card: "no", monitor: "no", charger: "no" },
  revoke: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "yes", card: "no", monitor: "no", charger: "no" },
  listKeys: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "yes", card: "no", monitor: "no", charger: "no" },
  readLog: { owner: "yes", driver: "own", guest: "no", valet: "no", service: "own", recovery: "no", card: "no", monitor: "no", charger: "no" },
  issueGrant: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  deliverList: { owner: "yes", driver: "yes", guest: "yes", valet: "yes", service: "yes", recovery: "yes", card: "no", monitor: "yes", charger: "yes" },
  valetMode: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  changeSettings: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  cancelPending: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "yes", card: "no", monitor: "no", charger: "no" },
  transfer: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "yes", card: "no", monitor: "no", charger: "no" },
  reset: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "yes", card: "no", monitor: "no", charger: "no" },
  setTime: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  readPosition: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "yes", charger: "no" },
  setPin: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  enterPin: { owner: "yes", driver: "yes", guest: "scope", valet: "scope", service: "yes", recovery: "no", card: "no", monitor: "no", charger: "no" },
  update: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  approveKey: { owner: "no", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "yes", monitor: "no", charger: "no" },
  charge: { owner: "yes", driver: "yes", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "yes" },
  comfort: { owner: "yes", driver: "yes", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
  guard: { owner: "yes", driver: "no", guest: "no", valet: "no", service: "no", recovery: "no", card: "no", monitor: "no", charger: "no" },
};

/** Whom valet mode still lets do an action: whoever the role table lets, owners and the recovery key, or nobody but the recovery key. */
export type ValetCell = "unchanged" | "owners" | "recovery";

/**
 * What valet mode takes away. Owners can revoke, read and end valet mode in it; what would outlast it waits until it is off, so
 * that a phone handed over with the car cannot let anybody in for good. The recovery key is for when there is no phone, and is not bound.
 */
export const VALET_MODE_TABLE: Readonly<Record<Action, ValetCell>> = {
  unlock: "unchanged",
  lock: "unchanged",
  trunk: "owners",
  drive: "unchanged",
  status: "unchanged",
  enrol: "recovery",
  revoke: "unchanged",
  listKeys: "unchanged",
  readLog: "owners",
  issueGrant: "recovery",
  deliverList: "unchanged",
  valetMode: "unchanged",
  changeSettings: "recovery",
  cancelPending: "unchanged",
  transfer: "recovery",
  reset: "recovery",
  setTime: "unchanged",
  readPosition: "owners",
  setPin: "recovery",
  enterPin: "unchanged",
  update: "recovery",
  approveKey: "recovery",
  charge: "unchanged",
  comfort: "unchanged",
  guard: "owners",
};

/** What a remote link (one that proves no proximity) is served: everything, only keys that are enrolled, or nothing. */
export type RemoteCell = "anyKey" | "enrolledKeys" | "nobody";

/** Remote links. Pairing and passive entry are refused there too; they are no actions of a key. */
export const REMOTE_TABLE: Readonly<Record<Action, RemoteCell>> = {
  unlock: "enrolledKeys",
  lock: "anyKey",
  trunk: "enrolledKeys",
  drive: "nobody",
  status: "anyKey",
  enrol: "nobody",
  revoke: "enrolledKeys",
  listKeys: "enrolledKeys",
  readLog: "enrolledKeys",
  issueGrant: "enrolledKeys",
  deliverList: "anyKey",
  valetMode: "enrolledKeys",
  changeSettings: "enrolledKeys",
  cancelPending: "enrolledKeys",
  transfer: "enrolledKeys",
  reset: "enrolledKeys",
  setTime: "enrolledKeys",
  readPosition: "enrolledKeys",
  setPin: "nobody",
  enterPin: "nobody",
  update: "enrolledKeys",
  approveKey: "nobody",
  charge: "enrolledKeys",
  comfort: "enrolledKeys",
  guard: "enrolledKeys",
};

/** Actions of a fast reconnect. */
export const FAST_ACTIONS: ReadonlySet<Action> = new Set<Action>(["unlock", "lock"]);

/** Actions that cost a counted grant one of its uses. Looking and delivering are free while it has uses. */
export const COUNTED_ACTIONS: ReadonlySet<Action> = new Set<Action>(["unlock", "lock", "trunk", "drive"]);

/** Bits of a scope that an owner can delegate. */
export const GRANTABLE_BITS = GRANTABLE.reduce((bits, action) => bits | (1 << ACTIONS[action]), 0);

const CELL_WORDS: Readonly<Record<Cell, string>> = { yes: "yes", no: "", scope: "by scope", own: "own lines", owners: "owners only" };
const VALET_WORDS: Readonly<Record<ValetCell, string>> = { unchanged: "", owners: "owners only", recovery: "refused" };
const REMOTE_WORDS: Readonly<Record<RemoteCell, string>> = { anyKey: "yes", enrolledKeys: "enrolled keys", nobody: "" };

/** The tables as Markdown, one row per action: what docs/access.md shows. */
export function describePolicy(): string {
  const roles = Object.keys(ROLES) as Role[];
  const header = ["action", ...roles, "in valet mode", "remote link", "fast reconnect"];
  const rows = (Object.keys(ACTIONS) as Action[]).map((action) => [
    action,
    ...roles.map((role) => CELL_WORDS[ROLE_TABLE[action][role]]),
    VALET_WORDS[VALET_MODE_TABLE[action]],
    REMOTE_WORDS[REMOTE_TABLE[action]],
    FAST_ACTIONS.has(action) ? "yes" : "",
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
