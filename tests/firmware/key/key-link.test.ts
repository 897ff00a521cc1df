import { describe, expect, it } from "vitest";
import { findCar, TICKET_LIFETIME_S } from "../../../firmware/key/index.ts";
import { REASONS } from "../../../firmware/wire/index.ts";
import { acquainted, ticketOf } from "./acquainted.ts";
import { FakeCar } from "./fake-car.ts";
import { Mirror } from "./mirror.ts";
import { Connection, Phone } from "./phone.ts";

const unlock = { kind: "unlock" } as const;
const status = { kind: "status" } as const;

describe("a cold unlock", () => {
  for (const algorithm of ["Ed25519", "ES256"] as const) {
    it(`is confirmed in two round trips with an ${algorithm} key`, () => {
      const car = new FakeCar("cold");
      const phone = new Phone("cold", algorithm).know(car);
      const connection = new Connection(phone, car);
      const id = connection.request(unlock);
      connection.run();
      expect(connection.roundTrips).toBe(2);
      expect(connection.of("connected")).toEqual([{ kind: "connected", vehicleId: car.vehicleId, path: "full" }]);
      expect(connection.of("reply")).toMatchObject([{ requestId: id, reason: undefined, reply: { code: 0 } }]);
      expect(car.asked.map((asked) => [asked.asker.kind, asked.command.kind, asked.path])).toEqual([["key", "unlock", "full"]]);
    });
  }

  it("works over the smallest ATT payload", () => {
    const car = new FakeCar("small");
    const connection = new Connection(new Phone("small").know(car), car, { attPayloadBytes: 20 });
    connection.request(unlock);
    connection.run();
    expect(connection.of("reply")).toHaveLength(1);
    expect(connection.of("send").every((effect) => effect.frame.length <= 20)).toBe(true);
  });

  it("begins only when something is asked for", () => {
    const car = new FakeCar("quiet");
    const connection = new Connection(new Phone("quiet").know(car), car);
    expect(connection.effects).toEqual([]);
    expect(connection.link.nextDeadlineMs).toBeUndefined();
  });

  it("answers requests in their order, the later ones without a new handshake", () => {
    const car = new FakeCar("order");
    const connection = new Connection(new Phone("order").know(car), car);
    const ids = [connection.request(unlock), connection.request(status), connection.request({ kind: "trunk" })];
    connection.run();
    expect(connection.of("reply").map((reply) => reply.requestId)).toEqual(ids);
    expect(connection.roundTrips).toBe(4);
  });

  it("after idling proves itself anew on the same link, unasked, as often as it takes", () => {
    const car = new FakeCar("idled");
    const connection = new Connection(new Phone("idled").know(car), car);
    for (let visit = 1; visit <= 6; visit++) {
      connection.request(unlock);
      connection.run();
      expect(connection.of("reply")).toHaveLength(visit);
      expect(connection.roundTrips).toBe(2 * visit);
      connection.nowMs += 60_000;
    }
    expect(connection.of("failed")).toEqual([]);
  });

  it("sends a first command that is too long for a stranger right after message_3", () => {
    const car = new FakeCar("long");
    const connection = new Connection(new Phone("long").know(car), car);
    connection.request({ kind: "deliverList", list: new Uint8Array(2000) });
    connection.run();
    expect(car.asked.map((asked) => asked.command.kind)).toEqual(["deliverList"]);
    expect(connection.roundTrips).toBe(2);
  });

  it("hands a refusal on with its reason", () => {
    const car = new FakeCar("refusing");
    car.answer = () => ({ code: REASONS.doorOpen.code });
    const connection = new Connection(new Phone("refusing").know(car), car);
    connection.request({ kind: "lock", forced: false });
    connection.run();
    expect(connection.of("reply")).toMatchObject([{ reason: "doorOpen" }]);
  });

  it("stores nothing before the car has answered under the new keys", () => {
    const car = new FakeCar("unconfirmed");
    car.answer = () => undefined;
    const phone = new Phone("unconfirmed").know(car);
    const before = phone.file;
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.run();
    expect(car.asked).toHaveLength(1);
    expect(connection.of("connected")).toEqual([]);
    expect(phone.file).toEqual(before);
  });

  it("keeps the resolving key and a ticket of the answer", () => {
    const { car, phone } = acquainted("keeps", { unixS: 1_700_000_000 });
    expect(findCar(phone.wallet, car.vehicleId)?.resolvingKey).toEqual(car.resolvingKey);
    expect(ticketOf(phone, car)).toMatchObject({ useNumber: 1, staleAfterS: 1_700_000_000 + TICKET_LIFETIME_S });
  });
});

