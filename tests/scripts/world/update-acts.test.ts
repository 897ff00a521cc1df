import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { SimSlots } from "../../../sim/slots/index.ts";
import { act } from "../../../scripts/world/acts.ts";
import { factorySlots } from "../../firmware/update/updating-car.ts";
import { pairPhone, startRig, type Rig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.car.stop());

/** Real time goes on while the act is under way. */
async function say(words: string): Promise<string> {
  const going = { on: true };
  const done = act(rig, words.split(" ")).finally(() => (going.on = false));
  done.catch(() => undefined);
  for (let turn = 0; going.on && turn < 1000; turn++) {
    rig.pass(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (await done).text;
}

async function carWithOwner(slots = true): Promise<void> {
  const store = new SimSlots((data) => new Uint8Array(createHash("sha256").update(data).digest()), factorySlots());
  rig = await startRig(slots ? { slots: store } : {});
  pairPhone(rig, rig.board.addPhone("anna", 2));
}

const opens = (): Promise<string> => say("phone anna unlock");

describe("an update that the world pushes", () => {
  it.each([
    ["bad", /refuses it: The release key that this car trusts has not signed/],
    ["wrong-model", /refuses it: The update is for another model/],
    ["truncated", /not installed: .*not what its manifest promises/],
  ])("%s: is told of, and the owner gets in", async (kind, told) => {
    await carWithOwner();
    expect(await say(`update ${kind}`)).toMatch(told);
    expect(await opens()).toBe("anna: unlock done");
  });

  it("crashing: is staged for the boot loader, who finds out; the car that runs goes on", async () => {
    await carWithOwner();
    expect(await say("update crashing")).toMatch(/^crashing update: staged/);
    expect(await opens()).toBe("anna: unlock done");
  });

  it("older: there is none before one was confirmed", async () => {
    await carWithOwner();
    await expect(say("update older")).rejects.toThrow("no update is confirmed yet");
  });

  it("of a car without slots ends before anything is written", async () => {
    await carWithOwner(false);
    expect(await say("update crashing")).toMatch(/not started by latchkey boot/);
    expect(await opens()).toBe("anna: unlock done");
  });

  it("waits where no simulated phone is an owner's", async () => {
    rig = await startRig();
    rig.board.addPhone("anna", 2);
    expect(await say("update bad")).toMatch(/trusts no release key/);
    rig.car.dispatch({ kind: "claimRequested" });
    expect(rig.car.claim).toBeDefined();
  });

  it("is of a kind that is known", async () => {
    await carWithOwner();
    await expect(say("update nice")).rejects.toThrow(/use one of: good, bad/);
  });
});
