import { err, ok, utf8Encode, type Result } from "../base/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import type { ReasonName } from "../wire/index.ts";

export type TimeSource = "rtc" | "gps";

/** What stands behind the wall time: nothing, one source, two sources that agree, or an owner's signed command. */
export type TimeTrust = "untrusted" | "single" | "agreed" | "owner";

/** Why a source's time was not taken. */
export type TimeRefusal =
  /** Not whole seconds between 1970 and 9999. */
  | "notATime"
  /** Below the floor: the clock fell back. */
  | "timeMovesBack"
  /** The floor cannot be read from flash: only an owner's new time epoch makes time trusted again. */
  | "floorLost"
  /** Further ahead than one source may take the car. */
  | "leapTooFar"
  /** Two sources tell different times and neither has more behind it; time is no longer trusted. */
  | "sourcesDisagree"
  /** Away from a time that has more behind it; that time stays. */
  | "contradictsTrustedTime";

/** An owner's time between its commit and {@link TrustedTime.adopt}. */
export interface OwnerTime {
  readonly unixS: number;
  readonly atMs: number;
}

/** How far one source alone may take the car past the last time that had more behind it: 90 days, as long as a grant may last. */
export const SINGLE_SOURCE_LEAP_S_MAX = 90 * 86_400;
/** Sources that differ by no more than this agree: room for the drift of a cheap RTC over some weeks. */
export const AGREEMENT_S = 120;
/** The floor goes to flash in steps of this much, so that keeping time costs at most 144 small records a day. */
export const FLOOR_STEP_S = 600;
/** The last second of the year 9999. */
export const UNIX_S_MAX = 253_402_300_799;

const KEY = utf8Encode("floor");
const VERSION = 1;

interface Wall {
  readonly unixS: number;
  readonly atMs: number;
}

/**
 * Wall time as an offset to monotonic time, with the trust behind it, and a floor that only grows within a time epoch.
 *
 * The floor, its epoch and the ceiling of a single source are records; offset and trust last for one boot, so after a restart the
 * floor is known and time is untrusted until a source speaks. Any one source may be lying. It can therefore raise the floor
 * at most {@link SINGLE_SOURCE_LEAP_S_MAX} above the last time that an owner or two agreeing sources stood for, plus the time the
 * car itself has seen pass. A car that was never told the time takes the first source's word.
 */
export class TrustedTime {
  private currentTrust: TimeTrust = "untrusted";
  private wall: Wall | undefined;
  private readonly heard: Partial<Record<TimeSource, Wall>> = {};
  private record: { readonly epoch: number; readonly floorS: number; readonly ceilingS: number } | undefined;
  private damaged = false;
  private seenMs: number;
  private ceilingAtMs: number;

  /** `nowMs`: monotonic time of the start. */
  constructor(nowMs: number) {
    this.seenMs = nowMs;
    this.ceilingAtMs = nowMs;
  }

  /** Folds one record of TABLES.time. Without a readable floor only an owner's new time epoch makes time trusted again. */
  apply(change: RecordChange): RecordFault | undefined {
    if (change.value === undefined) return undefined;
    const fields = readRecord(change.value, VERSION, 3);
    const epoch = uintField(fields?.[0]);
    const floorS = uintField(fields?.[1], UNIX_S_MAX);
    const ceilingS = uintField(fields?.[2]);
    if (epoch === undefined || floorS === undefined || ceilingS === undefined) {
      this.damaged = true;
      return recordFault(change, "the time floor");
    }
    this.damaged = false;
    this.record = { epoch, floorS, ceilingS };
    this.ceilingAtMs = this.seenMs;
    return undefined;
  }

  get trust(): TimeTrust {
    return this.currentTrust;
  }

  /** Grows with each new start of time that an owner commands; 0 before the first. */
  get epoch(): number {
    return this.record?.epoch ?? 0;
  }

  /** Unix seconds that certainly have passed, as far as the flash remembers. 0 on a new car. */
  get floorS(): number {
    return this.record?.floorS ?? 0;
  }

  /** Trusted Unix seconds, never below the floor; undefined while time is not trusted. */
  nowS(nowMs: number): number | undefined {
    if (this.wall === undefined || this.currentTrust === "untrusted") return undefined;
    return Math.max(this.floorS, expected(this.wall, nowMs));
  }

