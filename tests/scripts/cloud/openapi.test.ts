import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Cloud, MAKER } from "./service.ts";

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>>;
}

const DESCRIBED = JSON.parse(readFileSync(new URL("../../../docs/openapi.json", import.meta.url), "utf8")) as Described;
const ROUTES = Object.entries(DESCRIBED.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { tags }]) => ({ path, method: method.toUpperCase() as "GET" | "POST" | "PUT" | "DELETE", tag: tags?.[0] ?? "anybody" })));

describe("the description of the API", () => {
  it("is the one that the service gives (renew it with: npm run openapi)", async () => {
    const cloud = await Cloud.start();
    expect((await cloud.ask("GET", "/openapi.json")).json).toEqual(DESCRIBED);
  });

  it.each(ROUTES.filter(({ tag }) => tag !== "anybody"))("$method $path is closed to whoever has no token or another's", async ({ path, method, tag }) => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    const { vehicle, uplinkToken } = await cloud.vehicle(session);
    const tokens = { app: session, uplink: uplinkToken, maker: MAKER } as const;
    const url = path.replace("{vehicle}", vehicle).replace("{link}", "A".repeat(43)).replace("{model}", "van-1").replace("{sequenceNumber}", "1");
    const body = method === "GET" ? undefined : {};
    for (const [asker, token] of [["nobody", undefined], ["stranger", "B".repeat(43)], ...Object.entries(tokens)] as const) {
      const { status } = await cloud.ask(method, url, token, body);
      if (asker === tag) expect(status).not.toBe(401);
      else expect(status, asker).toBe(401);
    }
  });

  it("holds no route by which an account's powers reach a car, but the courier's opaque frames and lists that a key has signed", async () => {
    const bodies = ROUTES.filter(({ tag }) => tag === "app" || tag === "anybody" || tag === "maker");
    const reaching: string[] = [];
    for (const { path, method } of bodies) {
      const cloud = await Cloud.start();
      const session = await cloud.session();
      const { vehicle, uplinkToken } = await cloud.vehicle(session);
      const { link } = (await cloud.ask("POST", `/v1/vehicles/${vehicle}/links`, session)).json;
      const before = (await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json["items"] as unknown[];
      const url = path.replace("{vehicle}", vehicle).replace("{link}", String(link)).replace("{model}", "van-1").replace("{sequenceNumber}", "1");
      const everything = { list: "QUJD", frames: ["QUJD"], code: "123456", label: "unlock", statement: "QUJD", twoFactor: true, account: "carl", password: "long enough" };
      for (const token of [session, MAKER]) for (const body of [{}, everything, ...Object.entries(everything).map(([name, value]) => ({ [name]: value }))]) await cloud.ask(method, url, token, method === "GET" ? undefined : body);
      const after = (await cloud.ask("GET", "/v1/uplink/inbox", uplinkToken)).json["items"] as { kind: string }[] | undefined;
      const kinds = [...new Set((after ?? []).slice(before.length).map(({ kind }) => kind))];
      if (kinds.length > 0) reaching.push(`${method} ${path}: ${kinds.join()}`);
    }
    expect(reaching.sort()).toEqual([
      "DELETE /v1/vehicles/{vehicle}/links/{link}: closed",
      "POST /v1/vehicles/{vehicle}/links/{link}/frames: frame",
      "POST /v1/vehicles/{vehicle}/links: opened",
      "PUT /v1/vehicles/{vehicle}/revocation-list: list",
    ]);
  });
});
