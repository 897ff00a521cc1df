import { describe, expect, it } from "vitest";
import { concat } from "../../../firmware/base/index.ts";
import { TESLA_IDLE_MS } from "../../../firmware/controller/index.ts";
import { PARKED_CAR } from "../../../sim/comfort/index.ts";
import { bytes, codec, KEY_ROLES, paired, teslaCar, WiredTeslaClient } from "../../support/tesla.ts";

const CHARGE = bytes("12040a021200");
const UNLOCK = codec.encode("UnsignedMessage", { rkeAction: 0 });
const LOCK = codec.encode("UnsignedMessage", { rkeAction: 1 });

/** Length and message, as they are written. */
const framed = (message: Uint8Array): Uint8Array => concat(Uint8Array.of(message.length >> 8, message.length & 0xff), message);

/** Pieces with bytes of two messages: some clients read no second one out of a piece. */
function mixed(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  let left = 0;
  return pieces.filter((piece) => {
    if (left === 0) left = 2 + ((piece[0]! << 8) | piece[1]!);
    left -= piece.length;
    return left < 0;
  });
}

/** What an ESPHome component on a microcontroller writes at once, what an old adapter takes, what phones agree on. */
const PIECES = [1, 18, 20, 23, 244, 512] as const;

describe("a client on a link with pieces of", () => {
  it.each(PIECES)("%i bytes pairs, unlocks and polls, and is answered in pieces no longer", (attPayloadBytes) => {
    const { car, card } = teslaCar();
    car.tell({ kind: "comfortReported", state: PARKED_CAR });
    const client = new WiredTeslaClient(car, "bridge").connect({ attPayloadBytes });
    client.send(client.client.keyRequest(KEY_ROLES.driver, 9));
    car.tap(card, { place: "inside" });
    car.tell({ kind: "keyRequestAnswered", accept: true });
    expect([client.begin(2), client.begin(3), client.unlock()]).toEqual(["ok", "ok", "done"]);
    expect(client.tell(3, CHARGE)).toBeInstanceOf(Uint8Array);
    expect(Math.max(...client.pieces.map((piece) => piece.length))).toBeLessThanOrEqual(attPayloadBytes);
    if (attPayloadBytes > 1) expect(mixed(client.pieces)).toEqual([]);
  });

  it("one length and then another goes on with the other", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    client.resize(20);
    const before = client.pieces.length;
    expect(client.unlock()).toBe("done");
    expect(Math.max(...client.pieces.slice(before).map((piece) => piece.length))).toBe(20);
    client.resize(200);
    expect(client.lock()).toBe("done");
    expect(Math.max(...client.pieces.map((piece) => piece.length))).toBeGreaterThan(80);
  });
});

describe("a client that is in a hurry", () => {
  it("writes two messages at once, and the end of one with the beginning of the next: each is heard, in order", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    const command = (payload: Uint8Array) => client.client.command(2, payload, client.car.nowMs);
    const [first, second, third] = [command(UNLOCK), command(LOCK), command(UNLOCK)];
    const before = client.heard.length;
    client.write(concat(framed(first.message), framed(second.message)));
    const whole = framed(third.message);
    client.write(whole.slice(0, 50));
    client.write(concat(whole.slice(50), framed(client.client.handshake(2).message)));
    const answers = client.heard.slice(before).filter(({ toDestination }) => toDestination?.routingAddress !== undefined);
    expect(answers.map(({ requestUuid }) => requestUuid)).toEqual([first.uuid, second.uuid, third.uuid, expect.any(Uint8Array)]);
    expect(answers.every(({ signedMessageStatus }) => signedMessageStatus === undefined)).toBe(true);
    expect(teslas.car.latch("driverDoor")).toBe("unlocked");
  });

  it("sends its order again each second until it hears a word, with a counter of its own each time, and does no harm", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    const trunk = { closureMoveRequest: { rearTrunk: 3 } };
    for (let times = 0; times < 6; times++) {
      expect(client.ask(trunk)).toBe("done");
      client.car.pass(1000);
    }
    expect(teslas.car.latch("trunk")).toBe("unlocked");
  });

  it("asks for session info each second for ten minutes: it is answered each time, and its counters stay", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    client.unlock();
    const answers = Array.from({ length: 600 }, () => {
      client.car.pass(1000);
      return client.begin(2);
    });
    expect(new Set(answers)).toEqual(new Set(["ok"]));
    expect(client.lock()).toBe("done");
  });
});

describe("two clients with one key", () => {
  it("take turns: who is behind is told where the session stands, and goes on", () => {
    const teslas = teslaCar();
    const phone = paired(teslas, "phone");
    const bridge = new WiredTeslaClient(teslas.car, "phone").connect();
    expect(bridge.begin(2)).toBe("ok");
    expect([phone.unlock(), bridge.unlock(), bridge.lock()]).toEqual(["done", "invalidTokenOrCounter", "done"]);
    expect([phone.lock(), phone.unlock(), bridge.unlock(), bridge.unlock()]).toEqual(["invalidTokenOrCounter", "done", "invalidTokenOrCounter", "done"]);
  });

  it("each hear what the car tells everybody", () => {
    const teslas = teslaCar();
    const phone = paired(teslas, "phone");
    const bridge = new WiredTeslaClient(teslas.car, "phone").connect();
    phone.unlock();
    expect(bridge.broadcasts().at(-1)!.vehicleStatus!.vehicleLockState).toBeUndefined();
    phone.lock();
    expect(bridge.broadcasts().at(-1)).toMatchObject({ vehicleStatus: { vehicleLockState: 1 } });
  });
});

describe("a client that has kept its session", () => {
  it("over its own restart, with the counter that the session info said and not those it has used since, is told once and goes on", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    for (let times = 0; times < 5; times++) client.unlock();
    client.disconnect();
    client.connect();
    expect(client.unlock({ counter: 1 })).toBe("invalidTokenOrCounter");
    expect(client.unlock()).toBe("done");
  });

  it("over the car's restart polls with it, is told once in each domain, and goes on", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    teslas.car.tell({ kind: "comfortReported", state: PARKED_CAR });
    client.begin(3);
    client.unlock();
    teslas.car.restart();
    client.connect();
    expect([client.tell(3, CHARGE), client.tell(3, CHARGE)]).toEqual(["incorrectEpoch", expect.any(Uint8Array)]);
    expect([client.lock(), client.lock()]).toEqual(["incorrectEpoch", "done"]);
  });

  it("is kept on its link by a question each half a minute, and comes back at once where it was too slow", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    for (let times = 0; times < 10; times++) {
      client.car.pass(30_000);
      expect(client.ask({ informationRequest: {} })).toMatchObject({ vehicleStatus: {} });
    }
    client.car.pass(TESLA_IDLE_MS);
    expect(client.connected).toBe(false);
    client.connect();
    expect(client.unlock()).toBe("done");
  });
});
