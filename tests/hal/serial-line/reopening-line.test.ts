import { describe, expect, it } from "vitest";
import { err, ok } from "../../../firmware/base/index.ts";
import { openSerialLine, REOPEN_FIRST_MS, REOPEN_LONGEST_MS, serialFault, WRITE_BACKLOG_BYTES_MAX, type SerialLine, type SerialPortLike } from "../../../hal/serial-line/index.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

type Done = (error: Error | null | undefined) => void;

/** A port of the package's shape that does what the test says. */
class FakePort implements SerialPortLike {
  writableLength = 0;
  isShut = false;
  readonly written: Uint8Array[] = [];
  readonly #handlers = new Map<string, (value?: never) => void>();
  constructor(readonly present: () => boolean) {}
  open(done: Done): void {
    done(this.present() ? null : new Error("No such file or directory, cannot open /dev/ttyUSB0"));
  }
  write(bytes: Uint8Array, done: Done): void {
    if (!this.present()) return done(new Error("EIO: i/o error, write"));
    this.written.push(bytes);
    done(undefined);
  }
  close(done: Done): void {
    this.isShut = true;
    done(undefined);
  }
  on(event: string, listener: (value: never) => void): void {
    this.#handlers.set(event, listener as (value?: never) => void);
  }
  emit(event: "data" | "error" | "close", value?: unknown): void {
    this.#handlers.get(event)?.(value as never);
  }
}

async function rig() {
  const clock = new VirtualClock();
  const said: string[] = [];
  const ports: FakePort[] = [];
  const world = { present: true };
  class Port extends FakePort {
    constructor() {
      super(() => world.present);
      ports.push(this);
    }
  }
  const opened = await openSerialLine({ path: "/dev/ttyUSB0", baudRate: 9600, timer: schedulerOf(clock), load: async () => ok(Port) });
  if (!opened.ok) throw new Error("no line");
  const line: SerialLine = opened.value({ opened: () => said.push("opened"), received: (bytes) => said.push(`received ${Buffer.from(bytes).toString()}`), lost: (why) => said.push(`lost ${why}`) });
  clock.advance(0);
  return { clock, said, ports, world, line };
}

describe("a serial line", () => {
  it("gives bytes both ways while it is open", async () => {
    const { said, ports, line } = await rig();
    line.write(Buffer.from("out"));
    ports[0]!.emit("data", Buffer.from("in"));
    expect([said, ports[0]!.written.map(String)]).toEqual([["opened", "received in"], ["out"]]);
  });

  it.each<[string, (port: FakePort, line: SerialLine, world: { present: boolean }) => void]>([
    ["close", (port) => port.emit("close", new Error("bad file descriptor"))],
    ["an error", (port) => port.emit("error", new Error("EIO: i/o error, read"))],
    ["an error and a close", (port) => (port.emit("error", new Error("Error: EIO")), port.emit("close"))],
    ["a failed write", (_port, line, world) => ((world.present = false), line.write(Uint8Array.of(1)), (world.present = true))],
  ])("takes %s for one unplug and opens again", async (_name, unplug) => {
    const { clock, said, ports, line, world } = await rig();
    unplug(ports[0]!, line, world);
    expect(said).toEqual(["opened", expect.stringMatching(/^lost unplugged/)]);
    clock.advance(REOPEN_FIRST_MS - 1);
    expect(ports).toHaveLength(1);
    clock.advance(1);
    expect([ports.length, said.at(-1), ports[0]!.isShut]).toEqual([2, "opened", true]);
    ports[0]!.emit("data", Buffer.from("late"));
    ports[0]!.emit("close");
    expect(said.at(-1)).toBe("opened");
  });

  it("waits longer each time a port stays away, and tells of the outage once", async () => {
    const { clock, said, ports, world } = await rig();
    world.present = false;
    ports[0]!.emit("close");
    clock.advance(60 * REOPEN_LONGEST_MS);
    // 250, 500, ... 8000 ms, then every 10 s.
    expect(ports.length).toBe(1 + 6 + Math.floor((60 * REOPEN_LONGEST_MS - 15_750) / REOPEN_LONGEST_MS));
    expect(said).toEqual(["opened", "lost closed"]);
    world.present = true;
    clock.advance(REOPEN_LONGEST_MS);
    expect(said.at(-1)).toBe("opened");
    clock.advance(REOPEN_LONGEST_MS);
    ports.at(-1)!.emit("close");
    const count = ports.length;
    clock.advance(REOPEN_FIRST_MS);
    expect(ports.length).toBe(count + 1);
  });

  it("counts a device that takes nothing as lost", async () => {
    const { said, ports, line } = await rig();
    ports[0]!.writableLength = WRITE_BACKLOG_BYTES_MAX;
    line.write(Uint8Array.of(1));
    expect(said.at(-1)).toBe("lost the device takes nothing");
  });

  it("neither opens again nor tells anything once it is closed", async () => {
    const { clock, said, ports, line } = await rig();
    const closed = line.close();
    ports[0]!.emit("close");
    await closed;
    clock.advance(10 * REOPEN_LONGEST_MS);
    expect([said, ports.length, ports[0]!.isShut]).toEqual([["opened"], 1, true]);
  });

  it("says what is missing instead of opening", async () => {
    const fault = { kind: "moduleMissing", found: "absent", wayOut: "install" } as const;
    expect(await openSerialLine({ path: "/dev/null", baudRate: 9600, load: async () => err(fault) })).toEqual(err(fault));
  });
});

describe("what keeps serial ports from being used", () => {
  it("is a missing package, or a Node that does not read them", () => {
    expect(serialFault("20.19.0", () => false)).toMatchObject({ kind: "moduleMissing", wayOut: expect.stringContaining("npm ci") as string });
    for (const version of ["20.19.0", "22.1.0", "24.0.0", "25.9.9", "26.3.9"]) expect(serialFault(version, () => true)).toBeUndefined();
    for (const version of ["26.4.0", "26.10.0", "27.0.0"]) expect(serialFault(version, () => true)).toMatchObject({ kind: "unreadable", wayOut: expect.stringContaining("Node 20.19") as string });
  });
});
