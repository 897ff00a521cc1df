import { assert, err, ok, type Result } from "../base/index.ts";
import type { FlashGeometry, FlashPort } from "../ports/index.ts";
import type { CommitFailure } from "./store.ts";
import { crc32 } from "./crc32.ts";
import type { LiveRecord } from "./live-records.ts";
import { encodeSectorHeader, FORMAT_VERSION, NUMBER_MAX } from "./layout.ts";

/** Sectors tried before an append is given up: the one at hand and one more. */
const OPEN_TRIES_MAX = 2;

/** One sector of the ring as the running store knows it. */
export interface LogSector {
  readonly index: number;
  generation: number;
  salt: number;
  /** Where the next batch goes, from the start of the sector. */
  end: number;
  /** Number of the first batch in it that counts; 0 while there is none. */
  firstNumber: number;
  /** Records whose newest copy stands here. */
  readonly live: Set<LiveRecord>;
  /**
   * Checksum of what stood here before this run erased it; part of the salt. Batches of a life whose header was lost may have
   * been among it, and this run cannot know that life's generation: should the erase be lost too, they must not fit the next header.
   */
  residue: number;
  /** Opened during this run, so that what stands here is of a generation that this run knows. */
  opened: boolean;
  /** Known to read as erased from end to end. */
  blank: boolean;
  /** A program or an erase failed here; never used again during this run. */
  bad: boolean;
  /** Part of the log, so neither free nor erasable. */
  inLog: boolean;
  /** Out of the log, but not to be erased before the batch of this number is durable; 0: at once. */
  waitsFor: number;
}

/**
 * The sectors in a circle: the log from its oldest sector to the active one, and the free ones ahead of it, each of which is
 * used in its turn, so that wear is even.
 */
export class Ring {
  /** Oldest first; the last one is being filled. */
  readonly log: LogSector[] = [];
  readonly sectors: readonly LogSector[];
  readonly geometry: FlashGeometry;
  private readonly flash: FlashPort;
  private nextGeneration = 1;
  private badCount = 0;
  private badOutside = 0;
  private lastIndex: number;

  constructor(flash: FlashPort) {
    this.flash = flash;
    this.geometry = flash.geometry;
    this.lastIndex = flash.geometry.sectorCount - 1;
    this.sectors = Array.from({ length: flash.geometry.sectorCount }, (_, index) => ({
      index,
      generation: 0,
      salt: 0,
      end: 0,
      firstNumber: 0,
      live: new Set<LiveRecord>(),
      residue: 0,
      opened: false,
      blank: false,
      bad: false,
      inLog: false,
      waitsFor: 0,
    }));
  }

  /** The sector that takes the next batch, if it is fit to. */
  get active(): LogSector | undefined {
    const last = this.log.at(-1);
    return last === undefined || last.bad ? undefined : last;
  }

  /** Bytes that still go into the active sector. */
  get room(): number {
    return this.active === undefined ? 0 : this.geometry.sectorBytes - this.active.end;
  }

  /** Takes up a sector that a mount found in the log; in order of generation. */
  adopt(sector: LogSector): void {
    this.log.push(sector);
    sector.inLog = true;
    this.lastIndex = sector.index;
  }

  /** No later sector may use a generation that was seen. */
  sawGeneration(generation: number): void {
    if (generation >= this.nextGeneration) this.nextGeneration = generation + 1;
  }

  /** Sectors that are in the log or were opened during this run. */
  touched(): number {
    return this.sectors.reduce((count, sector) => count + (sector.inLog || sector.opened ? 1 : 0), 0);
  }

  /** Sectors that are not given up. */
  usable(): number {
    return this.sectors.length - this.badCount;
  }

  /** Sectors outside the log that are not given up, whether or not they wait. */
  get outside(): number {
    return this.sectors.length - this.log.length - this.badOutside;
  }

  /** Sectors outside the log: those that may be erased and used now, and those that wait for a batch to become durable. */
  free(durableThrough: number): { readonly ready: number; readonly waiting: number } {
    let ready = 0;
    let waiting = 0;
    for (const sector of this.sectors) {
      if (sector.bad || sector.inLog) continue;
      if (sector.waitsFor <= durableThrough) ready++;
      else waiting++;
    }
    return { ready, waiting };
  }

  /** Takes the oldest sector, in which nothing is live any more, out of the log. */
  retireOldest(waitsFor: number): void {
    const oldest = this.log.shift();
    assert(oldest !== undefined && oldest.live.size === 0 && this.log.length > 0, "a sector is retired when nothing in it is live");
    oldest.inLog = false;
    if (oldest.bad) this.badOutside++;
    oldest.firstNumber = 0;
    oldest.waitsFor = waitsFor;
  }