  /** Takes, or refuses, what a source says; the reason is for the log. Changes no record: see {@link planProgress}. */
  report(source: TimeSource, unixS: number, nowMs: number): Result<TimeTrust, TimeRefusal> {
    this.seen(nowMs);
    if (this.damaged) return err("floorLost");
    if (!Number.isSafeInteger(unixS) || unixS < 0 || unixS > UNIX_S_MAX) return err("notATime");
    if (unixS < this.floorS) {
      delete this.heard[source];
      return err("timeMovesBack");
    }
    const told: Wall = { unixS, atMs: nowMs };
    const other = this.heard[source === "rtc" ? "gps" : "rtc"];
    this.heard[source] = told;
    if (other !== undefined && near(other, told) && this.currentTrust !== "owner") return this.settle(told, "agreed");
    if (this.wall !== undefined && (this.currentTrust === "owner" || this.currentTrust === "agreed")) {
      return near(this.wall, told) ? ok(this.currentTrust) : err("contradictsTrustedTime");
    }
    const ceilingS = this.ceilingS(nowMs);
    if (unixS > ceilingS) return err("leapTooFar");
    if (other !== undefined && expected(other, nowMs) <= ceilingS) {
      this.currentTrust = "untrusted";
      return err("sourcesDisagree");
    }
    return this.settle(told, "single");
  }

  /**
   * An owner's time. Within the epoch it may go any way ahead and never below the floor (`timeMovesBack`); with `newEpoch` it
   * starts a new epoch with itself as the floor. `malformed`: no time. After the commit hand `time` to {@link adopt}.
   */
  planOwnerTime(unixS: number, newEpoch: boolean, nowMs: number): Result<{ readonly changes: readonly RecordChange[]; readonly time: OwnerTime }, ReasonName> {
    this.seen(nowMs);
    if (!Number.isSafeInteger(unixS) || unixS < 0 || unixS > UNIX_S_MAX) return err("malformed");
    if (!newEpoch && (unixS < this.floorS || this.damaged)) return err("timeMovesBack");
    const ceilingS = newEpoch || this.record === undefined ? 0 : this.ceilingS(nowMs);
    const change = put(newEpoch ? this.epoch + 1 : this.epoch, unixS, Math.max(ceilingS, unixS + SINGLE_SOURCE_LEAP_S_MAX));
    return ok({ changes: [change], time: { unixS, atMs: nowMs } });
  }

  /** The owner's time is committed: from now on it is what the car goes by. */
  adopt(time: OwnerTime): void {
    delete this.heard.rtc;
    delete this.heard.gps;
    this.settle(time, "owner");
  }

  /** The floor's next step, once time has moved {@link FLOOR_STEP_S} past it; else nothing. */
  planProgress(nowMs: number): readonly RecordChange[] {
    this.seen(nowMs);
    const nowS = this.nowS(nowMs);
    if (nowS === undefined) return [];
    if (this.record !== undefined && nowS < this.floorS + FLOOR_STEP_S) return [];
    const confirmed = this.currentTrust !== "single" || this.record === undefined;
    const ceilingS = this.record === undefined ? 0 : this.ceilingS(nowMs);
    return [put(this.epoch, nowS, confirmed ? Math.max(ceilingS, nowS + SINGLE_SOURCE_LEAP_S_MAX) : ceilingS)];
  }

  /** When {@link planProgress} will next have something; undefined while time is not trusted. */
  nextProgressMs(nowMs: number): number | undefined {
    const nowS = this.nowS(nowMs);
    if (nowS === undefined) return undefined;
    return this.record === undefined ? nowMs : nowMs + Math.max(0, this.floorS + FLOOR_STEP_S - nowS) * 1000;
  }

  private ceilingS(nowMs: number): number {
    if (this.record === undefined) return UNIX_S_MAX;
    return this.record.ceilingS + Math.max(0, Math.floor((nowMs - this.ceilingAtMs) / 1000));
  }

  private settle(wall: Wall, trust: TimeTrust): Result<TimeTrust, never> {
    this.wall = wall;
    this.currentTrust = trust;
    return ok(trust);
  }

  private seen(nowMs: number): void {
    this.seenMs = Math.max(this.seenMs, nowMs);
  }
}

function expected(wall: Wall, nowMs: number): number {
  return wall.unixS + Math.floor((nowMs - wall.atMs) / 1000);
}

function near(earlier: Wall, told: Wall): boolean {
  return Math.abs(expected(earlier, told.atMs) - told.unixS) <= AGREEMENT_S;
}

function put(epoch: number, floorS: number, ceilingS: number): RecordChange {
  return { table: TABLES.time, key: KEY, value: writeRecord(VERSION, epoch, floorS, ceilingS) };
}
