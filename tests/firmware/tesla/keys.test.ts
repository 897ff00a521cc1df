import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { TeslaCard } from "../../../sim/card/index.ts";
import { told, verifiedLog } from "../../support/people.ts";
import { quickCrypto } from "../../support/wired-car.ts";
import { bytes, codec, faultIn, KEY_ROLES, paired, teslaCar, WiredTeslaClient } from "../../support/tesla.ts";

/** What broadcasts told of a change of keys since `from`. */
function outcomes(client: WiredTeslaClient, from = 0): readonly (number | undefined)[] {
  return client.broadcasts(from).filter(({ commandStatus }) => commandStatus !== undefined).map(({ commandStatus }) => commandStatus!.whitelistOperationStatus!.whitelistOperationInformation ?? 0);
}

describe("a request to add a key", () => {
  it("is met by a card tapped inside after it and a yes on the car's screen, and the key opens the car at once", () => {
    const { car, card } = teslaCar();
    const client = new WiredTeslaClient(car, "phone").connect();
    expect(client.begin()).toBe("keyNotOnWhitelist");
    expect(client.send(client.client.keyRequest(KEY_ROLES.owner, 7))).toEqual([]);
    expect(client.heard.filter(({ toDestination }) => toDestination?.domain === 0)).toEqual([]);
    car.tap(card, { place: "inside" });
    expect(car.effects("showKeyRequest").at(-1)).toMatchObject({ role: "owner", id: client.client.keyId });
    expect(client.begin()).toBe("keyNotOnWhitelist");
    car.tell({ kind: "keyRequestAnswered", accept: true });
    expect(outcomes(client)).toEqual([0]);
    expect(client.begin()).toBe("ok");
    expect(client.unlock()).toBe("done");
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("with an envelope is answered once, to whoever sent it", () => {
    const { car, card } = teslaCar();
    const client = new WiredTeslaClient(car, "phone").connect();
    const { message, uuid } = client.client.plain(2, client.client.addKey(client.client.point, KEY_ROLES.driver, 9));
    expect(client.send(message)).toEqual([]);
    const before = client.heard.length;
    car.tap(card, { place: "inside" });
    car.tell({ kind: "keyRequestAnswered", accept: true });
    const answers = client.heard.slice(before).filter(({ requestUuid }) => requestUuid !== undefined);
    expect(answers.map(({ requestUuid }) => toHex(requestUuid!))).toEqual([toHex(uuid)]);
    expect(codec.decode("FromVcsecMessage", answers[0]!.protobufMessageAsBytes!)!.commandStatus!.whitelistOperationStatus!.whitelistOperationInformation).toBeUndefined();
    expect(client.begin()).toBe("ok");
  });

  it("is not met by a card that was tapped before it, one that is tapped outside, or a stranger's", () => {
    const teslas = teslaCar();
    const { car, card, owner } = teslas;
    const crypto = quickCrypto("a card of another car");
    const foreign = new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256") });
    car.tap(card, { place: "inside" });
    const client = new WiredTeslaClient(car, "phone").connect();
    client.send(client.client.keyRequest(KEY_ROLES.owner, 7));
    car.tap(card);
    car.tap(foreign, { place: "inside" });
    car.tell({ kind: "keyRequestAnswered", accept: true });
    expect(client.begin()).toBe("keyNotOnWhitelist");
    expect(told(owner.ask({ kind: "status" }))).toBe("done");
  });

  it("turns no tap into a drive as well: one tap, one act", () => {
    const { car, card } = teslaCar();
    const client = new WiredTeslaClient(car, "phone").connect();
    client.send(client.client.keyRequest(KEY_ROLES.owner, 7));
    const before = car.effects("setImmobiliser").length;
    car.tap(card, { place: "inside" });
    expect(car.effects("setImmobiliser").length).toBe(before);
    car.tell({ kind: "keyRequestAnswered", accept: false });
    expect(outcomes(client)).toEqual([24]);
    car.tap(card, { place: "inside" });
    expect(car.effects("setImmobiliser").at(-1)).toMatchObject({ released: true });
  });

  it("ends after half a minute without a card, and after half a minute without an answer", () => {
    const { car, card } = teslaCar();
    const client = new WiredTeslaClient(car, "phone").connect();
    client.send(client.client.keyRequest(KEY_ROLES.owner, 7));
    car.pass(29_999);
    expect(outcomes(client)).toEqual([]);
    car.pass(1);
    expect(outcomes(client)).toEqual([25]);
    client.send(client.client.keyRequest(KEY_ROLES.owner, 7));
    car.tap(card, { place: "inside" });
    car.pass(30_000);
    expect(outcomes(client)).toEqual([25, 26]);
    car.tell({ kind: "keyRequestAnswered", accept: true });
    expect(client.begin()).toBe("keyNotOnWhitelist");
    expect(car.effects("hideKeyRequest").length).toBe(1);
  });

  it("that waits is not replaced by another's, and the same one again is the same one", () => {
    const { car, card } = teslaCar();
    const first = new WiredTeslaClient(car, "phone").connect();
    const second = new WiredTeslaClient(car, "thief").connect();
    first.send(first.client.keyRequest(KEY_ROLES.driver, 7));
    car.pass(20_000);
    second.send(second.client.keyRequest(KEY_ROLES.owner, 7));
    first.send(first.client.keyRequest(KEY_ROLES.driver, 7));
    car.tap(card, { place: "inside" });
    car.tell({ kind: "keyRequestAnswered", accept: true });
    expect(first.begin()).toBe("ok");
    expect(second.begin()).toBe("keyNotOnWhitelist");
  });

  it("over a remote link, for a role that this car does not enrol, or for what is no key, comes to nothing", () => {
    const { car, card } = teslaCar();
    const remote = new WiredTeslaClient(car, "far").connect({ proximity: "remote" });
    remote.send(remote.client.keyRequest(KEY_ROLES.owner, 7));
    const client = new WiredTeslaClient(car, "phone").connect();
    client.send(client.client.keyRequest(KEY_ROLES.fleetManager, 7));
    client.send(client.client.keyRequest(0, 7));
    const noPoint = client.client.point.slice();
    noPoint[1] = noPoint[1]! ^ 1;
    client.send(codec.encode("ToVcsecMessage", { signedMessage: { protobufMessageAsBytes: client.client.addKey(noPoint, 2, 7), signatureType: 2 } }));
    client.send(codec.encode("ToVcsecMessage", { signedMessage: { protobufMessageAsBytes: client.client.addKey(client.client.point, 2, 7), signatureType: 0 } }));
    expect(outcomes(client)).toEqual([5, 19, 6]);
    car.tap(card, { place: "inside" });
    car.tell({ kind: "keyRequestAnswered", accept: true });
    expect([client.begin(), remote.begin()]).toEqual(["keyNotOnWhitelist", "keyNotOnWhitelist"]);
    expect(outcomes(remote)[0]).toBe(5);
  });

  it("in valet mode comes to nothing", () => {
    const { car, card, owner } = teslaCar();
    owner.askFresh({ kind: "valetMode", on: true });
    const client = new WiredTeslaClient(car, "phone").connect();
    client.send(client.client.keyRequest(KEY_ROLES.owner, 7));
    car.tap(card, { place: "inside" });
    expect(outcomes(client)).toEqual([27]);
    expect(client.begin()).toBe("keyNotOnWhitelist");
  });

  it("for a key that is enrolled already says so", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone");
    const before = client.heard.length;
    client.send(client.client.keyRequest(KEY_ROLES.owner, 7));
    expect(outcomes(client, before)).toEqual([13]);
  });

  it("leaves a line that names the card and the key in the log that owners read", () => {
    const teslas = teslaCar();
    const client = paired(teslas, "phone", KEY_ROLES.driver);
    const { entries } = verifiedLog(teslas.owner);
    expect(entries.some(({ what, why }) => what === "approveKey" && why === `Android phone ${client.client.keyId} as driver`)).toBe(true);
  });
});

describe("keys that an owner manages", () => {
  it("are added and removed by signed operations, by owners alone", () => {
    const teslas = teslaCar();
    const owner = paired(teslas, "owner");
    const driver = new WiredTeslaClient(teslas.car, "driver").connect();
    const add = (client: WiredTeslaClient, point: Uint8Array) => ({ whitelistOperation: { addKeyToWhitelistAndAddPermissions: { key: { publicKeyRaw: point }, keyRole: 3 }, metadataForKey: { keyFormFactor: 6 } }, client });
    const { whitelistOperation } = add(driver, driver.client.point);
    expect(owner.ask({ whitelistOperation })).toMatchObject({ commandStatus: { whitelistOperationStatus: { signerOfOperation: { publicKeySha1: bytes(owner.client.keyId) } } } });
    expect(owner.ask({ whitelistOperation })).toMatchObject({ commandStatus: { operationStatus: 2, whitelistOperationStatus: { whitelistOperationInformation: 13 } } });
    expect(driver.begin()).toBe("ok");
    expect(driver.unlock()).toBe("done");
    const other = new WiredTeslaClient(teslas.car, "other");
    expect(driver.ask({ whitelistOperation: add(other, other.client.point).whitelistOperation })).toBe("insufficientPrivileges");
    expect(driver.ask({ whitelistOperation: { removePublicKeyFromWhitelist: { publicKeyRaw: owner.client.point } } })).toBe("insufficientPrivileges");
    expect(owner.ask({ whitelistOperation: { removePublicKeyFromWhitelist: { publicKeyRaw: driver.client.point } } })).toMatchObject({ commandStatus: { whitelistOperationStatus: {} } });
    expect(driver.connected).toBe(false);
    driver.connect();
    expect(driver.lock()).toBe("unknownKeyId");
    expect(driver.begin()).toBe("keyNotOnWhitelist");
  });

  it("are refused with the dialect's own numbers: oneself, a key that is not there, another owner, no role, other changes", () => {
    const teslas = teslaCar();
    const owner = paired(teslas, "owner");
    const second = paired(teslas, "second");
    const stranger = new WiredTeslaClient(teslas.car, "stranger");
    const code = (answer: unknown): number | undefined => (answer as { commandStatus: { whitelistOperationStatus: { whitelistOperationInformation?: number } } }).commandStatus.whitelistOperationStatus.whitelistOperationInformation;
    const remove = (point: Uint8Array) => code(owner.ask({ whitelistOperation: { removePublicKeyFromWhitelist: { publicKeyRaw: point } } }));
    expect(remove(owner.client.point)).toBe(2);
    expect(remove(stranger.client.point)).toBe(12);
    expect(remove(new Uint8Array(3))).toBe(12);
    expect(remove(second.client.point)).toBe(7);
    expect(second.unlock()).toBe("done");
    expect(code(owner.ask({ whitelistOperation: { addPublicKeyToWhitelist: { publicKeyRaw: stranger.client.point } } }))).toBe(19);
    expect(code(owner.ask({ whitelistOperation: { updateKeyAndPermissions: { key: { publicKeyRaw: second.client.point }, keyRole: 3 } } }))).toBe(8);
    expect(code(owner.ask({ whitelistOperation: { removeAllImpermanentKeys: true } }))).toBeUndefined();
  });

  it("are the keys of the native dialect too: one store, one truth", () => {
    const teslas = teslaCar();
    const { owner, car } = teslas;
    const client = paired(teslas, "phone", KEY_ROLES.driver);
    const keyId = [...car.controller.parts.access.listKeys(24).keys].find(({ name }) => name.startsWith("Android"))!.keyId;
    client.unlock();
    expect(told(owner.ask({ kind: "lock", forced: false }))).toBe("done");
    expect(client.broadcasts().at(-1)).toMatchObject({ vehicleStatus: { vehicleLockState: 1 } });
    expect(told(owner.askFresh({ kind: "revoke", keyId: bytes(keyId) }))).toBe("done");
    expect(client.connected).toBe(false);
    client.connect();
    expect(client.lock()).toBe("unknownKeyId");
  });
});

describe("the list of keys", () => {
  it("is told to an owner who signs the question, with roles, forms and slots that stay", () => {
    const teslas = teslaCar();
    const owner = paired(teslas, "owner");
    const driver = paired(teslas, "driver", KEY_ROLES.driver);
    const list = owner.ask({ informationRequest: { informationRequestType: 5 } });
    if (typeof list === "string") throw new Error(list);
    const mask = list.whitelistInfo!.slotMask!;
    expect(list.whitelistInfo!.whitelistEntries!.map(({ publicKeySha1 }) => toHex(publicKeySha1!))).toEqual(expect.arrayContaining([owner.client.keyId, driver.client.keyId]));
    expect(list.whitelistInfo!.numberOfEntries).toBe(3);
    const entries = [...Array(32).keys()].filter((slot) => ((mask >>> slot) & 1) === 1).map((slot) => (owner.ask({ informationRequest: { informationRequestType: 6, slot } }) as { whitelistEntryInfo: { keyRole: number; metadataForKey: { keyFormFactor?: number } } }).whitelistEntryInfo);
    expect(entries.map(({ keyRole, metadataForKey }) => [keyRole, metadataForKey.keyFormFactor])).toEqual([[2, 7], [3, 7], [3, 1]]);
    expect(owner.ask({ informationRequest: { informationRequestType: 6, publicKey: driver.client.point } })).toMatchObject({ whitelistEntryInfo: { keyRole: 3 } });
    expect(owner.ask({ informationRequest: { informationRequestType: 6, slot: 31 } })).toMatchObject({ commandStatus: { operationStatus: 2, whitelistOperationStatus: { whitelistOperationInformation: 12 } } });
    expect(driver.ask({ informationRequest: { informationRequestType: 5 } })).toBe("insufficientPrivileges");
  });

  it("is told to nobody who does not sign, unless the car was started so", () => {
    const question = codec.encode("UnsignedMessage", { informationRequest: { informationRequestType: 5 } });
    const closed = new WiredTeslaClient(teslaCar().car, "stranger").connect();
    // Not that its key is unknown, which it has not shown: a client whose key is one of the car's would tell its user to pair again.
    expect(closed.send(closed.client.plain(2, question).message).map(faultIn)).toEqual(["insufficientPrivileges"]);
    const open = new WiredTeslaClient(teslaCar({ teslaOptions: { openKeyList: true } }).car, "stranger").connect();
    const [answer] = open.send(open.client.plain(2, question).message);
    expect(codec.decode("FromVcsecMessage", answer!.protobufMessageAsBytes!)!.whitelistInfo!.numberOfEntries).toBe(1);
  });
});
