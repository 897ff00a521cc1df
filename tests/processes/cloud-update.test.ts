import { existsSync, statSync } from "node:fs";
import { expect, it } from "vitest";
import { until } from "../hal/socket-radio/rig.ts";
import { Garage, nextVersion, QUICK } from "./garage.ts";

const PASSWORD = "correct horse battery\n";

it("an update comes by the cloud, its download goes on after a kill -9 of the uplink, and the owner's consent installs it", { timeout: 120_000 }, async () => {
  const garage = await Garage.opened();
  const { user } = garage;
  const good = async (args: readonly string[], stdin = ""): Promise<void> => {
    const { code, stderr } = await user.run(args, stdin);
    expect(code, stderr).toBe(0);
  };
  const cloud = user.start(["cloud", "run", "--data", user.path("cloud"), "--listen", "127.0.0.1:0"]);
  const address = String((await cloud.heard(({ event }) => event === "ready"))["address"]);
  for (const act of ["create", "login"]) await good(["app", act, "--cloud", address, "--account", "anna"], PASSWORD);
  const token = user.path("uplink.token");
  await good(["app", "register", "--token-file", token]);
  expect(await garage.car.stop()).toBe(0);
  garage.car = await user.bootCar(QUICK, ["--uplink", address, "--uplink-token", token]);
  const { car } = garage;
  const tells = (text: string) => (event: Readonly<Record<string, unknown>>): boolean => String(event["text"]).includes(text);
  await car.heard(tells("the cloud answers"));

  await good(["cloud", "release", await garage.make(nextVersion()), "--data", user.path("cloud")]);
  const kept = `${token}.download`;
  await until(() => (statSync(kept, { throwIfNoEntry: false })?.size ?? 0) > 64 * 1024);
  process.kill(user.processes("uplink --car")[0]!, "SIGKILL");
  await car.heard(tells("goes on after"));
  await car.heard(tells("is offered to the car"));
  expect(existsSync(kept)).toBe(true);
  await good(["key", "update", "consent", "--via", car.via]);
  await car.heard(({ what, why }) => what === "update" && String(why).includes("confirmed"));
  await until(() => !existsSync(kept));
  await garage.opens();
  expect(await car.stop()).toBe(0);
});
