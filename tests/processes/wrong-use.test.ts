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
});
