import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { RESTART_FIRST_MS, RESTART_LONGEST_MS, SILENCE_MAX_MS, Supervisor } from "../../../hal/radio-process/index.ts";
import { until } from "../socket-radio/rig.ts";
import { testFolder } from "../support/folder.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** A program that says its turn, gives a sign of life at each SIGUSR2, and ends with `code` or, from turn `staysFrom` on, stays. Its waits for a restart stand still until the test moves them. */
function supervised(code: number, staysFrom: number) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const turns = join(testFolder(), "turns");
  const pidFile = join(testFolder(), "pid");
  writeFileSync(turns, "");
  writeFileSync(pidFile, "");
  const program = `
    const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
    process.on("SIGUSR2", () => process.send("alive"));
    writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
    appendFileSync(${JSON.stringify(turns)}, "x");
    const turn = readFileSync(${JSON.stringify(turns)}).length;
    console.log("nobody reads this");
    console.error("turn " + turn);
    if (turn >= ${staysFrom}) setInterval(() => undefined, 1000);
    else process.exit(${code});
  `;
  const said: string[] = [];
  const clock = { nowMs: 0 };
  const supervisor = new Supervisor({ name: "radio", command: [process.execPath, "-e", program], onTrouble: (message) => said.push(message), nowMs: () => clock.nowMs });
  onTestFinished(() => supervisor.stop());
  return { supervisor, said, clock, turns: () => readFileSync(turns, "utf8").length, pid: () => Number(readFileSync(pidFile, "utf8")) };
}

describe("the supervisor of a radio process", () => {
  it("kills it when it has given no sign of life for half a minute, and starts it again", async () => {
    const { supervisor, said, turns } = supervised(0, 1);
    await until(() => turns() === 1);
    vi.advanceTimersByTime(SILENCE_MAX_MS - 1);
    expect(said.some((line) => line.includes("no sign of life"))).toBe(false);
    vi.advanceTimersByTime(1);
    await until(() => said.some((line) => line.includes("SIGKILL")));
    expect(said).toContain("the radio has given no sign of life for 30 s: it is killed");
    vi.advanceTimersByTime(RESTART_FIRST_MS);
    await until(() => turns() === 2);
    expect(supervisor.restartCount).toBe(1);
  });

  it("lets it live as long as it says that it does", async () => {
    const { supervisor, said, turns, pid } = supervised(0, 1);
    await until(() => turns() === 1 && pid() > 0);
    const waits = vi.spyOn(globalThis, "clearTimeout");
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(SILENCE_MAX_MS - 1);
      const heard = waits.mock.calls.length;
      process.kill(pid(), "SIGUSR2");
      await until(() => waits.mock.calls.length > heard);
    }
    expect(supervisor.restartCount).toBe(0);
    expect(said.some((line) => line.includes("no sign of life"))).toBe(false);
  });

  it("starts it again after each end, waiting longer each time, and passes on what it says", async () => {
    const { supervisor, said, turns } = supervised(3, 4);
    for (let turn = 1; turn <= 3; turn++) {
      await until(() => said.some((line) => line.includes(`starts again in ${RESTART_FIRST_MS * 2 ** (turn - 1)} ms`)));
      expect(turns()).toBe(turn);
      vi.advanceTimersByTime(RESTART_FIRST_MS * 2 ** (turn - 1) - 1);
      expect(supervisor.restartCount).toBe(turn - 1);
      vi.advanceTimersByTime(1);
      expect(supervisor.restartCount).toBe(turn);
    }
    await until(() => said.includes("radio: turn 4"));
    expect(supervisor.restartCount).toBe(3);
    expect(said.filter((line) => line.startsWith("the radio ended"))).toEqual([
      "the radio ended (code 3) and starts again in 500 ms",
      "the radio ended (code 3) and starts again in 1000 ms",
      "the radio ended (code 3) and starts again in 2000 ms",
    ]);
  });

  it("begins anew with the shortest wait once the radio has run for a while", async () => {
    const { said, clock } = supervised(1, 99);
    await until(() => said.some((line) => line.includes("in 500 ms")));
    vi.advanceTimersByTime(500);
    await until(() => said.includes("radio: turn 2"));
    clock.nowMs += RESTART_LONGEST_MS;
    await until(() => said.filter((line) => line.startsWith("the radio ended")).length === 2);
    expect(said.at(-1)).toContain("in 500 ms");
  });

  it("ends it, and starts nothing more, when it is stopped", async () => {
    const { supervisor, said, turns } = supervised(0, 1);
    await until(() => said.includes("radio: turn 1"));
    await supervisor.stop();
    vi.advanceTimersByTime(RESTART_LONGEST_MS);
    expect(turns()).toBe(1);
    expect(said).toEqual(["radio: turn 1"]);
  });

  it("says so where the program cannot be started", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const said: string[] = [];
    const supervisor = new Supervisor({ name: "radio", command: ["/nonexistent/radio"], onTrouble: (message) => said.push(message), nowMs: () => 0 });
    onTestFinished(() => supervisor.stop());
    await until(() => said.length === 1);
    expect(said[0]).toContain("ENOENT");
  });
});
