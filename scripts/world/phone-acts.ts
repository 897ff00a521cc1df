import { LINK_FAILURES } from "../../firmware/key/index.ts";
import { REASONS, type Command } from "../../firmware/wire/index.ts";
import { describeOutcome, type PhoneOutcome, type SimPhone } from "../../sim/phone/index.ts";
import type { Done } from "./act.ts";
import { WorldRefusal, type Surroundings } from "./surroundings.ts";
import { chosen, phoneOf } from "./words.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  unlock: { kind: "unlock" },
  lock: { kind: "lock", forced: false },
  trunk: { kind: "trunk" },
  drive: { kind: "drive" },
  status: { kind: "status" },
};

/** A simulated phone asks the car for something, or pairs with the code that the car's console shows. */
export async function askPhone(around: Surroundings, [name, what]: readonly string[]): Promise<Done> {
  const phone = phoneOf(around.board, name);
  const word = chosen(what, [...Object.keys(COMMANDS), "pair"]);
  const outcome = word === "pair" ? await pair(around, phone) : await ask(around, phone, COMMANDS[word]!);
  if (outcome.kind !== "done" && outcome.kind !== "paired") throw new WorldRefusal(`${phone.name}: ${explain(outcome)}`);
  const data = outcome.kind === "done" && word === "status" ? Object.fromEntries(outcome.reply.body) : { outcome: describeOutcome(outcome) };
  return { text: word === "status" ? JSON.stringify(data, undefined, 2) : `${phone.name}: ${outcome.kind === "paired" ? "is the owner now" : `${word} done`}`, data };
}

/** The outcome with the rule behind a refusal. */
export function explain(outcome: PhoneOutcome): string {
  if (outcome.kind === "refused" && outcome.reason !== undefined) return `refused: ${REASONS[outcome.reason].rule} ${REASONS[outcome.reason].wayOut}`;
  if (outcome.kind === "failed") return outcome.why === "carNotFound" ? "the car is out of reach" : `${LINK_FAILURES[outcome.why].rule} ${LINK_FAILURES[outcome.why].wayOut}`;
  return describeOutcome(outcome);
}

export function ask({ board }: Surroundings, phone: SimPhone, command: Command): Promise<PhoneOutcome> {
  const vehicleId = phone.onlyVehicleId;
  if (vehicleId === undefined) throw new WorldRefusal(`${phone.name} has no key for this car`);
  return new Promise((resolve) => board.enter(() => phone.ask(vehicleId, command, resolve)));
}

function pair({ board, car }: Surroundings, phone: SimPhone): Promise<PhoneOutcome> {
  if (car.claim === undefined) car.dispatch({ kind: "claimRequested" });
  const { claim } = car;
  if (claim === undefined) throw new WorldRefusal("the car opens no pairing: it has an owner already");
  return new Promise((resolve) => board.enter(() => phone.pair(board.airRadio.radio, claim.uri, "car", resolve)));
}
