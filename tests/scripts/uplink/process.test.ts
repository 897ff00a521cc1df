import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CarRadioEvent } from "../../../hal/radio/index.ts";
import { listenForUplink } from "../../../hal/socket-radio/index.ts";
import { Output } from "../../../scripts/cli/output.ts";
import { attachCar } from "../../../scripts/uplink/car-port.ts";
import { SUBCOMMANDS } from "../../../scripts/uplink/index.ts";
import { offer } from "../../../scripts/uplink/offer.ts";
import { TOKEN_FILE_BYTES_MAX, tokenInFile } from "../../../scripts/uplink/token.ts";
import type { Told } from "../../../scripts/update/car.ts";
import type { UpdatePackage } from "../../../scripts/update/package.ts";
import { until } from "../../hal/socket-radio/rig.ts";

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-uplink-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("the uplink at its car", () => {
  it("hears reports, hands over lists, and opens links that are remote", async () => {
    const path = join(ownFolder(), "u");
    const [events, lists, reports, gone]: [CarRadioEvent[], Uint8Array[], Uint8Array[], string[]] = [[], [], [], []];
    const radio = await listenForUplink({ path, onEvent: (event) => events.push(event), onList: (list) => lists.push(list) });
    if (!radio.ok) throw new Error(radio.error.message);
    radio.value.report(Uint8Array.of(1, 2));
    const car = attachCar({ path }, { onReport: (bytes) => reports.push(bytes), onGone: (why) => gone.push(why) });
    await until(() => reports.length === 1);
    expect(car.deliverList(Uint8Array.of(3))).toBe(true);
    await until(() => lists.length === 1);
    const frames: Uint8Array[] = [];
    let isClosed = false;
    const link = await car.openLink({ onFrame: (bytes) => frames.push(bytes), onClosed: () => (isClosed = true) });
    if (!link.ok) throw new Error(link.error);
    link.value.send(Uint8Array.of(4));
    await until(() => events.length === 2);
    expect(events).toMatchObject([{ kind: "linkOpened", proximity: "remote" }, { kind: "frameReceived", bytes: Uint8Array.of(4) }]);
    const [{ link: id }] = events as [CarRadioEvent];
    radio.value.send(id, Uint8Array.of(5));
    radio.value.closeLink(id);
    await until(() => isClosed);
    expect(frames).toEqual([Uint8Array.of(5)]);
    await radio.value.close();
    await until(() => gone.length === 1);
    expect(car.deliverList(Uint8Array.of(3))).toBe(false);
  });
});

describe("latchkey uplink", () => {
  const run = (values: Readonly<Record<string, string>>): Promise<number> => SUBCOMMANDS[0]!.run(values, [], new Output({ json: true, color: false }));
  const withToken = (text: string, mode = 0o600): Readonly<Record<string, string>> => {
    const file = join(ownFolder(), "token");
    writeFileSync(file, text, { mode });
    return { car: join(file, "..", "none"), cloud: "http://127.0.0.1:1", "token-file": file };
  };

  it("takes its token from a file that is its owner's alone, never from the command line", async () => {
    await expect(run(withToken("t", 0o644))).rejects.toThrow("can be read by others");
    await expect(run(withToken(""))).rejects.toThrow("holds no token");
    await expect(run(withToken("a\r\nb: c"))).rejects.toThrow("holds no token");
    expect(Object.keys(SUBCOMMANDS[0]!.options)).toEqual(["car", "cloud", "token-file", "console"]);
  });

  it("takes a token that was renewed in its file at the next request, and keeps the last where there is none", () => {
    const file = String(withToken("first\n")["token-file"]);
    const token = tokenInFile(file, "first");
    writeFileSync(file, "second\n");
    expect(token()).toBe("second");
    for (const nothing of ["", "a b", "x".repeat(600), `third${" ".repeat(TOKEN_FILE_BYTES_MAX)}`]) {
      writeFileSync(file, nothing);
      expect(token()).toBe("second");
    }
    rmSync(file);
    expect(token()).toBe("second");
  });

  it("sends no token to another machine without TLS", async () => {
    await expect(run({ ...withToken("t"), cloud: "http://cloud.example" })).rejects.toThrow("write https://");
  });

  it("ends where there is no car", async () => {
    expect(await run(withToken("t"))).toBe(0);
  });
});

describe("an update that the cloud has brought", () => {
  const update = { envelope: Uint8Array.of(1), parsed: { id: Uint8Array.of(0xaa) }, bundle: Uint8Array.of(1, 2, 3, 4) } as unknown as UpdatePackage;
  const told = (state: string, rest: object = {}): Told => ({ ok: true, id: "aa", state, ...rest });

  /** A car that answers one thing after another. */
  async function offered(answers: readonly Told[], goesOn: () => boolean = () => true): Promise<{ readonly state: string; readonly acts: readonly unknown[]; readonly pauses: number }> {
    const left = [...answers];
    const acts: unknown[] = [];
    let pauses = 0;
    const state = await offer((request) => {
      acts.push((request as { act: string }).act);
      return Promise.resolve(left.shift()!);
    }, update, () => Promise.resolve(void pauses++), goesOn);
    return { state, acts, pauses };
  }

  it("waits for an owner's consent before a piece of it is sent", async () => {
    const wanted = told("consented", { wantedOffset: 0 });
    expect(await offered([told("offered"), told("offered"), wanted, told("staged")])).toEqual({ state: "staged", acts: ["offer", "status", "status", "piece"], pauses: 2 });
  });

  it("gives way to another, and stops when the uplink does", async () => {
    expect(await offered([told("offered"), { ...told("offered"), id: "bb" }])).toMatchObject({ state: "replaced by another", acts: ["offer", "status"] });
    expect(await offered([told("offered")], () => false)).toMatchObject({ acts: ["offer"] });
  });
});
