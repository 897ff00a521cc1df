import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { armed, confirmed, decodeBootRecord, encodeBootRecord, type BootRecord } from "../../../firmware/update/index.ts";
import type { Slot } from "../../../firmware/ports/index.ts";
import { openSlotFolder, type SlotFolder } from "../../../hal/slots/index.ts";
import { Loader, type CarEnd } from "../../../scripts/boot/loader.ts";
import { testFolder } from "../../hal/support/folder.ts";
import { quickCrypto } from "../../support/wired-car.ts";

const crypto = quickCrypto("loader");
const FACTORY = new TextEncoder().encode("factory bundle");
const NEW = new TextEncoder().encode("the new bundle");
const facts = (bytes: Uint8Array) => ({ digest: crypto.sha256(bytes), sizeBytes: bytes.length });
const QUIT: CarEnd = { kind: "exited", code: 0 };
const AGAIN: CarEnd = { kind: "exited", code: 75 };

/** A machine with slots; `cars` are what becomes of each car that is started, in order. */
class Machine {
  readonly slots: SlotFolder;
  readonly started: Slot[] = [];
  readonly tested: Slot[] = [];
  readonly events: string[] = [];
  selfTestFault: string | undefined;

  constructor() {
    const opened = openSlotFolder(join(testFolder(), "slots"));
    if (!opened.ok) throw new RangeError(opened.error);
    this.slots = opened.value;
  }

  get record(): BootRecord {
    return decodeBootRecord(crypto, this.slots.readRecord()!)!;
  }

  save(record: BootRecord | Uint8Array): Promise<void> {
    const bytes = record instanceof Uint8Array ? record : encodeBootRecord(crypto, record);
    return new Promise((resolve, reject) => this.slots.replaceRecord(bytes, (error) => (error ? reject(error) : resolve())));
  }

  write(slot: Slot, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.slots.write(slot, 0, bytes, (error) => (error ? reject(error) : resolve())));
  }

  /** Runs the boot loader to its end; each car does what the next of `cars` does. */
  async boot(cars: readonly ((car: { readonly onTrial: boolean }) => CarEnd | Promise<CarEnd>)[]): Promise<number> {
    const rest = [...cars];
    const slotAt = (path: string): Slot => (path === this.slots.pathOf("a") ? "a" : "b");
    const loader = new Loader({
      slots: this.slots,
      crypto,
      factoryBundle: () => FACTORY,
      say: (event) => this.events.push(event),
      programs: {
        selfTest: (path) => {
          this.tested.push(slotAt(path));
          return Promise.resolve(this.selfTestFault);
        },
        run: async (path, isConfirmed) => {
          this.started.push(slotAt(path));
          const next = rest.shift();
          if (next === undefined) throw new RangeError(`a car too many was started, from slot ${slotAt(path)}`);
          return next({ onTrial: isConfirmed !== undefined });
        },
      },
    });
    const code = await loader.run();
    if (rest.length > 0) throw new RangeError(`${rest.length} cars were not started`);
    return code;
  }

  /** A machine that runs the factory's bundle, with NEW staged and armed in the other slot. */
  static async withTrial(): Promise<Machine> {
    const machine = new Machine();
    await machine.boot([() => QUIT]);
    await machine.write("b", NEW);
    await machine.save(armed(machine.record, facts(NEW)));
    machine.started.length = 0;
    machine.events.length = 0;
    return machine;
  }
}

