#!/usr/bin/env node
import { endsByExit } from "./cli/ending.ts";
import { CommandFailure, EXIT, UsageError, helpOf, parseFor, type ExitCode, type Subcommand } from "./cli/command.ts";
import { Output, wantsColor } from "./cli/output.ts";
import { VERSION } from "./cli/version.ts";

/** Each group loads its code only when asked for, so that a key never loads the car and a real board never loads the world. */
const GROUPS: Readonly<Record<string, { readonly summary: string; load(): Promise<readonly Subcommand[]> }>> = {
  start: { summary: "the virtual car in this terminal; without a terminal, the outage of 2020 as text", load: async () => (await import("./start/index.ts")).SUBCOMMANDS },
  car: { summary: "run a controller: car run, claim, reset, config check", load: async () => (await import("./car/index.ts")).SUBCOMMANDS },
  key: { summary: "a phone key on the command line: init, pair, unlock, share, revoke, log, ...", load: async () => (await import("./key/index.ts")).SUBCOMMANDS },
  incident: { summary: "real outages as scenarios with verdicts: list, replay", load: async () => (await import("./incident/index.ts")).SUBCOMMANDS },
  attack: { summary: "public attacks, played against the controller: list, run", load: async () => (await import("./attack/index.ts")).SUBCOMMANDS },
  world: { summary: "drive a running virtual car from another terminal", load: async () => (await import("./world/index.ts")).SUBCOMMANDS },
  radio: { summary: "the Bluetooth radio of a running car, in a process of its own", load: async () => (await import("./radio/index.ts")).SUBCOMMANDS },
  boot: { summary: "run a car from one of two slots, and try updates in the other", load: async () => (await import("./boot/index.ts")).SUBCOMMANDS },
  update: { summary: "signed updates: keygen, make, offer, status", load: async () => (await import("./update/index.ts")).SUBCOMMANDS },
  "self-test": { summary: "whether this program can run a car, tried on a copy of its flash", load: async () => (await import("./self-test/index.ts")).SUBCOMMANDS },
  device: { summary: "virtual twins of serial devices on pseudo-terminals: device pn532, relay, gps", load: async () => (await import("./device/index.ts")).SUBCOMMANDS },
  cloud: { summary: "the cloud service that no unlock depends on: run, fault, roll-out, release, status", load: async () => (await import("./cloud/index.ts")).SUBCOMMANDS },
  uplink: { summary: "carries between a running car and a cloud, in a process of its own", load: async () => (await import("./uplink/index.ts")).SUBCOMMANDS },
  app: { summary: "the remote app of an owner: login, register, status, where, unlock through a cloud", load: async () => (await import("./app/index.ts")).SUBCOMMANDS },
  doctor: { summary: "what is attached and what is wrong", load: async () => (await import("./doctor/index.ts")).SUBCOMMANDS },
};

// Whoever read along may stop at any time (`| head`); a running car must not stop with him, nor a command before its end.
process.stderr.on("error", () => undefined);
process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
  if (fault.code === "EPIPE" || process.stdout.isTTY) return;
  // A grant that a full disk swallowed was not handed out.
  process.stderr.write(`latchkey: the answer could not be written: ${fault.message}\n`);
  process.exitCode = EXIT.refused;
});

process.exitCode = (await main(process.argv.slice(2))) || process.exitCode;
if (endsByExit()) process.exit();

async function main(args: readonly string[]): Promise<ExitCode> {
  const [group, ...rest] = args;
  if (group === "help" && rest.length > 0) return main([...rest, "--help"]);
  if (group === undefined || group === "--help" || group === "-h" || group === "help") {
    process.stdout.write(overview());
    return group === undefined ? EXIT.usage : EXIT.ok;
  }
  if (group === "--version") {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const output = new Output({ json: rest.includes("--json"), color: wantsColor(rest.includes("--no-color")) });
  try {
    return await runIn(group, rest, output);
  } catch (fault) {
    return report(fault, output);
  }
}

async function runIn(group: string, args: readonly string[], output: Output): Promise<ExitCode> {
  const entry = Object.hasOwn(GROUPS, group) ? GROUPS[group]! : undefined;
  if (entry === undefined) throw new UsageError(`there is no command "${group}"${group.startsWith("-") ? "; options follow the command" : ""}`);
  const subcommands = await entry.load();
  const named = subcommands.find(({ name }) => name === `${group} ${args[0] ?? ""}`);
  const subcommand = named ?? subcommands.find(({ name }) => name === group);
  if (subcommand === undefined) {
    if (args[0] === undefined || args[0] === "--help" || args[0] === "-h") {
      process.stdout.write(groupHelp(group, subcommands));
      return args[0] === undefined ? EXIT.usage : EXIT.ok;
    }
    throw new UsageError(`there is no command "${group} ${args[0]}"`, group);
  }
  try {
    const { values, positionals } = parseFor(subcommand, named === undefined ? args : args.slice(1));
    if (values["help"] !== true) return await subcommand.run(values, positionals, output);
  } catch (fault) {
    throw fault instanceof UsageError ? new UsageError(fault.message, subcommand.name) : fault;
  }
  const more = subcommands.filter(({ name }) => subcommand.name === group && name !== group);
  process.stdout.write([helpOf(subcommand), ...(more.length === 0 ? [] : ["\n", groupHelp(group, more)])].join(""));
  return EXIT.ok;
}

function report(fault: unknown, output: Output): ExitCode {
  if (fault instanceof UsageError) {
    if (output.json) output.answer({ ok: false, error: "usage", message: fault.message }, "");
    output.say(`latchkey: ${fault.message}\nRead: latchkey ${[fault.command, "--help"].join(" ").trim()}`);
    return EXIT.usage;
  }
  if (fault instanceof CommandFailure) {
    if (output.json) output.answer({ ok: false, message: fault.message, wayOut: fault.wayOut, ...fault.data }, "");
    output.say(`latchkey: ${fault.message}${fault.wayOut === "" ? "" : `\n${fault.wayOut}`}`);
    return EXIT.refused;
  }
  throw fault;
}

function overview(): string {
  const width = Math.max(...Object.keys(GROUPS).map((name) => name.length));
  return [
    "Latchkey: a vehicle access controller that never asks a cloud.",
    "",
    "Usage: latchkey COMMAND [options]",
    "",
    ...Object.entries(GROUPS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "latchkey COMMAND --help tells more. Exit codes: 0 done, 1 refused or failed, 2 asked wrongly.",
    "",
  ].join("\n");
}

function groupHelp(group: string, subcommands: readonly Subcommand[]): string {
  const width = Math.max(...subcommands.map(({ name }) => name.length));
  return [
    `Usage: latchkey ${group} ...`,
    "",
    ...subcommands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    `latchkey ${group} COMMAND --help tells more.`,
    "",
  ].join("\n");
}
