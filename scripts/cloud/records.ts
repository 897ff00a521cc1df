import type { Change, Disk } from "./disk.ts";

export interface AccountRecord {
  readonly salt: string;
  readonly passwordHash: string;
  /** `pending` until a first code has proved that the app has it. */
  readonly totp?: { readonly secret: string; readonly pending: boolean; readonly lastStep: number };
  /** SHA-256 of the codes that are left. */
  readonly recoveryHashes: readonly string[];
}

export interface SessionRecord {
  readonly account: string;
  readonly expiresAtMs: number;
}

export interface VehicleRecord {
  readonly account: string;
  readonly label: string;
  readonly vehicleId: string;
  readonly statement: string;
  readonly uplinkTokenHash: string;
  /** Waiting for the car. */
  readonly list?: string;
  readonly report?: { readonly receivedAtMs: number; readonly report: unknown };
  readonly model?: string;
  /** The release its uplink has been told of and has acknowledged. */
  readonly told?: { readonly model: string; readonly sequenceNumber: number };
}

export interface ReleaseRecord {
  readonly model: string;
  readonly sequenceNumber: number;
  readonly version: string;
  readonly sizeBytes: number;
}

/** Tries on one account name, known or not. */
export interface TriesRecord {
  readonly count: number;
  readonly untilMs: number;
}

export interface Tables {
  account: AccountRecord;
  session: SessionRecord;
  vehicle: VehicleRecord;
  release: ReleaseRecord;
  tries: TriesRecord;
  setting: { readonly twoFactor: boolean };
}

const NAMES = ["account", "session", "vehicle", "release", "tries", "setting"] as const satisfies readonly (keyof Tables)[];

/** A change of one record; `undefined` removes it. */
export type RecordChange = { [T in keyof Tables]: readonly [table: T, id: string, value: Tables[T] | undefined] }[keyof Tables];

/**
 * All small records, in memory and on disk. Decisions read and change memory in one step, so that two requests cannot both use what
 * is good once; whoever answers waits for {@link Records.commit} first. Memory is bounded by LIMITS.
 */
export class Records {
  readonly #tables = Object.fromEntries(NAMES.map((name) => [name, new Map()])) as { readonly [T in keyof Tables]: Map<string, Tables[T]> };

  readonly disk: Disk;
  readonly #onFault: (fault: Error) => void;
  #fault: Error | undefined;

  private constructor(disk: Disk, onFault: (fault: Error) => void) {
    this.disk = disk;
    this.#onFault = onFault;
  }

  /** `onFault`: the disk has failed. Memory may be ahead of it then, so nothing is committed any more. */
  static async open(disk: Disk, onFault: (fault: Error) => void): Promise<Records> {
    const records = new Records(disk, onFault);
    for (const name of NAMES) {
      for (const [key, bytes] of await disk.read(`${name}/`)) {
        (records.#tables[name] as Map<string, unknown>).set(key.slice(name.length + 1), JSON.parse(Buffer.from(bytes).toString()));
      }
    }
    return records;
  }

  all<T extends keyof Tables>(table: T): ReadonlyMap<string, Tables[T]> {
    return this.#tables[table];
  }

  get<T extends keyof Tables>(table: T, id: string): Tables[T] | undefined {
    return this.#tables[table].get(id);
  }

  /** Changes memory at once and resolves when the change, with `blobs` beside it, is durable. */
  async commit(changes: readonly RecordChange[], blobs: readonly Change[] = []): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    for (const [table, id, value] of changes) {
      const rows = this.#tables[table] as Map<string, unknown>;
      if (value === undefined) rows.delete(id);
      else rows.set(id, value);
    }
    const written = changes.map(([table, id, value]) => ({ key: `${table}/${id}`, value: value === undefined ? undefined : Buffer.from(JSON.stringify(value)) }));
    try {
      await this.disk.write([...written, ...blobs]);
    } catch (fault) {
      this.#fault = fault as Error;
      this.#onFault(this.#fault);
      throw fault;
    }
  }
}
