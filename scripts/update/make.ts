import { fromBase64Url, toHex } from "../../firmware/base/index.ts";
import { parsePublicKey } from "../../firmware/cose/index.ts";
import { parseManifest, SEQUENCE_NUMBER_MAX, signManifest } from "../../firmware/update/index.ts";
import { isName } from "../../firmware/wire/index.ts";
import { readWallClock } from "../../hal/clock/index.ts";
import { messageOf, replaceFile } from "../../hal/durable-file/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { packageBytes, readBundle } from "./package.ts";
import { createReleaseKey, crypto, readReleaseKey } from "./release-key.ts";

const KEY_OPTION = { key: { type: "string", value: "FILE", help: "the maker's release key (mode 0600)" } } as const;

/** What a maker does, away from any car. */
export const MAKER_SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "update keygen",
    summary: "make a release key in a file of its own; prints the public half",
    positionals: [],
    options: { ...KEY_OPTION, algorithm: { type: "string", value: "Ed25519|ES256", help: "default Ed25519" } },
    examples: ["latchkey update keygen --key release.key"],
    run: keygen,
  },
  {
    name: "update make",
    summary: "sign a bundle as an update for a model of car",
    positionals: ["BUNDLE"],
    options: {
      ...KEY_OPTION,
      model: { type: "string", value: "NAME", help: "the class of cars it is for, as their configuration names it" },
      version: { type: "string", value: "NAME", help: "what people call it" },
      sequence: { type: "string", value: "NUMBER", help: "orders the releases of a model (default: the seconds since 1970)" },
      "next-key": { type: "string", value: "KEY", help: "public half of the release key that signs updates after this one" },
      out: { type: "string", value: "FILE", help: "the update to write (default: BUNDLE.update)" },
    },
    examples: ["latchkey update make --key release.key --model \"latchkey virtual\" --version 0.2.0 dist/release/latchkey.mjs"],
    run: make,
  },
];

async function keygen(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const algorithm = values["algorithm"] ?? "Ed25519";
  if (algorithm !== "Ed25519" && algorithm !== "ES256") throw new UsageError("--algorithm is Ed25519 or ES256");
  const path = needed(values, "key");
  const { text } = await createReleaseKey(path, algorithm);
  output.answer({ ok: true, file: path, publicKey: text }, text);
  output.say(`The release key is in ${path}; keep it off the cars. Cars learn its public half, above, by update.releaseKey of their configuration or by: latchkey car claim --release-key KEY`);
  return EXIT.ok;
}

async function make(values: OptionValues, [path]: readonly string[], output: Output): Promise<ExitCode> {
  const model = nameIn(values, "model");
  const version = nameIn(values, "version");
  const sequenceNumber = sequenceOf(values);
  const nextReleaseKey = nextKeyOf(values);
  const out = typeof values["out"] === "string" ? values["out"] : `${path!}.update`;
  const { signingKey } = await readReleaseKey(needed(values, "key"));
  const bundle = readBundle(path!);
  const digest = crypto.sha256(bundle);
  const envelope = signManifest(crypto, signingKey, { sequenceNumber, model, version, sizeBytes: bundle.length, digest, nextReleaseKey });
  const parsed = parseManifest(crypto, envelope);
  if (!parsed.ok) throw new CommandFailure("the manifest came out longer than cars take", "Choose a shorter --model or --version.");
  try {
    replaceFile(out, packageBytes(envelope, bundle));
  } catch (error) {
    throw new CommandFailure(`${out} cannot be written: ${messageOf(error)}`);
  }
  const id = toHex(parsed.value.id);
  output.answer({ ok: true, file: out, id, model, version, sequenceNumber, sizeBytes: bundle.length }, `${out}: ${version} (${sequenceNumber}) for ${model}, ${bundle.length} bytes\nid ${id}`);
  return EXIT.ok;
}

function needed(values: OptionValues, name: string): string {
  const value = values[name];
  if (typeof value !== "string" || value === "") throw new UsageError(`--${name} is missing`);
  return value;
}

function nameIn(values: OptionValues, name: string): string {
  const value = needed(values, name);
  if (!isName(value)) throw new UsageError(`--${name} is 1 to 64 bytes that a terminal can show`);
  return value;
}

function sequenceOf(values: OptionValues): number {
  const text = values["sequence"];
  if (text === undefined) return readWallClock().unixS;
  const value = typeof text === "string" && /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > SEQUENCE_NUMBER_MAX) throw new UsageError(`--sequence is a whole number from 1 to ${SEQUENCE_NUMBER_MAX}`);
  return value;
}

function nextKeyOf(values: OptionValues): Uint8Array | undefined {
  const text = values["next-key"];
  if (text === undefined) return undefined;
  const coseKey = typeof text === "string" ? fromBase64Url(text) : undefined;
  const key = coseKey && parsePublicKey(crypto, coseKey);
  if (key?.ok !== true) throw new UsageError("--next-key is not what latchkey update keygen prints");
  return key.value.coseKey;
}
