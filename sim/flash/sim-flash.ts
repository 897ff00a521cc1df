import { err, ok, type Result } from "../../firmware/base/index.ts";
import type { FlashFault, FlashGeometry, FlashPort } from "../../firmware/ports/index.ts";
import { PowerCut } from "./power-cut.ts";
import { chance } from "./chance.ts";
import { erasePart, merge, programPart, type ByteTear, type EraseTear, type FlashOperation, type Medium, type Shape } from "./operations.ts";

export interface SimFlashOptions {
  readonly geometry: FlashGeometry;
  /** How programs meet what stands there; decides only what power loss leaves. Default: raw flash. */
  readonly medium?: Medium;
  /** Erases that each sector stands; the next one fails. Default: no end. */
  readonly eraseCountMax?: number;
  /** Decides what random tears look like. */
  readonly seed?: number;
}

/** Where power goes, counted from now: a step is one programmed byte or one erase. */
export interface CutPlan {
  readonly afterSteps: number;
  readonly byteTear: ByteTear;
  readonly eraseTear: EraseTear;
}

export interface FlashCounters {
  readonly programs: number;
  readonly programmedBytes: number;
  readonly erases: number;
  readonly reads: number;
  readonly syncs: number;
}

/**
 * A flash in memory whose power can fail. What was programmed or erased since the last `sync` is volatile: `operations` tells
 * it, and `restart` decides what of it survived. Branches share sectors until one of them writes.
 */
export class SimFlash implements FlashPort {
  readonly geometry: FlashGeometry;
  private readonly options: SimFlashOptions;
  private readonly sectors: Uint8Array[];
  /** Sectors that another branch, or the durable picture, shares. */
  private readonly shared: boolean[];
  private durable: Uint8Array[];
  private pending: FlashOperation[] = [];
  private readonly eraseCounts: number[];
  private readonly tally = { programs: 0, programmedBytes: 0, erases: 0, reads: 0, syncs: 0 };
  private stepsUntilCut = Infinity;
  private plan: CutPlan | undefined;
  private stepsTaken = 0;
  private failures = 0;

  constructor(options: SimFlashOptions, image?: Uint8Array) {
    const { sectorCount, sectorBytes, erasedByte } = options.geometry;
    this.options = options;
    this.geometry = options.geometry;
    this.sectors = Array.from({ length: sectorCount }, (_, i) =>
      image === undefined ? new Uint8Array(sectorBytes).fill(erasedByte) : image.slice(i * sectorBytes, (i + 1) * sectorBytes),
    );
    this.shared = this.sectors.map(() => true);
    this.durable = [...this.sectors];
    this.eraseCounts = this.sectors.map(() => 0);
  }

  get counters(): FlashCounters {
    return { ...this.tally };
  }

  /** Programs and erases since the last `sync`, in order. */
  get unsynced(): readonly FlashOperation[] {
    return this.pending;
  }

  /** Programmed bytes and erases since the beginning: the steps that a cut can be set to. */
  get steps(): number {
    return this.stepsTaken;
  }

  get shape(): Shape {
    const { sectorBytes, erasedByte } = this.geometry;
    return { sectorBytes, erasedByte, medium: this.options.medium ?? "bits" };
  }

  read(offset: number, length: number): Uint8Array {
    this.tally.reads++;
    const { sectorBytes } = this.geometry;
    const first = Math.floor(offset / sectorBytes);
    const within = offset - first * sectorBytes;
    if (within + length <= sectorBytes) return (this.sectors[first] ?? new Uint8Array(0)).slice(within, within + length);
    return this.image().slice(offset, offset + length);
  }

  program(offset: number, data: Uint8Array): Result<void, FlashFault> {
    const { sectorBytes, sectorCount, writeAlignBytes, erasedByte } = this.geometry;
    const sector = Math.floor(offset / sectorBytes);
    const within = offset - sector * sectorBytes;
    if (offset < 0 || sector >= sectorCount || within + data.length > sectorBytes) {
      return err({ kind: "out-of-range", detail: `program of ${data.length} bytes at ${offset}` });
    }
    if (offset % writeAlignBytes !== 0 || data.length % writeAlignBytes !== 0) {
      return err({ kind: "out-of-range", detail: `program of ${data.length} bytes at ${offset} is not aligned to ${writeAlignBytes}` });
    }
    const bytes = this.own(sector);
    for (let i = 0; i < data.length; i++) {
      if (bytes[within + i] !== erasedByte) return err({ kind: "not-erased", detail: `byte ${offset + i}` });
    }
    this.tally.programs++;
    if (this.failures > 0) {
      this.failures--;
      this.programBytes(sector, within, data.subarray(0, data.length >> 1));
      return err({ kind: "io", detail: `program at ${offset} failed half-way` });
    }
    this.programBytes(sector, within, data);
    return ok();
  }

