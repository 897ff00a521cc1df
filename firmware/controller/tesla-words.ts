import { FORM_FACTOR, KEY_ROLE, WHITELIST, type FaultName } from "../tesla/index.ts";
import type { ReasonName, Role } from "../wire/index.ts";

/** The fault for a refusal that the dialect has no better word for. */
export function faultOf(reason: ReasonName): FaultName {
  switch (reason) {
    case "unknownKey":
    case "revokedKey":
    case "notClaimed":
      return "unknownKeyId";
    case "remoteLink":
      return "remoteAccessDisabled";
    case "storageFault":
      return "internal";
    case "busy":
      return "busy";
    default:
      return "insufficientPrivileges";
  }
}

/** What became of a change of keys that was refused for `reason`, in the dialect's numbers; undefined where a fault says it better. */
export function whitelistCodeOf(reason: ReasonName, adding: boolean): number | undefined {
  switch (reason) {
    case "alreadyEnrolled":
      return WHITELIST.alreadyOnWhitelist;
    case "storeFull":
      return WHITELIST.full;
    case "unacceptableKey":
      return WHITELIST.invalidPublicKey;
    case "unknownTarget":
      return WHITELIST.notOnWhitelist;
    case "lastOwner":
    case "delayStarted":
      return WHITELIST.noPermissionToRemove;
    case "revokedKey":
      return adding ? WHITELIST.noPermissionToAdd : undefined;
    case "valetMode":
      return WHITELIST.valetMode;
    case "storageFault":
      return WHITELIST.storageFull;
    case "malformed":
      return WHITELIST.undocumented;
    default:
      return undefined;
  }
}

/** Roles of the dialect that this car knows; fleet managers may do nothing over a link, so that none is enrolled. */
const ROLE_OF: Readonly<Partial<Record<number, Role>>> = {
  [KEY_ROLE.service]: "service",
  [KEY_ROLE.owner]: "owner",
  [KEY_ROLE.driver]: "driver",
  [KEY_ROLE.guest]: "guest",
  [KEY_ROLE.vehicleMonitor]: "monitor",
  [KEY_ROLE.chargingManager]: "charger",
};

/** The role that a key of the dialect's `keyRole` is enrolled with. */
export function roleOf(keyRole: number): Role | undefined {
  return ROLE_OF[keyRole];
}

/** How the dialect calls a key of `role`: what it has no word for is a key without a role. A card opens and drives, as a driver's. */
export function keyRoleOf(role: Role): number {
  if (role === "card") return KEY_ROLE.driver;
  const found = Object.entries(ROLE_OF).find(([, known]) => known === role);
  return found === undefined ? KEY_ROLE.none : Number(found[0]);
}

/** What carries a key, as the first words of the name it is enrolled under: the dialect's keys have no names. */
const FORM_NAMES: Readonly<Record<number, string>> = {
  [FORM_FACTOR.nfcCard]: "card",
  [FORM_FACTOR.iosDevice]: "iOS phone",
  [FORM_FACTOR.androidDevice]: "Android phone",
  [FORM_FACTOR.cloudKey]: "app",
  [FORM_FACTOR.unknown]: "key",
};

/** The name of a key that carries none: what it is, and its id in the dialect. */
export function nameOfKey(formFactor: number, id: string): string {
  return `${FORM_NAMES[formFactor] ?? FORM_NAMES[FORM_FACTOR.unknown]!} ${id}`;
}

/** The form factor that {@link nameOfKey} has put into a name. */
export function formFactorOf(role: Role, name: string): number {
  if (role === "card") return FORM_FACTOR.nfcCard;
  const found = Object.entries(FORM_NAMES).find(([, words]) => new RegExp(`^${words} [0-9a-f]{8}$`).test(name));
  return found === undefined ? FORM_FACTOR.unknown : Number(found[0]);
}
