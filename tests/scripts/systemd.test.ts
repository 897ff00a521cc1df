import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packagePath } from "../../scripts/cli/package-file.ts";
import { User } from "../processes/programs.ts";
import { testFolder } from "../hal/support/folder.ts";

const UNITS = ["latchkey-car.service", "latchkey-radio.service"] as const;
const textOf = (unit: string): string => readFileSync(packagePath("docs", "systemd", unit), "utf8");
const settingsOf = (unit: string, name: string): string[] => [...textOf(unit).matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value!);

describe.each(UNITS)("the unit %s", (unit) => {
  it.skipIf(spawnSync("systemd-analyze", ["--version"]).error !== undefined)("is found good by systemd-analyze", () => {
    const folder = testFolder();
    for (const name of UNITS) writeFileSync(join(folder, name), textOf(name).replaceAll("/usr/bin/node", process.execPath));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", join(folder, unit)], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("never waits for a network", () => {
    for (const name of ["After", "Requires", "Wants", "BindsTo", "Requisite"]) {
      for (const value of settingsOf(unit, name)) expect(value).not.toMatch(/network|time-sync|nss|remote/);
    }
  });

  it("is started again for ever, also when it hangs", () => {
    expect(settingsOf(unit, "Restart")).toEqual(["always"]);
    expect(settingsOf(unit, "StartLimitIntervalSec")).toEqual(["0"]);
    expect(settingsOf(unit, "WatchdogSec")).toEqual(["30"]);
    expect(settingsOf(unit, "NotifyAccess")).toEqual(["all"]);
  });
});

describe("rights", () => {
  it("of the car are none, of its radio the one that an adapter needs", () => {
    expect(settingsOf("latchkey-car.service", "CapabilityBoundingSet")).toEqual([""]);
    expect(settingsOf("latchkey-radio.service", "CapabilityBoundingSet")).toEqual(["CAP_NET_ADMIN"]);
    for (const unit of UNITS) expect(settingsOf(unit, "NoNewPrivileges")).toEqual(["yes"]);
  });
});

describe("the command of the car's unit", () => {
  it("starts a car that waits for its radio where the radio's unit looks for it, and takes a claim", async () => {
    const user = new User();
    const [state, runtime, config] = [user.path("state"), user.path("run"), user.path("car.json")];
    writeFileSync(config, "{}");
    const places: Readonly<Record<string, string>> = { "/etc/latchkey/car.json": config, "${STATE_DIRECTORY}": state, "${RUNTIME_DIRECTORY}": runtime, "%t/latchkey": runtime };
    const wordsOf = (unit: string): string[] => Object.entries(places).reduce((line, [from, to]) => line.replaceAll(from, to), settingsOf(unit, "ExecStart")[0]!).split(" ");
    const radio = wordsOf("latchkey-radio.service");
    const attach = radio[radio.indexOf("--attach") + 1]!;
    // Without node and the program itself.
    const car = await user.startCarWith(wordsOf("latchkey-car.service").slice(2));
    expect((await car.ready)["address"]).toBe(attach);
    expect(statSync(attach).isSocket()).toBe(true);
    const claimed = await user.run(["car", "claim", "--flash", join(state, "car.flash"), "--json"]);
    expect(claimed.json["uri"]).toMatch(/^latchkey:/);
    expect(await car.stop()).toBe(0);
  });
});
