import { describe, expect, it } from "vitest";
import { armed, BOOT_RECORD_BYTES_MAX, chooseBoot, confirmed, decodeBootRecord, encodeBootRecord, rolledBack, type BootRecord } from "../../../firmware/update/index.ts";
import { quickCrypto } from "../../support/wired-car.ts";

const crypto = quickCrypto("boot record");
const facts = (text: string) => ({ digest: crypto.sha256(new TextEncoder().encode(text)), sizeBytes: text.length });
const OLD = facts("old");
const NEW = facts("brand new");
const PLAIN: BootRecord = { active: "a", bundle: OLD, trial: undefined, rolledBack: undefined };

describe("the boot record", () => {
  const records: readonly BootRecord[] = [PLAIN, { ...PLAIN, active: "b" }, armed(PLAIN, NEW), { ...armed(PLAIN, NEW), trial: { bundle: NEW, started: true } }, { ...PLAIN, rolledBack: NEW.digest }];

  it("comes back as it was written", () => {
    for (const record of records) expect(decodeBootRecord(crypto, encodeBootRecord(crypto, record))).toEqual(record);
  });

  it("fits its bound, and with any bit turned, cut or extended is none", () => {
    for (const record of records) {
      const bytes = encodeBootRecord(crypto, record);
      expect(bytes.length).toBeLessThanOrEqual(BOOT_RECORD_BYTES_MAX);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(decodeBootRecord(crypto, flipped)).toBeUndefined();
      }
      for (let cut = 0; cut < bytes.length; cut++) expect(decodeBootRecord(crypto, bytes.subarray(0, cut))).toBeUndefined();
      expect(decodeBootRecord(crypto, Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
  });

  it("has a trial started once: a second start without a confirmation undoes it", () => {
    expect(chooseBoot(PLAIN)).toEqual({ kind: "active" });
    const first = chooseBoot(armed(PLAIN, NEW));
    expect(first).toMatchObject({ kind: "trial", record: { active: "a", trial: { started: true } } });
    const second = chooseBoot((first as { record: BootRecord }).record);
    expect(second).toEqual({ kind: "rollBack", record: { ...PLAIN, rolledBack: NEW.digest } });
    expect(chooseBoot((second as { record: BootRecord }).record)).toEqual({ kind: "active" });
  });

  it("is confirmed only after the trial has begun, and then starts the other slot", () => {
    expect(confirmed(PLAIN)).toBeUndefined();
    expect(confirmed(armed(PLAIN, NEW))).toBeUndefined();
    const begun = { ...armed(PLAIN, NEW), trial: { bundle: NEW, started: true } };
    expect(confirmed(begun)).toEqual({ active: "b", bundle: NEW, trial: undefined, rolledBack: undefined });
    expect(rolledBack(begun)).toEqual({ ...PLAIN, rolledBack: NEW.digest });
  });
});
