import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { concat } from "../../../firmware/base/index.ts";
import type { CloudOutcome, CloudRequest } from "../../../scripts/uplink/http.ts";
import { download, DOWNLOAD_PIECE_BYTES, USELESS_COUNT_MAX } from "../../../scripts/uplink/release.ts";
import { seededRandom } from "../../support/random.ts";
import { json, testUplink } from "./rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const FILE = seededRandom("release").bytes(3 * DOWNLOAD_PIECE_BYTES + 100);
const RELEASE = { kind: "release", model: "van", version: "2", sequenceNumber: 7, sizeBytes: FILE.length } as const;

const piece = ({ range }: CloudRequest, lengthMax = Infinity): CloudOutcome => {
  const { first, last } = range!;
  return { ok: true, value: { status: 206, body: FILE.slice(first, Math.min(last + 1, first + lengthMax)), retryAfterS: undefined } };
};

async function downloaded(script: (request: CloudRequest) => CloudOutcome, sizeBytes: number = FILE.length, begun: Uint8Array = new Uint8Array(0)): Promise<{ readonly file: Uint8Array | undefined; readonly asked: readonly CloudRequest[] }> {
  const { gate, asked } = testUplink(script);
  const pieces = [begun];
  const file = download(gate, () => "t", { ...RELEASE, sizeBytes }, begun, (piece) => pieces.push(piece)).then((whole) => {
    if (whole !== undefined) expect(concat(...pieces)).toEqual(whole);
    return whole;
  });
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  return { file: await file, asked };
}

describe("the download of a release", () => {
  it("comes in pieces that are bounded each", async () => {
    const { file, asked } = await downloaded((request) => piece(request));
    expect(file).toEqual(FILE);
    expect(asked.map(({ path, bytesMax }) => [path, bytesMax])).toEqual([DOWNLOAD_PIECE_BYTES, DOWNLOAD_PIECE_BYTES, DOWNLOAD_PIECE_BYTES, 100].map((bytes) => ["/v1/uplink/releases/van/7", bytes]));
  });

  it("goes on where it stopped, after failures and short pieces", async () => {
    let count = 0;
    const { file, asked } = await downloaded((request) => (++count % 2 === 0 ? json(500, {}) : piece(request, 10_000)));
    expect(file).toEqual(FILE);
    const firsts = asked.map(({ range }) => range!.first);
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
  });

  it.each([1, DOWNLOAD_PIECE_BYTES, FILE.length - 1, FILE.length])("goes on behind %i bytes that an earlier one has brought", async (begunBytes) => {
    const { file, asked } = await downloaded((request) => piece(request), FILE.length, FILE.slice(0, begunBytes));
    expect(file).toEqual(FILE);
    expect(asked[0]?.range!.first).toBe(begunBytes === FILE.length ? undefined : begunBytes);
  });

  it("is given up where the cloud withdraws it, or brings nothing for long, and was never begun where it is too large", async () => {
    expect(await downloaded(() => json(404, {}))).toMatchObject({ file: undefined, asked: { length: 1 } });
    expect(await downloaded(() => json(500, {}))).toMatchObject({ file: undefined, asked: { length: USELESS_COUNT_MAX } });
    expect(await downloaded((request) => piece(request), 2 ** 30)).toEqual({ file: undefined, asked: [] });
  });

  it("takes the whole for no piece", async () => {
    const { file } = await downloaded(({ range }) => ({ ok: true, value: { status: 200, body: FILE.slice(0, range!.last - range!.first + 1), retryAfterS: undefined } }));
    expect(file).toBeUndefined();
  });
});
