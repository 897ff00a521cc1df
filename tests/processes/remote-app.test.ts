import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { RemoteApp } from "../../scripts/start/remote-app.ts";
import { testFolder } from "../hal/support/folder.ts";
import { until } from "../hal/socket-radio/rig.ts";
import { pairPhone, startRig } from "../scripts/world/rig.ts";
import { User } from "./programs.ts";

const COMMAND = [process.execPath, fileURLToPath(new URL("../../dist/bin/latchkey.js", import.meta.url))] as const;

/** The terminal car of `npm start` with the owner's remote app beside it. */
async function openApp() {
  vi.stubEnv("XDG_RUNTIME_DIR", testFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const rig = await startRig();
  const anna = rig.board.addPhone("anna", 2);
  pairPhone(rig, anna);
  const told: string[] = [];
  const app = new RemoteApp({ car: rig.car, crypto: createNodeCrypto({ random: createSystemRandom() }), onTrouble: (message) => told.push(message), command: COMMAND });
  onTestFinished(async () => {
    await app.close();
    await rig.car.stop();
  });
  await app.open(anna.wallet);
  await until(() => told.some((line) => line.includes("the cloud answers")));
  return { rig, anna, app };
}

it("the remote app beside the terminal car logs in with two factors alone, and unlocks with the owner's key alone", { timeout: 60_000 }, async () => {
  const { rig, anna, app } = await openApp();
  expect(app.uri).toMatch(/^otpauth:\/\/totp\/Latchkey:anna\?/);
  expect(await app.confirm("000000")).toContain("not switched on");
  expect(await app.confirm(app.ownCode(Date.now()))).toContain("two-factor login is on");
  expect(await app.logIn("000000")).toContain("not logged in");
  expect(await app.unlock(anna.wallet)).toContain("nobody is logged in");
  expect(await app.logIn(app.ownCode(Date.now()))).toContain("logged in with two factors");
  expect(rig.notes.filter(({ what }) => what === "unlock")).toEqual([]);
  const asked = app.unlock(anna.wallet);
  // The virtual car's time goes on as the test turns it: its latches take some.
  const turning = setInterval(() => rig.pass(100), 20);
  onTestFinished(() => clearInterval(turning));
  expect(await asked).toContain("with the owner's key: unlocked");
  expect(rig.notes.find(({ what }) => what === "unlock")).toMatchObject({ who: "anna", outcome: "done" });
  expect(await app.nextFault()).toContain("500");
  expect(await app.unlock(anna.wallet)).not.toContain("unlocked");
  expect(rig.notes.filter(({ what }) => what === "unlock")).toHaveLength(1);
});

it.skipIf(spawnSync("script", ["--version"]).error !== undefined)("the cloud and the uplink of a terminal car that is killed end with it", { timeout: 60_000 }, async () => {
  const user = new User();
  const terminal = user.onTerminal(["start"]);
  await terminal.shows("anna owns this car");
  terminal.press("m");
  await until(() => user.processes("cloud run").length === 1 && user.processes("uplink --car").length === 1);
  const car = Number(execFileSync("ps", ["-o", "ppid=", "-p", String(user.processes("cloud run")[0])], { encoding: "utf8" }));
  process.kill(car, "SIGKILL");
  await until(() => user.processes().length === 0);
});
