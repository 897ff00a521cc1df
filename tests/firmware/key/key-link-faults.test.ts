import { describe, expect, it } from "vitest";
import { KeyLink, LINK_FAILURES, STEP_TIMEOUT_MS, withCar } from "../../../firmware/key/index.ts";
import { acquainted, ticketOf } from "./acquainted.ts";
import { FakeCar } from "./fake-car.ts";
import { Connection, Phone } from "./phone.ts";

const unlock = { kind: "unlock" } as const;
const status = { kind: "status" } as const;

describe("a step that takes too long", () => {
  it("is given up while message_2 is awaited; nothing was asked yet", () => {
    const car = new FakeCar("slow 1");
    const connection = new Connection(new Phone("slow 1").know(car), car);
    connection.request(unlock);
    connection.toCar = [];
    expect(connection.link.nextDeadlineMs).toBe(connection.nowMs + STEP_TIMEOUT_MS);
    expect(connection.wait(STEP_TIMEOUT_MS - 1).of("failed")).toEqual([]);
    expect(connection.wait(1).of("failed")).toMatchObject([{ why: "timeout", mayHaveSucceeded: false, temporary: true }]);
    expect(connection.of("close")).toMatchObject([{ why: "timeout" }]);
    expect(connection.link.nextDeadlineMs).toBeUndefined();
  });

  it("is given up while the first reply is awaited; the car may have acted", () => {
    const car = new FakeCar("slow 2");
    car.answer = () => undefined;
    const connection = new Connection(new Phone("slow 2").know(car), car);
    connection.request(unlock);
    connection.request(status);
    connection.run();
    expect(connection.wait(STEP_TIMEOUT_MS).of("failed")).toMatchObject([
      { requestId: 1, why: "timeout", mayHaveSucceeded: true },
      { requestId: 2, why: "timeout", mayHaveSucceeded: false },
    ]);
  });

  it("is given up while a fast reply is awaited", () => {
    const { car, phone } = acquainted("slow 3");
    car.answer = () => undefined;
    const connection = new Connection(phone, car);
    connection.request(unlock);
    connection.run();
    expect(connection.wait(STEP_TIMEOUT_MS).of("failed")).toMatchObject([{ why: "timeout", mayHaveSucceeded: true }]);
    expect(ticketOf(phone, car)).toBeUndefined();
  });

  it("is given up while a later reply is awaited", () => {
    const car = new FakeCar("slow 4");
    const connection = new Connection(new Phone("slow 4").know(car), car);
    connection.request(unlock);
    connection.run();
    expect(connection.link.nextDeadlineMs).toBeUndefined();
    car.answer = () => undefined;
    connection.request(status);
    connection.run();
    expect(connection.wait(STEP_TIMEOUT_MS).of("failed")).toMatchObject([{ why: "timeout", mayHaveSucceeded: true }]);
  });

  it("is given up when a message does not become whole", () => {
    const car = new FakeCar("slow 5");
    const connection = new Connection(new Phone("slow 5").know(car), car, { attPayloadBytes: 20 });
    connection.request(unlock);
    connection.deliverToCar();
    connection.toPhone = connection.toPhone.slice(0, 2);
    connection.deliverToPhone();
    expect(connection.link.nextDeadlineMs).toBe(connection.nowMs + 2000);
    expect(connection.wait(2000).of("failed")).toMatchObject([{ why: "timeout" }]);
  });

  it("ends with the radio link: what was sent may have happened, what was not has not", () => {
    const car = new FakeCar("lost");
    car.answer = () => undefined;
    const connection = new Connection(new Phone("lost").know(car), car);
    connection.request(unlock);
    connection.request(status);
    connection.run();
    connection.perform(connection.link.closed());
    expect(connection.of("failed")).toMatchObject([
      { why: "linkLost", mayHaveSucceeded: true, temporary: true },
      { why: "linkLost", mayHaveSucceeded: false, temporary: true },
    ]);
    expect(connection.of("close")).toEqual([]);
    connection.request(status);
    expect(connection.of("failed")).toHaveLength(3);
    expect(connection.link.receive(Uint8Array.of(0xc2, 1), 0)).toEqual([]);
  });
});

