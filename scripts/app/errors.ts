import { CommandFailure } from "../cli/command.ts";
import { shown } from "../cli/output.ts";
import { readJson } from "../uplink/inbox.ts";
import type { CloudAnswer, CloudFault } from "../uplink/http.ts";

/** What always works. */
export const BESIDE_THE_CAR = "The key still works beside the car: latchkey key unlock";
const TEXT_LETTERS_MAX = 300;

interface Sentence {
  readonly rule: string;
  readonly wayOut: string;
}

/** What a cloud may refuse, in this app's own words: those of a cloud are not taken on trust. */
export const CLOUD_ERRORS: Readonly<Record<string, Sentence>> = {
  accountTaken: { rule: "this account exists already", wayOut: "Log in with: latchkey app login. Or take another name." },
  wrongCredentials: { rule: "account or password is wrong", wayOut: "Try again, or make an account: latchkey app create" },
  codeNeeded: { rule: "this account has a second factor", wayOut: "Log in again and give the code of your authenticator app, or a recovery code with --recovery." },
  wrongCode: { rule: "the code is wrong, too old, or was used before", wayOut: "Wait for the next one, or log in by a recovery code: latchkey app login --recovery" },
  twoFactorRequired: { rule: "the cloud demands a second factor, and this account has none", wayOut: `It can be enrolled only where a session still lives. ${BESIDE_THE_CAR}` },
  tooManyTries: { rule: "too many tries", wayOut: `Wait. ${BESIDE_THE_CAR}` },
  unauthorized: { rule: "the cloud has ended this session", wayOut: "Log in again: latchkey app login" },
  twoFactorOn: { rule: "this account has a second factor already", wayOut: "Take it off first: latchkey app two-factor off" },
  noTwoFactor: { rule: "this account has no second factor", wayOut: "Enrol one: latchkey app two-factor enrol" },
  nothingPending: { rule: "no second factor waits to be confirmed", wayOut: "Begin again: latchkey app two-factor enrol" },
  badStatement: { rule: "the cloud does not believe that this key belongs to the car", wayOut: "Register again: latchkey app register" },
  tooManyVehicles: { rule: "this account has as many vehicles as it may", wayOut: "Remove one first: latchkey app remove NAME" },
  noVehicle: { rule: "the cloud does not know this vehicle in your account", wayOut: "Register it: latchkey app register" },
  noReport: { rule: "the car has reported nothing yet", wayOut: "See that its uplink runs: latchkey car --uplink" },
  tooManyLinks: { rule: "too many are speaking with this car through the cloud", wayOut: `Wait half a minute. ${BESIDE_THE_CAR}` },
  tooManyFrames: { rule: "the car does not fetch what the cloud has for it", wayOut: `It may be without a network. ${BESIDE_THE_CAR}` },
  noLink: { rule: "the way through the cloud to the car has ended", wayOut: `Try again. ${BESIDE_THE_CAR}` },
  linkClosed: { rule: "the way through the cloud to the car has ended", wayOut: `Try again. ${BESIDE_THE_CAR}` },
  tooLarge: { rule: "the cloud takes nothing that large", wayOut: "" },
  full: { rule: "the cloud takes no more accounts", wayOut: "Ask whoever runs it." },
  busy: { rule: "too many log in at this moment", wayOut: `Try again in some seconds. ${BESIDE_THE_CAR}` },
};

/** The refusal of a cloud as a failure of the command. */
export function refused({ status, body, retryAfterS }: CloudAnswer): CommandFailure {
  const told = readJson(body) ?? {};
  const code = typeof told["error"] === "string" ? told["error"] : "";
  const data = { error: code === "" ? undefined : shown(code.slice(0, 64)), status };
  if (Object.hasOwn(CLOUD_ERRORS, code)) {
    const { rule, wayOut } = CLOUD_ERRORS[code]!;
    return new CommandFailure(retryAfterS === undefined ? rule : `${rule} (${retryAfterS} s to wait)`, wayOut, data);
  }
  if (status >= 500) return new CommandFailure(`the cloud fails (${status})`, `Try again later. ${BESIDE_THE_CAR}`, data);
  const message = typeof told["message"] === "string" ? `: ${shown(told["message"].slice(0, TEXT_LETTERS_MAX))}` : "";
  return new CommandFailure(`the cloud refuses (${status})${message}`, "See that this program and the cloud are of one version.", data);
}

/** A cloud that cannot be asked. */
export function unreachable({ kind, message }: CloudFault): CommandFailure {
  return new CommandFailure(`no cloud: ${shown(message)}`, BESIDE_THE_CAR, { error: kind });
}
