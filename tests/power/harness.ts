import type { Result } from "../../firmware/base/index.ts";
import type { FlashGeometry, FlashPort } from "../../firmware/ports/index.ts";
import { mountRecords, TABLES, type CommitFailure, type MountedRecords, type MountFailure, type RecordChange, type RecordStore } from "../../firmware/records/index.ts";
import type { FlashOperation, Shape, SimFlash } from "../../sim/flash/index.ts";

/** All geometries that the cuts are made on, each with both erased bytes. */
export const GEOMETRIES: readonly FlashGeometry[] = [
  { sectorCount: 4, sectorBytes: 512, writeAlignBytes: 1 },
  { sectorCount: 7, sectorBytes: 512, writeAlignBytes: 4 },
  { sectorCount: 5, sectorBytes: 1024, writeAlignBytes: 8 },
  { sectorCount: 4, sectorBytes: 4096, writeAlignBytes: 4 },
].flatMap((geometry) => ([0xff, 0x00] as const).map((erasedByte) => ({ ...geometry, erasedByte })));

export function nameOf({ sectorCount, sectorBytes, writeAlignBytes, erasedByte }: FlashGeometry): string {
  return `${sectorCount} x ${sectorBytes}, align ${writeAlignBytes}, erased ${erasedByte.toString(16).padStart(2, "0")}`;
}

/** Everything a store holds, as text that is equal exactly where two stores are. */
export function fingerprint(store: RecordStore): string {
  let text = "";
  for (const table of Object.values(TABLES)) {
    for (const [key, value] of store.entries(table)) {
      text += `${table}:${Buffer.from(key).toString("latin1")}=${Buffer.from(value).toString("latin1")};`;
    }
  }
  return text;
}

export type Mount = (flash: FlashPort) => Result<Pick<MountedRecords, "report"> & { readonly store: RecordStore }, MountFailure>;

/** What a run may look like after a restart: the states from the last acknowledged to the last attempted. */
export interface Moment {
  readonly operation: FlashOperation;
  /** Index into the states of the one acknowledged last. */
  readonly acknowledged: number;
  /** Index of the newest state that a commit has tried to make. */
  readonly attempted: number;
}

export interface Recording {
  readonly moments: readonly Moment[];
  readonly states: readonly string[];
  readonly failures: readonly CommitFailure[];
  readonly flash: SimFlash;
}

/** Runs `script` on a flash and notes each operation with the states that a cut in it may leave. */
export class Recorder {
  readonly moments: Moment[] = [];
  readonly states: string[];
  readonly failures: CommitFailure[] = [];
  readonly flash: SimFlash;
  readonly store: RecordStore;
  private acknowledged = 0;
  private attempted = 0;

  constructor(flash: SimFlash, mount: Mount = mountRecords) {
    this.flash = flash;
    const { geometry } = flash;
    const recorded: FlashPort = {
      geometry,
      read: (offset, length) => flash.read(offset, length),
      program: (offset, data) => {
        this.note({ kind: "program", offset, data: data.slice() });
        return flash.program(offset, data);
      },
      erase: (sector) => {
        this.note({ kind: "erase", sector });
        return flash.erase(sector);
      },
    };
    const mounted = mount(recorded);
    if (!mounted.ok) throw new Error(`the recorder could not mount: ${mounted.error.detail}`);
    this.store = mounted.value.store;
    this.states = [fingerprint(this.store)];
    // The sync that follows every mount.
    this.sync();
  }

  /** Index of the state that was acknowledged last. */
  get acknowledgedState(): number {
    return this.acknowledged;
  }

  commit(changes: readonly RecordChange[]): boolean {
    this.attempted = this.states.length;
    const committed = this.store.commit(changes);
    if (!committed.ok) this.failures.push(committed.error);
    this.states.push(fingerprint(this.store));
    return committed.ok;
  }

  sync(): void {
    this.note({ kind: "sync" });
    this.flash.sync();
    this.store.durable();
    this.acknowledged = this.states.length - 1;
  }

  private note(operation: FlashOperation): void {
    this.moments.push({ operation, acknowledged: this.acknowledged, attempted: Math.max(this.attempted, this.states?.length - 1 || 0) });
  }
}

/** A flash that can only be mounted and read; for checking one image cheaply. */
export function imageFlash(geometry: FlashGeometry, image: Uint8Array): FlashPort {
  return {
    geometry,
    read: (offset, length) => image.slice(offset, offset + length),
    program: () => ({ ok: false, error: { kind: "io", detail: "a mount writes nothing" } }),
    erase: () => ({ ok: false, error: { kind: "io", detail: "a mount writes nothing" } }),
  };
}

/** What is wrong with `image` after a cut at `moment`, or undefined. */
export function verdict(image: Uint8Array, geometry: FlashGeometry, moment: Pick<Moment, "acknowledged" | "attempted">, states: readonly string[], mount: Mount = mountRecords): string | undefined {
  const mounted = mount(imageFlash(geometry, image));
  if (!mounted.ok) return `not mounted: ${mounted.error.kind}: ${mounted.error.detail}`;
  const { store, report } = mounted.value;
  if (report.batchesLost > 0) return `tells ${report.batchesLost} acknowledged batches as lost`;
  const state = fingerprint(store);
  for (let i = moment.acknowledged; i <= moment.attempted && i < states.length; i++) if (states[i] === state) return undefined;
  if (states.slice(0, moment.acknowledged).includes(state)) return "is an older state: something acknowledged is lost";
  return "is no state that ever was: something is there by half";
}

export function shapeOf(geometry: FlashGeometry, medium: Shape["medium"]): Shape {
  return { sectorBytes: geometry.sectorBytes, erasedByte: geometry.erasedByte, medium };
}