describe("what does not follow the protocol", () => {
  const awaiting = (what: "message2" | "reply" | "fastReply", seed: string): Connection => {
    const { car, phone } = acquainted(`${what} ${seed}`);
    if (what !== "fastReply") phone.wallet = withCar(phone.wallet, car.vehicleId, (it) => ({ ...it, ticket: undefined }));
    car.answer = () => undefined;
    const connection = new Connection(phone, car);
    connection.request(unlock);
    if (what === "message2") connection.toCar = [];
    else connection.run();
    return connection;
  };

  const bad: Record<string, Uint8Array> = {
    "an empty frame": new Uint8Array(0),
    "an unknown kind": Uint8Array.of(0xc9, 1, 2),
    "a later frame first": Uint8Array.of(0x41, 1),
    "an empty message": Uint8Array.of(0xc2),
    "a refusal with a body": Uint8Array.of(0xc4, 1),
    "a protected message of noise": Uint8Array.of(0xc2, ...new Uint8Array(60).fill(7)),
    "a protected message with the right start": Uint8Array.of(0xc2, 0x83, 0x44, 0xa1, 1, 0x18, 0x18, 0xa1, 6, 0x41, 0, 0x54, ...new Uint8Array(20)),
    "an edhoc message of noise": Uint8Array.of(0xc1, 0x58, 50, ...new Uint8Array(50).fill(9)),
    "an edhoc message of nothing known": Uint8Array.of(0xc1, 0xff),
    "a fast message, which only phones send": Uint8Array.of(0xc3, 0x48, 1),
    "a frame longer than any payload": new Uint8Array(600).fill(0xc2),
  };

  for (const what of ["message2", "reply", "fastReply"] as const) {
    for (const [name, frame] of Object.entries(bad)) {
      it(`ends the link: ${name}, while ${what} is awaited`, () => {
        const connection = awaiting(what, name);
        const before = connection.phone.file;
        connection.perform(connection.link.receive(frame, connection.nowMs));
        expect(connection.of("failed")).toMatchObject([{ why: "damaged", mayHaveSucceeded: what !== "message2", temporary: true }]);
        expect(connection.of("close")).toHaveLength(1);
        expect(connection.phone.file).toEqual(before);
      });
    }
  }

  it("ends the link: a first message longer than a stranger may send", () => {
    const connection = awaiting("message2", "long");
    const first = Uint8Array.of(0x81, ...new Uint8Array(500));
    for (const frame of [first, Uint8Array.of(1, ...new Uint8Array(500)), Uint8Array.of(2, ...new Uint8Array(500))]) {
      connection.perform(connection.link.receive(frame, connection.nowMs));
    }
    expect(connection.of("failed")).toMatchObject([{ why: "damaged" }]);
  });

  it("ends the link: a repeated reply", () => {
    const car = new FakeCar("repeated");
    const connection = new Connection(new Phone("repeated").know(car), car);
    connection.request(unlock);
    connection.deliverToCar();
    connection.deliverToPhone();
    connection.deliverToCar();
    const reply = [...connection.toPhone];
    connection.deliverToPhone();
    expect(connection.of("reply")).toHaveLength(1);
    connection.toPhone = reply;
    connection.deliverToPhone();
    expect(connection.of("close")).toMatchObject([{ why: "damaged" }]);
  });

  it("ends the link: a reply of another sequence number", () => {
    const car = new FakeCar("sequence");
    const connection = new Connection(new Phone("sequence").know(car), car);
    car.answer = () => undefined;
    connection.request(unlock);
    connection.run();
    car.push(connection.id, new Map([["driverDoor", "unlocked"]]), connection.nowMs);
    connection.toPhone.push(...car.reply(connection.id, { code: 0 }, connection.nowMs));
    connection.deliverToPhone();
    expect(connection.of("failed")).toMatchObject([{ why: "damaged", mayHaveSucceeded: true }]);
  });

  it("ends the link: a reply that nobody asked for", () => {
    const car = new FakeCar("unasked");
    const connection = new Connection(new Phone("unasked").know(car), car);
    connection.request(unlock);
    connection.run();
    const reply = { kind: "reply", code: 0, body: new Map() } as const;
    connection.toPhone.push(...car.say(connection.id, reply, connection.nowMs));
    connection.deliverToPhone();
    expect(connection.of("reply")).toHaveLength(1);
    expect(connection.of("close")).toMatchObject([{ why: "damaged" }]);
  });

  it("ends the link: a protected message that is no message of this profile", () => {
    const car = new FakeCar("no profile");
    car.answer = () => undefined;
    const connection = new Connection(new Phone("no profile").know(car), car);
    connection.request(unlock);
    connection.run();
    connection.toPhone.push(...car.say(connection.id, { kind: "reply", code: 5000, body: new Map() }, connection.nowMs));
    connection.deliverToPhone();
    expect(connection.of("failed")).toMatchObject([{ why: "damaged", mayHaveSucceeded: true }]);
  });

  it("ends the link: a flat refusal in the middle of a session", () => {
    const car = new FakeCar("mid refusal");
    const connection = new Connection(new Phone("mid refusal").know(car), car);
    connection.request(unlock);
    connection.run();
    car.answer = () => undefined;
    connection.request(status);
    connection.run();
    connection.perform(connection.link.receive(Uint8Array.of(0xc4), connection.nowMs));
    expect(connection.of("failed")).toMatchObject([{ why: "damaged", mayHaveSucceeded: true }]);
  });

  it("says that the car refused, where it did so before it had proved itself", () => {
    const connection = awaiting("message2", "refused");
    connection.perform(connection.link.receive(Uint8Array.of(0xc4), connection.nowMs));
    expect(connection.of("failed")).toMatchObject([{ why: "refused", mayHaveSucceeded: false, temporary: true }]);
    const error = awaiting("message2", "error");
    error.perform(error.link.receive(Uint8Array.of(0xc1, 0x02, 0x82, 0x04, 0x05), error.nowMs));
    expect(error.of("failed")).toMatchObject([{ why: "refused" }]);
  });

  it("flipping any bit of a reply ends the link", () => {
    for (let byte = 0; byte < 60; byte += 7) {
      const car = new FakeCar("flip");
      const phone = new Phone("flip").know(car);
      const connection = new Connection(phone, car, { attPayloadBytes: 512 });
      connection.request(unlock);
      connection.deliverToCar();
      connection.deliverToPhone();
      connection.deliverToCar();
      const frame = connection.toPhone.splice(0)[0]!;
      frame[byte % frame.length]! ^= 0x10;
      connection.perform(connection.link.receive(frame, connection.nowMs));
      expect(connection.of("reply")).toEqual([]);
      expect(ticketOf(phone, car)).toBeUndefined();
    }
  });

  it("is a second challenge on one link", () => {
    const { car, phone } = acquainted("challenged twice");
    const connection = new Connection(phone, car);
    connection.toPhone = [...connection.toPhone, ...connection.toPhone];
    expect(connection.run().of("close")).toMatchObject([{ why: "damaged" }]);
    expect(ticketOf(phone, car)).toBeDefined();
  });
});