describe("a fast unlock", () => {
  it("takes one round trip, from a wallet that was stored and read again", () => {
    const { car, phone } = acquainted("fast");
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.run();
    expect(connection.roundTrips).toBe(1);
    expect(connection.of("connected")).toMatchObject([{ path: "fast" }]);
    expect(car.asked.at(-1)).toMatchObject({ path: "fast", command: { kind: "unlock" } });
  });

  it("goes on from ticket to ticket, each with the next use number", () => {
    const { car, phone } = acquainted("chain");
    for (let use = 1; use <= 5; use++) {
      expect(ticketOf(phone, car)?.useNumber).toBe(use);
      const connection = new Connection(phone, car);
      connection.request(use % 2 === 0 ? unlock : { kind: "lock", forced: false });
      connection.run();
      expect(connection.of("connected")).toMatchObject([{ path: "fast" }]);
      connection.link.closed();
      car.sessions.handle({ kind: "linkClosed", link: connection.id }, connection.nowMs);
    }
  });

  it("takes the ticket out of the wallet, durably, before it is sent", () => {
    const { car, phone } = acquainted("before");
    const connection = new Connection(phone, car);
    connection.request(unlock);
    // The car's challenge: what is sent next is on its way, and nothing is answered yet.
    connection.deliverToPhone();
    const kinds = connection.effects.map((effect) => effect.kind);
    expect(kinds.indexOf("saveWallet")).toBeLessThan(kinds.indexOf("send"));
    expect(ticketOf(phone, car)).toBeUndefined();
  });

  it("never sends a ticket twice, wherever the process dies", () => {
    for (const dieAt of ["saveWallet", "send", "reply"] as const) {
      const { car, phone } = acquainted(`dies at ${dieAt}`);
      const first = ticketOf(phone, car)!;
      const connection = new Connection(phone, car);
      let dead = false;
      connection.dieAt = (effect) => (dead ||= effect.kind === dieAt);
      connection.request(unlock);
      connection.run();
      expect(connection.dead).toBe(true);
      const sent = connection.of("send").some(({ frame }) => contains(frame, first.id));
      const kept = ticketOf(phone, car);
      expect(sent && kept !== undefined && contains(kept.id, first.id)).toBe(false);
      // A new process gets in all the same.
      const next = new Connection(phone, car);
      next.request(unlock);
      next.run();
      expect(next.of("reply")).toMatchObject([{ reason: undefined }]);
    }
  });

  it("falls back to a full handshake on the same link when the car has forgotten the ticket", () => {
    const { car, phone } = acquainted("restart");
    car.restart();
    const connection = new Connection(phone, car);
    const id = connection.request(unlock);
    connection.run();
    expect(connection.of("connected")).toMatchObject([{ path: "full" }]);
    expect(connection.of("reply")).toMatchObject([{ requestId: id, reason: undefined }]);
    expect(connection.roundTrips).toBe(3);
    expect(ticketOf(phone, car)?.useNumber).toBe(1);
  });

  it("is not tried for anything but unlock and lock", () => {
    const { car, phone } = acquainted("drive");
    const connection = new Connection(phone, car);
    connection.request({ kind: "drive" });
    connection.run();
    expect(connection.of("connected")).toMatchObject([{ path: "full" }]);
  });

  it("makes room for a full handshake on the same link when more is asked", () => {
    const { car, phone } = acquainted("renew");
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.request(status);
    connection.run();
    expect(connection.of("connected").map((effect) => effect.path)).toEqual(["fast", "full"]);
    expect(connection.of("reply").map((effect) => effect.command.kind)).toEqual(["unlock", "status"]);
  });

  it("still hears the latch of the fast command while the full handshake runs", () => {
    const { car, phone } = acquainted("late push");
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.run();
    const late = car.push(connection.id, new Map([["driverDoor", "unlocked"]]), connection.nowMs);
    connection.request(status);
    connection.toPhone.push(...late);
    connection.deliverToPhone();
    expect(connection.of("latches")).toHaveLength(1);
    connection.run();
    expect(connection.of("reply").at(-1)).toMatchObject({ command: status });
  });

  it("is not tried with a ticket that is too old by the phone's clock", () => {
    const { car, phone } = acquainted("stale", { unixS: 1_700_000_000 });
    const connection = new Connection(phone, car, { unixS: 1_700_000_000 + TICKET_LIFETIME_S });
    connection.request(unlock);
    connection.run();
    expect(connection.of("connected")).toMatchObject([{ path: "full" }]);
    expect(connection.roundTrips).toBe(2);
  });

  it("is not tried when the link could be to one of several cars", () => {
    const { car, phone } = acquainted("several");
    const other = new FakeCar("several, other");
    phone.know(other);
    const connection = new Connection(phone, car, { target: { kind: "cars", vehicleIds: [other.vehicleId, car.vehicleId] } });
    connection.request(unlock);
    connection.run();
    expect(connection.of("connected")).toEqual([{ kind: "connected", vehicleId: car.vehicleId, path: "full" }]);
  });
});