  erase(sector: number): Result<void, FlashFault> {
    const { sectorCount, erasedByte, sectorBytes } = this.geometry;
    if (sector < 0 || sector >= sectorCount) return err({ kind: "out-of-range", detail: `erase of sector ${sector}` });
    if (this.eraseCounts[sector]! >= (this.options.eraseCountMax ?? Infinity)) {
      return err({ kind: "worn-out", detail: `sector ${sector} after ${this.eraseCounts[sector]} erases` });
    }
    this.eraseCounts[sector]!++;
    this.tally.erases++;
    if (this.stepsUntilCut < 1) this.cut(() => this.tearErase(sector));
    this.stepsUntilCut--;
    this.stepsTaken++;
    this.sectors[sector] = new Uint8Array(sectorBytes).fill(erasedByte);
    this.shared[sector] = false;
    this.pending.push({ kind: "erase", sector });
    return ok();
  }

  /** Everything up to now survives power loss. */
  sync(): void {
    this.tally.syncs++;
    this.pending = [];
    this.durable = [...this.sectors];
    this.shared.fill(true);
  }

  /** Power fails after so many more steps: {@link PowerCut} is thrown in the middle of an operation, once. */
  cutAt(plan: CutPlan): void {
    this.plan = plan;
    this.stepsUntilCut = plan.afterSteps;
  }

  /** The next `count` programs stop half-way and report an `io` fault. */
  failPrograms(count: number): void {
    this.failures = count;
  }

  /** One bit decays. */
  flipBit(offset: number, bit: number): void {
    const { sectorBytes } = this.geometry;
    const bytes = this.own(Math.floor(offset / sectorBytes));
    bytes[offset % sectorBytes]! ^= 1 << bit;
  }

  /** How often each sector was erased. */
  eraseCountsBySector(): readonly number[] {
    return [...this.eraseCounts];
  }

  /** Everything as it reads now. */
  image(): Uint8Array {
    return joined(this.sectors);
  }

  /** Everything as it was at the last `sync`. */
  durableImage(): Uint8Array {
    return joined(this.durable);
  }

  /** The flash after power has come back with `image` on it, which is durable; wear is kept. */
  restart(image: Uint8Array): SimFlash {
    const next = new SimFlash(this.options, image);
    next.eraseCounts.splice(0, next.eraseCounts.length, ...this.eraseCounts);
    return next;
  }

  /** An independent flash with the same state; costs no copy of what neither of them writes. */
  branch(): SimFlash {
    const next = new SimFlash(this.options, new Uint8Array(0));
    this.shared.fill(true);
    next.sectors.splice(0, next.sectors.length, ...this.sectors);
    next.durable = [...this.durable];
    next.pending = [...this.pending];
    next.eraseCounts.splice(0, next.eraseCounts.length, ...this.eraseCounts);
    Object.assign(next.tally, this.tally);
    next.stepsTaken = this.stepsTaken;
    return next;
  }

  private programBytes(sector: number, within: number, data: Uint8Array): void {
    const offset = sector * this.geometry.sectorBytes + within;
    if (this.stepsUntilCut < data.length) this.cut(() => this.tearProgram(sector, within, data));
    this.stepsUntilCut -= data.length;
    this.stepsTaken += data.length;
    this.tally.programmedBytes += data.length;
    const bytes = this.own(sector);
    for (let i = 0; i < data.length; i++) bytes[within + i] = merge(bytes[within + i]!, data[i]!, this.shape);
    this.pending.push({ kind: "program", offset, data: data.slice() });
  }

  private tearProgram(sector: number, within: number, data: Uint8Array): void {
    const part = { whole: this.stepsUntilCut, tear: this.plan!.byteTear, seed: this.tearSeed() };
    programPart(this.own(sector), within, data, part, this.shape);
  }

  private tearErase(sector: number): void {
    erasePart(this.own(sector), 0, this.plan!.eraseTear, this.tearSeed(), this.shape);
  }

  private tearSeed(): number {
    return chance((this.options.seed ?? 1) + this.stepsTaken)(0x7fffffff);
  }

  private cut(tear: () => void): never {
    tear();
    this.stepsUntilCut = Infinity;
    throw new PowerCut(this.stepsTaken);
  }

  private own(sector: number): Uint8Array {
    if (this.shared[sector]) {
      this.sectors[sector] = this.sectors[sector]!.slice();
      this.shared[sector] = false;
    }
    return this.sectors[sector]!;
  }
}

function joined(sectors: readonly Uint8Array[]): Uint8Array {
  const bytes = sectors[0]!.length;
  const image = new Uint8Array(bytes * sectors.length);
  sectors.forEach((sector, index) => image.set(sector, index * bytes));
  return image;
}
