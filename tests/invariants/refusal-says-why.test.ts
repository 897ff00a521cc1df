import { describe, expect, it } from "vitest";
import { toHex } from "../../firmware/base/index.ts";
import { reasonName, REASONS } from "../../firmware/wire/index.ts";
import { RESET_INPUT } from "../../sim/body/index.ts";
import type { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { enrolled, everyCommand, guestOf, idOf, keyIdOf, learnCar, share, signRevocation, START_S, told, verifiedLog } from "../support/people.ts";
import { claim, newCar, newKey } from "../support/wired-car.ts";
import { altered, GENUINE, overlaid, withParts, type Mutant } from "./mutants.ts";

/** Everybody who may know, asking for everything; gives the refusals that say too little. */
function mutedRefusals(mutant: Mutant): string[] {
  const car = newCar(mutant);
  const owner = claim(car);
  const people: readonly WiredKey[] = [
    owner,
    enrolled(owner, "ben", "driver"),
    enrolled(owner, "sam", "service"),
    guestOf(owner, "timed", { notBeforeS: START_S, expiresAtS: START_S + 60 }),
    guestOf(owner, "counted", { uses: 2 }),
    guestOf(owner, "val", { role: "valet", actions: ["unlock", "drive"] }),
  ];
  const wrong: string[] = [];
  const asked = new Set<string>();
  const listen = (person: WiredKey, situation: string): void => {
    for (const command of everyCommand(owner).filter(({ kind }) => kind !== "newIssuerEpoch" && kind !== "reset" && kind !== "setTime" && kind !== "valetMode")) {
      const outcome = person.ask(command);
      if (outcome.kind !== "reply" || outcome.reply.code === 0) continue;
      const name = reasonName(outcome.reply.code);
      asked.add(String(name));
      const where = `${situation}, ${person.wallet.name}, ${command.kind}`;
      if (name === undefined) wrong.push(`${where}: code ${outcome.reply.code} is no reason`);
      else if (REASONS[name].rule === "" || REASONS[name].wayOut === "") wrong.push(`${where}: ${name} has no rule or no way out`);
      else if (name !== "nothingToDo" && !car.notes.some((note) => note.what === command.kind && note.outcome === "refused" && note.why === name)) wrong.push(`${where}: the car's own log does not tell ${name}`);
    }
    person.disconnect();
    car.pass(500);
  };
  for (const person of people) listen(person, "at rest");
  owner.ask({ kind: "valetMode", on: true });
  for (const person of people) listen(person, "in valet mode");
  owner.ask({ kind: "valetMode", on: false });
  owner.disconnect();
  car.tell({ kind: "powertrainChanged", running: true, moving: true });
  car.tell({ kind: "supplyMeasured", millivolts: 9_000 });
  for (const person of people) listen(person, "on the road with an empty battery");
  const expected = ["roleForbids", "outsideScope", "timeNotTrusted", "valetMode", "inMotion", "lowSupply", "malformed", "alreadyEnrolled", "unknownTarget", "lastOwner"];
  for (const name of expected) if (!asked.has(name)) wrong.push(`nobody was refused for ${name}`);
  return wrong;
}

/** Frames of the car to somebody who has proved nothing, by how that somebody failed. */
function heardByStrangers(mutant: Mutant): ReadonlyMap<string, readonly string[]> {
  const car = newCar(mutant);
  const owner = claim(car);
  const revoked = enrolled(owner, "rita", "driver");
  owner.askFresh({ kind: "revoke", keyId: keyIdOf(revoked) });
  const driver = enrolled(owner, "ben", "driver");
  driver.askFresh({ kind: "status" });
  const foreigner = guestOf(pretender(car, owner), "fred");
  const heard = new Map<string, readonly string[]>();
  const knock = (name: string, key: WiredKey, frames?: readonly Uint8Array[]): void => {
    car.pass(500);
    if (frames === undefined) key.askFresh({ kind: "status" });
    else {
      const link = car.attach(key);
      key.framesReceived = [];
      for (const bytes of frames) car.tell({ kind: "frameReceived", link, bytes });
    }
    heard.set(name, key.framesReceived.map((frame) => toHex(frame)));
    key.disconnect();
  };
  const stranger = newKey(car, "stranger");
  learnCar(owner, stranger, "driver", 0);
  knock("a key that was never enrolled", stranger);
  knock("a key that was revoked", revoked);
  knock("a grant of somebody who is no owner", foreigner);
  const session = [...driver.framesSent];
  knock("a session played back", newKey(car, "echo"), session);
  knock("noise", newKey(car, "noise"), [Uint8Array.of(0xc1, 0xff, 0x00)]);
  knock("a command without a handshake", newKey(car, "hasty"), [Uint8Array.of(0xc2, 1, 2, 3)]);
  knock("a ticket that was never given", newKey(car, "forger"), [Uint8Array.from([0xc3, 0x48, ...Array<number>(8).fill(1), 0x50, ...Array<number>(16).fill(2), 0x83, 1, 2, 3])]);
  return heard;
}

function pretender(car: WiredCar, owner: WiredKey): WiredKey {
  const key = newKey(car, "pretender");
  learnCar(owner, key, "owner", 0);
  return key;
}

const FLAT_REFUSAL = "c4";

/** What strangers learn that they should not. */
function tellingRefusals(mutant: Mutant): string[] {
  const wrong: string[] = [];
  const heard = heardByStrangers(mutant);
  for (const [name, frames] of heard) {
    const last = frames.at(-1);
    if (last !== FLAT_REFUSAL) wrong.push(`${name}: the last frame is ${last ?? "none"}`);
    // A handshake shows its message_2 before, which is random; nothing else.
    const handshake = frames.slice(0, -1);
    if (handshake.some((frame) => !/^(c1|81|41|01)/.test(frame))) wrong.push(`${name}: something else than a handshake came before`);
  }
  const lengths = new Set(["a key that was never enrolled", "a key that was revoked"].map((name) => heard.get(name)!.map((frame) => frame.length).join()));
  if (lengths.size !== 1) wrong.push("a revoked key can be told from one that was never enrolled");
  return wrong;
}

interface OpenSessions {
  turnDown(link: { id: number }, why: string): void;
  outcomes: unknown[];
}

describe("a refusal says why", () => {
  it("to every key that has proved itself: a numbered reason with its rule and its way out, and a line at the car", () => {
    expect(mutedRefusals(GENUINE)).toEqual([]);
  });

  it("in the log, by name, for the owner to read", () => {
    const car = newCar();
    const owner = claim(car);
    const driver = enrolled(owner, "ben", "driver");
    driver.askFresh({ kind: "reset" });
    const guest = newKey(car, "gil");
    owner.askFresh({ kind: "deliverList", list: signRevocation(owner, share(owner, guest)) });
    guest.askFresh({ kind: "unlock" });
    car.tell({ kind: "inputChanged", input: RESET_INPUT, active: false });
    owner.askFresh({ kind: "status" });
    const refused = verifiedLog(owner).entries.filter(({ outcome }) => outcome === "refused");
    expect(refused.map(({ who, what, why }) => [who, what, why])).toEqual([
      [idOf(driver), "reset", "roleForbids"],
      [idOf(guest), "unlock", "grantRevoked"],
    ]);
  });

  it("and to strangers nothing: one flat refusal, the same whatever was wrong", () => {
    expect(tellingRefusals(GENUINE)).toEqual([]);
  });

  it("with numbers that stay: a reason's code names it and no other", () => {
    const codes = Object.entries(REASONS).map(([name, { code }]) => [code, name] as const);
    expect(new Set(codes.map(([code]) => code)).size).toBe(codes.length);
    for (const [code, name] of codes) expect(reasonName(code)).toBe(name);
  });

  it("is noticed to be gone with a car that only says no", () => {
    const mutant = altered((controller) => {
      const reply = controller.sessions.reply.bind(controller.sessions);
      controller.sessions.reply = (link, message, options, nowMs) => reply(link, message.code === 0 ? message : { ...message, code: 999 }, options, nowMs);
    });
    expect(mutedRefusals(mutant)).not.toEqual([]);
  });

  it("is noticed to be gone with a decision that gives another reason than its own", () => {
    const mutant = withParts(({ access }) => ({
      access: overlaid(access, {
        decide: (request) => {
          const decision = access.decide(request);
          return decision.allowed ? decision : { allowed: false, reason: "busy" };
        },
      }),
    }));
    expect(mutedRefusals(mutant)).not.toEqual([]);
  });

  it("is noticed to be gone with a car that keeps its refusals to itself", () => {
    expect(mutedRefusals(altered((controller) => (controller.recordRefusal = () => undefined)))).not.toEqual([]);
  });

  it("is noticed to be gone with a car that tells strangers why", () => {
    const mutant = altered((controller) => {
      const sessions = controller.sessions as unknown as OpenSessions;
      sessions.turnDown = (link, why) => {
        sessions.outcomes.push({ kind: "send", link: link.id, bytes: Uint8Array.from([0xc4, ...new TextEncoder().encode(why)]) });
        sessions.outcomes.push({ kind: "refusedStranger", link: link.id, why });
      };
    });
    expect(tellingRefusals(mutant)).not.toEqual([]);
  });

  it("gives an answer to whoever it refuses, once", () => {
    const car = newCar();
    const owner = claim(car);
    const driver = enrolled(owner, "ben", "driver");
    expect(told(driver.askFresh({ kind: "transfer" }))).toBe("roleForbids");
    // The link's challenge, and the answers.
    expect(car.effects("send").filter(({ link }) => link === driver.link)).toHaveLength(1 + driver.framesReceived.length);
  });
});
