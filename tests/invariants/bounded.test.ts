import { describe, expect, it } from "vitest";
import { encode } from "../../firmware/cbor/index.ts";
import { RADIO_QUEUE_MAX, WIRE_QUEUE_MAX, type EffectPump } from "../../firmware/controller/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import { SESSION_LIMITS, REPLY_BODY_BYTES_MAX, STRANGER_MESSAGE_BYTES_MAX } from "../../firmware/session/index.ts";
import { AUDIT_LINES_MAX, ROLL_LINES_MAX } from "../../firmware/audit/index.ts";
import { MESSAGE_BYTES_MAX } from "../../firmware/wire/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import type { WiredCar } from "../../sim/wired/index.ts";
import { enrolled, guestOf, told } from "../support/people.ts";
import { claim, claimedCar, newCar, newKey, quickCrypto, type TestCarOptions } from "../support/wired-car.ts";
import { choices } from "./choices.ts";
import { altered, alteredPump, GENUINE, overlaid, withParts, type Mutant } from "./mutants.ts";

/** The inside of a controller, as far as its memory is measured here. */
interface OpenController {
  readonly presence: { readonly zones: ReadonlyMap<number, unknown>; readonly proven: { readonly size: number } };
  readonly watch: { readonly watches: ReadonlyMap<number, unknown> };
  readonly ledger: { readonly deferred: readonly unknown[] };
  readonly refusals: { take(nowMs: number): boolean };
  readonly sessions: {
    readonly limits: { linkCountMax: number; strangerCountMax: number; handshakeBurst: number };
    readonly links: { readonly links: ReadonlyMap<number, unknown> };
    readonly tickets: { readonly count: number; readonly familyOf: ReadonlyMap<string, unknown> };
    readonly budget: { take(nowMs: number): boolean };
  };
}

const open = (car: WiredCar): OpenController => car.controller as unknown as OpenController;

/** A crypto port that counts the operations that cost something. */
function counting(crypto: CryptoPort): { readonly crypto: CryptoPort; readonly count: () => number } {
  let count = 0;
  const counted = <A extends unknown[], R>(operation: (...args: A) => R) => (...args: A): R => (count++, operation(...args));
  return {
    crypto: overlaid(crypto, { sign: counted((key, message) => crypto.sign(key, message)), verify: counted((...args) => crypto.verify(...args)), agree: counted((...args) => crypto.agree(...args)) }),
    count: () => count,
  };
}

/** A first message as any stranger can make one, in the one frame that it takes. */
function message1(): Uint8Array {
  const { owner } = claimedCar({ seed: "elsewhere" });
  owner.wallet = { ...owner.wallet, cars: owner.wallet.cars.map((car) => ({ ...car, ticket: undefined })) };
  owner.askFresh({ kind: "status" });
  return owner.framesSent[0]!;
}

/** Each limit, and a flood against it; gives what was exceeded. */
function excesses(mutant: Mutant): string[] {
  const wrong: string[] = [];
  const atMost = (what: string, value: number, max: number): void => {
    if (value > max) wrong.push(`${what}: ${value}, at most ${max}`);
  };
  const { crypto, count } = counting(quickCrypto("car"));
  const car = newCar({ crypto, ...mutant });
  const owner = claim(car);
  owner.askFresh({ kind: "status" });
  const { sessions, presence, watch, ledger } = open(car);

  const frame = message1();
  const operationsBefore = count();
  const startMs = car.nowMs;
  let widest = 0;
  for (let link = 1_000; link < 3_000; link++) {
    car.tell({ kind: "linkOpened", link, attPayloadBytes: 244, proximity: "local" });
    car.tell({ kind: "deviceLocated", link, zone: "outside" });
    car.tell({ kind: "frameReceived", link, bytes: frame });
    if (link % 3 === 0) car.tell({ kind: "linkClosed", link });
    widest = Math.max(widest, sessions.links.links.size);
    if (link % 20 === 0) car.pass(10);
  }
  atMost("links", widest, SESSION_LIMITS.linkCountMax);
  atMost("strangers", car.controller.sessions.snapshot().strangers, SESSION_LIMITS.strangerCountMax);
  const handshakes = SESSION_LIMITS.handshakeBurst + Math.ceil((car.nowMs - startMs) / SESSION_LIMITS.handshakeIntervalMs);
  atMost("signatures, checks and agreements for strangers", count() - operationsBefore, 3 * handshakes);
  for (let link = 10_000; link < 12_000; link++) car.tell({ kind: "deviceLocated", link, zone: "cabin" });
  atMost("places of devices", presence.zones.size, 64);
  for (let link = 10_000; link < 12_000; link++) {
    car.tell({ kind: "rangeMeasured", link, measurement: { kind: "uwb", metres: 1, confidence: 90, binding: new Uint8Array(16), attackSuspected: false } });
  }
  atMost("links with rounds of ranging", car.controller.passive.linkCount, SESSION_LIMITS.linkCountMax);
  atMost("latch watches", watch.watches.size, SESSION_LIMITS.linkCountMax);
  if (told(owner.askFresh({ kind: "unlock" })) !== "done") wrong.push("the owner was crowded out");

  // Full handshakes of the car's own keys wait until the flood is over; tickets serve meanwhile.
  car.pass(5_000);
  const before = car.controller.parts.audit.lastSequence;
  const driver = enrolled(owner, "ben", "driver");
  driver.askFresh({ kind: "status" });
  for (let n = 0; n < 300; n++) driver.ask({ kind: "reset" });
  car.pass(10);
  atMost("lines that refusals wrote", car.controller.parts.audit.lastSequence - before, 30);
  atMost("lines that wait", ledger.deferred.length, 64);
  return wrong;
}

