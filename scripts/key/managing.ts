import type { CborValue } from "../../firmware/cbor/index.ts";
import { transferCode } from "../../firmware/key/index.ts";
import { BODY } from "../../firmware/wire/index.ts";
import { readWallClock } from "../../hal/clock/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { dueOf, withCar } from "./asking.ts";
import { refusal } from "./car-connection.ts";
import { CAR_OPTIONS } from "./options.ts";
import { kept } from "./wallet-file.ts";

const SETTINGS = ["autoRelockMs", "walkAwayEnabled", "walkAwayMs", "ownerRemovalDelayS", "passiveEntry", "rangedDrive"] as const;

/** What an owner decides about the car. */
export const MANAGING_SUBCOMMANDS: readonly Subcommand[] = [
  { name: "key valet", summary: "switch valet mode on or off", positionals: ["on|off"], options: CAR_OPTIONS, examples: ["latchkey key valet on"], run: valet },
  { name: "key set", summary: `change a setting: ${SETTINGS.join(", ")}`, positionals: ["NAME=VALUE"], options: CAR_OPTIONS, examples: ["latchkey key set walkAwayEnabled=true", "latchkey key set autoRelockMs=60000"], run: set },
  {
    name: "key time",
    summary: "set the car's clock from this machine's",
    positionals: [],
    options: { ...CAR_OPTIONS, "new-epoch": { type: "boolean", help: "also if the car believes it is later: starts a new time epoch, which is logged" } },
    examples: ["latchkey key time"],
    run: time,
  },
  { name: "key transfer", summary: "hand the car over: prints the code the new owner pairs with", positionals: [], options: CAR_OPTIONS, examples: ["latchkey key transfer"], run: transfer },
  { name: "key cancel", summary: "stop an announced removal or reset", positionals: ["NUMBER"], options: CAR_OPTIONS, examples: ["latchkey key cancel 3"], run: cancel },
  { name: "key reset", summary: "make the car one without owners (hold the button inside, or wait for the delay)", positionals: [], options: CAR_OPTIONS, examples: ["latchkey key reset"], run: reset },
];

function valet(values: OptionValues, [wanted]: readonly string[], output: Output): Promise<ExitCode> {
  if (wanted !== "on" && wanted !== "off") throw new UsageError("valet mode is switched on or off");
  return withCar(values, async ({ car, demand }) => {
    await demand({ kind: "valetMode", on: wanted === "on" });
    output.answer({ ok: true, car: car.label, valetMode: wanted === "on" }, `${car.label}: valet mode is ${wanted}`);
    return EXIT.ok;
  });
}

function set(values: OptionValues, [assignment]: readonly string[], output: Output): Promise<ExitCode> {
  const match = /^([A-Za-z]+)=(true|false|[0-9]{1,9})$/.exec(assignment!);
  const name = match?.[1];
  if (match === null || !(SETTINGS as readonly string[]).includes(name!)) {
    throw new UsageError(`write NAME=VALUE with a number, true or false; names are ${SETTINGS.join(", ")}`);
  }
  const text = match[2]!;
  const value: CborValue = text === "true" ? true : text === "false" ? false : Number(text);
  return withCar(values, async ({ car, connection }) => {
    const answer = await connection.ask({ kind: "changeSettings", settings: new Map([[name!, value]]) });
    if (answer.reply.code !== 0) {
      const fault = answer.reply.body.get(BODY.setting);
      if (fault !== undefined) throw new CommandFailure(`the car does not take ${assignment!}: ${String(fault)}`, "Choose a value in its range; docs/access.md lists them.");
      throw refusal(answer);
    }
    output.answer({ ok: true, car: car.label, [name!]: value }, `${car.label}: ${name!} is ${text}`);
    return EXIT.ok;
  });
}

function time(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, demand }) => {
    const { unixS } = readWallClock();
    await demand({ kind: "setTime", unixS, newTimeEpoch: values["new-epoch"] === true });
    output.answer({ ok: true, car: car.label, unixS }, `${car.label}: its clock stands at ${new Date(unixS * 1000).toISOString()}`);
    return EXIT.ok;
  });
}

function transfer(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, demand }) => {
    const { reply } = await demand({ kind: "transfer" });
    const uri = kept(transferCode(reply));
    output.say("Give this code to the new owner only. Pairing with it ends every other key of this car, yours among them.");
    output.answer({ ok: true, car: car.label, uri, dueInS: reply.body.get(BODY.dueInS) ?? null }, uri);
    return EXIT.ok;
  });
}

function cancel(values: OptionValues, [number]: readonly string[], output: Output): Promise<ExitCode> {
  const pendingId = /^[0-9]{1,9}$/.test(number!) ? Number(number) : NaN;
  if (Number.isNaN(pendingId)) throw new UsageError("cancel takes the number of the announcement");
  return withCar(values, async ({ car, demand }) => {
    await demand({ kind: "cancelPending", pendingId });
    output.answer({ ok: true, car: car.label, pendingId }, `${car.label}: announcement ${pendingId} is cancelled`);
    return EXIT.ok;
  });
}

function reset(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, connection }) => {
    const answer = await connection.ask({ kind: "reset" });
    const due = dueOf(answer);
    if (due !== undefined) {
      output.answer({ ok: true, car: car.label, ...due }, `${car.label}: the reset is announced and happens in ${Math.round(due.dueInS / 3600)} h, unless an owner cancels it`);
      return EXIT.ok;
    }
    if (answer.reply.code !== 0) throw refusal(answer);
    output.answer({ ok: true, car: car.label }, `${car.label} has no owner any more`);
    return EXIT.ok;
  });
}