describe("the bounds of a link", () => {
  it("holds sixteen waiting requests", () => {
    const car = new FakeCar("bounded");
    const connection = new Connection(new Phone("bounded").know(car), car);
    for (let i = 0; i < 17; i++) connection.request(status);
    expect(connection.of("failed")).toEqual([]);
    connection.request(status);
    expect(connection.of("failed")).toMatchObject([{ requestId: 18, why: "tooManyRequests", temporary: true }]);
    expect(connection.of("close")).toEqual([]);
  });

  it("refuses a request that fits into no message", () => {
    const car = new FakeCar("too large");
    const connection = new Connection(new Phone("too large").know(car), car);
    connection.request({ kind: "deliverList", list: new Uint8Array(4096) });
    expect(connection.of("failed")).toMatchObject([{ why: "tooLarge" }]);
  });

  it("names a rule and a way out for each failure", () => {
    for (const failure of Object.values(LINK_FAILURES)) {
      expect(failure.rule).toMatch(/^[A-Z].*\.$/);
      expect(failure.wayOut).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("opens at 20 bytes of ATT payload or more", () => {
    const car = new FakeCar("mtu");
    const phone = new Phone("mtu").know(car);
    const target = { kind: "cars", vehicleIds: [car.vehicleId] } as const;
    const link = new KeyLink({ crypto: phone.crypto, random: phone.random, holder: { wallet: phone.wallet }, target });
    expect(() => link.open(19, 0)).toThrow("20 bytes");
  });
});