/** What waits while the flash hangs and everybody talks. */
function queueExcess(mutant: Mutant): number {
  const car = newCar(mutant);
  const owner = claim(car);
  owner.askFresh({ kind: "status" });
  car.flashHangs = true;
  owner.begin({ kind: "unlock" });
  const choose = choices("queue");
  for (let n = 0; n < 5_000; n++) {
    const link = 100 + choose.below(1_000);
    car.tell(choose.of([
      { kind: "frameReceived", link, bytes: Uint8Array.of(1) },
      { kind: "linkOpened", link, attPayloadBytes: 244, proximity: "local" },
      { kind: "inputPulsed", input: `wire ${n}`, pulseMs: 1 },
      { kind: "supplyMeasured", millivolts: n },
    ] as const));
  }
  return car.queueLength - (RADIO_QUEUE_MAX + WIRE_QUEUE_MAX + SESSION_LIMITS.linkCountMax);
}

/** Lines of the log after many times as many acts as it keeps, on a flash of 128 KiB. */
function linesKept(mutant: Mutant, options: TestCarOptions = {}): number {
  const car = newCar({ ...mutant, ...options });
  const owner = claim(car);
  owner.askFresh({ kind: "status" });
  let most = 0;
  for (let n = 0; n < 1_200; n++) {
    // Turned by hand: a line each, and no handshake.
    car.tell({ kind: "latchReported", latch: "trunk", report: n % 2 === 0 ? "unlocked" : "locked" });
    car.pass(40);
    most = Math.max(most, car.controller.parts.audit.lineCount);
  }
  return most;
}

const SMALL_FLASH = { sectorCount: 16, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff } as const;

const FLOOD_MUTANTS: Readonly<Record<string, readonly [Mutant, RegExp]>> = {
  "any number of links": [altered((controller) => Object.assign((controller as unknown as OpenController).sessions.limits, { linkCountMax: 1e9, strangerCountMax: 1e9 })), /^(links|strangers)/],
  "handshakes for everybody who asks": [altered((controller) => Object.assign((controller as unknown as OpenController).sessions.budget, { take: () => true })), /^signatures/],
  "a line for every refusal": [altered((controller) => Object.assign((controller as unknown as OpenController).refusals, { take: () => true })), /^lines that refusals wrote/],
};

const unboundedPump: Mutant = alteredPump((pump: EffectPump, inside) => {
  const dispatch = pump.dispatch.bind(pump);
  pump.dispatch = (event) => {
    if (pump.waiting) inside.events.push(event);
    else dispatch(event);
  };
});

