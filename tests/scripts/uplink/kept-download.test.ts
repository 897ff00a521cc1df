import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { signManifest } from "../../../firmware/update/index.ts";
import { KeptDownload } from "../../../scripts/uplink/kept-download.ts";
import { DOWNLOAD_PIECE_BYTES } from "../../../scripts/uplink/release.ts";
import { Releases } from "../../../scripts/uplink/releases.ts";
import type { CloudOutcome, CloudRequest } from "../../../scripts/uplink/http.ts";
import { parsePackage, packageBytes } from "../../../scripts/update/package.ts";
import { seededRandom } from "../../support/random.ts";
import { quickCrypto } from "../../support/wired-car.ts";
import { testFolder } from "../../hal/support/folder.ts";
import { NO_ANSWER, testUplink } from "./rig.ts";

const crypto = quickCrypto("maker");
const BUNDLE = seededRandom("bundle").bytes(4 * DOWNLOAD_PIECE_BYTES);
const manifest = { sequenceNumber: 7, model: "van", version: "2", sizeBytes: BUNDLE.length, digest: new Uint8Array(createHash("sha256").update(BUNDLE).digest()), nextReleaseKey: undefined };
const FILE = new Uint8Array(Buffer.concat(packageBytes(signManifest(crypto, crypto.generateSigningKey("Ed25519"), manifest), BUNDLE)));
const RELEASE = { kind: "release", model: "van", version: "2", sequenceNumber: 7, sizeBytes: FILE.length } as const;

describe("what is kept of a download", () => {
  const keptAt = (path: string): { readonly kept: KeptDownload; readonly told: string[] } => {
    const told: string[] = [];
    return { kept: new KeptDownload(path, (message) => told.push(message)), told };
  };

  it("is there for the next process, for its owner alone, until it is dropped", () => {
    const path = join(testFolder(), "download");
    const { kept, told } = keptAt(path);
    expect(kept.open(RELEASE)).toEqual(new Uint8Array(0));
    kept.add(Uint8Array.of(1, 2));
    kept.add(Uint8Array.of(3));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const next = keptAt(path).kept;
    expect(next.open(RELEASE)).toEqual(Uint8Array.of(1, 2, 3));
    next.add(Uint8Array.of(4));
    expect(keptAt(path).kept.open(RELEASE)).toEqual(Uint8Array.of(1, 2, 3, 4));
    next.drop();
    next.add(Uint8Array.of(5));
    expect([existsSync(path), told]).toEqual([false, []]);
  });

  it.each([
    ["another release", { ...RELEASE, sequenceNumber: 8 }],
    ["another model", { ...RELEASE, model: "bus" }],
    ["another length", { ...RELEASE, sizeBytes: 9 }],
  ])("is nothing to %s, and gives way to it", (_, other) => {
    const { kept } = keptAt(join(testFolder(), "download"));
    kept.open(RELEASE);
    kept.add(Uint8Array.of(1));
    expect(kept.open(other).length).toBe(0);
    kept.add(Uint8Array.of(2));
    expect(kept.open(other)).toEqual(Uint8Array.of(2));
    expect(kept.open(RELEASE).length).toBe(0);
  });

  it("is nothing where the file is longer than the release, or has no label", () => {
    const path = join(testFolder(), "download");
    const { kept } = keptAt(path);
    const short = { ...RELEASE, sizeBytes: 3 };
    kept.open(short);
    kept.add(new Uint8Array(4));
    expect(kept.open(short).length).toBe(0);
    writeFileSync(path, "");
    expect(kept.open(short).length).toBe(0);
    kept.add(Uint8Array.of(1));
    expect(kept.open(short)).toEqual(Uint8Array.of(1));
  });

  it("is nothing at all where no file can be had, said once", () => {
    const folder = testFolder();
    mkdirSync(join(folder, "download"));
    for (const path of [join(folder, "download"), join(folder, "none", "download")]) {
      const { kept, told } = keptAt(path);
      expect(kept.open(RELEASE).length).toBe(0);
      kept.add(Uint8Array.of(1));
      kept.drop();
      expect(told).toEqual([expect.stringContaining("a download is not kept")]);
    }
  });
});

describe("a release whose download was broken off by the end of the uplink", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
  afterEach(() => void vi.useRealTimers());

  /** One life of an uplink with this file, as long as `script` answers; gives what was asked of the cloud, the console, and told. */
  async function live(path: string, script: (request: CloudRequest, end: () => void) => CloudOutcome | Promise<CloudOutcome>, state = "staged") {
    const { gate, asked } = testUplink((request) => script(request, () => gate.close()));
    const [told, acts, offered]: [string[], string[], Uint8Array[]] = [[], [], []];
    const releases = new Releases({
      gate,
      token: () => "t",
      ask: (request) => {
        const { act, manifest } = request as { readonly act: string; readonly manifest?: Uint8Array };
        acts.push(act);
        if (manifest !== undefined) offered.push(manifest);
        return Promise.resolve({ ok: true, counter: 1, id: toHex(parsePackage(FILE)!.parsed.id), state });
      },
      kept: new KeptDownload(path, (message) => told.push(message)),
      tell: (event) => told.push(event),
    });
    void releases.take(RELEASE);
    await vi.advanceTimersByTimeAsync(3_600_000);
    gate.close();
    await vi.advanceTimersByTimeAsync(1);
    return { firsts: asked.map(({ range }) => range!.first), told, acts, offered };
  }

  const piece = ({ range }: CloudRequest): CloudOutcome => ({ ok: true, value: { status: 206, body: FILE.slice(range!.first, range!.last + 1), retryAfterS: undefined } });

  /** The first life: two pieces, then its end. */
  const brokenOff = (path: string) => live(path, (request, end) => {
    if (request.range!.first < 2 * DOWNLOAD_PIECE_BYTES) return piece(request);
    end();
    return NO_ANSWER;
  });

  it("goes on where it stopped, is offered whole, and leaves no file", async () => {
    const path = join(testFolder(), "download");
    expect(await brokenOff(path)).toMatchObject({ told: [], acts: ["status"] });
    const second = await live(path, piece);
    expect(second.firsts).toEqual([2, 3, 4].map((count) => count * DOWNLOAD_PIECE_BYTES));
    expect(second.told).toEqual(["releaseResumed", "releaseOffered", "releaseEnded"]);
    expect([second.offered, existsSync(path)]).toEqual([[parsePackage(FILE)!.envelope], false]);
  });

  it("is fetched again from the beginning where the kept part is not what the manifest promises", async () => {
    const path = join(testFolder(), "download");
    await brokenOff(path);
    const bytes = readFileSync(path);
    bytes[DOWNLOAD_PIECE_BYTES]! ^= 1;
    writeFileSync(path, bytes);
    const second = await live(path, piece);
    expect(second.firsts).toEqual([2, 3, 4, 0, 1, 2, 3, 4].map((count) => count * DOWNLOAD_PIECE_BYTES));
    expect(second.told).toEqual(["releaseResumed", "releaseOffered", "releaseEnded"]);
  });

  it("has the whole at once where the car was waiting for its owner", async () => {
    const path = join(testFolder(), "download");
    expect((await live(path, piece, "offered")).told).toEqual(["releaseOffered", "releaseEnded"]);
    expect(await live(path, piece)).toMatchObject({ firsts: [], told: ["releaseResumed", "releaseOffered", "releaseEnded"] });
  });
});
