import { describe, expect, it } from "vitest";
import { TESLA_IDLE_MS, TESLA_LINK_COUNT_MAX } from "../../../firmware/controller/index.ts";
import type { RoutableMessage } from "../../../firmware/tesla/index.ts";
import { told, verifiedLog } from "../../support/people.ts";
import { codec, faultIn, KEY_ROLES, paired, teslaCar, WiredTeslaClient } from "../../support/tesla.ts";

describe("a client of the Tesla dialect", () => {
  it("unlocks, locks and opens the trunk, and each is a line of the one log", () => {
    const teslas = teslaCar();
    const { car } = teslas;
    const client = paired(teslas, "phone");
    expect(client.unlock()).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(client.lock()).toBe("done");
    expect(car.latch("driverDoor")).toBe("locked");
    expect(client.ask({ closureMoveRequest: { rearTrunk: 1 } })).toBe("done");
    expect(car.latch("trunk")).toBe("unlocked");
    const lines = verifiedLog(teslas.owner).entries.filter(({ outcome, who }) => outcome === "done" && who !== "car").map(({ what }) => what);
    expect(lines.slice(-3)).toEqual(["unlock", "lock", "trunk"]);
  });

  it("is answered once, with how the car is, and at once by a broadcast of the same: some clients wait for the one, some for the other, and a second answer they would take for the next command's", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    const before = client.heard.length;
    const sent = client.client.command(2, codec.encode("UnsignedMessage", { rkeAction: 0 }), client.car.nowMs);
    client.deliver(sent);
    const [reply, ...rest] = client.heard.slice(before);
    expect(reply).toMatchObject({ fromDestination: { domain: 2 }, requestUuid: sent.uuid, signatureData: { aesGcmResponse: { counter: 1 } } });
    expect(codec.decode("FromVcsecMessage", client.client.open(reply!, sent)!)).toEqual(client.broadcasts(before)[0]);
    expect(rest.every(({ toDestination }) => toDestination?.domain === 0)).toBe(true);
    expect(client.broadcasts(before)[0]).toMatchObject({ vehicleStatus: { closureStatuses: {}, vehicleSleepStatus: 1, userPresence: 1 } });
    expect(client.broadcasts(before).at(-1)!.vehicleStatus!.vehicleLockState).toBeUndefined();
    const again = client.heard.length;
    client.unlock();
    expect(client.broadcasts(again).length).toBeGreaterThan(0);
  });

  it("is told that the car is locked when its latches have said so, not when they were asked", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    client.unlock();
    teslas.car.latchesAnswer = false;
    client.lock();
    expect(client.broadcasts().at(-1)!.vehicleStatus!.vehicleLockState).toBeUndefined();
    for (const { id } of teslas.car.description.latches) teslas.car.tell({ kind: "latchReported", latch: id, report: "locked" });
    expect(client.broadcasts().at(-1)).toMatchObject({ vehicleStatus: { vehicleLockState: 1 } });
  });

  it("hears at once of doors that open and people who sit down, and nothing of what does not show", () => {
    const teslas = teslaCar();
    const { car } = teslas;
    const client = paired(teslas, "phone");
    const before = client.heard.length;
    const seen = () => client.broadcasts(before).map(({ vehicleStatus }) => [vehicleStatus!.closureStatuses, vehicleStatus!.userPresence]);
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    car.tell({ kind: "occupancyChanged", occupied: true });
    car.tell({ kind: "powertrainChanged", running: true, moving: false });
    car.pass(1000);
    expect(seen()).toEqual([[{ frontDriverDoor: 1 }, 1], [{ frontDriverDoor: 1 }, 2]]);
  });

  it("asks how the car is in the clear or signed, and is answered alike", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    const question = codec.encode("UnsignedMessage", { informationRequest: {} });
    const [answer] = client.send(client.client.plain(2, question).message);
    expect(codec.decode("FromVcsecMessage", answer!.protobufMessageAsBytes!)).toMatchObject({ vehicleStatus: { vehicleLockState: 1 } });
    expect(answer!.signatureData).toBeUndefined();
    expect(client.ask({ informationRequest: { informationRequestType: 0 } })).toMatchObject({ vehicleStatus: { vehicleLockState: 1 } });
    teslas.car.tell({ kind: "doorChanged", latch: "trunk", open: true });
    teslas.car.tell({ kind: "occupancyChanged", occupied: true });
    expect(client.ask({ informationRequest: {} })).toMatchObject({ vehicleStatus: { closureStatuses: { rearTrunk: 1 }, userPresence: 2 } });
  });

  it("is told in the dialect's words why not: an open door, a car in motion, a PIN", () => {
    const teslas = teslaCar();
    const { car, owner } = teslas;
    const client = paired(teslas, "phone");
    client.unlock();
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    expect(client.lock()).toEqual({ nominalError: { genericError: 2 } });
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: false });
    owner.askFresh({ kind: "setPin", pin: "4711" });
    expect(client.ask({ rkeAction: 20 })).toEqual({ nominalError: { genericError: 6 } });
    expect(client.ask({ closureMoveRequest: { rearTrunk: 4 } })).toEqual({ nominalError: { genericError: 4 } });
    expect(client.ask({ closureMoveRequest: { rearTrunk: 1, frontTrunk: 1 } })).toBe("invalidCommand");
    expect(client.ask({ rkeAction: 77 })).toBe("invalidCommand");
    expect(client.ask({})).toBe("invalidCommand");
    expect(client.tell(2, Uint8Array.of(0x0b, 0x0b))).toBe("decoding");
  });

  it("starts the drive with a key that may, and not over a remote link", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    expect(client.ask({ rkeAction: 20 })).toBe("done");
    expect(teslas.car.effects("setImmobiliser").at(-1)).toMatchObject({ released: true });
    client.disconnect();
    client.connect({ proximity: "remote" });
    expect(client.ask({ rkeAction: 20 })).toBe("remoteAccessDisabled");
    expect(client.unlock()).toBe("done");
  });

  it("that is a client beside a native one sees the same car, and each sees what the other does", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    const before = client.heard.length;
    expect(told(teslas.owner.ask({ kind: "unlock" }))).toBe("done");
    expect(client.broadcasts(before).at(-1)!.vehicleStatus!.vehicleLockState).toBeUndefined();
    client.lock();
    expect(teslas.owner.ask({ kind: "status" })).toMatchObject({ kind: "reply" });
    expect(teslas.car.latch("driverDoor")).toBe("locked");
  });

  it("with another role may do what its role may", () => {
    const teslas = teslaCar();
    const driver = paired(teslas, "driver", KEY_ROLES.driver);
    expect(driver.unlock()).toBe("done");
    expect(driver.ask({ informationRequest: { informationRequestType: 5 } })).toBe("insufficientPrivileges");
    teslas.owner.askFresh({ kind: "valetMode", on: true });
    expect(driver.ask({ closureMoveRequest: { rearTrunk: 1 } })).toBe("insufficientPrivileges");
    expect(driver.lock()).toBe("done");
  });

  it("reads and writes in pieces as small as a link has", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    client.disconnect();
    client.connect({ attPayloadBytes: 20 });
    expect(client.unlock()).toBe("done");
    expect(Math.max(...client.pieces.slice(-5).map(({ length }) => length))).toBeLessThanOrEqual(20);
  });
});

