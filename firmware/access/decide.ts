import { err, ok, unreachable, type Result } from "../base/index.ts";
import { mintAuthorisation, type Authorisation } from "../lock/index.ts";
import type { RecordChange } from "../records/index.ts";
import type { Action, ReasonName, Role } from "../wire/index.ts";
import type { Asker, Grant } from "./asker.ts";
import type { EnrolledKey } from "./keyring.ts";
import { ADMITTED_GRANT_COUNT_MAX, GRANT_USE_COUNT_MAX } from "./limits.ts";
import { COUNTED_ACTIONS, FAST_ACTIONS, REMOTE_TABLE, ROLE_TABLE, VALET_MODE_TABLE } from "./role-table.ts";
import type { AccessState } from "./state.ts";

/** "May this key do this now?" */
export interface AccessRequest {
  readonly asker: Asker;
  readonly action: Action;
  /** `remote`: the link proves no proximity. `tap`: a card at a reader of the car, not a link. */
  readonly proximity: "local" | "remote" | "tap";
  /** `fast`: over a ticket, without a new handshake. */
  readonly path: "full" | "fast";
  /** Number of the use, for counted grants: from 1. */
  readonly use?: number | undefined;
  readonly nowMs: number;
}

export interface Allowed {
  readonly allowed: true;
  readonly authorisation: Authorisation;
  /** To be durable before anything is done; empty where nothing is consumed. */
  readonly consumes: readonly RecordChange[];
  /** Drive with the limits of a valet. */
  readonly limited: boolean;
  /** Of the log, only what this key caused. */
  readonly ownLinesOnly: boolean;
}

/** `nextUse`: with `usedUp` and `malformed` of a counted grant, the first number that is still good. */
export type Decision = Allowed | { readonly allowed: false; readonly reason: ReasonName; readonly nextUse?: number };

type Refusal = { readonly reason: ReasonName; readonly nextUse?: number } | undefined;

interface Rights {
  readonly role: Role;
  readonly name: string;
  readonly grant: Grant | undefined;
}

/**
 * The one function that decides, and the only one that makes an authorisation. Its checks, in this order; the first that fails
 * gives the reason:
 *
 * 1. it is known who owns the car; 2. the asker is known and not revoked (a grant: issuer an owner, epoch, cti, holder);
 * 3. role table, and that cards alone are tapped; 4. fast path; 5. remote link; 6. valet mode; 7. a grant's scope, 8. its window, 9. its uses; 10. PIN to drive.
 *
 * Looks up a handful of maps, whatever the number of keys. Remembers only which grants are in use in this boot.
 */
export function decide(state: AccessState, request: AccessRequest): Decision {
  state.seen(request.nowMs);
  const rights = rightsOf(state, request.asker);
  if ("reason" in rights) return { allowed: false, reason: rights.reason };
  const refusal = policyRefusal(state, rights, request) ?? (rights.grant && grantRefusal(state, rights.grant, request)) ?? pinRefusal(state, request);
  if (refusal !== undefined) return { allowed: false, ...refusal };
  const { grant } = rights;
  const consumes = grant === undefined ? [] : consume(state, grant, request);
  if (grant?.actions.has(request.action)) rememberInUse(state, grant, request.nowMs);
  return {
    allowed: true,
    authorisation: mintAuthorisation(request.action, `${rights.role}:${rights.name}`),
    consumes,
    limited: rights.role === "valet" || state.settings.values.valetMode,
    ownLinesOnly: ROLE_TABLE[request.action][rights.role] === "own",
  };
}

/** The enrolled key behind `asker` where policy lets it do `action` over a local link, or by a tap, now; what a plan asks before it plans. */
export function managing(state: AccessState, asker: Asker, action: Action, proximity: "local" | "tap" = "local"): Result<EnrolledKey, ReasonName> {
  const rights = rightsOf(state, asker);
  if ("reason" in rights) return err(rights.reason);
  const refusal = policyRefusal(state, rights, { action, path: "full", proximity });
  if (refusal !== undefined) return err(refusal.reason);
  const key = asker.kind === "key" ? state.keys.get(asker.keyId) : undefined;
  return key === undefined ? err("roleForbids") : ok(key);
}

/** Who the asker is to this car now, or why it is nobody. */
function rightsOf(state: AccessState, asker: Asker): Rights | { readonly reason: ReasonName } {
  if (state.ownershipLost) return { reason: "storageFault" };
  switch (asker.kind) {
    case "newcomer":
      return { reason: "unknownKey" };
    case "key": {
      const key = state.keys.get(asker.keyId);
      if (key !== undefined) return { role: key.role, name: key.name, grant: undefined };
      if (!state.ownership.claimed) return { reason: "notClaimed" };
      return { reason: state.revocations.hasKey(asker.keyId) ? "revokedKey" : "unknownKey" };
    }
    case "grant": {
      const { grant } = asker;
      if (state.keys.get(grant.issuerId)?.role !== "owner") return { reason: "issuerNotOwner" };
      const dead =
        grant.issuerEpoch < state.issuers.get(grant.issuerId).epoch ||
        state.revocations.hasGrant(grant.issuerId, grant.grantId) ||
        state.revocations.hasKey(grant.holderId);
      return dead ? { reason: "grantRevoked" } : { role: grant.role, name: grant.name, grant };
    }
    default:
      return unreachable(asker);
  }
}

