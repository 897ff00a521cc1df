import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findChip, findGpioTools, GpioInputs, GpioOutputs, PI_CHIP_LABELS, RESTART_FIRST_MS, type GpioTools } from "../../../hal/gpio/index.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";
import { until } from "../socket-radio/rig.ts";
import { testFolder } from "../support/folder.ts";
import { FakeTools } from "./fake-tools.ts";

async function toolsIn(folder: string): Promise<GpioTools> {
  const found = await findGpioTools(folder);
  if (!found.ok) throw new Error(found.error.found);
  return found.value;
}

const REQUEST = { chip: "gpiochip4", activeLow: true, pull: "up" } as const;
const DEBOUNCE = 30;

async function inputs(version: 1 | 2, values: string, waiting = 2) {
  const fake = new FakeTools(version, values);
  const tools = await toolsIn(fake.folder);
  const clock = new VirtualClock();
  const said: string[] = [];
  const watched = new GpioInputs({
    tools,
    request: REQUEST,
    lines: [17, 27],
    debounceMs: DEBOUNCE,
    timer: schedulerOf(clock),
    listener: {
      changed: (line, active) => said.push(`${line} ${active}`),
      pulsed: (line, pulseMs) => said.push(`${line} pulse ${pulseMs}`),
      noticed: (what) => said.push(what),
    },
  });
  onTestFinished(() => watched.close());
  await until(() => clock.waitingCount >= waiting);
  return { fake, clock, said, watched };
}

describe("the gpiod tools", () => {
  it("are found by their version, and the chip by its label", async () => {
    for (const version of [1, 2] as const) {
      const tools = await toolsIn(new FakeTools(version, "0 1").folder);
      expect(tools.version).toBe(version);
      expect(await findChip(tools, PI_CHIP_LABELS)).toEqual({ ok: true, value: "gpiochip4" });
      expect(await findChip(tools, ["pinctrl-none"])).toMatchObject({ ok: false, error: { kind: "noChip", found: expect.stringContaining("pinctrl-rp1") as string } });
    }
  });

  it("are missed with the command that installs them", async () => {
    expect(await findGpioTools(testFolder())).toMatchObject({ ok: false, error: { kind: "toolsMissing", wayOut: "sudo apt-get install gpiod" } });
  });

  it("are called in the syntax of their version", async () => {
    const one = await toolsIn(new FakeTools(1, "").folder);
    const two = await toolsIn(new FakeTools(2, "").folder);
    const words = (command: readonly string[]): string => command.slice(1).join(" ");
    expect(words(one.monitor(REQUEST, [17, 27]))).toBe("--active-low --bias=pull-up --line-buffered --format=%e %o %s.%n gpiochip4 17 27");
    expect(words(two.monitor(REQUEST, [17, 27]))).toBe("--chip gpiochip4 --active-low --bias pull-up --edges both --format %e %o %S 17 27");
    expect(words(one.pulse(REQUEST, 17, 400))).toBe("--active-low --bias=pull-up --mode=time --usec=400000 gpiochip4 17=1");
    expect(words(two.pulse(REQUEST, 17, 400))).toBe("--chip gpiochip4 --active-low --bias pull-up --toggle 400ms,0 17=1");
    expect(words(one.hold({ ...REQUEST, pull: "none" }, 17))).toBe("--active-low --bias=disable --mode=signal gpiochip4 17=1");
    expect(words(two.read({ ...REQUEST, activeLow: false, pull: "none" }, [17]))).toBe("--chip gpiochip4 --bias disabled --numeric 17");
  });
});