describe("links of the Tesla dialect", () => {
  it("are three at most, and the car's name says so while there are three", () => {
    const teslas = teslaCar();
    const { car } = teslas;
    const name = () => car.effects("advertise").at(-1)!.tesla;
    expect(name()).toEqual({ localName: "Sade9a822faa374f8C", connectable: true });
    const links = Array.from({ length: TESLA_LINK_COUNT_MAX }, (_, i) => new WiredTeslaClient(car, `phone ${i}`).connect());
    expect(name()).toMatchObject({ connectable: false });
    expect(car.effects("advertise").at(-1)!.connectable).toBe(true);
    const one = new WiredTeslaClient(car, "one more").connect();
    expect(one.connected).toBe(false);
    links[0]!.disconnect();
    expect(name()).toMatchObject({ connectable: true });
    expect(new WiredTeslaClient(car, "again").connect().connected).toBe(true);
    expect(told(teslas.owner.ask({ kind: "unlock" }))).toBe("done");
  });

  it("end when nothing was written or read for a while", () => {
    const { car } = teslaCar();
    const client = new WiredTeslaClient(car, "phone").connect();
    car.pass(TESLA_IDLE_MS - 1);
    client.begin();
    car.pass(TESLA_IDLE_MS - 1);
    client.readVersion();
    car.pass(TESLA_IDLE_MS - 1);
    expect(client.connected).toBe(true);
    car.pass(1);
    expect(client.connected).toBe(false);
  });

  it("are not opened by a car that speaks the native dialect alone", async () => {
    const { claimedCar } = await import("../../support/wired-car.ts");
    const { car } = claimedCar();
    const client = new WiredTeslaClient(car, "phone").connect();
    expect(client.begin()).toBe("silence");
    expect(car.effects("advertise").every(({ tesla }) => tesla === undefined)).toBe(true);
  });

  it("count as a key nearby once a key has proved itself, and no more when they end", () => {
    const teslas = teslaCar({ description: { walkAwayEnabled: true, walkAwayMs: 5000 } });
    const { car } = teslas;
    const client = paired(teslas, "phone");
    client.unlock();
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: false });
    car.pass(20_000);
    expect(car.latch("driverDoor")).toBe("unlocked");
    client.disconnect();
    teslas.owner.disconnect();
    car.pass(5000);
    expect(car.latch("driverDoor")).toBe("locked");
  });
});