describe("who is at the other end", () => {
  it("is refused where it is another car, and learns nothing of this phone", () => {
    const meant = new FakeCar("meant");
    const other = new FakeCar("other");
    const phone = new Phone("wrong car").know(meant);
    const connection = new Connection(phone, other, { target: { kind: "cars", vehicleIds: [meant.vehicleId] } });
    const id = connection.request(unlock);
    connection.run();
    expect(connection.of("failed")).toEqual([{ kind: "failed", requestId: id, why: "notTheCar", mayHaveSucceeded: false, temporary: false }]);
    // Only message_1 has left the phone: the header byte and 37 bytes.
    expect(connection.of("send").map(({ frame }) => frame.length)).toEqual([38]);
    expect(connection.of("close")).toHaveLength(1);
  });

  it("is refused where it shows this phone's own key", () => {
    for (const how of ["kid", "value"] as const) {
      const car = new FakeCar(`mirror ${how}`);
      const phone = new Phone(`mirror ${how}`).know(car);
      const mirror = new Mirror(phone, how);
      const connection = new Connection(phone, car);
      connection.request(unlock);
      const answer = mirror.message2(connection.toCar.splice(0)[0]!);
      connection.perform(connection.link.receive(answer, connection.nowMs));
      expect(connection.of("failed")).toMatchObject([{ why: "reflected", mayHaveSucceeded: false }]);
      expect(connection.toCar).toEqual([]);
    }
  });

  it("is found among all cars of the phone when the resolving key is out of date", () => {
    const { car, phone } = acquainted("old key");
    const other = new FakeCar("old key, other");
    phone.know(other);
    car.resolvingKey = car.random.bytes(16);
    car.restart();
    const target = { kind: "cars", vehicleIds: phone.wallet.cars.map((it) => it.vehicleId) } as const;
    const connection = new Connection(phone, other, { target });
    connection.request(unlock);
    connection.run();
    expect(connection.of("connected")).toMatchObject([{ vehicleId: other.vehicleId }]);
    const back = new Connection(phone, car, { target });
    back.request(unlock);
    back.run();
    expect(back.of("connected")).toMatchObject([{ vehicleId: car.vehicleId }]);
    expect(findCar(phone.wallet, car.vehicleId)?.resolvingKey).toEqual(car.resolvingKey);
  });

  it("may be a known car that shows its key by value, because somebody pairs with it", () => {
    const car = new FakeCar("by value");
    const phone = new Phone("by value").know(car);
    car.openPairing();
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.run();
    expect(connection.of("reply")).toMatchObject([{ reason: undefined }]);
    expect(car.asked[0]?.asker.kind).toBe("key");
  });

  it("may refuse this key without a word", () => {
    const car = new FakeCar("unknown key");
    const phone = new Phone("unknown key").know(car);
    car.enrolled.splice(0);
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.run();
    expect(connection.of("failed")).toMatchObject([{ why: "keyRefused", mayHaveSucceeded: false, temporary: false }]);
  });
});

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}