describe("input lines", () => {
  it("tell their first levels, then each change that lasts, in both syntaxes", async () => {
    for (const [version, fall] of [[1, "0"], [2, "2"]] as const) {
      const { fake, clock, said } = await inputs(version, "0 1");
      clock.advance(DEBOUNCE);
      expect(said).toEqual(["17 false", "27 true"]);
      fake.edges("1 17 120.5", `${fall} 17 120.2000000`, "1 17 120.4000000", "garbage", "9 9 9", `${fall} 27 ${"9".repeat(80)}.1`);
      await until(() => said.includes("17 pulse 1"));
      await until(() => clock.waitingCount >= 2);
      clock.advance(DEBOUNCE - 1);
      expect(said.slice(2)).toEqual(["17 pulse 1"]);
      clock.advance(1);
      expect(said.slice(3)).toEqual(["17 true"]);
    }
  });

  it("say nothing of a bounce that ends where it began", async () => {
    const { fake, clock, said } = await inputs(2, "0 0");
    clock.advance(DEBOUNCE);
    fake.edges("1 17 1.000000000", "2 17 1.004000000", "1 17 1.005000000", "2 17 1.024000000");
    await until(() => said.includes("17 pulse 19"));
    clock.advance(10 * DEBOUNCE);
    expect(said).toEqual(["17 false", "27 false", "17 pulse 4", "17 pulse 19"]);
  });

  it("are watched and read again when the tool dies", async () => {
    const { fake, clock, said } = await inputs(1, "0 0");
    clock.advance(DEBOUNCE);
    await until(() => fake.all.filter((call) => call.startsWith("gpiomon")).length === 1);
    await until(() => existsSync(join(fake.folder, "pid")));
    fake.killMonitor();
    await until(() => said.some((line) => line.startsWith("inputs 17, 27")));
    clock.advance(RESTART_FIRST_MS);
    await until(() => fake.all.filter((call) => call.startsWith("gpiomon")).length === 2);
    await until(() => clock.waitingCount >= 2);
    clock.advance(DEBOUNCE);
    expect(said.slice(3)).toEqual(["17 false", "27 false"]);
  });

  it("that cannot be read are asked for again, with one complaint", async () => {
    const { clock, said } = await inputs(1, "busy", 1);
    expect(said).toEqual(["inputs 17, 27: gpioget printed something else than values; they are asked for again"]);
    for (let waitMs = RESTART_FIRST_MS; waitMs <= 4 * RESTART_FIRST_MS; waitMs *= 2) {
      expect(clock.waitingCount).toBe(1);
      clock.advance(waitMs);
      await until(() => clock.waitingCount === 1);
    }
    expect(said).toHaveLength(1);
  });
});

describe("output lines", () => {
  function outputs(tools: GpioTools) {
    const failures: string[] = [];
    const driven = new GpioOutputs({ tools, request: { chip: "gpiochip4", activeLow: false, pull: undefined }, interlocks: [[5, 6]], pulseMsMax: 2_000, listener: { failed: (line, on, why) => failures.push(`${line} ${on}: ${why}`) } });
    onTestFinished(() => driven.close());
    return { driven, failures };
  }

  it("are never driven together with their partner, and a child ends the pulse", async () => {
    const fake = new FakeTools(2, "");
    const { driven, failures } = outputs(await toolsIn(fake.folder));
    driven.pulse(5, 60_000);
    await until(() => fake.calls.length === 1);
    driven.pulse(6, 400);
    await until(() => fake.calls.length === 4);
    expect(fake.calls.map((call) => call.replace("--chip gpiochip4 --toggle ", ""))).toEqual(["on 2000ms,0 5=1", "off 2000ms,0 5=1", "on 400ms,0 6=1", "off 400ms,0 6=1"]);
    expect(failures).toEqual([]);
  });

  it("are let go at the end, and say what the tool complained of", async () => {
    const fake = new FakeTools(1, "");
    const { driven, failures } = outputs(await toolsIn(fake.folder));
    driven.hold(5, true);
    driven.pulse(99, 400);
    await until(() => fake.calls.length === 1 && failures.length === 1);
    await driven.close();
    expect(fake.calls.map((call) => call.slice(0, 4).trim())).toEqual(["on -", "off"]);
    expect(failures).toEqual(["99 true: gpioset: unable to request lines: Device or resource busy"]);
  });
});
