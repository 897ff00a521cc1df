import { describe, expect, it } from "vitest";
import type { SlotStore } from "../../../firmware/ports/index.ts";
import { armed, encodeBootRecord, SlotDriver, type BootRecord, type SlotAnswer } from "../../../firmware/update/index.ts";
import { EMPTY_SLOTS, SimSlots } from "../../../sim/slots/index.ts";
import { quickCrypto } from "../../support/wired-car.ts";

const crypto = quickCrypto("driver");
const facts = (text: string) => ({ digest: crypto.sha256(new TextEncoder().encode(text)), sizeBytes: text.length });
const RUNNING: BootRecord = { active: "a", bundle: facts("old"), trial: undefined, rolledBack: undefined };
const PIECE = { kind: "writeSlot", offset: 0, bytes: Uint8Array.of(1, 2) } as const;

function driverOn(record: BootRecord | undefined, change: (store: SimSlots) => SlotStore = (store) => store) {
  const slots = new SimSlots((data) => crypto.sha256(data), { ...EMPTY_SLOTS, record: record && encodeBootRecord(crypto, record) });
  const answers: SlotAnswer[] = [];
  return { slots, answers, driver: new SlotDriver(change(slots), crypto, (answer) => answers.push(answer)) };
}

describe("the driver of the slots", () => {
  it("writes the slot that does not run, whichever that is", () => {
    for (const [active, other] of [["a", "b"], ["b", "a"]] as const) {
      const { slots, driver, answers } = driverOn({ ...RUNNING, active });
      driver.perform(PIECE);
      expect([slots.contentOf(active).length, slots.contentOf(other).length]).toEqual([0, 2]);
      expect(answers).toEqual([{ kind: "slotWritten", throughBytes: 2 }]);
    }
  });

  it("writes nothing during a trial: the other slot is the one that runs", () => {
    const { slots, driver, answers } = driverOn({ ...armed(RUNNING, facts("new")), trial: { bundle: facts("new"), started: true } });
    driver.perform(PIECE);
    expect(answers).toEqual([{ kind: "slotFailed", why: "a release is on trial" }]);
    expect(slots.contentOf("b")).toHaveLength(0);
  });

  it("tells what runs: the release on trial while there is one", () => {
    const { driver, answers } = driverOn({ ...armed(RUNNING, facts("new")), trial: { bundle: facts("new"), started: true } });
    driver.start();
    expect(answers).toEqual([{ kind: "releaseStarted", digest: facts("new").digest, onTrial: true, rolledBack: undefined }]);
    const armedOnly = driverOn(armed(RUNNING, facts("new")));
    armedOnly.driver.start();
    expect(armedOnly.answers).toMatchObject([{ digest: facts("old").digest, onTrial: false }]);
  });

  it("confirms nothing that is not on trial", () => {
    const { driver, answers, slots } = driverOn(armed(RUNNING, facts("new")));
    const before = slots.readRecord();
    driver.perform({ kind: "confirmTrial" });
    expect(answers).toEqual([{ kind: "slotFailed", why: "no release is on trial" }]);
    expect(slots.readRecord()).toEqual(before);
  });

  it("does nothing without a record that can be read", () => {
    const { driver, answers, slots } = driverOn(undefined);
    driver.start();
    for (const task of [PIECE, { kind: "armTrial", bundle: facts("new") }, { kind: "confirmTrial" }, { kind: "checkSlot", bundle: facts("new") }] as const) driver.perform(task);
    expect(answers.map(({ kind }) => kind)).toEqual(["slotFailed", "slotFailed", "slotFailed", "slotFailed"]);
    expect(slots.contentOf("b")).toHaveLength(0);
  });

  it("tells of slots that fail, in their own words", () => {
    const fails: SlotStore = {
      write: (_slot, _offset, _bytes, done) => done(new Error("disk full")),
      digest: (_slot, _size, done) => done(new Error("cannot read"), undefined),
      readRecord: () => encodeBootRecord(crypto, RUNNING),
      replaceRecord: (_bytes, done) => done(new Error("read-only")),
    };
    const { driver, answers } = driverOn(RUNNING, () => fails);
    driver.perform(PIECE);
    driver.perform({ kind: "checkSlot", bundle: facts("new") });
    driver.perform({ kind: "armTrial", bundle: facts("new") });
    expect(answers).toEqual(["disk full", "cannot read", "read-only"].map((why) => ({ kind: "slotFailed", why })));
  });
});
