import { afterEach, describe, expect, it } from "vitest";
import { act } from "../../../scripts/world/acts.ts";
import { ask } from "../../../scripts/world/phone-acts.ts";
import { pairPhone, startRig, type Rig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.car.stop());

const say = async (words: string): Promise<string> => (await act(rig, words.split(" "))).text;

describe("the world around a running virtual car", () => {
  it.each([
    ["door nope open", /no latch "nope"; it has: driverDoor, passengerDoor, trunk, chargePort/],
    ["door driverDoor up", /use one of: open, close/],
    ["latch driverDoor bend", /use one of: jam, stall, silent, dead, free/],
    ["cloud foggy", /use one of: up, down, slow, lying, gone/],
    ["distance zoe 3", /no simulated phone "zoe"; there is: anna/],
    ["distance anna far", /METRES is a number/],
    ["distance anna -1", /METRES is a number/],
    ["battery lots", /0 to 20 V/],
    ["battery 99999", /0 to 20 V/],
    ["clock -5", /SECONDS is a number/],
    ["clock 99999999", /SECONDS is a number/],
    ["time sundial 5", /use one of: gps, rtc/],
    ["phone anna dance", /use one of: unlock, lock, trunk, drive, status, pair/],
    ["phone anna unlock", /has no key/],
    ["door driverDoor open", /is locked/],
    ["occupant in", /is locked/],
    ["occupant out", /nobody/],
    ["drive start", /nobody is in the car/],
    ["fly", /it knows: door, handle/],
    ["constructor", /it knows: door/],
    ["", /it knows: door/],
  ])("refuses `%s` with what is known", async (words, message) => {
    rig = await startRig();
    rig.board.addPhone("anna", 2);
    await expect(say(words)).rejects.toThrow(message);
  });

  it("opens and shuts doors, moves phones, breaks latches, sets cloud and supply", async () => {
    rig = await startRig();
    const anna = rig.board.addPhone("anna", 2);
    await say("handle driverDoor");
    expect(rig.board.body.isOpen("driverDoor")).toBe(true);
    await say("door driverDoor close");
    expect(rig.board.body.isOpen("driverDoor")).toBe(false);
    await say("distance anna 12.5");
    expect(rig.board.distanceOf(anna)).toBe(12.5);
    await say("cloud gone");
    expect(rig.board.cloud.mode).toBe("gone");
    for (const [text, millivolts] of [["11.5", 11_500], ["11.4V", 11_400], ["11300", 11_300], ["11200mV", 11_200]] as const) {
      await say(`battery ${text}`);
      expect(rig.board.body.battery.millivolts).toBe(millivolts);
    }
  });

  it("holds cards of both types to a reader, through a relay too, each what it was first", async () => {
    rig = await startRig();
    const anna = rig.board.addPhone("anna", 1);
    pairPhone(rig, anna);
    const enrol = async (name: string, words: string): Promise<void> => {
      const asked = ask(rig, anna, { kind: "enrolCard", name });
      rig.pass(5_000);
      expect((await asked).kind).toBe("done");
      await say(words);
      rig.pass(20_000);
    };
    await enrol("badge", "card badge outside own");
    await enrol("wallet", "card wallet outside");
    expect([rig.board.cards.typeOf("badge"), rig.board.cards.typeOf("wallet")]).toEqual(["own", "tesla"]);
    for (const [words, locked] of [["card badge outside", false], ["card wallet outside", true], ["card badge outside relayed", true], ["card wallet outside relayed", true], ["card badge outside own", false]] as const) {
      await say(words);
      rig.pass(20_000);
      expect([words, rig.board.body.isLocked("driverDoor")]).toEqual([words, locked]);
    }
    await expect(say("card wallet outside own")).rejects.toThrow(/of the Tesla type already/);
    await expect(say("card badge outside gold")).rejects.toThrow(/use one of: own, relayed/);
  });

  it("lets somebody unlock, get in, drive off and park", async () => {
    rig = await startRig();
    const anna = rig.board.addPhone("anna", 1);
    pairPhone(rig, anna);
    const unlocked = say("phone anna unlock");
    rig.pass(5_000);
    await unlocked;
    await say("occupant in");
    expect(rig.board.body.occupied).toBe(true);
    await expect(say("drive start")).rejects.toThrow(/immobiliser/);
    const driving = say("phone anna drive");
    rig.pass(5_000);
    await driving;
    await say("drive start");
    expect(rig.board.body.moving).toBe(true);
    await say("drive stop");
    await say("occupant out");
    expect(rig.board.body.occupied).toBe(false);
  });

  it("holds the button inside, and reports a time that the car may refuse", async () => {
    rig = await startRig();
    await say("reset-button hold");
    expect(rig.car.controller.isResetInputActive).toBe(true);
    await say("reset-button release");
    expect(rig.car.controller.isResetInputActive).toBe(false);
    await say("time gps back 100000");
    expect(rig.notes.at(-1)).toMatchObject({ what: "timeReported", outcome: "refused" });
  });

  it("tells its whole state as data", async () => {
    rig = await startRig();
    rig.board.addPhone("anna", 2);
    const { data } = await act(rig, ["status"]);
    expect(data).toMatchObject({
      cloud: "up",
      latches: { driverDoor: { locked: true, open: false, moving: false } },
      phones: [{ name: "anna", metres: 2, connected: false, role: null }],
      controller: { claimed: false, links: 0 },
    });
  });

  it("tells how far a long wait is", async () => {
    rig = await startRig();
    const heard: string[] = [];
    await act(rig, ["clock", "2592000"], (text) => heard.push(text));
    expect(heard.length).toBeGreaterThan(1);
    expect(heard.at(-1)).toMatch(/^[0-9]+ of 2592000 s have passed$/);
  });
});
