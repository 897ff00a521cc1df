import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Call, callCar, carIdOf, MESSAGE_BYTES_MAX, openConsole, serveChannel, socketPathFor, type ChannelServer } from "../../../scripts/console/index.ts";
import { startRig, type Rig } from "../world/rig.ts";

let folder: string;
let rig: Rig | undefined;
const servers: ChannelServer[] = [];

/** Cars that this machine runs besides the tests are in neither folder. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lk-"));
  vi.stubEnv("XDG_RUNTIME_DIR", folder);
  vi.stubEnv("TMPDIR", folder);
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rig?.car.stop();
  rig = undefined;
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function console_(): Promise<string> {
  rig = await startRig();
  servers.push(await openConsole(rig.car, "car1", { flash: "memory", address: "127.0.0.1:1" }));
  return socketPathFor("car1", "console");
}

/** Sends raw bytes; resolves when the other side has closed. */
function poke(path: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => socket.write(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
    socket.resume();
  });
}

describe("the car's own console", () => {
  it("is a 0600 socket in a 0700 folder", async () => {
    const path = await console_();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "latchkey")).mode & 0o777).toBe(0o700);
  });

  it("takes a folder that others could enter back for itself", () => {
    mkdirSync(join(folder, "latchkey"));
    chmodSync(join(folder, "latchkey"), 0o777);
    socketPathFor("car1", "console");
    expect(statSync(join(folder, "latchkey")).mode & 0o777).toBe(0o700);
  });

  it("gives the first owner's code to whoever asks there, and the same one to the next", async () => {
    const path = await console_();
    const first = await Call.open(path, { do: "claim" });
    const answer = await first!.next();
    expect(answer).toMatchObject({ ok: true, uri: expect.stringMatching(/^latchkey:1\?/), expiresInS: 600 });
    expect(await first!.next()).toBeUndefined();
    const second = await Call.open(path, { do: "claim" });
    expect(await second!.next()).toMatchObject({ uri: answer!["uri"] });
  });

  it("stays with the code until it is dead where asked to", async () => {
    const path = await console_();
    const call = await Call.open(path, { do: "claim", wait: true });
    expect(await call!.next()).toMatchObject({ ok: true });
    rig!.pass(600_001);
    expect(await call!.next()).toMatchObject({ ok: false, ended: "expired" });
  });

  it("never puts the code into a note", async () => {
    const path = await console_();
    const call = await Call.open(path, { do: "claim" });
    const { uri } = (await call!.next())!;
    expect(JSON.stringify(rig!.notes)).not.toContain(String(uri).slice(-20));
  });

  it.each([
    ["a message without end", Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
    ["an empty message", Uint8Array.of(0, 0, 0, 0)],
    ["one byte over the limit", (() => { const head = Buffer.alloc(4); head.writeUInt32BE(MESSAGE_BYTES_MAX + 1); return head; })()],
    ["no CBOR", Uint8Array.of(0, 0, 0, 2, 0xff, 0xff)],
    ["a number instead of a request", Uint8Array.of(0, 0, 0, 1, 5)],
    ["a list instead of a request", Uint8Array.of(0, 0, 0, 1, 0x80)],
  ])("ends a caller that sends %s, and goes on", async (_what, bytes) => {
    const path = await console_();
    await poke(path, bytes);
    const call = await Call.open(path, { do: "hello" });
    expect(await call!.next()).toMatchObject({ ok: true, claimed: false });
  });

  it("says so where it does not know a request", async () => {
    const path = await console_();
    const call = await Call.open(path, { do: "open sesame" });
    expect(await call!.next()).toMatchObject({ ok: false });
  });

  it("replaces the socket that a killed process left, and leaves none behind", async () => {
    const path = socketPathFor("car2", "console");
    const first = await serveChannel(path, (_request, caller) => caller.end());
    const second = await serveChannel(path, (_request, caller) => caller.end());
    await first.close();
    await second.close();
    expect(existsSync(path)).toBe(false);
    expect(await Call.open(path, { do: "hello" })).toBeUndefined();
  });

  it("is found by its flash file, and by being the only one", async () => {
    rig = await startRig();
    const flash = join(folder, "car.flash");
    servers.push(await openConsole(rig.car, carIdOf(flash), { flash, address: "127.0.0.1:1" }));
    for (const named of [flash, undefined]) {
      const call = await callCar("console", named, { do: "hello" });
      expect(await call.next()).toMatchObject({ flash });
    }
    await expect(callCar("console", join(folder, "other.flash"), { do: "hello" })).rejects.toThrow(/no car runs on/);
    await expect(callCar("world", undefined, { do: "hello" })).rejects.toThrow(/no virtual car is running/);
  });

  it("keeps nobody waiting for a car that was stopped and does not answer", async () => {
    const flash = join(folder, "car.flash");
    let askedCount = 0;
    servers.push(await serveChannel(socketPathFor(carIdOf(flash), "console"), () => askedCount++));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      for (const [index, named] of [flash, undefined].entries()) {
        const refused = expect(callCar("console", named, { do: "claim" })).rejects.toThrow(/does not answer/);
        while (askedCount === index) await new Promise((resolve) => setImmediate(resolve));
        vi.advanceTimersByTime(5_000);
        await refused;
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it("has a path short enough for every system, whatever the flash is called", () => {
    expect(carIdOf(`/tmp/${"long/".repeat(100)}car.flash`)).toHaveLength(12);
  });
});
