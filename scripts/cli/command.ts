import { parseArgs, type ParseArgsConfig } from "node:util";
import type { Output } from "./output.ts";

/** Exit codes of every subcommand. `again`: a car asks its boot loader to look at the boot record and start it again. */
export const EXIT = { ok: 0, refused: 1, usage: 2, again: 75 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The person asked for something that cannot be asked so: exit 2, with the sentence and where to read on. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** `command`: whose help tells how; empty for that of all. */
  constructor(
    message: string,
    readonly command: string = "",
  ) {
    super(message);
  }
}

/** It was asked correctly and did not work: exit 1. `wayOut` says what to do; `data` joins the JSON answer. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  constructor(
    message: string,
    readonly wayOut: string = "",
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface OptionDescription {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** What stands for the value in the help, for example `HOST:PORT`. */
  readonly value?: string;
  readonly help: string;
}

/** One leaf of the command line. */
export interface Subcommand {
  /** For example `key unlock`. */
  readonly name: string;
  readonly summary: string;
  /** Names of positional arguments as the help shows them; `[X]` is optional, `X...` at the end takes what follows `--`. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, OptionDescription>>;
  readonly examples: readonly string[];
  run(values: OptionValues, positionals: readonly string[], output: Output): Promise<ExitCode>;
}

/** Options that every subcommand takes. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionDescription>> = {
  help: { type: "boolean", short: "h", help: "show this help" },
  json: { type: "boolean", help: "print JSON on stdout: one object, or one a line for streams" },
  "no-color": { type: "boolean", help: "no colours (also by NO_COLOR)" },
};

/** Options and positionals of `args`, or a {@link UsageError} that names what is wrong. */
export function parseFor(subcommand: Subcommand, args: readonly string[]): { values: OptionValues; positionals: readonly string[] } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { type, short }] of Object.entries({ ...COMMON_OPTIONS, ...subcommand.options })) {
    options[name] = short === undefined ? { type } : { type, short };
  }
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (fault) {
    throw new UsageError((fault as Error).message);
  }
  const values = parsed.values as OptionValues;
  const takesRest = subcommand.positionals.at(-1)?.endsWith("...") === true;
  const required = subcommand.positionals.filter((name) => !name.startsWith("[")).length;
  if (values["help"] !== true) {
    if (parsed.positionals.length < required) throw new UsageError(`${subcommand.positionals[parsed.positionals.length]!} is missing`);
    if (parsed.positionals.length > subcommand.positionals.length && !takesRest) {
      throw new UsageError(`nothing to do with "${parsed.positionals[subcommand.positionals.length]!}"`);
    }
  }
  return { values, positionals: parsed.positionals };
}

/** The help of one subcommand: usage, options, examples. */
export function helpOf(subcommand: Subcommand): string {
  const rows = Object.entries({ ...subcommand.options, ...COMMON_OPTIONS }).map(([name, option]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    return [`${short}--${name}${option.value === undefined ? "" : ` ${option.value}`}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    subcommand.summary,
    "",
    `Usage: latchkey ${[subcommand.name, ...subcommand.positionals].join(" ")} [options]`,
    "",
    "Options:",
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    "",
    "Examples:",
    ...subcommand.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}
