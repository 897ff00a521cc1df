import { describe, expect, it } from "vitest";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../../hal/random/index.ts";
import type { CryptoPort } from "../../../firmware/ports/index.ts";
import { figure, median } from "../../../scripts/bench/figure.ts";
import { RecordingCrypto } from "../../../scripts/bench/recording-crypto.ts";

/** A crypto port that writes down which calls reach it, with the length of what they work on. */
function watched(): { readonly port: CryptoPort; readonly calls: string[] } {
  const calls: string[] = [];
  const real = createNodeCrypto({ random: createSystemRandom() });
  const port: CryptoPort = {
    ...real,
    sha256: (data) => (calls.push(`sha256 ${data.length}`), real.sha256(data)),
    hmacSha256: (key, data) => (calls.push(`hmacSha256 ${key.length} ${data.length}`), real.hmacSha256(key, data)),
  };
  return { port, calls };
}

describe("the baseline of the bench", () => {
  it("makes the recorded operations again: the same ones, in their order, with the same sizes, and no others", () => {
    const { port, calls } = watched();
    const crypto = new RecordingCrypto(port);
    crypto.port.sha256(new Uint8Array(5));
    crypto.recording = true;
    crypto.port.sha256(new Uint8Array(100));
    crypto.port.hmacSha256(new Uint8Array(32), new Uint8Array(7));
    crypto.recording = false;
    crypto.port.sha256(new Uint8Array(6));
    calls.length = 0;
    for (const again of crypto.take()) again();
    expect(calls).toEqual(["sha256 100", "hmacSha256 32 7"]);
    expect(crypto.take()).toEqual([]);
  });

  it("answers what the port answers", () => {
    const { port } = watched();
    expect(new RecordingCrypto(port).port.sha256(Uint8Array.of(1))).toEqual(port.sha256(Uint8Array.of(1)));
  });

  it("stands in nobody's way while it does not record: what is timed pays for no recorder", () => {
    const { port } = watched();
    const crypto = new RecordingCrypto(port);
    expect(crypto.port.sha256).toBe(port.sha256);
    crypto.recording = true;
    expect(crypto.port.sha256).not.toBe(port.sha256);
    crypto.recording = false;
    expect(crypto.port.sha256).toBe(port.sha256);
  });

  it("covers every operation of the port", () => {
    const { port } = watched();
    expect(Object.keys(new RecordingCrypto(port).port)).toEqual(Object.keys(port));
  });
});

describe("a figure", () => {
  it("has the ratio of its value to its baseline, or none", () => {
    expect(figure("a", 3, "us", 5, 2)).toEqual({ name: "a", value: 3, unit: "us", baseline: 2, ratio: 1.5, n: 5 });
    expect(figure("a", 3, "us", 5)).toMatchObject({ baseline: null, ratio: null });
  });

  it("is a median, whatever the order and one wild value", () => {
    expect(median([3, 1, 1000])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