describe("the boot loader", () => {
  it("starts a new folder with the bundle of its installation, and ends as its car ends", async () => {
    const machine = new Machine();
    expect(await machine.boot([() => ({ kind: "exited", code: 3 })])).toBe(3);
    expect(machine.started).toEqual(["a"]);
    expect(machine.record).toEqual({ active: "a", bundle: facts(FACTORY), trial: undefined, rolledBack: undefined });
    expect(machine.tested).toEqual([]);
  });

  it("tries an armed release after a self-test, and stays with it once it is confirmed", async () => {
    const machine = await Machine.withTrial();
    await machine.boot([
      async ({ onTrial }) => {
        expect(onTrial).toBe(true);
        await machine.save(confirmed(machine.record)!);
        return QUIT;
      },
    ]);
    expect([machine.tested, machine.started]).toEqual([["b"], ["b"]]);
    expect(machine.record).toMatchObject({ active: "b", bundle: facts(NEW), trial: undefined });
    await machine.boot([({ onTrial }) => (expect(onTrial).toBe(false), QUIT)]);
    expect(machine.started).toEqual(["b", "b"]);
  });

  it("goes on to the trial when a car asks for it, and only then", async () => {
    for (const [end, started] of [[AGAIN, ["a", "b"]], [QUIT, ["a"]], [{ kind: "exited", code: 1 }, ["a"]]] as const) {
      const machine = await Machine.withTrial();
      const record = machine.record;
      await machine.save({ ...record, trial: undefined });
      const confirming = async (): Promise<CarEnd> => (await machine.save(confirmed(machine.record)!), QUIT);
      await machine.boot([async () => (await machine.save(record), end), ...(end === AGAIN ? [confirming] : [])]);
      expect(machine.started).toEqual(started);
    }
  });

  it("goes on from a release that was confirmed and asks for the trial of the next", async () => {
    const machine = await Machine.withTrial();
    await machine.boot([
      async () => {
        await machine.save(confirmed(machine.record)!);
        await machine.write("a", FACTORY);
        await machine.save(armed(machine.record, facts(FACTORY)));
        return AGAIN;
      },
      async () => (await machine.save(confirmed(machine.record)!), QUIT),
    ]);
    expect(machine.started).toEqual(["b", "a"]);
    expect(machine.record).toMatchObject({ active: "a", trial: undefined });
  });

  it.each([
    ["crashes", { kind: "exited", code: 7 }],
    ["stops without a word", QUIT],
    ["hangs or is not confirmed in time", { kind: "hung" }],
  ] as const)("undoes a trial that %s, and starts the release before", async (_what, end) => {
    const machine = await Machine.withTrial();
    await machine.boot([() => end, ({ onTrial }) => (expect(onTrial).toBe(false), QUIT)]);
    expect(machine.started).toEqual(["b", "a"]);
    expect(machine.record).toEqual({ active: "a", bundle: facts(FACTORY), trial: undefined, rolledBack: facts(NEW).digest });
    expect(machine.events).toEqual(["trial", "rolledBack", "started"]);
  });

  it("does not start what fails its self-test", async () => {
    const machine = await Machine.withTrial();
    machine.selfTestFault = "the key unlocks: refused";
    await machine.boot([() => QUIT]);
    expect(machine.started).toEqual(["a"]);
    expect(machine.record.rolledBack).toEqual(facts(NEW).digest);
  });

  it("does not even test what is not what was staged", async () => {
    for (const content of [NEW.subarray(1), Uint8Array.of(...NEW, 0), NEW.map((byte, index) => byte ^ (index === 3 ? 1 : 0))]) {
      const machine = await Machine.withTrial();
      await machine.write("b", content);
      await machine.boot([() => QUIT]);
      expect([machine.tested, machine.started]).toEqual([[], ["a"]]);
      expect(machine.record.rolledBack).toEqual(facts(NEW).digest);
    }
  });

  it("gives a trial one start: power that failed in it is a failure", async () => {
    const machine = await Machine.withTrial();
    await machine.save({ ...machine.record, trial: { bundle: facts(NEW), started: true } });
    await machine.boot([() => QUIT]);
    expect(machine.started).toEqual(["a"]);
    expect(machine.record.rolledBack).toEqual(facts(NEW).digest);
  });

  it("says that a trial has begun before anything of it runs", async () => {
    const machine = await Machine.withTrial();
    await machine.boot([() => (expect(machine.record.trial?.started).toBe(true), { kind: "stopped" })]);
    await machine.boot([() => QUIT]);
    expect(machine.started).toEqual(["b", "a"]);
  });

  it("falls back to the bundle of its installation where slot or record have decayed", async () => {
    const machine = new Machine();
    await machine.boot([() => QUIT]);
    await machine.write("a", NEW);
    await machine.boot([() => QUIT]);
    await machine.save(Uint8Array.of(1, 2, 3));
    await machine.boot([() => QUIT]);
    expect(machine.started).toEqual(["a", "a", "a"]);
    expect(machine.record.bundle).toEqual(facts(FACTORY));
    expect(machine.events.filter((event) => event === "factory")).toHaveLength(3);
  });
});
