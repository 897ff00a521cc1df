import { describe, expect, it } from "vitest";
import { signManifest } from "../../../firmware/update/index.ts";
import { packageBytes } from "../../../scripts/update/package.ts";
import { Cloud, crypto, MAKER, statement } from "./service.ts";

const bytes = (text: string): string => Buffer.from(text).toString("base64url");

async function withVehicle(): Promise<{ cloud: Cloud; session: string; vehicle: string; uplinkToken: string; at: string }> {
  const cloud = await Cloud.start();
  const session = await cloud.session();
  const { vehicle, uplinkToken } = await cloud.vehicle(session);
  return { cloud, session, vehicle, uplinkToken, at: `/v1/vehicles/${vehicle}` };
}

function updateFile(sequenceNumber: number): Buffer {
  const bundle = Buffer.from("bundle ".repeat(40));
  const manifest = { sequenceNumber, model: "van-1", version: `1.${sequenceNumber}`, sizeBytes: bundle.length, digest: crypto.sha256(bundle), nextReleaseKey: undefined };
  return Buffer.concat(packageBytes(signManifest(crypto, crypto.generateSigningKey("Ed25519"), manifest), bundle));
}

describe("a vehicle", () => {
  it("is registered by a signed statement for a challenge that is good once, for its account", async () => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    const challenge = async (): Promise<string> => String((await cloud.ask("POST", "/v1/registrations", session)).json["challenge"]);
    const register = async (text: string): Promise<number> => (await cloud.ask("POST", "/v1/vehicles", session, { statement: text, label: "van" })).status;
    const used = await challenge();
    expect(await register(statement("anna", used))).toBe(201);
    expect(await register(statement("anna", used))).toBe(400);
    expect(await register(statement("bert", await challenge()))).toBe(400);
    expect(await register(statement("anna", await challenge(), "another label"))).toBe(400);
    const forged = Buffer.from(statement("anna", await challenge()), "base64url");
    forged[forged.length - 1]! ^= 1;
    expect(await register(forged.toString("base64url"))).toBe(400);
    const late = await challenge();
    cloud.nowMs += 600_000;
    expect(await register(statement("anna", late))).toBe(400);
  });

  it("is not there for another account", async () => {
    const { cloud, vehicle, at } = await withVehicle();
    const other = await cloud.session("bert");
    const answers = [await cloud.ask("GET", `${at}/report`, other), await cloud.ask("POST", `${at}/links`, other), await cloud.ask("DELETE", at, other), await cloud.ask("POST", `${at}/uplink-token`, other)];
    for (const answer of answers) expect([answer.status, answer.json["error"]]).toEqual([404, "noVehicle"]);
    expect((await cloud.ask("GET", "/v1/vehicles", other)).json["vehicles"]).toEqual([]);
    expect(vehicle).not.toBe("");
  });

  it("gives its uplink a new token, with which the old one dies, also after a restart", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    const renewed = String((await cloud.ask("POST", `${at}/uplink-token`, session)).json["uplinkToken"]);
    expect((await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).status).toBe(401);
    await cloud.restart();
    expect((await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).status).toBe(401);
    expect((await cloud.ask("GET", "/v1/uplink/inbox", renewed)).status).toBe(200);
    await cloud.ask("DELETE", at, session);
    expect((await cloud.ask("GET", "/v1/uplink/inbox", renewed)).status).toBe(401);
  });

  it("reports within a bound, and the owner reads it", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    expect((await cloud.ask("GET", `${at}/report`, session)).json["error"]).toBe("noReport");
    const report = { signals: { "Vehicle.CurrentLocation.Latitude": 52.5 } };
    expect((await cloud.ask("POST", "/v1/uplink/reports", uplinkToken, { report })).status).toBe(202);
    expect((await cloud.ask("GET", `${at}/report`, session)).json).toEqual({ receivedAtMs: cloud.nowMs, report });
    const large = { signals: { "Vehicle.Body.X": "x".repeat(9000) } };
    expect((await cloud.ask("POST", "/v1/uplink/reports", uplinkToken, { report: large })).status).toBe(413);
  });
});