function policyRefusal(state: AccessState, rights: Rights, request: Pick<AccessRequest, "action" | "path" | "proximity">): Refusal {
  const { action } = request;
  if (ROLE_TABLE[action][rights.role] === "no") return { reason: "roleForbids" };
  if ((rights.role === "card") !== (request.proximity === "tap")) return { reason: "tapOnly" };
  if (request.path === "fast" && !FAST_ACTIONS.has(action)) return { reason: "fullRunNeeded" };
  if (request.proximity === "remote" && !(isServedRemotely(rights, action) && state.settings.values.remoteAccess)) return { reason: "remoteLink" };
  if (!state.settings.values.valetMode || rights.role === "recovery") return undefined;
  const valet = VALET_MODE_TABLE[action];
  const forbidden = valet === "recovery" || (valet === "owners" && rights.role !== "owner");
  return forbidden ? { reason: "valetMode" } : undefined;
}

function isServedRemotely(rights: Rights, action: Action): boolean {
  const remote = REMOTE_TABLE[action];
  return remote === "anyKey" || (remote === "enrolledKeys" && rights.grant === undefined);
}

function grantRefusal(state: AccessState, grant: Grant, request: AccessRequest): Refusal {
  // A list is judged by its own signature; whoever carries it does the car a service.
  if (request.action === "deliverList") return undefined;
  // A PIN is entered to drive.
  const needed = request.action === "enterPin" ? "drive" : request.action;
  if (!grant.actions.has(needed)) return { reason: "outsideScope" };
  const window = windowRefusal(state, grant, request.nowMs);
  return window === undefined ? useRefusal(state, grant, request) : { reason: window };
}

function pinRefusal(state: AccessState, request: AccessRequest): Refusal {
  return request.action === "drive" && state.pin.isOn && !state.pin.isOpen(request.nowMs) ? { reason: "pinRequired" } : undefined;
}

/** nbf <= now < exp (RFC 8392 section 3.1.4, 3.1.5); time not known: only what was in use in this boot, to its end. */
function windowRefusal(state: AccessState, grant: Grant, nowMs: number): ReasonName | undefined {
  const { notBeforeS, expiresAtS } = grant;
  const surelyPastS = Math.max(state.time.floorS, state.issuers.get(grant.issuerId).sweptS);
  if (expiresAtS !== undefined && expiresAtS <= surelyPastS) return "expired";
  if (notBeforeS === undefined && expiresAtS === undefined) return undefined;
  const nowS = state.time.nowS(nowMs);
  if (nowS === undefined) {
    const untilMs = state.inUse.get(inUseId(grant));
    if (untilMs === undefined) return "timeNotTrusted";
    return nowMs < untilMs ? undefined : "expired";
  }
  if (notBeforeS !== undefined && nowS < notBeforeS) return "notYetValid";
  return expiresAtS !== undefined && nowS >= expiresAtS ? "expired" : undefined;
}

function useRefusal(state: AccessState, grant: Grant, request: AccessRequest): Refusal {
  if (grant.usesMax === undefined) return undefined;
  const used = state.uses.usedOf(grant);
  const nextUse = used < grant.usesMax ? { nextUse: used + 1 } : {};
  if (!COUNTED_ACTIONS.has(request.action)) {
    return used < grant.usesMax || state.uses.isOpen(grant, request.nowMs) ? undefined : { reason: "usedUp" };
  }
  const { use } = request;
  if (use === undefined || !Number.isSafeInteger(use) || use < 1) return { reason: "malformed", ...nextUse };
  const answer = state.uses.ask(grant, request.action, use, request.nowMs);
  if (answer.kind === "spent") return { reason: "usedUp", ...nextUse };
  const full = answer.kind === "consumes" && !state.uses.has(grant) && state.uses.count >= GRANT_USE_COUNT_MAX;
  return full ? { reason: "storeFull" } : undefined;
}

function consume(state: AccessState, grant: Grant, request: AccessRequest): readonly RecordChange[] {
  if (grant.usesMax === undefined || !COUNTED_ACTIONS.has(request.action)) return [];
  const use = request.use!;
  const answer = state.uses.ask(grant, request.action, use, request.nowMs);
  if (answer.kind !== "consumes") return [];
  state.uses.begin(grant, request.action, use, request.nowMs);
  return [answer.change];
}

function rememberInUse(state: AccessState, grant: Grant, nowMs: number): void {
  const nowS = state.time.nowS(nowMs);
  if (nowS === undefined || (grant.notBeforeS === undefined && grant.expiresAtS === undefined)) return;
  const untilMs = grant.expiresAtS === undefined ? Number.MAX_SAFE_INTEGER : nowMs + (grant.expiresAtS - nowS) * 1000;
  const id = inUseId(grant);
  state.inUse.delete(id);
  if (state.inUse.size >= ADMITTED_GRANT_COUNT_MAX) state.inUse.delete(state.inUse.keys().next().value!);
  state.inUse.set(id, untilMs);
}

function inUseId(grant: Grant): string {
  return grant.issuerId + grant.grantId;
}