  /** Opens the next free sector for batches: erases it unless it is blank, and writes its header. */
  open(durableThrough: number, entropy: number): Result<LogSector, CommitFailure> {
    if (this.nextGeneration >= NUMBER_MAX) return err({ kind: "flash", detail: "the sector generations are used up" });
    let fault = "";
    for (let tries = 0; tries < OPEN_TRIES_MAX; tries++) {
      const sector = this.nextFree(durableThrough);
      if (sector === undefined) break;
      this.lastIndex = sector.index;
      const opened = this.prepare(sector, durableThrough, entropy);
      if (opened.ok) {
        this.log.push(sector);
        sector.inLog = true;
        return ok(sector);
      }
      fault = opened.error;
      this.giveUp(sector);
    }
    if (fault !== "") return err({ kind: "flash", detail: fault });
    const { waiting } = this.free(durableThrough);
    return err({ kind: "full", detail: `no erased sector; ${waiting} wait until the last commit is durable` });
  }

  /** Erases one free sector ahead of its use. Whether there was one to erase. */
  eraseAhead(durableThrough: number): boolean {
    const sector = this.sectors.find((s) => !s.bad && !s.blank && s.waitsFor <= durableThrough && !s.inLog);
    if (sector === undefined) return false;
    if (!this.erase(sector).ok) this.giveUp(sector);
    return true;
  }

  /** Never uses `sector` again during this run; what stands in it stays readable until it is copied. */
  private giveUp(sector: LogSector): void {
    if (!sector.bad && !sector.inLog) this.badOutside++;
    if (!sector.bad) this.badCount++;
    sector.bad = true;
  }

  /** Programs `bytes` at the end of `sector`, reads them back, and marks the sector bad unless they are there. */
  append(sector: LogSector, bytes: Uint8Array): Result<void, string> {
    const { sectorBytes, writeAlignBytes } = this.geometry;
    assert(sector.end + bytes.length <= sectorBytes && bytes.length % writeAlignBytes === 0, "a batch lies within its sector");
    assert(sector.end % writeAlignBytes === 0, "a batch begins at a multiple of the write alignment");
    const offset = sector.index * sectorBytes + sector.end;
    sector.blank = false;
    const programmed = this.flash.program(offset, bytes);
    const fault = programmed.ok ? this.compare(offset, bytes) : `${programmed.error.kind}: ${programmed.error.detail}`;
    if (fault !== "") {
      this.giveUp(sector);
      return err(`sector ${sector.index}: ${fault}`);
    }
    sector.end += bytes.length;
    return ok();
  }

  private compare(offset: number, bytes: Uint8Array): string {
    const back = this.flash.read(offset, bytes.length);
    for (let i = 0; i < bytes.length; i++) if (back[i] !== bytes[i]) return `byte ${offset + i} reads back wrong`;
    return "";
  }

  private prepare(sector: LogSector, durableThrough: number, entropy: number): Result<void, string> {
    if (!sector.blank) {
      const erased = this.erase(sector);
      if (!erased.ok) return erased;
    }
    const { sectorCount, sectorBytes, erasedByte } = this.geometry;
    sector.end = 0;
    sector.generation = this.nextGeneration++;
    sector.salt = (entropy ^ Math.imul(sector.generation, 0x85ebca6b) ^ Math.imul(sector.residue, 0xc2b2ae35)) >>> 0;
    sector.opened = true;
    const { generation, salt } = sector;
    const header = { version: FORMAT_VERSION, erasedByte, sectorCount, sectorBytes, generation, salt, durableThrough };
    return this.append(sector, encodeSectorHeader(header));
  }

  private erase(sector: LogSector): Result<void, string> {
    const { sectorBytes, erasedByte } = this.geometry;
    if (!sector.opened) sector.residue = crc32(this.flash.read(sector.index * sectorBytes, sectorBytes), 0, sectorBytes);
    const erased = this.flash.erase(sector.index);
    if (!erased.ok) return err(`sector ${sector.index}: ${erased.error.kind}: ${erased.error.detail}`);
    const back = this.flash.read(sector.index * sectorBytes, sectorBytes);
    if (back.some((byte) => byte !== erasedByte)) return err(`sector ${sector.index} does not read as erased`);
    sector.blank = true;
    sector.end = 0;
    return ok();
  }

  private nextFree(durableThrough: number): LogSector | undefined {
    const { sectorCount } = this.geometry;
    for (let step = 1; step <= sectorCount; step++) {
      const sector = this.sectors[(this.lastIndex + step) % sectorCount]!;
      if (!sector.bad && sector.waitsFor <= durableThrough && !sector.inLog) return sector;
    }
    return undefined;
  }
}
