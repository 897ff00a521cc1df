import { describe, expect, it, onTestFinished } from "vitest";
import { fromHex, toBase64Url } from "../../../firmware/base/index.ts";
import { createWallet } from "../../../firmware/key/index.ts";
import type { KeyRadioEvent, KeyRadioLink } from "../../../hal/radio/index.ts";
import { Courier } from "../../../scripts/app/courier.ts";
import { CloudClient } from "../../../scripts/app/session.ts";
import type { AttachRequest } from "../../../scripts/key/attach.ts";
import { until } from "../../hal/socket-radio/rig.ts";
import { quickCrypto } from "../../support/wired-car.ts";
import { startCloud, type Answered, type Asked } from "./rig.ts";

const VEHICLE_ID = "ab".repeat(32);
const HELD = new Promise<Answered>(() => undefined);
const LINK = "/v1/vehicles/v1/links/l1";

/** A courier looks at the target alone; wallet and crypto are for radios that search. */
function requestFor(onEvent: (event: KeyRadioEvent) => void): AttachRequest {
  const crypto = quickCrypto("courier");
  const wallet = createWallet(crypto, { algorithm: "Ed25519", name: "anna" });
  if (!wallet.ok) throw new Error(wallet.error);
  return { target: { kind: "cars", vehicleIds: [VEHICLE_ID] }, wallet: wallet.value, crypto, onEvent };
}

/** A courier whose polls are answered by `polls` one after another, then held. */
async function attach(polls: readonly Answered[], posted: Answered = { status: 202 }): Promise<{ readonly courier: Courier; readonly link: KeyRadioLink; readonly events: KeyRadioEvent[]; readonly asked: Asked[] }> {
  const left = [...polls];
  const { url, asked } = await startCloud(({ method, path }) => {
    if (path === "/v1/vehicles") return { status: 200, body: { vehicles: [{ vehicle: "v1", label: "van", vehicleId: toBase64Url(fromHex(VEHICLE_ID)!) }] } };
    if (path === "/v1/vehicles/v1/links") return { status: 201, body: { link: "l1" } };
    if (method === "DELETE") return { status: 204 };
    return method === "POST" ? posted : (left.shift() ?? HELD);
  });
  const cloud = new CloudClient(url, "s");
  onTestFinished(() => cloud.close());
  const courier = new Courier(cloud);
  const events: KeyRadioEvent[] = [];
  const link = await courier.attach(requestFor((event) => events.push(event)));
  return { courier, link, events, asked };
}

const frames = (list: readonly unknown[], next: number, closed = false): Answered => ({ status: 200, body: { frames: list, next, closed } });

describe("a link through a cloud", () => {
  it("carries frames both ways and acknowledges those it has", async () => {
    const { link, events, asked } = await attach([frames(["AQ", "Ag"], 2), frames(["Aw"], 3)]);
    expect(link.send(Uint8Array.of(9))).toBe(true);
    link.send(Uint8Array.of(8));
    await until(() => events.length === 3 && asked.some(({ method, path }) => method === "POST" && path === `${LINK}/frames`) && asked.some(({ path }) => path.includes("after=3")));
    expect(events).toEqual([1, 2, 3].map((byte) => ({ kind: "frameReceived", bytes: Uint8Array.of(byte) })));
    expect(asked.filter(({ path }) => path === `${LINK}/frames`).map(({ body }) => body)).toEqual([{ frames: ["CQ", "CA"] }]);
  });

  it("ends at the cloud when the command does, and gives nothing more", async () => {
    const { courier, link, asked } = await attach([]);
    await courier.end();
    expect(asked.at(-1)).toMatchObject({ method: "DELETE", path: LINK });
    expect(link.send(Uint8Array.of(1))).toBe(false);
  });

  it.each<[string, Answered]>([
    ["the courier ends it", frames([], 0, true)],
    ["frames are replayed", frames(["AQ"], 0)],
    ["frames are left out", frames(["AQ"], 9)],
    ["a frame is too long", frames([toBase64Url(new Uint8Array(513))], 1)],
    ["a frame is none", frames([7], 1)],
    ["there are too many", frames(Array.from({ length: 33 }, () => "AQ"), 33)],
    ["the cloud refuses", { status: 404, body: { error: "noLink" } }],
  ])("is closed where %s", async (_, answer) => {
    const { link, events } = await attach([answer]);
    await until(() => events.some(({ kind }) => kind === "closed"));
    expect(events.filter(({ kind }) => kind === "frameReceived")).toEqual([]);
    expect(link.send(Uint8Array.of(1))).toBe(false);
  });

  it("is closed where the cloud does not take what the key says", async () => {
    const { link, events } = await attach([], { status: 429, body: { error: "tooManyFrames" } });
    link.send(Uint8Array.of(1));
    await until(() => events.length === 1);
    expect(events).toMatchObject([{ kind: "closed" }]);
  });

  it("is not opened to a car that the account does not have", async () => {
    const { url } = await startCloud(() => ({ status: 200, body: { vehicles: [] } }));
    const cloud = new CloudClient(url, "s");
    onTestFinished(() => cloud.close());
    await expect(new Courier(cloud).attach(requestFor(() => undefined))).rejects.toMatchObject({ wayOut: expect.stringContaining("latchkey app register") });
  });
});
