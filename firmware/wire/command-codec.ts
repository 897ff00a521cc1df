import { err, ok, type Result } from "../base/index.ts";
import { decode, encode, type CborValue } from "../cbor/index.ts";
import type { Command } from "./messages.ts";
import { isName } from "./names.ts";
import { bytesOf, mapOf, nameOf, uint } from "./shape.ts";
import { KEY_ID_BYTES, MESSAGE_BYTES_MAX, ROLES } from "./words.ts";

/** The number of each command on the air: never reuse one. */
export const COMMAND_NUMBERS = {
  unlock: 1,
  lock: 2,
  trunk: 3,
  drive: 4,
  status: 5,
  pair: 6,
  enrol: 7,
  revoke: 8,
  listKeys: 9,
  readLog: 10,
  deliverList: 11,
  newIssuerEpoch: 12,
  valetMode: 13,
  changeSettings: 14,
  cancelPending: 15,
  transfer: 16,
  reset: 17,
  setTime: 18,
  enrolCard: 19,
  setPin: 20,
  enterPin: 21,
  locate: 22,
  offerUpdate: 23,
  consentUpdate: 24,
  reportMotion: 40,
} as const satisfies Record<Command["kind"], number>;

/** HMAC-SHA-256. */
const PROOF_BYTES = 32;
/** A COSE_Key of this profile takes 40 bytes (Ed25519) or 75 (P-256). */
const COSE_KEY_BYTES_MIN = 40;
const COSE_KEY_BYTES_MAX = 75;
const UINT32_MAX = 0xffffffff;
/** Lines of the log that one command may ask for; the reply cuts off earlier where they do not fit. */
const LOG_LINE_COUNT_MAX = 256;
const SETTING_COUNT_MAX = 32;
/** Longer ones are refused by the car; this bounds what travels. */
const PIN_LENGTH_MAX = 16;
/** A signed manifest; SHA-256 of one. */
const MANIFEST_BYTES_MAX = 512;
const UPDATE_ID_BYTES = 32;
/** 9999-12-31T23:59:59Z, the last moment that RFC 3339 can write. */
const UNIX_S_MAX = 253402300799;

/** The bytes of `command`. What an argument may be is judged by the reader, so that a phone hears `malformed` and says it. */
export function encodeCommand(command: Command): Uint8Array {
  return encode([COMMAND_NUMBERS[command.kind], ...argumentsOf(command)]);
}

/** The command in `bytes`; `malformed` for an unknown number, a missing, extra or out-of-range argument, or loose CBOR. */
export function decodeCommand(bytes: Uint8Array): Result<Command, "malformed"> {
  if (bytes.length > MESSAGE_BYTES_MAX) return err("malformed");
  const item = decode(bytes);
  if (!item.ok || !Array.isArray(item.value)) return err("malformed");
  const [number, ...rest] = item.value as readonly CborValue[];
  const kind = nameOf(COMMAND_NUMBERS, number);
  const command = kind === undefined ? undefined : READERS[kind](rest);
  return command === undefined ? err("malformed") : ok(command);
}

function argumentsOf(command: Command): readonly CborValue[] {
  switch (command.kind) {
    case "unlock":
    case "trunk":
    case "drive":
      return optional(command.use);
    case "lock":
      return [command.forced, ...optional(command.use)];
    case "status":
    case "newIssuerEpoch":
    case "transfer":
    case "reset":
    case "locate":
      return [];
    case "pair":
      return [command.name, command.proof, command.recoveryKey];
    case "enrol":
      return [ROLES[command.role], command.name, command.publicKey];
    case "revoke":
      return [command.keyId];
    case "listKeys":
      return optional(command.after);
    case "readLog":
      return [command.fromSequence, command.countMax];
    case "deliverList":
      return [command.list];
    case "valetMode":
      return [command.on];
    case "changeSettings":
      return [command.settings];
    case "cancelPending":
      return [command.pendingId];
    case "setTime":
      return [command.unixS, command.newTimeEpoch];
    case "setPin":
    case "enterPin":
      return [command.pin];
    case "enrolCard":
      return [command.name];
    case "offerUpdate":
      return [command.manifest];
    case "consentUpdate":
      return [command.id];
    case "reportMotion":
      return [command.still];
  }
}

const optional = (value: CborValue | undefined): readonly CborValue[] => (value === undefined ? [] : [value]);

type Reader<K extends Command["kind"]> = (args: readonly CborValue[]) => Extract<Command, { kind: K }> | undefined;

const plain =
  <K extends "status" | "newIssuerEpoch" | "transfer" | "reset" | "locate">(kind: K) =>
  (args: readonly CborValue[]) =>
    args.length === 0 ? { kind } : undefined;

const counted =
  <K extends "unlock" | "trunk" | "drive">(kind: K) =>
  (args: readonly CborValue[]) => {
    if (args.length === 0) return { kind };
    const use = args.length === 1 ? uint(args[0], 1, UINT32_MAX) : undefined;
    return use === undefined ? undefined : { kind, use };
  };

