import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Output } from "../../../scripts/cli/output.ts";
import { showTerminalCar } from "../../../scripts/start/terminal-car.ts";
import { pairPhone, startRig, type Rig } from "../world/rig.ts";

/** A terminal that keeps what stands on its rows. */
class Terminal extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  raw = false;
  alternate = false;
  readonly input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => void (this.raw = raw) });
  readonly #rows: string[] = [];

  write(text: string): boolean {
    if (text.includes("\u001b[2J")) this.#rows.length = 0;
    if (text.includes("\u001b[?1049h")) this.alternate = true;
    if (text.includes("\u001b[?1049l")) this.alternate = false;
    for (const [, row, line] of text.matchAll(/\u001b\[(\d+);1H([^\u001b]*)/g)) this.#rows[Number(row) - 1] = line!;
    return true;
  }

  /** What is on the screen once everything that is due has been drawn. */
  get text(): string {
    vi.advanceTimersByTime(50);
    return this.#rows.join("\n");
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) this.input.write(key);
    await new Promise((resolve) => setImmediate(resolve));
  }

  asStreams(): { input: NodeJS.ReadStream; output: NodeJS.WriteStream } {
    return { input: this.input as unknown as NodeJS.ReadStream, output: this as unknown as NodeJS.WriteStream };
  }
}

let rig: Rig;
let terminal: Terminal;
let shown: ReturnType<typeof showTerminalCar>;

function show(): void {
  const output = new Output({ json: false, color: false });
  shown = showTerminalCar({ board: rig.board, car: rig.car, terminal: terminal.asStreams(), address: "127.0.0.1:4150", name: "car", output, greeting: "hello" });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  vi.stubEnv("LC_ALL", "C.UTF-8");
  terminal = new Terminal();
});
afterEach(async () => {
  shown.close();
  await rig.car.stop();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** Lets time pass until the screen shows `text`. */
async function until(text: string): Promise<void> {
  for (let step = 0; step < 200 && !terminal.text.includes(text); step++) {
    rig.pass(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(terminal.text).toContain(text);
}

describe("the car in a terminal", () => {
  it("does what is asked while something else is under way once that is over", async () => {
    rig = await startRig();
    pairPhone(rig, rig.board.addPhone("anna", 2));
    rig.board.addPhone("ben", 5);
    show();
    await terminal.press("gau");
    await terminal.press("r");
    expect(terminal.text).toContain("ben: unlock… then revoke");
    await until("the guest key is revoked");
    expect(rig.notes.map(({ who, what, outcome }) => `${who}: ${what} ${outcome}`)).toContain("guest ben: unlock done");
  });

  it("enrols a card of either type, and taps the one enrolled last", async () => {
    rig = await startRig();
    pairPhone(rig, rig.board.addPhone("anna", 2));
    show();
    for (const [key, name] of [["e", "wallet"], ["E", "badge"]] as const) {
      await terminal.press(key);
      await until("w taps it from now on");
      await until(`${name} as card`);
      rig.pass(20_000);
    }
    expect([rig.board.cards.typeOf("wallet"), rig.board.cards.typeOf("badge")]).toEqual(["tesla", "own"]);
    await terminal.press("w");
    rig.pass(20_000);
    expect(rig.notes.at(-1)).toMatchObject({ what: "unlock", who: "badge", outcome: "done" });
  });

  it("takes every key in a car that has no door", async () => {
    const latches = [{ id: "hatch", kind: "trunk", vssPath: "Vehicle.Body.Trunk.Rear", pulseMs: 400, answerTimeoutMs: 700, attemptsMax: 3, feedback: "endStop", onPowerLoss: "stays" }] as const;
    rig = await startRig({ description: { latches } });
    rig.board.addPhone("anna", 2);
    show();
    await terminal.press("o");
    expect(terminal.text).toContain("hatch is locked");
    await terminal.press("hoi");
    expect(terminal.text).toContain("this car has no door");
    await terminal.press("sxbcvgrG?lLtduap");
    expect(terminal.text).toContain("latchkey key pair");
  });

  it("shows the owner's code whole, or says where it is", async () => {
    rig = await startRig();
    rig.board.addPhone("anna", 2);
    show();
    await terminal.press("p");
    expect(terminal.text).toContain("The code as text, in another terminal: latchkey car claim");
    expect(terminal.text).not.toContain("latchkey:1?");
    Object.assign(terminal, { columns: 100, rows: 30 });
    terminal.emit("resize");
    expect(terminal.text).toContain(rig.car.claim!.uri);
  });

  it("says in words that a phone is out of reach, and what the world could not do", async () => {
    rig = await startRig();
    const anna = rig.board.addPhone("anna", 2);
    pairPhone(rig, anna);
    show();
    await terminal.press("u");
    await until("unlock accepted");
    rig.board.move(anna, 80);
    await terminal.press("u");
    await until("The radio link was lost. Step closer");
    shown.tell("the disk is full");
    expect(terminal.text).toContain("failed  the disk is full");
  });

  it("gives the terminal back as it was", async () => {
    rig = await startRig();
    rig.board.addPhone("anna", 2);
    show();
    expect([terminal.raw, terminal.alternate]).toEqual([true, true]);
    await terminal.press("q");
    expect(await shown.quit).toBeUndefined();
    shown.close();
    expect([terminal.raw, terminal.alternate]).toEqual([false, false]);
    expect(terminal.listenerCount("resize")).toBe(0);
  });

  it("ends with its terminal, which may say so once more when it is put back", async () => {
    rig = await startRig();
    show();
    terminal.input.emit("error", new Error("read EIO"));
    expect(await shown.quit).toBeUndefined();
    shown.close();
    expect(() => terminal.input.emit("error", new Error("setRawMode EIO"))).not.toThrow();
    terminal = new Terminal();
    show();
    terminal.input.end();
    expect(await shown.quit).toBeUndefined();
  });
});
