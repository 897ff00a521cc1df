import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openFlashFile, systemFileOperations } from "../../../hal/flash-file/index.ts";
import { virtualCarDescription } from "../../../sim/body/index.ts";
import { Links } from "../../../scripts/board/links.ts";
import { memoryFlash } from "../../../scripts/board/flash.ts";
import type { BoardRadio } from "../../../scripts/board/board.ts";
import { MechanicsFile, mechanicsOf, VirtualBoard } from "../../../scripts/board/virtual/index.ts";
import { pairPhone, startRig, type Rig } from "../world/rig.ts";

const rigs: Rig[] = [];
const folders: string[] = [];
const started = async (...options: Parameters<typeof startRig>): Promise<Rig> => {
  const rig = await startRig(...options);
  rigs.push(rig);
  return rig;
};
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), "latchkey-board-"));
  folders.push(path);
  return path;
};

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.car.stop();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

describe("the virtual board", () => {
  it("lets a phone in the world pair, unlock and lock at the pace of real time", async () => {
    const rig = await started();
    const anna = rig.board.addPhone("anna", 2);
    pairPhone(rig, anna);
    expect(rig.board.body.isLocked("driverDoor")).toBe(true);
    rig.board.enter(() => anna.ask(anna.onlyVehicleId!, { kind: "unlock" }, () => undefined));
    expect(rig.board.body.isLocked("driverDoor")).toBe(true);
    rig.pass(5_000);
    expect(rig.board.body.isLocked("driverDoor")).toBe(false);
  });

  it("does nothing while real time stands still", async () => {
    const rig = await started();
    const before = rig.board.nowMs();
    rig.pass(0);
    expect(rig.board.nowMs()).toBe(before);
  });

  it("passes over hours at once, and an automatic relock with them", async () => {
    const rig = await started();
    const anna = rig.board.addPhone("anna", 2);
    pairPhone(rig, anna);
    rig.board.enter(() => anna.ask(anna.onlyVehicleId!, { kind: "unlock" }, () => undefined));
    rig.pass(5_000);
    expect(rig.board.body.isLocked("driverDoor")).toBe(false);
    const before = rig.board.unixS();
    await rig.board.skip(3_600_000, () => rig.car.waiting);
    expect(rig.board.unixS() - before).toBe(3600);
    expect(rig.board.body.isLocked("driverDoor")).toBe(true);
  });

  it("tells the car the time by two sources, so that timed grants can be judged", async () => {
    const rig = await started();
    expect(rig.car.controller.parts.access.time.trust).toBe("agreed");
  });

  it("keeps doors and latches where they were for the next process", () => {
    const path = join(folder(), "car.flash");
    const description = virtualCarDescription();
    const first = new VirtualBoard({ flash: memoryFlash(), description, mechanics: new MechanicsFile(path, () => undefined) });
    first.connectWires(() => undefined);
    expect(mechanicsOf(first.body)["driverDoor"]).toEqual({ locked: true, open: false });
    first.enter(() => first.body.pullInsideHandle("driverDoor"));
    const second = new VirtualBoard({ flash: memoryFlash(), description, mechanics: new MechanicsFile(path, () => undefined) });
    expect(mechanicsOf(second.body)).toMatchObject({ driverDoor: { locked: false, open: true }, trunk: { locked: true, open: false } });
    first.close();
    second.close();
  });

  it("keeps the time that was skipped, so that the next process does not move time back", async () => {
    const path = join(folder(), "car.flash");
    const description = virtualCarDescription();
    const first = new VirtualBoard({ flash: memoryFlash(), description, mechanics: new MechanicsFile(path, () => undefined) });
    first.connectWires(() => undefined);
    await first.skip(86_400_000, () => false);
    const toldS = first.unixS();
    first.close();
    const second = new VirtualBoard({ flash: memoryFlash(), description, mechanics: new MechanicsFile(path, () => undefined) });
    expect(second.unixS()).toBeGreaterThanOrEqual(toldS);
    second.close();
  });

  it("names the file and the way out where the kept state is damaged", () => {
    const path = join(folder(), "car.flash");
    writeFileSync(`${path}.body.json`, '{"latches":{"driverDoor":{"locked":"maybe"}},"aheadS":0}');
    expect(() => new MechanicsFile(path, () => undefined).read()).toThrow(/car\.flash\.body\.json is damaged/);
  });

  it("goes on where the file of its doors cannot be written, says so once, and writes it when it can", () => {
    const away = join(folder(), "away");
    const troubles: string[] = [];
    const file = new MechanicsFile(join(away, "car.flash"), (message) => troubles.push(message));
    const kept = (locked: boolean) => ({ latches: { trunk: { locked, open: false } }, aheadS: 0, cards: {} });
    file.write(kept(true));
    file.write(kept(false));
    expect(troubles).toEqual([expect.stringContaining("car.flash.body.json cannot be written")]);
    mkdirSync(away);
    file.write(kept(false));
    expect(file.read()).toEqual(kept(false));
    rmSync(away, { recursive: true });
    file.write(kept(true));
    expect(troubles).toHaveLength(2);
  });

  it("acts only after the flash file has said that it is durable, and ends when it cannot", async () => {
    const path = join(folder(), "car.flash");
    const pending: ((error?: Error | null) => void)[] = [];
    const operations = { ...systemFileOperations, fdatasync: (_file: number, done: (error?: Error | null) => void) => void pending.push(done) };
    const opened = openFlashFile({ path, geometry: { sectorCount: 16, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }, operations });
    if (!opened.ok) throw new Error(opened.error.message);
    const rig = await started({ flash: opened.value });
    expect(rig.car.waiting).toBe(true);
    rig.car.dispatch({ kind: "claimRequested" });
    expect(rig.car.claim).toBeUndefined();
    for (let turn = 0; turn < 5; turn++) {
      pending.splice(0).forEach((done) => done());
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(rig.car.claim).toBeDefined();
    expect(rig.failures).toEqual([]);
  });

  it("reports a sync that failed once, and performs nothing that waited for it", async () => {
    const path = join(folder(), "car.flash");
    const operations = { ...systemFileOperations, fdatasync: (_file: number, done: (error?: Error | null) => void) => void setImmediate(() => done(new Error("disk gone"))) };
    const opened = openFlashFile({ path, geometry: { sectorCount: 16, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }, operations });
    if (!opened.ok) throw new Error(opened.error.message);
    const rig = await started({ flash: opened.value });
    rig.car.dispatch({ kind: "claimRequested" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rig.failures.map(({ message }) => message)).toEqual([expect.stringContaining("disk gone")]);
    expect(rig.car.claim).toBeUndefined();
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });
});

describe("links of several radios", () => {
  const radioOf = (sent: string[], name: string): BoardRadio => ({
    send: (link) => sent.push(`${name} ${link}`) > 0,
    closeLink: (link) => void sent.push(`${name} closes ${link}`),
    advertise: () => undefined,
    close: () => Promise.resolve(),
  });

  it("never share a number, though each radio counts from one", () => {
    const sent: string[] = [];
    const links = new Links();
    const [air, socket] = [radioOf(sent, "air"), radioOf(sent, "socket")];
    const opened = { kind: "linkOpened", link: 1, attPayloadBytes: 244, proximity: "local" } as const;
    const first = links.numbered(air, opened)!.link;
    const second = links.numbered(socket, opened)!.link;
    expect(first).not.toBe(second);
    links.send(first, Uint8Array.of(1));
    links.close(second);
    expect(sent).toEqual(["air 1", "socket closes 1"]);
    expect(links.numbered(air, { kind: "frameReceived", link: 1, bytes: Uint8Array.of(1) })).toMatchObject({ link: first });
  });

  it("give a number away only once, and forget a link that has closed", () => {
    const links = new Links();
    const radio = radioOf([], "air");
    const opened = { kind: "linkOpened", link: 1, attPayloadBytes: 244, proximity: "local" } as const;
    const first = links.numbered(radio, opened)!.link;
    expect(links.numbered(radio, { kind: "linkClosed", link: 1 })).toMatchObject({ link: first });
    expect(links.numbered(radio, { kind: "frameReceived", link: 1, bytes: Uint8Array.of(1) })).toBeUndefined();
    expect(links.numbered(radio, opened)!.link).not.toBe(first);
    expect(links.openCount).toBe(1);
  });
});
