import type { CborValue } from "../../firmware/cbor/index.ts";
import { transferCode } from "../../firmware/key/index.ts";
import { BODY } from "../../firmware/wire/index.ts";
import { readWallClock } from "../../hal/clock/index.ts";
import { fromHex, toHex } from "../../firmware/base/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import { readSecret } from "../cli/passphrase.ts";
import { shown, type Output } from "../cli/output.ts";
import { dueOf, withCar } from "./asking.ts";
import { refusal } from "./car-connection.ts";
import { listKeys } from "./keys.ts";
import { CAR_OPTIONS, textOf } from "./options.ts";
import { kept } from "./wallet-file.ts";

const SETTINGS = ["autoRelockMs", "walkAwayEnabled", "walkAwayMs", "ownerRemovalDelayS", "cardAnswerMs", "ownCardAnswerMs", "passiveEntry", "rangedDrive", "remoteAccess", "ownCardsAlone"] as const;

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
  {
    name: "key card",
    summary: "enrol a key card: the next one held to the car's reader within half a minute",
    positionals: ["add", "NAME"],
    options: CAR_OPTIONS,
    examples: ["latchkey key card add wallet"],
    run: card,
  },
  {
    name: "key pin",
    summary: "PIN to drive: set it, clear it, or enter it before a drive",
    positionals: ["set|clear|enter"],
    options: { ...CAR_OPTIONS, "pin-file": { type: "string", value: "PATH", help: "file (0600) that holds the PIN; - for stdin" } },
    examples: ["latchkey key pin set", "latchkey key pin enter && latchkey key drive"],
    run: pin,
  },
  { name: "key transfer", summary: "hand the car over: prints the code the new owner pairs with", positionals: [], options: CAR_OPTIONS, examples: ["latchkey key transfer"], run: transfer },
  { name: "key cancel", summary: "stop an announced removal or reset", positionals: ["NUMBER"], options: CAR_OPTIONS, examples: ["latchkey key cancel 3"], run: cancel },
  {
    name: "key update",
    summary: "agree to the update that the car was offered, as its owner",
    positionals: ["consent"],
    options: { ...CAR_OPTIONS, id: { type: "string", value: "HEX", help: "only if the offered update is this one, as latchkey update make and offer print it" } },
    examples: ["latchkey key update consent"],
    run: consent,
  },
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

/** How often the car is asked whether the card has come, and how long: as long as the car waits, and a moment. */
const CARD_POLL_MS = 1000;
const CARD_WAIT_MS = 32_000;

function card(values: OptionValues, [verb, name]: readonly string[], output: Output): Promise<ExitCode> {
  if (verb !== "add") throw new UsageError("key card is followed by add and a NAME; cards are listed by key list and revoked by key revoke");
  return withCar(values, async ({ car, demand }) => {
    const before = new Set((await listKeys(demand)).keys.map(({ keyId }) => toHex(keyId)));
    await demand({ kind: "enrolCard", name: name! });
    output.say(`Hold the card of ${name} to the reader now.`);
    for (let waitedMs = 0; waitedMs < CARD_WAIT_MS; waitedMs += CARD_POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, CARD_POLL_MS));
      const enrolled = (await listKeys(demand)).keys.find(({ keyId, role }) => role === "card" && !before.has(toHex(keyId)));
      if (enrolled === undefined) continue;
      output.answer({ ok: true, car: car.label, name, keyId: toHex(enrolled.keyId) }, `${car.label}: ${name} is one of its cards`);
      return EXIT.ok;
    }
    throw new CommandFailure("the car has taken no card", "Hold it flat to the reader, and look into the car's log: latchkey key log.");
  });
}

const PIN_DONE = { set: "drive now needs the PIN", clear: "drive needs no PIN", enter: "the PIN is right: drive within a minute" } as const;

async function pin(values: OptionValues, [act]: readonly string[], output: Output): Promise<ExitCode> {
  if (act !== "set" && act !== "clear" && act !== "enter") throw new UsageError("key pin is followed by set, clear or enter");
  const digits = act === "clear" ? "" : await readSecret(act === "set" ? "the new PIN" : "the PIN", textOf(values, "pin-file"), act === "set");
  return withCar(values, async ({ car, connection }) => {
    const answer = await connection.ask(act === "enter" ? { kind: "enterPin", pin: digits } : { kind: "setPin", pin: digits });
    const waitS = answer.reply.body.get(BODY.dueInS);
    if (answer.reply.code !== 0) throw refusal(answer, typeof waitS === "number" ? `The next try is taken in ${waitS} s.` : undefined);
    output.answer({ ok: true, car: car.label, pin: act }, `${car.label}: ${PIN_DONE[act]}`);
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

function consent(values: OptionValues, [what]: readonly string[], output: Output): Promise<ExitCode> {
  if (what !== "consent") throw new UsageError(`there is no "key update ${what!}"; write: key update consent`);
  return withCar(values, async ({ car, demand }) => {
    const { reply } = await demand({ kind: "status" });
    const told = (name: string): string => String(reply.body.get(`Vehicle.Private.Update.${name}`) ?? "");
    const id = fromHex(told("Id"));
    if (id?.length !== 32) throw new CommandFailure(`${car.label} was offered no update`, "Offer one first: latchkey update offer FILE");
    if (values["id"] !== undefined && values["id"] !== toHex(id)) throw new CommandFailure(`${car.label} was offered another update: ${toHex(id)}`, "Look at it with: latchkey update status");
    await demand({ kind: "consentUpdate", id });
    const version = shown(told("Version"));
    output.answer({ ok: true, car: car.label, id: toHex(id), version }, `${car.label}: you agree to update ${version} for ${shown(told("Model"))}`);
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
