import { expect, it } from "vitest";
import { URI } from "otpauth";
import { until } from "../hal/socket-radio/rig.ts";
import { QUICK } from "./garage.ts";
import { openPiGarage } from "./pi-garage.ts";
import { describeWithSerial } from "./serial.ts";
import type { Ended } from "./programs.ts";

const PASSWORD = "correct horse battery";
const PIN = "4711\n";

/** The garage of devices with a cloud beside it, and the owner's account there, behind a second factor. */
async function openCloudGarage() {
  const devices = await openPiGarage();
  const { garage } = devices;
  const { user } = garage;
  const app = (args: readonly string[], stdin = ""): Promise<Ended> => user.run(["app", ...args, "--json"], stdin);
  const key = (args: readonly string[], stdin = ""): Promise<Ended> => user.run(["key", ...args, "--via", garage.car.via, "--json"], stdin);
  const good = async (asked: Promise<Ended>): Promise<Ended["json"]> => {
    const { code, json, stderr } = await asked;
    expect([code, json["ok"]], `${JSON.stringify(json)} ${stderr}`).toEqual([0, true]);
    return json;
  };
  const cloud = user.start(["cloud", "run", "--data", user.path("cloud"), "--listen", "127.0.0.1:0"]);
  const address = String((await cloud.heard(({ event }) => event === "ready"))["address"]);
  const login = ["login", "--cloud", address, "--account", "anna"];
  await good(app(["create", "--cloud", address, "--account", "anna"], `${PASSWORD}\n`));
  await good(app(login, `${PASSWORD}\n`));

  const enrolling = user.converse(["app", "two-factor", "enrol", "--json"]);
  const totp = URI.parse(/otpauth:\/\/\S+/.exec(await enrolling.says("otpauth://"))![0]);
  const step = Math.floor(Date.now() / 30_000);
  const code = (at: number): string => totp.generate({ timestamp: at * 30_000 } as never);
  const recoveryCodes = (await good(enrolling.end(`${code(step)}\n`)))["recoveryCodes"] as readonly string[];
  await good(app(["logout"]));
  for (const answers of [`${PASSWORD}\n`, `${PASSWORD}\n${code(step)}\n`]) expect((await app(login, answers)).code).toBe(1);
  expect(await good(app(login, `${PASSWORD}\n${code(step + 1)}\n`))).toMatchObject({ twoFactor: true });

  await good(app(["register", "--token-file", user.path("uplink.token")]));
  expect(await garage.car.stop()).toBe(0);
  garage.car = await user.bootCar(QUICK, [...devices.carOptions, "--uplink", address, "--uplink-token", user.path("uplink.token")]);
  await garage.car.heard(({ text }) => String(text).includes("the cloud answers"));
  return { ...devices, user, cloud, app, key, good, login, recoveryCodes };
}

describeWithSerial("a car on relays, card reader and receiver with an uplink, its cloud and the owner's app, each a process of its own", () => {
  it("is seen and opened from far away behind a second factor, by its owner's key alone, and with its cloud dead by phone, card and PIN", { timeout: 180_000 }, async () => {
    const { garage, user, relay, reader, gps, cloud, app, key, good, login, recoveryCodes, bolt, takeCardAway } = await openCloudGarage();

    gps.say("move -33.85834 151.20876");
    let where: Ended["json"] = {};
    while (where["latitudeDeg"] !== -33.85834) where = (await app(["where"])).json;
    expect(where).toMatchObject({ car: "car", longitudeDeg: expect.closeTo(151.20876, 4) });

    await good(app(["unlock"]));
    await until(() => bolt().length === 1);
    await good(app(["lock", "--force"]));
    await until(() => bolt().length === 2);
    expect(bolt()).toEqual(["unlocked", "locked"]);

    // Ben has anna's password and a recovery code of hers, and a key that the car knew until a moment ago.
    const ben = ["--file", user.path("ben")];
    await user.run(["key", "init", "--name", "ben", ...ben]);
    const invited = (await user.run(["key", "invite", ...ben])).stdout.trim();
    await user.run(["key", "accept", ...ben], (await user.run(["key", "share", "--to", invited, "--for", "2h"])).stdout);
    await good(key(["revoke", "ben"]));
    await good(app([...login, "--recovery", ...ben], `${PASSWORD}\n${recoveryCodes[0]!}\n`));
    expect((await app(["where", ...ben])).code).toBe(0);
    const stranger = await app(["unlock", ...ben]);
    expect([stranger.code, stranger.json["reason"], bolt().length], stranger.stderr).toEqual([1, "grantRevoked", 2]);

    const adding = key(["card", "add", "wallet"]);
    await garage.car.heard(({ why }) => String(why).includes("waits for the card of wallet"));
    reader.say("tap tesla");
    await good(adding);
    await takeCardAway();
    await good(key(["pin", "set"], PIN));

    await cloud.kill();
    await garage.car.heard(({ text }) => String(text).includes("no cloud"));
    expect((await app(["unlock"])).code).toBe(1);
    await garage.opens();
    reader.say("tap tesla");
    await until(() => bolt().length === 5);
    expect(bolt().slice(2)).toEqual(["unlocked", "locked", "unlocked"]);
    expect((await key(["drive"])).json).toMatchObject({ ok: false, reason: "pinRequired" });
    await good(key(["pin", "enter"], PIN));
    await good(key(["drive"]));
    await relay.heard(({ event, channel, on }) => event === "relay" && channel === 3 && on === true);
    expect(await garage.car.stop()).toBe(0);
  });
});
