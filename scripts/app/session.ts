import { utf8Encode } from "../../firmware/base/index.ts";
import { openKeyFile, type KeyFile } from "../../hal/key-file/index.ts";
import { CommandFailure, UsageError, type OptionDescription, type OptionValues } from "../cli/command.ts";
import { keyFileFailure } from "../cli/key-file-failure.ts";
import { keyFileOf, textOf } from "../key/options.ts";
import { openCloud, parseCloudUrl, type CloudAnswer, type CloudPort, type CloudRequest } from "../uplink/http.ts";
import { readJson } from "../uplink/inbox.ts";
import { refused, unreachable } from "./errors.ts";

const ANSWER_BYTES_MAX = 64 * 1024;
const ANSWER_MS = 15_000;
const TOKEN = /^[\x21-\x7e]{1,512}$/;

export const CLOUD_OPTION: Readonly<Record<string, OptionDescription>> = {
  cloud: { type: "string", value: "URL", help: "https://HOST[:PORT]; http:// on this machine alone" },
  account: { type: "string", value: "NAME", help: "the account" },
};

/** A login that lives in a file beside the key's. */
export interface Session {
  readonly cloud: string;
  readonly account: string;
  /** Secret. */
  readonly session: string;
}

/** One cloud, for the length of a command. */
export class CloudClient {
  readonly #port: CloudPort;
  readonly #token: string | undefined;

  constructor(url: URL, token?: string) {
    this.#port = openCloud(url);
    this.#token = token;
  }

  /** The answer, whatever its status. Fails where there is none. */
  async ask(method: CloudRequest["method"], path: string, body?: object, timeoutMs: number = ANSWER_MS): Promise<CloudAnswer> {
    const outcome = await this.#port.ask({ method, path, token: this.#token, ...(body && { body }), bytesMax: ANSWER_BYTES_MAX, timeoutMs });
    if (!outcome.ok) throw unreachable(outcome.error);
    return outcome.value;
  }

  /** The JSON of an answer that must be good. */
  async demand(method: CloudRequest["method"], path: string, body?: object, timeoutMs?: number): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.ask(method, path, body, timeoutMs);
    if (answer.status < 200 || answer.status > 299) throw refused(answer);
    if (answer.status === 204) return {};
    const json = readJson(answer.body);
    if (json === undefined) throw malformed();
    return json;
  }

  close(): void {
    this.#port.close();
  }
}

/** What a cloud of this version would not answer. */
export function malformed(): CommandFailure {
  return new CommandFailure("the cloud's answer is none", "See that the address is that of a Latchkey cloud.");
}

/** The text in an answer's field, of letters that a header or a terminal bears. */
export function tokenIn(answer: Readonly<Record<string, unknown>>, name: string): string {
  const value = answer[name];
  if (typeof value !== "string" || !TOKEN.test(value)) throw malformed();
  return value;
}

/** The cloud that --cloud names. */
export function cloudOf(values: OptionValues): URL {
  const text = textOf(values, "cloud");
  if (text === undefined) throw new UsageError("--cloud URL is missing");
  const url = parseCloudUrl(text);
  if (!url.ok) throw new UsageError(`--cloud: ${url.error}`);
  return url.value;
}

export function accountOf(values: OptionValues): string {
  const account = textOf(values, "account");
  if (account === undefined || account === "") throw new UsageError("--account NAME is missing");
  return account;
}

/** Asks a cloud, and lets go of it whatever happens. */
export async function withCloud<T>(url: URL, token: string | undefined, work: (cloud: CloudClient) => Promise<T>): Promise<T> {
  const cloud = new CloudClient(url, token);
  try {
    return await work(cloud);
  } finally {
    cloud.close();
  }
}

/** The same with the session of this user; fails where nobody is logged in. */
export async function withSession<T>(values: OptionValues, work: (cloud: CloudClient, session: Session) => Promise<T>): Promise<T> {
  const session = await withSessionFile(values, (file) => readSession(file));
  if (session === undefined) throw new CommandFailure("nobody is logged in", "Log in with: latchkey app login --cloud URL --account NAME");
  return withCloud(new URL(session.cloud), session.session, (cloud) => work(cloud, session));
}

export function saveSession(values: OptionValues, session: Session | undefined): Promise<void> {
  return withSessionFile(values, (file) => {
    const saved = file.save(session === undefined ? new Uint8Array(0) : utf8Encode(`${JSON.stringify(session)}\n`));
    if (!saved.ok) throw keyFileFailure(saved.error);
  });
}

async function withSessionFile<T>(values: OptionValues, work: (file: KeyFile) => T): Promise<T> {
  const opened = await openKeyFile(`${keyFileOf(values)}.account`);
  if (!opened.ok) throw keyFileFailure(opened.error);
  try {
    return work(opened.value);
  } finally {
    opened.value.close();
  }
}

function readSession({ bytes }: KeyFile): Session | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  const { cloud, account, session } = readJson(bytes) ?? {};
  const isWhole = typeof cloud === "string" && parseCloudUrl(cloud).ok && typeof account === "string" && typeof session === "string" && TOKEN.test(session);
  if (!isWhole) throw new CommandFailure("the file of the session is damaged", "Log in again: latchkey app login --cloud URL --account NAME");
  return { cloud, account, session };
}
