import type { Command } from "../../firmware/wire/index.ts";
import { keyIdOf, learnCar, newKey, START_S, type WiredKey } from "../wired/index.ts";
import { asked } from "./acts.ts";

/** A phone that knows all that is public of the car, as one who has its owner's login would, and is enrolled nowhere. */
export function strangerKnowing(owner: WiredKey, name: string): WiredKey {
  const stranger = newKey(owner.car, name);
  learnCar(owner, stranger, "owner", 0);
  return stranger;
}

/** What a thief wants: in, away, and back again tomorrow. */
export function wishes(key: WiredKey): readonly Command[] {
  return [
    { kind: "unlock" },
    { kind: "trunk" },
    { kind: "drive" },
    { kind: "enrol", role: "owner", name: "mine", publicKey: key.wallet.key.publicKey },
    { kind: "enrolCard", name: "mine" },
    { kind: "transfer" },
    { kind: "reset" },
    { kind: "newIssuerEpoch" },
    { kind: "changeSettings", settings: new Map([["autoRelockMs", 0]]) },
    { kind: "valetMode", on: false },
    { kind: "setPin", pin: "2580" },
    { kind: "setTime", unixS: START_S, newTimeEpoch: true },
    { kind: "readLog", fromSequence: 1, countMax: 8 },
    { kind: "listKeys" },
    { kind: "revoke", keyId: keyIdOf(key) },
  ];
}

/** Asks for all of it, each over a link of its own, whatever the answer; gives the answers. */
export function asksForEverything(key: WiredKey, commands: readonly Command[] = wishes(key)): readonly string[] {
  return commands.map((command) => {
    const answer = asked(key, command);
    key.car.pass(300);
    return answer;
  });
}
