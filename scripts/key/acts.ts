import { REASONS, type Command } from "../../firmware/wire/index.ts";
import { EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { BODY } from "../../firmware/wire/index.ts";
import { attachVia, type Attach } from "./attach.ts";
import { CarConnection, refusal } from "./car-connection.ts";
import { CAR_OPTIONS, viaOf } from "./options.ts";
import { withWallet } from "./wallet-file.ts";

export interface Act {
  readonly name: "unlock" | "lock" | "trunk" | "drive";
  readonly summary: string;
  readonly done: string;
  /** What every latch that moved should have come to. */
  readonly wanted: "locked" | "unlocked" | undefined;
}

export const ACTS: readonly Act[] = [
  { name: "unlock", summary: "unlock the doors", done: "unlocked", wanted: "unlocked" },
  { name: "lock", summary: "lock the car", done: "locked", wanted: "locked" },
  { name: "trunk", summary: "unlock the trunk", done: "trunk unlocked", wanted: "unlocked" },
  { name: "drive", summary: "release the immobiliser", done: "ready to drive", wanted: undefined },
];

/** What moves something: each waits for the latches and tells honestly what they came to. */
export const ACT_SUBCOMMANDS: readonly Subcommand[] = ACTS.map((act) => ({
  name: `key ${act.name}`,
  summary: act.summary,
  positionals: [],
  options: {
    ...CAR_OPTIONS,
    ...(act.name === "lock" ? { force: { type: "boolean", help: "lock although a door is open or a key is inside" } as const } : {}),
  },
  examples: [`latchkey key ${act.name}`, `latchkey key ${act.name} --car camper --json`],
  run: (values, _positionals, output) => runAct(act, values, output, attachVia(viaOf(values))),
}));

/** Asks for the act over a link that `attach` gives. */
export function runAct(act: Act, values: OptionValues, output: Output, attach: Attach): Promise<ExitCode> {
  return withWallet(values, async (file) => {
    const car = file.car(values);
    const target = { kind: "cars", vehicleIds: [car.vehicleId] } as const;
    return CarConnection.with(file, { attach, target }, async (connection) => {
      const answer = await connection.ask(commandOf(act, values));
      const already = answer.reply.code === REASONS.nothingToDo.code;
      if (answer.reply.code !== 0 && !already) throw refusal(answer);
      const moving = Number(answer.reply.body.get(BODY.moving) ?? 0);
      const latches = moving > 0 ? await connection.latches() : new Map<string, string>();
      if (connection.path === "full") await connection.deliverLists();
      const states = latches === undefined ? undefined : Object.fromEntries(latches);
      const failed = states === undefined || Object.values(states).some((state) => act.wanted !== undefined && state !== act.wanted && state !== "unconfirmed");
      const text = already ? `${car.label}: it is so already` : describe(act, car.label, states);
      output.answer({ ok: !failed, command: act.name, car: car.label, path: connection.path, already, latches: states ?? null }, text);
      return failed ? EXIT.refused : EXIT.ok;
    });
  });
}

function commandOf(act: Act, values: OptionValues): Command {
  return act.name === "lock" ? { kind: "lock", forced: values["force"] === true } : { kind: act.name };
}

function describe(act: Act, label: string, states: Readonly<Record<string, string>> | undefined): string {
  if (states === undefined) return `${label}: accepted, but the latches have not reported; look at the car`;
  const odd = Object.entries(states).filter(([, state]) => state !== act.wanted);
  if (act.wanted === undefined || odd.length === 0) return `${label}: ${act.done}`;
  return `${label}: ${odd.map(([latch, state]) => `${latch} is ${state}`).join(", ")}`;
}
