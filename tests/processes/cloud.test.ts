import { readFileSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { connect } from "node:net";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { User, type CarProcess } from "./programs.ts";

const PASSWORD = "correct horse";

function startCloud(user: User, more: readonly string[] = []): Promise<CarProcess> {
  return user.startCarWith(["cloud", "run", "--listen", "127.0.0.1:0", "--data", user.path("cloud"), ...more]);
}

const post = (cloud: CarProcess, path: string, body: object): Promise<Response> =>
  fetch(`http://127.0.0.1:${cloud.port}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const health = (cloud: CarProcess): Promise<Response> => fetch(`http://127.0.0.1:${cloud.port}/v1/health`);

async function fault(user: User, name: string): Promise<void> {
  expect((await user.run(["cloud", "fault", name, "--data", user.path("cloud"), "--json"])).json).toMatchObject({ ok: true, fault: name });
}

/** What a plain client hears in answer to a request, until the other side ends or `enough` bytes came. */
function heard(cloud: CarProcess, enough: number): Promise<Buffer> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const socket = connect(cloud.port, "127.0.0.1", () => socket.write("GET /v1/health HTTP/1.1\r\nHost: cloud\r\n\r\n"));
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= enough) socket.destroy();
    });
    socket.on("close", () => resolve(bytes));
  });
}

describe("the cloud as a process", () => {
  it("loses nothing that it acknowledged when it is killed", async () => {
    const user = new User();
    const first = await startCloud(user);
    expect((await post(first, "/v1/accounts", { account: "anna", password: PASSWORD })).status).toBe(201);
    const { session } = (await (await post(first, "/v1/sessions", { account: "anna", password: PASSWORD })).json()) as { session: string };
    for (let n = 0; n < 5; n++) expect((await post(first, "/v1/sessions", { account: "bert", password: "wrong" })).status).toBe(401);
    await first.kill();
    const second = await startCloud(user);
    const account = await fetch(`http://127.0.0.1:${second.port}/v1/account`, { headers: { authorization: `Bearer ${session}` } });
    expect(await account.json()).toMatchObject({ account: "anna" });
    expect((await post(second, "/v1/accounts", { account: "anna", password: PASSWORD })).status).toBe(409);
    expect(await second.stop()).toBe(0);
  });

  it("is alone on its folder, and keeps the maker's token from others", async () => {
    const user = new User();
    const cloud = await startCloud(user);
    const other = await user.run(["cloud", "run", "--listen", "127.0.0.1:0", "--data", user.path("cloud")]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("another process")]);
    const { makerTokenFile } = (await cloud.ready) as { makerTokenFile: string };
    expect(statSync(makerTokenFile).mode & 0o777).toBe(0o600);
    const token = readFileSync(makerTokenFile, "utf8").trim();
    const releases = await fetch(`http://127.0.0.1:${cloud.port}/v1/releases`, { headers: { authorization: `Bearer ${token}` } });
    expect(await releases.json()).toEqual({ releases: [] });
  });

  it("refuses to answer others in the clear unless told to", async () => {
    const user = new User();
    const refused = await user.run(["cloud", "run", "--listen", "0.0.0.0:0", "--data", "memory"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--allow-plain")]);
  });

  it("is told to fail in every way, a plain client sees it, and it works again", async () => {
    const user = new User();
    const cloud = await startCloud(user);
    expect(await (await health(cloud)).json()).toEqual({ ok: true });
    await fault(user, "500");
    expect((await health(cloud)).status).toBe(500);
    await fault(user, "slow");
    const slow = await heard(cloud, 1);
    expect(slow.toString()).toMatch(/^HTTP\/1.1 200/);
    expect(slow.toString()).not.toContain("ok");
    await fault(user, "flood");
    expect((await heard(cloud, 4_000_000)).length).toBeGreaterThanOrEqual(4_000_000);
    await fault(user, "wrong-tls");
    expect([...(await heard(cloud, 1)).subarray(0, 3)]).toEqual([0x15, 3, 3]);
    await fault(user, "hang");
    const hanging = heard(cloud, 1);
    await fault(user, "gone");
    expect((await hanging).length).toBe(0);
    await expect(health(cloud)).rejects.toThrow();
    await fault(user, "none");
    expect(await (await health(cloud)).json()).toEqual({ ok: true });
    expect((await user.run(["cloud", "status", "--data", user.path("cloud"), "--json"])).json).toMatchObject({ fault: "none", accounts: 0 });
  });

  it("repeats old answers where told to", async () => {
    const user = new User();
    const cloud = await startCloud(user);
    await post(cloud, "/v1/accounts", { account: "anna", password: PASSWORD });
    const { session } = (await (await post(cloud, "/v1/sessions", { account: "anna", password: PASSWORD })).json()) as { session: string };
    const account = (): Promise<Response> => fetch(`http://127.0.0.1:${cloud.port}/v1/account`, { headers: { authorization: `Bearer ${session}` } });
    const first = await (await account()).text();
    expect((await user.run(["cloud", "roll-out", "two-factor", "on", "--data", user.path("cloud"), "--json"])).json).toMatchObject({ loggedOut: 1 });
    expect((await account()).status).toBe(401);
    await fault(user, "replay");
    expect(await (await account()).text()).toBe(first);
  });

  it("speaks TLS, and shows a stranger's certificate where told to", async () => {
    const user = new User();
    const { private: key, cert } = await generate([{ name: "commonName", value: "cloud.test" }]);
    writeFileSync(user.path("key.pem"), key, { mode: 0o600 });
    writeFileSync(user.path("cert.pem"), cert);
    const cloud = await startCloud(user, ["--tls-key", user.path("key.pem"), "--tls-cert", user.path("cert.pem")]);
    const asked = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ host: "127.0.0.1", port: cloud.port, path: "/v1/health", ca: cert, agent: false, checkServerIdentity: () => undefined }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on("error", reject);
      });
    expect(await asked()).toBe(200);
    await fault(user, "wrong-tls");
    await expect(asked()).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    await fault(user, "none");
    expect(await asked()).toBe(200);
  });
});
