import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { User } from "./programs.ts";

describe("a command that cannot be done", () => {
  it.runIf(process.platform === "linux")("ends where no folder can be made, instead of trying for ever", async () => {
    const user = new User();
    const key = await user.run(["key", "init", "--file", "/proc/none/of/these"]);
    expect([key.code, key.stderr]).toEqual([1, expect.stringContaining("/proc/none")]);
    const car = await user.run(["car", "--no-tui", "--flash", "/proc/none/of/these"]);
    expect([car.code, car.stderr]).toEqual([1, expect.stringContaining("/proc/none")]);
  });

  it.each([
    [["kye"], "latchkey --help"],
    [["--json"], "latchkey --help"],
    [["key", "unlok"], "latchkey key --help"],
    [["key", "unlock", "--jsn"], "latchkey key unlock --help"],
    [["key", "unlock", "now"], "latchkey key unlock --help"],
    [["car", "--radio", "ble", "--driver", "bluez"], "latchkey car --help"],
    [["key", "cars", "--file", ""], "latchkey key cars --help"],
    [["car", "clame"], "latchkey car --help"],
    [["car", "config", "check"], "latchkey car config --help"],
    [["world", "distance", "anna"], "latchkey world distance --help"],
  ])("%j is wrong use, and tells what to read", async (args, read) => {
    const { code, stderr } = await new User().run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(`Read: ${read}\n`);
  });

  it("has help with an example, whatever it is", async () => {
    const user = new User();
    const overview = (await user.run(["--help"])).stdout;
    const groups = [...overview.matchAll(/^ {2}([a-z]+) /gm)].map(([, group]) => group!);
    expect(groups).toEqual(["start", "car", "key", "incident", "attack", "world", "radio", "boot", "update", "device", "cloud", "uplink", "app", "doctor"]);
    for (const group of groups) {
      const listed = (await user.run([group, "--help"])).stdout;
      const commands = [...listed.matchAll(/^ {2}([a-z]+ [a-z0-9-]+) {2}/gm)].map(([, command]) => command!).filter((command) => command.startsWith(`${group} `));
      for (const command of commands.length === 0 ? [group] : commands) {
        const { code, stdout } = await user.run([...command.split(" "), "--help"]);
        expect([code, stdout], command).toEqual([0, expect.stringContaining(`Examples:\n  latchkey ${command.replace("car run", "car")}`)]);
      }
    }
    expect((await user.run(["car", "--help"])).stdout).toContain("--listen");
    expect((await user.run(["help", "key", "unlock"])).stdout).toContain("latchkey key unlock");
  });

  it.runIf(existsSync("/dev/full"))("fails where its answer cannot be written", async () => {
    const user = new User();
    await user.run(["key", "init"]);
    const { code, stderr } = await user.run(["key", "invite"], "", "/dev/full");
    expect([code, stderr]).toEqual([1, expect.stringContaining("could not be written")]);
  });

  it("tells a file that is no key from a damaged one, in words", async () => {
    const user = new User();
    writeFileSync(user.path("text"), "hello", { mode: 0o600 });
    expect((await user.run(["key", "cars", "--file", user.path("text")])).stderr).toContain("is no key file");
    await user.run(["key", "init", "--file", user.path("key")]);
    const bytes = readFileSync(user.path("key"));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(user.path("key"), bytes);
    expect((await user.run(["key", "cars", "--file", user.path("key")])).stderr).toMatch(/is damaged|is no key file/);
  });

  it.each([
    ["key", "cars", "--file", "key"],
    ["app", "logout", "--file", "key.account"],
    ["update", "keygen", "--key", "key"],
  ])("%s %s gives the way out of a key file that cannot be used, as JSON too", async (group, command, option, held) => {
    const user = new User();
    writeFileSync(user.path(held), "secret");
    chmodSync(user.path(held), 0o644);
    const { code, json } = await user.run([group, command, option, user.path("key"), "--json"]);
    expect([code, json]).toEqual([1, { ok: false, message: expect.stringContaining("has mode 0644"), wayOut: expect.stringContaining("chmod 600"), fault: "exposed" }]);
  });
});
