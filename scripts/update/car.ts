import { toHex } from "../../firmware/base/index.ts";
import { PIECE_BYTES_MAX } from "../board/update-delivery.ts";
import { CommandFailure, EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import { shown, type Output } from "../cli/output.ts";
import { FLASH_OPTIONS, flashPathOf } from "../car/options.ts";
import { requireCarConfig } from "../config/car-config.ts";
import { callCar } from "../console/find.ts";
import { readPackage, type UpdatePackage } from "./package.ts";

/** Between two looks at whether an owner has consented. */
const CONSENT_POLL_MS = 500;

/** What is done at a running car, over its own console. */
export const CAR_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "update offer",
    summary: "offer an update to the running car; once an owner has consented, deliver it (run again to go on after a break)",
    positionals: ["FILE"],
    options: { ...FLASH_OPTIONS, wait: { type: "boolean", help: "stay until an owner has consented" } },
    examples: ["latchkey update offer latchkey.mjs.update --wait"],
    run: offer,
  },
  {
    name: "update status",
    summary: "how far the running car is with its update",
    positionals: [],
    options: FLASH_OPTIONS,
    examples: ["latchkey update status --json"],
    run: status,
  },
];

export type Told = Readonly<Record<string, unknown>>;

async function offer(values: OptionValues, [path]: readonly string[], output: Output): Promise<ExitCode> {
  const update = readPackage(path!);
  const ask = await asker(values);
  let told = await ask({ act: "offer", manifest: update.envelope });
  const isOurs = (): boolean => told["id"] === toHex(update.parsed.id);
  if (told["state"] === "offered") {
    output.say(`${versionOf(told)} is offered; it waits for an owner: latchkey key update consent`);
    if (values["wait"] !== true) return answer(output, told, "offered; run this again once an owner has consented");
    while (told["state"] === "offered" && isOurs()) {
      await new Promise((resolve) => setTimeout(resolve, CONSENT_POLL_MS));
      told = await ask({ act: "status" });
    }
  }
  if (!isOurs()) throw new CommandFailure("another update was offered meanwhile", "Offer this one again.");
  told = await deliver(ask, update, told, output);
  return answer(output, told, told["state"] === "staged" ? "all of it is there and is what its manifest promises; the car tries it as soon as it is at rest" : `it is ${String(told["state"])}`);
}

/** Sends pieces from where the car wants them until it wants no more. */
export async function deliver(ask: Ask, { bundle }: UpdatePackage, first: Told, output?: Output): Promise<Told> {
  let told = first;
  for (let offset = told["wantedOffset"]; typeof offset === "number"; offset = told["wantedOffset"]) {
    const bytes = bundle.subarray(offset, offset + PIECE_BYTES_MAX);
    if (bytes.length === 0) throw new CommandFailure("the file ends before the bundle does", "Get the update from the maker again.");
    told = await ask({ act: "piece", offset, bytes: Uint8Array.from(bytes) });
    if (told["wantedOffset"] === offset) throw new CommandFailure("the car takes no more pieces", "Look at it with: latchkey update status");
  }
  if (first["wantedOffset"] !== undefined) output?.say(`${bundle.length} bytes delivered`);
  return told;
}

async function status(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const told = await (await asker(values))({ act: "status" });
  const { state, counter, sizeBytes, wantedOffset, consentedBy } = told;
  const of = told["version"] === undefined ? "no update was ever offered" : `${versionOf(told)} for ${shown(String(told["model"]))}: ${String(state)}`;
  const lines = [
    of,
    ...(consentedBy === undefined ? [] : [`consent: ${shown(String(consentedBy))}`]),
    ...(wantedOffset === undefined ? [] : [`${String(wantedOffset)} of ${String(sizeBytes)} bytes`]),
    `releases up to ${String(counter)} are not taken again`,
  ];
  output.answer(told, lines.join("\n"));
  return EXIT.ok;
}

export type Ask = (request: object) => Promise<Told>;

async function asker(values: OptionValues): Promise<Ask> {
  const config = values["config"];
  const named = values["flash"] !== undefined || config !== undefined;
  const flash = named ? flashPathOf(values, await requireCarConfig(typeof config === "string" ? config : undefined)) : undefined;
  return async (request) => {
    const call = await callCar("console", flash, { do: "update", ...request });
    const told = await call.next();
    call.close();
    if (told === undefined) throw new CommandFailure("the car has stopped before it answered", "If it tries an update, it is back in a few seconds: latchkey update status");
    if (told["ok"] !== true) throw new CommandFailure(String(told["message"]), String(told["wayOut"]), { reason: told["reason"] });
    return told;
  };
}

function answer(output: Output, told: Told, text: string): ExitCode {
  output.answer(told, `${versionOf(told)}: ${text}`);
  return EXIT.ok;
}

function versionOf(told: Told): string {
  return `${shown(String(told["version"]))} (${String(told["sequenceNumber"])})`;
}