const withPin =
  <K extends "setPin" | "enterPin">(kind: K) =>
  (args: readonly CborValue[]) => {
    const pin = args[0];
    return args.length === 1 && typeof pin === "string" && pin.length <= PIN_LENGTH_MAX ? { kind, pin } : undefined;
  };

const READERS: { readonly [K in Command["kind"]]: Reader<K> } = {
  unlock: counted("unlock") as Reader<"unlock">,
  trunk: counted("trunk") as Reader<"trunk">,
  drive: counted("drive") as Reader<"drive">,
  status: plain("status") as Reader<"status">,
  newIssuerEpoch: plain("newIssuerEpoch") as Reader<"newIssuerEpoch">,
  transfer: plain("transfer") as Reader<"transfer">,
  reset: plain("reset") as Reader<"reset">,
  locate: plain("locate") as Reader<"locate">,
  enrolCard: (args) => {
    const name = args[0];
    return args.length === 1 && isName(name) ? { kind: "enrolCard", name } : undefined;
  },
  setPin: withPin("setPin") as Reader<"setPin">,
  enterPin: withPin("enterPin") as Reader<"enterPin">,
  lock: (args) => {
    const forced = args[0];
    if (typeof forced !== "boolean" || args.length > 2) return undefined;
    if (args.length === 1) return { kind: "lock", forced };
    const use = uint(args[1], 1, UINT32_MAX);
    return use === undefined ? undefined : { kind: "lock", forced, use };
  },
  pair: (args) => {
    const name = args[0];
    const proof = bytesOf(args[1], PROOF_BYTES);
    const recoveryKey = bytesOf(args[2], COSE_KEY_BYTES_MIN, COSE_KEY_BYTES_MAX);
    if (args.length !== 3 || !isName(name) || proof === undefined || recoveryKey === undefined) return undefined;
    return { kind: "pair", name, proof, recoveryKey };
  },
  enrol: (args) => {
    const role = nameOf(ROLES, args[0]);
    const name = args[1];
    const publicKey = bytesOf(args[2], COSE_KEY_BYTES_MIN, COSE_KEY_BYTES_MAX);
    if (args.length !== 3 || role === undefined || !isName(name) || publicKey === undefined) return undefined;
    return { kind: "enrol", role, name, publicKey };
  },
  revoke: (args) => {
    const keyId = args.length === 1 ? bytesOf(args[0], KEY_ID_BYTES) : undefined;
    return keyId && { kind: "revoke", keyId };
  },
  listKeys: (args) => {
    if (args.length === 0) return { kind: "listKeys" };
    const after = args.length === 1 ? bytesOf(args[0], KEY_ID_BYTES) : undefined;
    return after && { kind: "listKeys", after };
  },
  readLog: (args) => {
    const fromSequence = uint(args[0], 0, Number.MAX_SAFE_INTEGER);
    const countMax = uint(args[1], 1, LOG_LINE_COUNT_MAX);
    if (args.length !== 2 || fromSequence === undefined || countMax === undefined) return undefined;
    return { kind: "readLog", fromSequence, countMax };
  },
  deliverList: (args) => {
    const list = args.length === 1 ? bytesOf(args[0], 1, MESSAGE_BYTES_MAX) : undefined;
    return list && { kind: "deliverList", list };
  },
  valetMode: (args) => {
    const on = args[0];
    return args.length === 1 && typeof on === "boolean" ? { kind: "valetMode", on } : undefined;
  },
  changeSettings: (args) => {
    const settings = args.length === 1 ? mapOf(args[0], 1, SETTING_COUNT_MAX) : undefined;
    return settings && { kind: "changeSettings", settings };
  },
  cancelPending: (args) => {
    const pendingId = args.length === 1 ? uint(args[0], 0, UINT32_MAX) : undefined;
    return pendingId === undefined ? undefined : { kind: "cancelPending", pendingId };
  },
  setTime: (args) => {
    const unixS = uint(args[0], 0, UNIX_S_MAX);
    const newTimeEpoch = args[1];
    if (args.length !== 2 || unixS === undefined || typeof newTimeEpoch !== "boolean") return undefined;
    return { kind: "setTime", unixS, newTimeEpoch };
  },
  offerUpdate: (args) => {
    const manifest = args.length === 1 ? bytesOf(args[0], 1, MANIFEST_BYTES_MAX) : undefined;
    return manifest && { kind: "offerUpdate", manifest };
  },
  consentUpdate: (args) => {
    const id = args.length === 1 ? bytesOf(args[0], UPDATE_ID_BYTES) : undefined;
    return id && { kind: "consentUpdate", id };
  },
  reportMotion: (args) => {
    const still = args[0];
    return args.length === 1 && typeof still === "boolean" ? { kind: "reportMotion", still } : undefined;
  },
};