describe("bounded", () => {
  it("links, strangers, their handshakes, what is remembered of them and what they may write keep their limits in a flood", () => {
    expect(excesses(GENUINE)).toEqual([]);
  });

  for (const [name, [mutant, pattern]] of Object.entries(FLOOD_MUTANTS)) {
    it(`is noticed to be gone with ${name}`, () => {
      expect(excesses(mutant)).toEqual(expect.arrayContaining([expect.stringMatching(pattern)]));
    });
  }

  it("the queue while the flash hangs keeps its limit", () => {
    expect(queueExcess(GENUINE)).toBeLessThanOrEqual(0);
    expect(queueExcess(unboundedPump)).toBeGreaterThan(0);
  });

  it("the log of acts keeps its limit, and a lower one where the flash is small", () => {
    expect(AUDIT_LINES_MAX + ROLL_LINES_MAX).toBeLessThan(2_100);
    expect(linesKept(GENUINE, { flash: createMemoryFlash(SMALL_FLASH) })).toBeLessThan(500);
    const hoarding = withParts(({ audit }) => ({ audit: overlaid(audit, { rollDue: () => false }) }));
    expect(linesKept(GENUINE, { flash: createMemoryFlash(SMALL_FLASH) })).toBeLessThan(linesKept(hoarding));
  });

  it("no message grows beyond its limit: not what is taken from strangers, not what is taken from keys, not what is answered", () => {
    const { car, owner } = claimedCar();
    owner.askFresh({ kind: "status" });
    // A stranger's message that never ends is given up at its bound.
    const link = 500;
    car.tell({ kind: "linkOpened", link, attPayloadBytes: 512, proximity: "local" });
    let sent = 0;
    for (let index = 0; index < 40 && !car.effects("closeLink").some((closed) => closed.link === link); index++) {
      const bytes = new Uint8Array(201);
      bytes[0] = index === 0 ? 0x81 : index;
      car.tell({ kind: "frameReceived", link, bytes });
      sent += 200;
    }
    expect(sent).toBeLessThanOrEqual(STRANGER_MESSAGE_BYTES_MAX + 200);
    expect(told(owner.ask({ kind: "deliverList", list: new Uint8Array(3_900) }))).toBe("malformed");
    expect(told(owner.ask({ kind: "deliverList", list: new Uint8Array(MESSAGE_BYTES_MAX) }))).toBe("failed: tooLarge");
    expect(owner.link).toBeDefined();
  });

  it("every answer fits into one message, on the largest car with the longest names and the fullest lists", () => {
    const latches = Array.from({ length: 16 }, (_, n) => {
      const [latch] = virtualCarDescription().latches;
      return { ...latch!, id: `l${n}`.padEnd(32, "x"), vssPath: `Vehicle.Cabin.Door.Row${n}.PassengerSide` };
    });
    const { owner } = claimedCar({ description: { latches } });
    const name = "ü".repeat(32);
    for (let n = 0; n < 30; n++) {
      const key = newKey(owner.car, `k${n}`);
      owner.ask({ kind: "enrol", role: "driver", name, publicKey: key.wallet.key.publicKey });
    }
    for (let n = 0; n < 15; n++) owner.ask({ kind: "unlock" });
    for (const command of [{ kind: "status" }, { kind: "listKeys" }, { kind: "readLog", fromSequence: 1, countMax: 256 }] as const) {
      const outcome = owner.ask(command);
      expect(told(outcome), command.kind).toBe("done");
      expect(outcome.kind === "reply" ? encode(outcome.reply.body).length : Infinity, command.kind).toBeLessThanOrEqual(REPLY_BODY_BYTES_MAX);
    }
  });

  it("one key holds no more sessions than its share, and a hundred keys leave no more behind than a few", () => {
    const { car, owner } = claimedCar();
    const keys = Array.from({ length: 80 }, (_, n) => {
      car.pass(500);
      return enrolled(owner, `driver ${n}`, "driver");
    });
    for (const key of keys) {
      key.askFresh({ kind: "status" });
      car.pass(500);
    }
    const { sessions, presence } = open(car);
    expect(car.controller.sessions.snapshot().authenticated.length).toBeLessThan(SESSION_LIMITS.linkCountMax);
    expect(presence.proven.size).toBeLessThan(SESSION_LIMITS.linkCountMax);
    expect(sessions.tickets.familyOf.size).toBeLessThanOrEqual(SESSION_LIMITS.ticketFamiliesMax);
    expect(sessions.tickets.count).toBeLessThanOrEqual(SESSION_LIMITS.ticketFamiliesMax * SESSION_LIMITS.ticketsPerFamilyMax);
    expect(told(owner.askFresh({ kind: "unlock" }))).toBe("done");
  });

  it("a guest who asks for ever is answered for ever, and no faster than the log allows", () => {
    const { car, owner } = claimedCar();
    const guest = guestOf(owner, "gil", { uses: 1, actions: ["unlock"] });
    guest.askFresh({ kind: "unlock" });
    const before = car.controller.parts.audit.lastSequence;
    const outcomes = new Set<string>();
    for (let n = 0; n < 200; n++) outcomes.add(told(guest.ask({ kind: "transfer" })));
    expect([...outcomes]).toEqual(["roleForbids"]);
    expect(car.controller.parts.audit.lastSequence - before).toBeLessThanOrEqual(20);
  });
});
