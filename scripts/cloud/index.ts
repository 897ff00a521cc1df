import { resolve } from "node:path";
import { EXIT, UsageError, type OptionDescription, type Subcommand } from "../cli/command.ts";
import { askCloud } from "./control.ts";
import { dataOf, DEFAULT_CLOUD_LISTEN, run } from "./run.ts";
import { FAULTS } from "./web.ts";

const DATA: Readonly<Record<string, OptionDescription>> = { data: { type: "string", value: "FOLDER", help: "the folder of the cloud's records (else the user's state folder)" } };

/** `latchkey cloud`: the service that no unlock depends on, and how it is made to fail. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "cloud run",
    summary: "Runs the cloud service: accounts, couriers, reports, releases.",
    positionals: [],
    options: {
      listen: { type: "string", value: "HOST:PORT", help: `where it answers (${DEFAULT_CLOUD_LISTEN})` },
      data: { type: "string", value: "FOLDER", help: "the folder of its records (else the user's state folder); memory: nothing outlives it" },
      "tls-key": { type: "string", value: "FILE", help: "private key, PEM" },
      "tls-cert": { type: "string", value: "FILE", help: "certificate chain, PEM" },
      "allow-plain": { type: "boolean", help: "answer others than this machine without TLS" },
    },
    examples: ["latchkey cloud run", "latchkey cloud run --listen 127.0.0.1:0 --data memory --json"],
    run,
  },
  {
    name: "cloud fault",
    summary: `Makes a running cloud fail: ${FAULTS.join(", ")}.`,
    positionals: ["FAULT"],
    options: DATA,
    examples: ["latchkey cloud fault hang", "latchkey cloud fault none"],
    run: async (values, [fault], output) => {
      if (!FAULTS.some((name) => name === fault)) throw new UsageError(`there is no fault "${fault!}"; there are ${FAULTS.join(", ")}`);
      output.answer(await askCloud(dataOf(values), { act: "fault", fault }), fault === "none" ? "The cloud works." : `The cloud fails: ${fault!}.`);
      return EXIT.ok;
    },
  },
  {
    name: "cloud roll-out",
    summary: "Demands a second factor of everybody at once, or no longer.",
    positionals: ["two-factor", "on|off"],
    options: DATA,
    examples: ["latchkey cloud roll-out two-factor on"],
    run: async (values, [what, state], output) => {
      if (what !== "two-factor" || (state !== "on" && state !== "off")) throw new UsageError("what can be rolled out is: two-factor on, or two-factor off");
      const answer = await askCloud(dataOf(values), { act: "roll-out", twoFactor: state === "on" });
      output.answer(answer, `The second factor is ${state === "on" ? `demanded of everybody; ${String(answer["loggedOut"])} sessions ended` : "everybody's own choice"}.`);
      return EXIT.ok;
    },
  },
  {
    name: "cloud release",
    summary: "Hands out an update file to the uplinks of its model.",
    positionals: ["FILE"],
    options: DATA,
    examples: ["latchkey cloud release car-2.update"],
    run: async (values, [file], output) => {
      const answer = await askCloud(dataOf(values), { act: "release", path: resolve(file!) });
      output.answer(answer, `Release ${String(answer["version"])} (${String(answer["sequenceNumber"])}) for ${String(answer["model"])} is handed out.`);
      return EXIT.ok;
    },
  },
  {
    name: "cloud status",
    summary: "What a running cloud holds, and how it is made to fail.",
    positionals: [],
    options: DATA,
    examples: ["latchkey cloud status --json"],
    run: async (values, _positionals, output) => {
      const { ok: _ok, ...answer } = await askCloud(dataOf(values), { act: "status" });
      output.answer(answer, Object.entries(answer).map(([name, value]) => `${name}: ${String(value)}`).join("\n"));
      return EXIT.ok;
    },
  },
];