describe("the courier", () => {
  it("carries frames both ways, each until it is acknowledged", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    const link = String((await cloud.ask("POST", `${at}/links`, session)).json["link"]);
    await cloud.ask("POST", `${at}/links/${link}/frames`, session, { frames: [bytes("one"), bytes("two")] });
    const first = (await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json;
    expect(first["items"]).toEqual([{ kind: "opened", link }, { kind: "frame", link, bytes: bytes("one") }, { kind: "frame", link, bytes: bytes("two") }]);
    expect((await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json).toEqual(first);
    expect((await cloud.ask("GET", `/v1/uplink/inbox?after=${String(first["next"])}`, uplinkToken)).json["items"]).toEqual([]);
    await cloud.ask("POST", "/v1/uplink/outbox", uplinkToken, { items: [{ kind: "frame", link, bytes: bytes("three") }, { kind: "closed", link }] });
    expect((await cloud.ask("GET", `${at}/links/${link}/frames?after=0`, session)).json).toEqual({ frames: [bytes("three")], next: 1, closed: true });
    expect((await cloud.ask("GET", `${at}/links/${link}/frames?after=1`, session)).json).toEqual({ frames: [], next: 1, closed: true });
  });

  it("answers a waiting poll at once when something comes", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    const waiting = cloud.ask("GET", "/v1/uplink/inbox?waitMs=25000", uplinkToken);
    await cloud.ask("GET", "/v1/health");
    await cloud.ask("POST", `${at}/links`, session);
    expect((await waiting).json["items"]).toHaveLength(1);
  });

  it("bounds links, frames and their length, and ends a link that is idle", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    const open = async (): Promise<string> => String((await cloud.ask("POST", `${at}/links`, session)).json["link"]);
    const link = await open();
    for (let n = 0; n < 3; n++) await open();
    expect((await cloud.ask("POST", `${at}/links`, session)).json["error"]).toBe("tooManyLinks");
    const send = (frames: readonly string[]): ReturnType<Cloud["ask"]> => cloud.ask("POST", `${at}/links/${link}/frames`, session, { frames });
    expect((await send([bytes("x".repeat(513))])).status).toBe(400);
    expect((await send(Array.from({ length: 32 }, () => bytes("x")))).status).toBe(202);
    expect((await send([bytes("x")])).json["error"]).toBe("tooManyFrames");
    await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken);
    cloud.nowMs += 30_000;
    expect((await send([bytes("x")])).status).toBe(410);
    await open();
  });

  it("closes a link whose app does not fetch what the car says", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    const link = String((await cloud.ask("POST", `${at}/links`, session)).json["link"]);
    await cloud.ask("POST", "/v1/uplink/outbox", uplinkToken, { items: Array.from({ length: 33 }, () => ({ kind: "frame", link, bytes: bytes("x") })) });
    const { frames, closed } = (await cloud.ask("GET", `${at}/links/${link}/frames`, session)).json;
    expect([(frames as string[]).length, closed]).toEqual([32, true]);
  });

  it("keeps the newest revocation list until the car has acknowledged it, also after a restart", async () => {
    const { cloud, session, uplinkToken, at } = await withVehicle();
    await cloud.ask("PUT", `${at}/revocation-list`, session, { list: bytes("old") });
    await cloud.ask("PUT", `${at}/revocation-list`, session, { list: bytes("new") });
    await cloud.restart();
    const { items, next } = (await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json;
    expect(items).toEqual([{ kind: "list", bytes: bytes("new") }]);
    await cloud.ask("GET", `/v1/uplink/inbox?after=${String(next)}`, uplinkToken);
    await cloud.restart();
    expect((await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json["items"]).toEqual([]);
  });
});

describe("releases", () => {
  it("are told to the uplinks of their model, once as long as these run, and fetched in pieces", async () => {
    const { cloud, uplinkToken } = await withVehicle();
    const file = updateFile(3);
    expect((await cloud.ask("PUT", "/v1/releases/van-1/3", MAKER, file)).status).toBe(201);
    await cloud.ask("POST", "/v1/uplink/reports", uplinkToken, { report: { signals: {} }, model: "van-1" });
    const { items, next } = (await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json;
    expect(items).toMatchObject([{ kind: "release", version: "1.3", sequenceNumber: 3, sizeBytes: file.length }]);
    await cloud.ask("GET", `/v1/uplink/inbox?after=${String(next)}`, uplinkToken);
    await cloud.restart();
    expect((await cloud.ask("GET", `/v1/uplink/inbox?after=${String(next)}`, uplinkToken)).json["items"]).toEqual([]);
    expect((await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json["items"]).toMatchObject([{ kind: "release", sequenceNumber: 3 }]);
    const part = await cloud.ask("GET", "/v1/uplink/releases/van-1/3", uplinkToken, undefined, { range: "bytes=10-19" });
    expect([part.status, part.bytes]).toEqual([206, file.subarray(10, 20)]);
    expect((await cloud.ask("GET", "/v1/uplink/releases/van-1/3", uplinkToken)).bytes).toEqual(file);
    expect((await cloud.ask("GET", "/v1/uplink/releases/van-1/3", uplinkToken, undefined, { range: `bytes=${file.length}-` })).status).toBe(416);
  });

  it("are refused where the file is broken or another one than named, and from anybody but the maker", async () => {
    const { cloud, session } = await withVehicle();
    expect((await cloud.ask("PUT", "/v1/releases/van-1/3", MAKER, updateFile(3).subarray(0, -1))).json["error"]).toBe("badRelease");
    expect((await cloud.ask("PUT", "/v1/releases/van-1/4", MAKER, updateFile(3))).json["error"]).toBe("badRelease");
    expect((await cloud.ask("PUT", "/v1/releases/van-1/3", session, updateFile(3))).status).toBe(401);
  });
});
