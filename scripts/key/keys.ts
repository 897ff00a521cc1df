import { toHex } from "../../firmware/base/index.ts";
import type { CborValue } from "../../firmware/cbor/index.ts";
import { checkLog, nextLogCommand, ownKeyId, readLogPage, type CarRecord, type LogPage } from "../../firmware/key/index.ts";
import { BODY, REASONS, reasonName, ROLES, type Command, type Role } from "../../firmware/wire/index.ts";
import { CommandFailure, EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import { locationSignals, placeText } from "../cli/location.ts";
import { shown, type Output } from "../cli/output.ts";
import { noticesOf, withCar, type Conversation } from "./asking.ts";
import type { Answer } from "./car-connection.ts";
import { CAR_OPTIONS, FILE_OPTION } from "./options.ts";
import { crypto, kept, withWallet } from "./wallet-file.ts";

/** What the car tells: its state, its keys, its log. */
export const READING_SUBCOMMANDS: readonly Subcommand[] = [
  { name: "key status", summary: "the car's doors, drive and supply", positionals: [], options: CAR_OPTIONS, examples: ["latchkey key status --json"], run: status },
  { name: "key locate", summary: "where the car is, as its receiver last measured", positionals: [], options: CAR_OPTIONS, examples: ["latchkey key locate", "latchkey key locate --json"], run: locate },
  { name: "key list", summary: "keys enrolled in the car, and grants this key has signed", positionals: [], options: CAR_OPTIONS, examples: ["latchkey key list"], run: list },
  {
    name: "key log",
    summary: "who did what: read, and checked against the last log seen",
    positionals: [],
    options: { ...CAR_OPTIONS, new: { type: "boolean", help: "only lines since the last look" } },
    examples: ["latchkey key log", "latchkey key log --json | jq ."],
    run: log,
  },
  { name: "key cars", summary: "cars this key knows; asks nobody", positionals: [], options: FILE_OPTION, examples: ["latchkey key cars"], run: cars },
];

export interface ListedKey {
  readonly keyId: Uint8Array;
  readonly role: Role;
  readonly name: string;
}

const ROLE_NAMES = Object.keys(ROLES) as Role[];
/** A car holds at most 12,288 keys, a page 24. */
const PAGES_MAX = 520;

/** All keys of the car, by as many answers as it takes. */
export async function listKeys(demand: Conversation["demand"]): Promise<{ readonly keys: readonly ListedKey[]; readonly last: Answer }> {
  const keys: ListedKey[] = [];
  for (let page = 0; page < PAGES_MAX; page++) {
    const after = keys.at(-1)?.keyId;
    const last = await demand({ kind: "listKeys", ...(after && { after }) });
    keys.push(...rowsOf(last.reply.body.get(BODY.keys)));
    if (last.reply.body.get(BODY.more) !== true) return { keys, last };
  }
  throw new CommandFailure("the car's list of keys does not end");
}

/** The key whose name is `id` or whose id begins with it. */
export async function findKey(demand: Conversation["demand"], id: string): Promise<ListedKey> {
  const { keys } = await listKeys(demand);
  const found = keys.filter((key) => key.name === id || toHex(key.keyId).startsWith(id.toLowerCase()));
  if (found.length === 1) return found[0]!;
  const names = keys.map((key) => `${toHex(key.keyId)} (${shown(key.name)})`).join(", ");
  throw new CommandFailure(found.length === 0 ? `there is no key or grant "${id}"` : `"${id}" names several keys`, `The car has: ${names}.`);
}

function rowsOf(value: CborValue | undefined): readonly ListedKey[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly CborValue[]).flatMap((row) => {
    if (!Array.isArray(row)) return [];
    const [keyId, roleNumber, name] = row as readonly CborValue[];
    const role = ROLE_NAMES.find((candidate) => ROLES[candidate] === roleNumber);
    return keyId instanceof Uint8Array && role !== undefined && typeof name === "string" ? [{ keyId, role, name }] : [];
  });
}

function status(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, demand }) => {
    const answer = await demand({ kind: "status" });
    const signals = Object.fromEntries([...answer.reply.body].map(([path, value]) => [String(path), value] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
    const width = Math.max(0, ...Object.keys(signals).map((path) => path.length));
    const lines = Object.entries(signals).map(([path, value]) => `${shown(path.padEnd(width))}  ${shown(String(value))}`);
    output.answer({ ok: true, car: car.label, signals, notices: noticesOf(answer) }, [...lines, ...noticesOf(answer)].join("\n"));
    return EXIT.ok;
  });
}

function locate(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, demand }) => {
    const { body } = (await demand({ kind: "locate" })).reply;
    const latitudeDeg = Number(body.get(BODY.latitudeE7)) / 1e7;
    const longitudeDeg = Number(body.get(BODY.longitudeE7)) / 1e7;
    const ageS = Number(body.get(BODY.ageS));
    const told = body.get(BODY.accuracyM);
    const accuracyM = typeof told === "number" ? told : undefined;
    output.answer(
      { ok: true, car: car.label, signals: locationSignals({ latitudeDeg, longitudeDeg, accuracyM, ageS }), ageS },
      `${car.label}: ${placeText(latitudeDeg, longitudeDeg, accuracyM)}, ${ageS} s ago`,
    );
    return EXIT.ok;
  });
}

