import { afterEach, describe, expect, it } from "vitest";
import { act, ACTS } from "../../../scripts/world/acts.ts";
import { SUBCOMMANDS } from "../../../scripts/world/index.ts";
import { ask } from "../../../scripts/world/phone-acts.ts";
import { pairPhone, startRig, type Rig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.car.stop());

const say = async (words: string): Promise<string> => (await act(rig, words.split(" "))).text;
const reported = () => rig.car.controller.comfort.state;

describe("the world around a virtual car's comfort systems", () => {
  it.each([
    ["plug sideways", /use one of: in, out/],
    ["plug", /use one of: in, out/],
    ["charge full", /PERCENT is a number/],
    ["charge 101", /PERCENT is a number from 0 to 100/],
    ["temperature warm", /CELSIUS is a number/],
    ["temperature 99", /CELSIUS is a number from -60 to 60/],
  ])("refuses `%s` with what is known", async (words, message) => {
    rig = await startRig();
    await expect(say(words)).rejects.toThrow(message);
  });

  it("is told to the controller whole at its start", async () => {
    rig = await startRig();
    expect(reported()).toEqual(rig.board.systems.state);
    expect(rig.car.controller.comfort.infotainment).toBe("awake");
  });

  it("plugs a cable in, charges while time passes, and takes it out", async () => {
    rig = await startRig();
    await say("charge 35");
    expect(reported()!.charge.levelPercent).toBe(35);
    expect(await say("plug in")).toMatch(/charging/);
    await act(rig, ["clock", "3600"]);
    expect(reported()!.charge).toMatchObject({ charging: "charging", cablePlugged: true });
    expect(reported()!.charge.levelPercent).toBeCloseTo(35 + (100 * 11.04) / 75, 1);
    await say("plug out");
    expect(reported()!.charge.charging).toBe("disconnected");
  });

  it("changes the weather, and the cabin with it", async () => {
    rig = await startRig();
    expect(await say("temperature -5")).toMatch(/-5 degrees/);
    rig.pass(3_600_000);
    expect(reported()!.climate).toMatchObject({ outsideCelsius: -5 });
    expect(reported()!.climate.insideCelsius).toBeLessThan(0);
  });

  it("puts the screens to sleep and wakes them, as the controller can", async () => {
    rig = await startRig();
    const heard = () => rig.car.controller.comfort.infotainment;
    await say("sleep");
    expect(heard()).toBe("asleep");
    expect(await say("wake")).toMatch(/boot/);
    expect(heard()).toBe("booting");
    rig.pass(3_000);
    expect(heard()).toBe("awake");
    expect(await say("wake")).toMatch(/awake/);
    await say("sleep");
    rig.board.enter(() => rig.board.wakeInfotainment());
    expect(heard()).toBe("booting");
  });

  it("has the board's systems do what the controller orders, and say so", async () => {
    rig = await startRig();
    rig.board.enter(() => rig.board.comfort({ kind: "sentry", on: true }));
    expect(reported()!.sentry).toBe(true);
  });

  it("turns the miles of a drive on, and lets nobody drive off with the cable", async () => {
    rig = await startRig();
    const anna = rig.board.addPhone("anna", 1);
    pairPhone(rig, anna);
    for (const kind of ["unlock", "drive"] as const) {
      const asked = ask(rig, anna, { kind });
      rig.pass(5_000);
      expect((await asked).kind).toBe("done");
      if (kind === "unlock") await say("occupant in");
    }
    await say("plug in");
    await expect(say("drive start")).rejects.toThrow(/plug out/);
    await say("plug out");
    await say("drive start");
    expect(reported()!.shift).toBe("drive");
    const before = reported()!.odometerMiles;
    rig.pass(60_000);
    expect(reported()!.odometerMiles - before).toBeCloseTo(62 / 60, 1);
    await say("drive stop");
    expect(reported()).toMatchObject({ shift: "park", speedMph: 0 });
  });

  it("is part of the world's status", async () => {
    rig = await startRig();
    await say("sleep");
    expect((await act(rig, ["status"])).data).toMatchObject({ comfort: { charge: { charging: "disconnected" } }, infotainment: "asleep" });
  });
});

describe("the acts of the world", () => {
  it("are all in the help, and nothing else is", async () => {
    rig = await startRig();
    expect(SUBCOMMANDS.map(({ name }) => name.replace("world ", "")).sort()).toEqual(Object.keys(ACTS).sort());
  });
});
