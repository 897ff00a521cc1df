import { describe, expect, it } from "vitest";
import { openMemoryDisk } from "../../../scripts/cloud/disk.ts";
import { verifyTotp } from "../../../scripts/cloud/totp.ts";
import { Cloud, MAKER, PASSWORD } from "./service.ts";

const hex = (text: string): string => Buffer.from(text).toString("hex");
const DIGITS = "1234567890";

describe("codes", () => {
  // RFC 6238 appendix B.
  const KEYS = { SHA1: DIGITS.repeat(2), SHA256: DIGITS.repeat(4).slice(0, 32), SHA512: DIGITS.repeat(7).slice(0, 64) } as const;
  it.each([
    [59, "94287082", "46119246", "90693936"],
    [1111111109, "07081804", "68084774", "25091201"],
    [1111111111, "14050471", "67062674", "99943326"],
    [1234567890, "89005924", "91819424", "93441116"],
    [2000000000, "69279037", "90698825", "38618901"],
    [20000000000, "65353130", "77737706", "47863826"],
  ])("are those of RFC 6238 at %d s", (seconds, ...codes) => {
    (["SHA1", "SHA256", "SHA512"] as const).forEach((algorithm, place) => {
      const key = { secret: hex(KEYS[algorithm]), algorithm, digits: 8 } as const;
      expect(verifyTotp(key, codes[place]!, seconds * 1000, -1)).toBe(Math.floor(seconds / 30));
      expect(verifyTotp(key, codes[place]!, (seconds + 30) * 1000, -1)).toBe(Math.floor(seconds / 30));
      expect(verifyTotp(key, codes[place]!, (seconds + 61) * 1000, -1)).toBeUndefined();
      expect(verifyTotp(key, codes[place]!, seconds * 1000, Math.floor(seconds / 30))).toBeUndefined();
    });
  });
});

describe("an account", () => {
  it("is made once, logs in and out, and its session dies with time", async () => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    expect((await cloud.ask("POST", "/v1/accounts", undefined, { account: "anna", password: PASSWORD })).json["error"]).toBe("accountTaken");
    expect((await cloud.ask("GET", "/v1/account", session)).json).toEqual({ account: "anna", twoFactor: false, recoveryCodesLeft: 0 });
    await cloud.ask("DELETE", "/v1/sessions/current", session);
    expect((await cloud.ask("GET", "/v1/account", session)).status).toBe(401);
    const second = String((await cloud.logIn("anna")).json["session"]);
    cloud.nowMs += 30 * 24 * 3_600_000;
    expect((await cloud.ask("GET", "/v1/account", second)).status).toBe(401);
  });

  it("answers the same for a wrong password and for no account", async () => {
    const cloud = await Cloud.start();
    await cloud.session();
    const wrong = await cloud.logIn("anna", { password: "wrong" });
    const none = await cloud.logIn("nobody");
    expect(wrong.json["error"]).toBe("wrongCredentials");
    expect(none).toEqual(wrong);
  });

  it.each(["anna", "nobody"])("delays tries on %s more and more, also after a restart", async (account) => {
    const cloud = await Cloud.start();
    await cloud.session();
    for (let n = 0; n < 5; n++) expect((await cloud.logIn(account, { password: "wrong" })).json["error"]).toBe("wrongCredentials");
    expect((await cloud.logIn(account)).json).toMatchObject({ error: "tooManyTries", retryAfterS: 1 });
    await cloud.restart();
    expect((await cloud.logIn(account)).json["error"]).toBe("tooManyTries");
    cloud.nowMs += 1000;
    await cloud.logIn(account, { password: "wrong" });
    expect((await cloud.logIn(account)).json).toMatchObject({ error: "tooManyTries", retryAfterS: 2 });
  });

  it("counts a try before it is answered, so that many at once are no way around", async () => {
    const cloud = await Cloud.start();
    await cloud.session();
    const answers = await Promise.all(Array.from({ length: 12 }, () => cloud.logIn("anna", { password: "wrong" })));
    expect(answers.filter(({ status }) => status === 429).length).toBe(7);
  });

  it("bounds what one address may try", async () => {
    const cloud = await Cloud.start();
    for (let n = 0; n < 30; n++) await cloud.ask("POST", "/v1/sessions", undefined, { account: `name${n % 10}`, password: "x" });
    expect((await cloud.logIn("fresh")).json["error"]).toBe("tooManyTries");
    cloud.nowMs += 60_000;
    expect((await cloud.logIn("fresh")).json["error"]).toBe("wrongCredentials");
  });

  it("stores neither password nor session nor recovery code", async () => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    const { recoveryCodes } = await cloud.twoFactor(session);
    const stored = (await cloud.disk.read("")).map(([key, value]) => `${key} ${Buffer.from(value).toString()}`).join("\n");
    for (const secret of [PASSWORD, session, recoveryCodes[0]!, recoveryCodes[0]!.replaceAll("-", "")]) expect(stored).not.toContain(secret);
  });
});