function list(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ car, demand }) => {
    const { keys, last } = await listKeys(demand);
    const { grants } = car.issuer;
    const rows = [
      ...keys.map((key) => `${toHex(key.keyId)}  ${key.role.padEnd(8)}  ${shown(key.name)}`),
      ...grants.map((grant) => `${grant.grantId}  ${grant.role.padEnd(8)}  ${grant.name}, grant${grant.revoked ? ", revoked" : ""}${ends(grant.expiresAtS)}${grant.usesMax === undefined ? "" : `, ${grant.usesMax} uses`}`),
    ];
    const data = { ok: true, car: car.label, keys: keys.map(({ keyId, role, name }) => ({ keyId: toHex(keyId), role, name })), grants, notices: noticesOf(last) };
    output.answer(data, [...rows, ...noticesOf(last)].join("\n"));
    return EXIT.ok;
  });
}

function log(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withCar(values, async ({ file, car, connection, demand }) => {
    const pages: LogPage[] = [];
    const from = values["new"] === true ? "seen" : "start";
    for (;;) {
      const command = nextLogCommand(crypto, file.wallet, { vehicleId: car.vehicleId, from, pages });
      if (command === undefined) break;
      pages.push(kept(readLogPage((await demand(command)).reply)));
    }
    const checked = checkLog(crypto, file.wallet, car.vehicleId, pages);
    if (!checked.ok) {
      const detail = "detail" in checked.error ? checked.error.detail : checked.error.kind;
      throw new CommandFailure(`the car's log does not verify: ${detail}`, "Do not trust this car before it was looked at: its memory may have been put back, and revocations with it.", { fault: checked.error });
    }
    file.save(checked.value.wallet);
    const names = await namesOf(file.wallet.cars.find(({ vehicleId }) => vehicleId === car.vehicleId)!, connection);
    names.set(ownKeyId(crypto, file.wallet), file.wallet.name);
    const { entries, head, hiddenCount, missed } = checked.value.log;
    const lines = entries.map((entry) => ({ ...entry, salt: undefined, name: names.get(entry.who) ?? entry.who }));
    const text = lines.map((line) => [String(line.sequence).padStart(5), atOf(line.atS), line.outcome.padEnd(7), shown(`${line.name}: ${line.what}`), shown(sayWhy(line.why))].join("  ").trimEnd());
    if (missed !== undefined) text.unshift(`lines ${missed.from} to ${missed.to} were rolled over before this key saw them`);
    if (hiddenCount > 0) text.push(`${hiddenCount} lines of others are not shown; they are in the chain all the same`);
    text.push(`verified: ${head.sequence} lines, signed by the car`);
    output.answer({ ok: true, car: car.label, verified: true, head: { sequence: head.sequence, hash: toHex(head.hash) }, lines, hiddenCount, missed: missed ?? null }, text.join("\n"));
    return EXIT.ok;
  });
}

/** Names for key ids: of keys the car has now, where this key may list them, and of guests this key has invited. */
async function namesOf(car: CarRecord, connection: Conversation["connection"]): Promise<Map<string, string>> {
  const names = new Map(car.issuer.grants.map((grant) => [grant.holder.slice(0, 16), `${grant.name} (${grant.role})`]));
  const ask = async (command: Command): Promise<Answer> => {
    const answer = await connection.ask(command);
    if (answer.reply.code !== 0) throw new CommandFailure(reasonName(answer.reply.code) ?? "refused");
    return answer;
  };
  try {
    for (const key of (await listKeys(ask)).keys) names.set(toHex(key.keyId), key.name);
  } catch (fault) {
    if (!(fault instanceof CommandFailure)) throw fault;
  }
  return names;
}

function cars(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  return withWallet(values, (file) => {
    const known = file.wallet.cars.map(({ label, vehicleId, role, grant }) => ({ label, vehicleId, role, expiresAtS: grant?.expiresAtS ?? null, usesMax: grant?.uses?.usesMax ?? null }));
    const text = known.length === 0 ? "this key knows no car yet" : known.map((car) => `${car.label}  ${car.role}${ends(car.expiresAtS ?? undefined)}  ${car.vehicleId}`).join("\n");
    output.answer({ ok: true, cars: known }, text);
    return EXIT.ok;
  });
}

function ends(expiresAtS: number | undefined): string {
  return expiresAtS === undefined ? "" : `, until ${new Date(expiresAtS * 1000).toISOString()}`;
}

function atOf(atS: number | undefined): string {
  return atS === undefined ? "time unknown        " : new Date(atS * 1000).toISOString().replace(".000", "");
}

function sayWhy(why: string): string {
  return Object.hasOwn(REASONS, why) ? REASONS[why as keyof typeof REASONS].rule : why;
}
