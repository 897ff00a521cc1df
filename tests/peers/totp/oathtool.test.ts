import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { Cloud } from "../../scripts/cloud/service.ts";
import { describeWithTools, ENVIRONMENT } from "../tools.ts";

/** The code that oathtool gives for a secret at a moment. */
function oathtool(secret: string, nowMs: number): string {
  return execFileSync("oathtool", ["--totp", "--base32", "--now", `@${Math.floor(nowMs / 1000)}`, "-"], { env: ENVIRONMENT, input: secret, encoding: "utf8" }).trim();
}

describeWithTools("oathtool", ["oathtool"], () => {
  it("enrols and logs in, once per code", async () => {
    const cloud = await Cloud.start();
    const session = await cloud.session();
    const { uri } = (await cloud.ask("POST", "/v1/two-factor", session)).json;
    const secret = new URL(String(uri)).searchParams.get("secret")!;
    expect((await cloud.ask("POST", "/v1/two-factor/confirm", session, { code: oathtool(secret, cloud.nowMs) })).status).toBe(200);
    for (let n = 0; n < 4; n++) {
      cloud.nowMs += 30_000;
      const code = oathtool(secret, cloud.nowMs);
      expect((await cloud.logIn("anna", { code })).status).toBe(201);
      expect((await cloud.logIn("anna", { code })).json["error"]).toBe("wrongCode");
    }
  });
});