describe("what is wrong with a message", () => {
  const opened = () => {
    const teslas = teslaCar();
    return { ...teslas, client: paired(teslas, "phone") };
  };

  it("is a replay: used and older counters are refused with where the session stands, and the next one is taken", () => {
    const { client, car } = opened();
    const sent = client.client.command(2, codec.encode("UnsignedMessage", { rkeAction: 0 }), car.nowMs);
    expect(client.deliver(sent)).toBeInstanceOf(Uint8Array);
    client.lock();
    expect(client.deliver(sent)).toBe("invalidTokenOrCounter");
    expect(car.latch("driverDoor")).toBe("locked");
    const [answer] = client.send(sent.message);
    expect(answer!.sessionInfo).toBeDefined();
    expect(client.unlock({ counter: 0 })).toBe("invalidTokenOrCounter");
    expect(client.unlock()).toBe("done");
  });

  it("is its age: a message that has expired in the car's clock, or would expire too far off for its counter", () => {
    const { client, car } = opened();
    const sent = client.client.command(2, codec.encode("UnsignedMessage", { rkeAction: 0 }), car.nowMs, { ttlS: 5 });
    car.pass(6000);
    expect(client.deliver(sent)).toBe("timeExpired");
    expect(client.unlock({ ttlS: 2 ** 31 })).toBe("badParameter");
    client.unlock();
    client.unlock();
    expect(client.unlock({ counter: 1, ttlS: 60 })).toBe("timeToLiveTooLong");
  });

  it("is its epoch: what was made for the car before its restart is worth nothing after it", () => {
    const { client, car } = opened();
    const sent = client.client.command(2, codec.encode("UnsignedMessage", { rkeAction: 0 }), car.nowMs, { ttlS: 1000 });
    car.restart();
    client.connect();
    expect(client.deliver(sent)).toBe("incorrectEpoch");
    expect(client.deliver(sent)).toBe("incorrectEpoch");
    expect(car.latch("driverDoor")).toBe("locked");
    expect(client.unlock()).toBe("done");
  });

  it("is noted as a message, whose sender it does not prove, and as a stranger's where its key is none of the car's", () => {
    const { client, car } = opened();
    car.restart();
    client.connect();
    const from = car.notes.length;
    client.unlock();
    new WiredTeslaClient(car, "stranger").connect().begin();
    expect(car.notes.slice(from).filter(({ outcome }) => outcome === "refused").map(({ what, why }) => [what, why])).toEqual([["message", "incorrectEpoch"], ["stranger", "unknownKeyId"]]);
  });

  it("is its car: a client that thinks of another VIN", () => {
    const { client, car } = opened();
    const other = new WiredTeslaClient(car, "phone", "5YJS0000000000000").connect();
    expect(other.begin()).toBe("no session info");
    expect(client.unlock()).toBe("done");
  });

  it("is its place: another domain, none, or one that is none", () => {
    const { client, car } = opened();
    const move = (domain: number | undefined) => client.unlock({ change: (message) => ({ ...message, toDestination: domain === undefined ? {} : { domain } }) });
    expect(move(3)).toBe("incorrectEpoch");
    const without = (message: RoutableMessage): RoutableMessage => ({ ...message, toDestination: { domain: 3 }, signatureData: { ...message.signatureData!, aesGcmPersonalized: { ...message.signatureData!.aesGcmPersonalized!, epoch: new Uint8Array(0) } } });
    expect(client.unlock({ change: without })).toBe("invalidSignature");
    expect([move(0), move(4), move(undefined), move(300)]).toEqual(["invalidDomains", "invalidDomains", "invalidDomains", "invalidDomains"]);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("is its signature: any flipped bit of it or of what it covers, a wrong length, none at all", () => {
    const { client, car } = opened();
    const flip = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte ^ 1 : byte));
    type Gcm = { epoch: Uint8Array; nonce: Uint8Array; counter: number; expiresAt: number; tag: Uint8Array };
    const change = (edit: (gcm: Gcm) => Partial<Gcm>) => client.unlock({ change: (message) => ({ ...message, signatureData: { ...message.signatureData!, aesGcmPersonalized: { ...message.signatureData!.aesGcmPersonalized!, ...edit(message.signatureData!.aesGcmPersonalized as Gcm) } } }) });
    expect(change(({ tag }) => ({ tag: flip(tag) }))).toBe("invalidSignature");
    expect(change(({ tag }) => ({ tag: tag.slice(0, 12) }))).toBe("invalidSignature");
    expect(change(({ nonce }) => ({ nonce: flip(nonce) }))).toBe("invalidSignature");
    expect(change(({ nonce }) => ({ nonce: nonce.slice(1) }))).toBe("ivIncorrectLength");
    expect(change(({ counter }) => ({ counter: counter + 1 }))).toBe("invalidSignature");
    expect(change(({ expiresAt }) => ({ expiresAt: expiresAt + 1 }))).toBe("invalidSignature");
    expect(change(({ epoch }) => ({ epoch: flip(epoch) }))).toBe("incorrectEpoch");
    expect(client.unlock({ change: (message) => ({ ...message, flags: 0 }) })).toBe("invalidSignature");
    expect(client.unlock({ change: (message) => ({ ...message, protobufMessageAsBytes: flip(message.protobufMessageAsBytes!) }) })).toBe("invalidSignature");
    expect(client.unlock({ change: (message) => ({ ...message, signatureData: { signerIdentity: message.signatureData!.signerIdentity! } }) })).toBe("badParameter");
    expect(client.unlock({ change: ({ signatureData: _gone, ...message }) => ({ ...message, protobufMessageAsBytes: Uint8Array.of(0x10, 0) }) })).toBe("badParameter");
    expect(client.unlock({ change: (message) => ({ ...message, signatureData: { ...message.signatureData!, signerIdentity: { publicKey: new Uint8Array(65) } } }) })).toBe("unknownKeyId");
    expect(client.unlock({ change: (message) => ({ ...message, signatureData: { ...message.signatureData!, signerIdentity: { handle: 1 } } }) })).toBe("unknownKeyId");
    expect(client.unlock({ change: ({ protobufMessageAsBytes: _gone, ...message }) => message })).toBe("decoding");
    expect(car.latch("driverDoor")).toBe("locked");
    expect(client.unlock()).toBe("done");
  });

  it("is signed by HMAC and taken too, with its own checks", () => {
    const { client, car } = opened();
    expect(client.unlock({ hmac: true })).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
    expect(client.lock({ hmac: true, change: (message) => ({ ...message, protobufMessageAsBytes: Uint8Array.of(0x10, 0) }) })).toBe("invalidSignature");
    expect(client.lock({ flags: 0 })).toBe("done");
  });

  it("is that no message is there: the link stays, and the next message is heard", () => {
    const { client } = opened();
    for (const junk of [Uint8Array.of(0, 1, 0xff), Uint8Array.of(0, 2, 0x32, 0x7f), Uint8Array.of(0xff, 0xff, 1, 2, 3), Uint8Array.of(0, 0), Uint8Array.of(0, 3, 0x0a, 0x01, 0x00)]) client.write(junk);
    expect(client.heard.filter(({ signedMessageStatus }) => signedMessageStatus !== undefined)).toEqual([]);
    expect(client.unlock()).toBe("done");
  });

  it("is a piece that never came: what was held is dropped after a second", () => {
    const { client, car } = opened();
    client.write(Uint8Array.of(0, 40, 1, 2, 3));
    car.pass(1001);
    expect(client.unlock()).toBe("done");
    client.write(Uint8Array.of(0, 40, 1, 2, 3));
    expect(client.unlock()).toBe("silence");
  });

  it("is who sent it: strangers are told that their key is not known, as often as there is time for strangers", () => {
    const { car, client } = opened();
    const stranger = new WiredTeslaClient(car, "stranger").connect();
    expect(Array.from({ length: 9 }, () => stranger.begin())).toEqual([...Array.from({ length: 8 }, () => "keyNotOnWhitelist"), "busy"]);
    expect(client.begin()).toBe("ok");
    const off = stranger.client.point.slice();
    off[1] = off[1]! ^ 1;
    car.pass(10_000);
    const ask = (publicKey: Uint8Array) => stranger.send(codec.encode("RoutableMessage", { toDestination: { domain: 2 }, fromDestination: { routingAddress: stranger.client.address }, sessionInfoRequest: { publicKey }, uuid: new Uint8Array(16) })).map(faultIn);
    expect([ask(off), ask(new Uint8Array(65)), ask(new Uint8Array(64)), ask(Uint8Array.of(4, ...new Uint8Array(64)))]).toEqual([["badParameter"], ["badParameter"], ["badParameter"], ["badParameter"]]);
    expect(ask(new Uint8Array(0))).toEqual(["badParameter"]);
  });

  it("never has a longer identifier than identifiers are, and one that is not there is no harm", () => {
    const { client } = opened();
    const long = codec.encode("RoutableMessage", { toDestination: { domain: 2 }, fromDestination: { routingAddress: client.client.address }, sessionInfoRequest: { publicKey: client.client.point }, uuid: new Uint8Array(17) });
    expect(client.send(long)).toEqual([]);
    const none = codec.encode("RoutableMessage", { toDestination: { domain: 2 }, fromDestination: { routingAddress: client.client.address }, sessionInfoRequest: { publicKey: client.client.point } });
    expect(client.send(none)[0]!.requestUuid).toBeUndefined();
  });
});

describe("a car that is told to misbehave", () => {
  it("drops, waits, begins a new epoch, or answers with a fault, as often as it was told", () => {
    const plan: ({ kind: "drop" } | { kind: "wait" } | { kind: "newEpoch" } | { kind: "fault"; fault: "timeExpired" | "busy" })[] = [];
    const teslas = teslaCar({ teslaOptions: { misbehave: () => plan.shift() } });
    const client = paired(teslas, "phone");
    plan.push({ kind: "drop" }, { kind: "wait" }, { kind: "newEpoch" }, { kind: "fault", fault: "timeExpired" }, { kind: "fault", fault: "busy" });
    expect([client.unlock(), client.unlock(), client.unlock(), client.unlock(), client.unlock(), client.unlock()]).toEqual(["silence", "wait", "incorrectEpoch", "timeExpired", "busy", "done"]);
  });
});
