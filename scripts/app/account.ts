import { renderUnicodeCompact } from "uqr";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import { shown, type Output } from "../cli/output.ts";
import { FILE_OPTION } from "../key/options.ts";
import { speaksUtf8 } from "../terminal/locale.ts";
import { readJson } from "../uplink/inbox.ts";
import { refused } from "./errors.ts";
import { Questions } from "./questions.ts";
import { accountOf, CLOUD_OPTION, cloudOf, malformed, saveSession, tokenIn, withCloud, withSession, type CloudClient } from "./session.ts";

const LOGIN_OPTIONS = { ...CLOUD_OPTION, ...FILE_OPTION } as const;
const PASSWORD_LETTERS_MIN = 8;
const RECOVERY_CODE_COUNT_MAX = 32;

/** The account itself: it can do nothing at a car. */
export const ACCOUNT_SUBCOMMANDS: readonly Subcommand[] = [
  { name: "app create", summary: "make an account at a cloud", positionals: [], options: LOGIN_OPTIONS, examples: ["latchkey app create --cloud https://cloud.example --account anna"], run: create },
  {
    name: "app login",
    summary: "log in; asks for the password, and for a code where the account has a second factor",
    positionals: [],
    options: { ...LOGIN_OPTIONS, recovery: { type: "boolean", help: "ask for a recovery code instead of the authenticator app's" } },
    examples: ["latchkey app login --cloud https://cloud.example --account anna"],
    run: logIn,
  },
  { name: "app logout", summary: "end the session", positionals: [], options: FILE_OPTION, examples: ["latchkey app logout"], run: logOut },
  { name: "app two-factor", summary: "enrol a second factor by a QR code, or take it off", positionals: ["enrol|off"], options: FILE_OPTION, examples: ["latchkey app two-factor enrol"], run: twoFactor },
  { name: "app recovery-codes", summary: "new recovery codes; the old ones die", positionals: [], options: FILE_OPTION, examples: ["latchkey app recovery-codes"], run: renewCodes },
];

async function create(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const [url, account] = [cloudOf(values), accountOf(values)];
  const password = await new Questions().secret("the new password", true);
  if (password.length < PASSWORD_LETTERS_MIN) throw new CommandFailure(`a password has ${PASSWORD_LETTERS_MIN} letters at least`, "Take a few words that do not belong together.");
  await withCloud(url, undefined, (cloud) => cloud.demand("POST", "/v1/accounts", { account, password }));
  output.answer({ ok: true, account }, `${account}: made. Log in with: latchkey app login --cloud ${url.origin} --account ${account}`);
  return EXIT.ok;
}

async function logIn(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const [url, account, questions] = [cloudOf(values), accountOf(values), new Questions()];
  const password = await questions.secret("the password");
  const answer = await withCloud(url, undefined, async (cloud) => {
    if (values["recovery"] === true) return cloud.demand("POST", "/v1/sessions", { account, password, recoveryCode: await questions.secret("a recovery code") });
    const first = await cloud.ask("POST", "/v1/sessions", { account, password });
    const told = readJson(first.body);
    if (first.status === 201 && told !== undefined) return told;
    if (told?.["error"] !== "codeNeeded") throw refused(first);
    return cloud.demand("POST", "/v1/sessions", { account, password, code: await codeFrom(questions) });
  });
  await saveSession(values, { cloud: url.origin, account, session: tokenIn(answer, "session") });
  output.answer({ ok: true, account, twoFactor: answer["twoFactor"] === true }, `${account}: logged in${answer["twoFactor"] === true ? "" : "; protect the account with: latchkey app two-factor enrol"}`);
  return EXIT.ok;
}

/** Forgets the session here first: a cloud that is gone keeps nobody logged in on this machine. */
function logOut(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withSession(values, async (cloud, { account }) => {
    await saveSession(values, undefined);
    await cloud.demand("DELETE", "/v1/sessions/current");
    output.answer({ ok: true, account }, `${account}: logged out`);
    return EXIT.ok;
  });
}

function twoFactor(values: OptionValues, [act]: readonly string[], output: Output): Promise<ExitCode> {
  if (act !== "enrol" && act !== "off") throw new UsageError("app two-factor is followed by enrol or off");
  const questions = new Questions();
  return withSession(values, async (cloud) => {
    if (act === "off") {
      await cloud.demand("DELETE", "/v1/two-factor", { code: await codeFrom(questions) });
      output.answer({ ok: true, twoFactor: false }, "The second factor is off.");
      return EXIT.ok;
    }
    const { uri } = await cloud.demand("POST", "/v1/two-factor");
    if (typeof uri !== "string" || uri.length > 512 || !uri.startsWith("otpauth://totp/")) throw malformed();
    const picture = speaksUtf8(process.env) ? [renderUnicodeCompact(uri, { ecc: "L", border: 1 })] : [];
    output.say([...picture, shown(uri), "Read this with an authenticator app, then enter its code."].join("\n"));
    return tellCodes(cloud, "/v1/two-factor/confirm", questions, output);
  });
}

function renewCodes(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withSession(values, (cloud) => tellCodes(cloud, "/v1/recovery-codes", new Questions(), output));
}

async function tellCodes(cloud: CloudClient, path: string, questions: Questions, output: Output): Promise<ExitCode> {
  const { recoveryCodes } = await cloud.demand("POST", path, { code: await codeFrom(questions) });
  const isList = Array.isArray(recoveryCodes) && recoveryCodes.length <= RECOVERY_CODE_COUNT_MAX && recoveryCodes.every((code) => typeof code === "string" && code.length <= 64);
  if (!isList) throw malformed();
  const codes = (recoveryCodes as readonly string[]).map(shown);
  output.answer({ ok: true, twoFactor: true, recoveryCodes: codes }, [...codes, "Each of these is good once instead of a code. Keep them on paper; they are not shown again."].join("\n"));
  return EXIT.ok;
}

/** Six digits (RFC 6238 as the cloud uses it); people type them with spaces. */
async function codeFrom(questions: Questions): Promise<string> {
  const code = (await questions.text("the code of your authenticator app")).replace(/\s/g, "");
  if (!/^[0-9]{6}$/.test(code)) throw new CommandFailure("a code has six digits", "Read it from your authenticator app.");
  return code;
}
