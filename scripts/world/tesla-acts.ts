import { FAULTS, type FaultName, type Misbehaviour } from "../../firmware/tesla/index.ts";
import { MISCHIEF_COUNT_MAX } from "../board/virtual/index.ts";
import type { Act } from "./act.ts";
import { ask, askPhone, explain } from "./phone-acts.ts";
import { WorldRefusal, type Surroundings } from "./surroundings.ts";
import { chosen, numberOf } from "./words.ts";

/** The card and the phone that a virtual car comes with when it is delivered. */
const DELIVERED_CARD = "card";
const DELIVERED_TO = "anna";

/** How long a person waits for the car to hear a request, and to take a card. */
const PATIENCE_MS = 4000;

/** Longest delay of one message. */
const DELAY_MS_MAX = 60_000;

/** Faults by names of their own. */
const FAULT_WORDS: Readonly<Record<string, Misbehaviour>> = {
  drop: { kind: "drop" },
  wait: { kind: "wait" },
  "wrong-epoch": { kind: "newEpoch" },
  "stale-session": { kind: "fault", fault: "timeExpired" },
  "full-whitelist": { kind: "fault", fault: "keychainIsFull" },
};

/** What developers of Tesla clients do to a virtual car. */
export const TESLA_ACTS: Readonly<Record<string, Act>> = {
  "tap-card": async (around, [name = DELIVERED_CARD, answer = "yes"]) => {
    const { board, car } = around;
    const { tesla } = car.controller;
    if (tesla === undefined) throw new WorldRefusal("this car speaks no Tesla dialect: start it with --dialects native,tesla");
    const says = chosen(answer, ["yes", "no", "nothing"]);
    const delivered = await deliver(around, name);
    const waits = await until(around, () => tesla.keys.isWaiting);
    if (!board.enter(() => board.cards.tap(name, "inside"))) throw new WorldRefusal("there are too many cards in this world");
    if (!waits) return { text: `${delivered}${name} is held to the reader inside; no key request waits, so that it starts the drive` };
    if (!(await until(around, () => car.keyRequest !== undefined || !tesla.keys.isWaiting)) || car.keyRequest === undefined) {
      throw new WorldRefusal(`${delivered}the car did not take ${name} for the request: its log says why`);
    }
    const { name: key, role } = car.keyRequest;
    if (says === "nothing") return { text: `${delivered}${name} was tapped; the car's screen asks whether ${key} becomes ${role}` };
    car.dispatch({ kind: "keyRequestAnswered", accept: says === "yes" });
    if (says === "no") return { text: `${delivered}${name} was tapped, and the car's screen was told no: ${key} is not added` };
    if (!(await until(around, () => allKeys(around).some((added) => added.name === key)))) throw new WorldRefusal(`the car did not add ${key}: its log says why`);
    return { text: `${delivered}${name} was tapped, and the car's screen was told yes: ${key} is ${role} now` };
  },

  fault: ({ board, car }, [kind, ...rest]) => {
    if (car.controller.tesla === undefined) throw new WorldRefusal("this car speaks no Tesla dialect: start it with --dialects native,tesla");
    const words = ["none", "delay", ...Object.keys(FAULT_WORDS), ...Object.keys(FAULTS)];
    const word = chosen(kind, words);
    const [delay, count] = word === "delay" ? [numberOf(rest[0], "MILLISECONDS", { min: 1, max: DELAY_MS_MAX }), rest[1]] : [0, rest[0]];
    const messages = word === "none" ? 0 : numberOf(count ?? "1", "N", { min: 0, max: MISCHIEF_COUNT_MAX });
    const what: Misbehaviour = word === "delay" ? { kind: "delay", afterMs: delay } : (FAULT_WORDS[word] ?? { kind: "fault", fault: word as FaultName });
    board.mischief.plan(what, messages);
    return { text: messages === 0 ? "the car answers as it should" : `${word} for the next ${messages === 1 ? "message" : `${messages} messages`} of Tesla clients` };
  },
};

/** A card that the car knows: a car without an owner is delivered first, with the phone and the card that it comes with; that phone also adds further cards. */
async function deliver(around: Surroundings, name: string): Promise<string> {
  const { board, car } = around;
  const knowsCard = (): boolean => allKeys(around).some(({ role, name: key }) => role === "card" && key === name);
  if (knowsCard()) return "";
  const phone = board.phones.get(DELIVERED_TO);
  if (!car.isClaimed) await askPhone(around, [DELIVERED_TO, "pair"]);
  if (phone?.onlyVehicleId === undefined) {
    throw new WorldRefusal(`this car knows no card called ${name}: its owner adds one (latchkey key card add ${name}), then it is tapped (latchkey world card ${name} outside)`);
  }
  const outcome = await ask(around, phone, { kind: "enrolCard", name });
  if (outcome.kind !== "done") throw new WorldRefusal(`${DELIVERED_TO}: ${explain(outcome)}`);
  board.enter(() => board.cards.tap(name, "outside"));
  if (!(await until(around, knowsCard))) throw new WorldRefusal("the car took no card: its log says why");
  // The next tap begins when this card has left the reader's field.
  await until(around, () => !board.cards.isHeld);
  return `${name} is a card of this car now, added by the simulated phone ${DELIVERED_TO} that owns it; `;
}

function allKeys({ car }: Surroundings): readonly { readonly name: string; readonly role: string }[] {
  return car.controller.parts.access.listKeys(Number.MAX_SAFE_INTEGER).keys;
}

/** Whether `holds()` becomes true while a person waits. */
function until({ board, car }: Surroundings, holds: () => boolean): Promise<boolean> {
  if (holds()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (answer: boolean): void => {
      endPatience();
      unwatch();
      resolve(answer);
    };
    const endPatience = board.after(PATIENCE_MS, () => end(holds()));
    const unwatch = car.watch({ changed: () => holds() && end(true) });
  });
}
