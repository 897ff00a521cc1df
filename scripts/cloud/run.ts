import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { makeFolder, messageOf, replaceFile } from "../../hal/durable-file/index.ts";
import { formatAddress } from "../../hal/socket-radio/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { parseAddress } from "../config/listen.ts";
import { stopSignal } from "../car/signals.ts";
import { buildApi } from "./api.ts";
import { openControl } from "./control.ts";
import { openFolderDisk, openMemoryDisk } from "./disk.ts";
import { REAL_SURROUNDINGS } from "./secrets.ts";
import { openService } from "./service.ts";
import { Web, type TlsFiles } from "./web.ts";

export const DEFAULT_CLOUD_LISTEN = "127.0.0.1:4160";
/** In place of a folder: nothing outlives the service. */
export const MEMORY = "memory";
const MAKER_TOKEN_FILE = "maker.token";
const SWEEP_MS = 5_000;

/** Where the service keeps its records unless told otherwise (XDG Base Directory Specification). */
export function dataOf(values: OptionValues): string {
  const asked = values["data"];
  if (asked === "") throw new UsageError("--data needs a folder");
  if (typeof asked === "string") return asked;
  const state = process.env["XDG_STATE_HOME"];
  return join(state === undefined || state === "" ? join(homedir(), ".local", "state") : state, "latchkey", "cloud");
}

/** Runs the service until it is told to stop. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const listen = parseAddress((values["listen"] as string | undefined) ?? DEFAULT_CLOUD_LISTEN);
  if (listen === undefined) throw new UsageError("--listen needs HOST:PORT");
  const tls = readTls(values);
  if (tls === undefined && values["allow-plain"] !== true && !isLoopback(listen.host)) {
    throw new UsageError(`${listen.host} can be reached by others, and passwords would pass in the clear: give --tls-key and --tls-cert, or --allow-plain behind a proxy that does TLS`);
  }
  const data = dataOf(values);
  const stop = stopSignal();
  const disk = data === MEMORY ? openMemoryDisk() : await openFolderDisk(join(data, "records"));
  try {
    const maker = data === MEMORY ? { token: randomBytes(32).toString("base64url"), file: null } : makerTokenIn(data);
    const service = await openService(disk, REAL_SURROUNDINGS, maker.token, (fault) => stop.fail(fault));
    const web = new Web(tls);
    const api = await buildApi(service, { serverFactory: web.serverFactory, onAnswer: (method, url, status, payload) => web.keep(method, url, status, payload) });
    const bound = await web.listen(listen.host, listen.port).catch((fault: unknown) => {
      throw new CommandFailure(`the cloud cannot listen on ${formatAddress(listen)}: ${messageOf(fault)}`, "Name another address with --listen.");
    });
    const control = await openControl(data, service, web);
    const sweeping = setInterval(() => service.vehicles.courier.sweep(), SWEEP_MS);
    const address = `${tls === undefined ? "http" : "https"}://${formatAddress({ host: bound.address, port: bound.port })}`;
    output.answer({ event: "ready", address, makerTokenFile: maker.file }, `The cloud answers on ${address}.${maker.file === null ? "" : `\nThe maker's token is in ${maker.file}.`}`);
    const failure = await stop.stopped;
    clearInterval(sweeping);
    await control.close();
    await web.close();
    await api.close();
    if (failure !== undefined) throw new CommandFailure(`the records in ${data} cannot be written: ${failure.message}`, "Nothing was acknowledged that is not there. Check the disk, then start again.");
    return EXIT.ok;
  } finally {
    await disk.close();
    stop.release();
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

function readTls(values: OptionValues): TlsFiles | undefined {
  const { "tls-key": key, "tls-cert": cert } = values;
  if (key === undefined && cert === undefined) return undefined;
  if (typeof key !== "string" || typeof cert !== "string") throw new UsageError("--tls-key and --tls-cert go together");
  try {
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch (fault) {
    throw new CommandFailure(`the key or certificate cannot be read: ${messageOf(fault)}`, "Name PEM files that this user may read.");
  }
}

function makerTokenIn(folder: string): { readonly token: string; readonly file: string } {
  makeFolder(folder);
  chmodSync(folder, 0o700);
  const file = join(folder, MAKER_TOKEN_FILE);
  if (!existsSync(file)) {
    replaceFile(file, [Buffer.from(`${randomBytes(32).toString("base64url")}\n`)]);
    chmodSync(file, 0o600);
  }
  return { token: readFileSync(file, "utf8").trim(), file };
}