describe("a disk that fails", () => {
  it("ends the service's promises: nothing is acknowledged from then on", async () => {
    const disk = openMemoryDisk();
    let full = false;
    const cloud = await Cloud.start({ ...disk, write: (changes) => (full ? Promise.reject(new Error("no space")) : disk.write(changes)) });
    const session = await cloud.session();
    full = true;
    expect((await cloud.ask("POST", "/v1/accounts", undefined, { account: "bert", password: PASSWORD })).json["error"]).toBe("internal");
    full = false;
    expect((await cloud.logIn("bert")).status).toBe(500);
    expect((await cloud.ask("POST", "/v1/two-factor", session)).status).toBe(500);
    expect(cloud.faults.map(({ message }) => message)).toEqual(["no space"]);
  });
});

describe("a second factor", () => {
  it("is asked for, taken once, and not again after a restart", async () => {
    const cloud = await Cloud.start();
    const factor = await cloud.twoFactor(await cloud.session());
    expect((await cloud.logIn("anna")).json["error"]).toBe("codeNeeded");
    expect((await cloud.logIn("anna", { code: factor.code() })).json["error"]).toBe("wrongCode");
    cloud.nowMs += 30_000;
    const code = factor.code();
    expect((await cloud.logIn("anna", { code })).json["twoFactor"]).toBe(true);
    await cloud.restart();
    expect((await cloud.logIn("anna", { code })).json["error"]).toBe("wrongCode");
  });

  it("has ten recovery codes, each good once", async () => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    const { recoveryCodes } = await cloud.twoFactor(session);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await cloud.logIn("anna", { recoveryCode: recoveryCodes[3] })).status).toBe(201);
    expect((await cloud.logIn("anna", { recoveryCode: recoveryCodes[3] })).json["error"]).toBe("wrongCode");
    expect((await cloud.ask("GET", "/v1/account", session)).json["recoveryCodesLeft"]).toBe(9);
  });

  it("goes and is renewed only by a code", async () => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    const factor = await cloud.twoFactor(session);
    expect((await cloud.ask("DELETE", "/v1/two-factor", session, { code: factor.code() })).status).toBe(401);
    cloud.nowMs += 30_000;
    expect((await cloud.ask("POST", "/v1/recovery-codes", session, { code: factor.code() })).json["recoveryCodes"]).toHaveLength(10);
    cloud.nowMs += 30_000;
    expect((await cloud.ask("DELETE", "/v1/two-factor", session, { code: factor.code() })).status).toBe(204);
    expect((await cloud.logIn("anna")).status).toBe(201);
  });

  it("rolled out at once, logs out who has none, and keeps them out: the failure of 2020", async () => {
    const cloud = await Cloud.start();
    const without = await cloud.session("anna");
    const enrolled = await cloud.session("bert");
    await cloud.twoFactor(enrolled);
    expect((await cloud.ask("PUT", "/v1/roll-out", MAKER, { twoFactor: true })).json).toEqual({ loggedOut: 1 });
    expect((await cloud.ask("GET", "/v1/account", without)).status).toBe(401);
    expect((await cloud.ask("GET", "/v1/account", enrolled)).status).toBe(200);
    expect((await cloud.logIn("anna")).json["error"]).toBe("twoFactorRequired");
    await cloud.ask("PUT", "/v1/roll-out", MAKER, { twoFactor: false });
    expect((await cloud.logIn("anna")).status).toBe(201);
  });
});
