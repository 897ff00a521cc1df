import { err, ok, utf8Decode, utf8Encode, type Result } from "../base/index.ts";
import type { CborKey, CborMap, CborValue } from "../cbor/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { isName } from "../wire/index.ts";
import { OWNER_EPOCH_MAX } from "./ownership.ts";
import { Stale } from "./stale.ts";

/** What owners can set. Names are those of the `changeSettings` command. */
export interface Settings {
  /** Switched by its own command. */
  readonly valetMode: boolean;
  /** Locks again when no door was opened after an unlock; 0: never. */
  readonly autoRelockMs: number;
  readonly walkAwayEnabled: boolean;
  readonly walkAwayMs: number;
  /** How long a card may take to prove itself: a relay adds its own time to that. */
  readonly cardAnswerMs: number;
  /** The same for a card of our own type, of which an answer is timed that takes no elliptic curve. */
  readonly ownCardAnswerMs: number;
  /** How long the removal of an owner, or a reset without the button, is announced before it happens. */
  readonly ownerRemovalDelayS: number;
  /** Unlocks by itself for a key that is measured to come near; only where the board has a session-bound way to measure. */
  readonly passiveEntry: boolean;
  /** Drive needs the key measured to be inside; only where the board has a session-bound way to measure. */
  readonly rangedDrive: boolean;
  /** Cards of the weaker Tesla type neither open anything nor are enrolled: their keys are static, and anybody can recognise them. */
  readonly ownCardsAlone: boolean;
  /** Whether links that prove no proximity are served at all: those of the cloud's courier, and of other machines. */
  readonly remoteAccess: boolean;
}
export type SettingName = keyof Settings;

type SettingRule =
  | { readonly kind: "switch"; readonly byCommand: boolean }
  | { readonly kind: "number"; readonly min: number; readonly max: number; readonly byCommand: boolean };

/** Kind and range of each setting; `byCommand`: `changeSettings` may change it. */
export const SETTING_RULES: Readonly<Record<SettingName, SettingRule>> = {
  valetMode: { kind: "switch", byCommand: false },
  autoRelockMs: { kind: "number", min: 0, max: 600_000, byCommand: true },
  walkAwayEnabled: { kind: "switch", byCommand: true },
  walkAwayMs: { kind: "number", min: 1_000, max: 600_000, byCommand: true },
  cardAnswerMs: { kind: "number", min: 50, max: 2_000, byCommand: true },
  ownCardAnswerMs: { kind: "number", min: 20, max: 1_000, byCommand: true },
  // Never shorter than a day: a thief with one owner's phone must not shorten what protects the other owners.
  ownerRemovalDelayS: { kind: "number", min: 86_400, max: 7 * 86_400, byCommand: true },
  passiveEntry: { kind: "switch", byCommand: true },
  rangedDrive: { kind: "switch", byCommand: true },
  ownCardsAlone: { kind: "switch", byCommand: true },
  remoteAccess: { kind: "switch", byCommand: true },
};

export const DEFAULT_SETTINGS: Settings = {
  valetMode: false,
  autoRelockMs: 30_000,
  walkAwayEnabled: false,
  walkAwayMs: 10_000,
  // Elliptic curves take a card some 150 to 300 ms.
  cardAnswerMs: 500,
  // An expected 20 to 50 ms on the card, and twice 48 bytes over the air and a serial line.
  ownCardAnswerMs: 150,
  ownerRemovalDelayS: 86_400,
  passiveEntry: false,
  rangedDrive: false,
  ownCardsAlone: false,
  remoteAccess: true,
};

/** The setting that a `changeSettings` names and cannot have: unknown, or a value out of its range. */
export interface SettingFault {
  readonly setting: string;
  readonly why: "unknown" | "outOfRange";
}

const VERSION = 1;
const NAMES = Object.keys(SETTING_RULES) as SettingName[];

/** The settings in force: the car's defaults and what owners of this epoch have changed. */
export class SettingStore {
  private readonly defaults: Settings;
  private current: Settings;
  private readonly epochs = new Map<SettingName, number>();
  readonly stale = new Stale(TABLES.settings);
  highestEpoch = 0;

  constructor(defaults: Partial<Settings>) {
    this.defaults = { ...DEFAULT_SETTINGS, ...defaults };
    this.current = this.defaults;
  }

  get values(): Settings {
    return this.current;
  }

  apply(change: RecordChange, ownerEpoch: number): RecordFault | undefined {
    const text = utf8Decode(change.key);
    const name = NAMES.find((candidate) => candidate === text);
    this.stale.delete(change.key);
    if (name === undefined) return change.value && recordFault(change, "a setting this build does not know");
    this.epochs.delete(name);
    this.current = { ...this.current, [name]: this.defaults[name] };
    if (change.value === undefined) return undefined;
    const fields = readRecord(change.value, VERSION, 2);
    const epoch = uintField(fields?.[0], OWNER_EPOCH_MAX);
    const value = fields?.[1];
    if (epoch === undefined || value === undefined || !fits(name, value)) {
      // Valet mode takes away and an owner ends it with one command, so in doubt it is on.
      if (name === "valetMode") {
        this.current = { ...this.current, valetMode: true };
        this.epochs.set(name, Number.MAX_SAFE_INTEGER);
      }
      return recordFault(change, `the setting ${name}; ${name === "valetMode" ? "valet mode is on" : "the default is in force"}`);
    }
    this.highestEpoch = Math.max(this.highestEpoch, epoch);
    if (epoch < ownerEpoch) {
      this.stale.add(change.key);
      return undefined;
    }
    this.epochs.set(name, epoch);
    this.current = { ...this.current, [name]: value };
    return undefined;
  }

  /** Back to the car's defaults: settings of an earlier owner are not the new one's. */
  startEpoch(ownerEpoch: number): void {
    for (const name of NAMES) {
      const epoch = this.epochs.get(name);
      if (epoch !== undefined && epoch >= ownerEpoch) continue;
      if (epoch !== undefined) this.stale.add(toKey(name));
      this.epochs.delete(name);
      this.current = { ...this.current, [name]: this.defaults[name] };
    }
  }
}

/** The records of a `changeSettings`: all of it or, naming the first setting at fault, nothing. */
export function planSettings(wanted: CborMap, ownerEpoch: number): Result<readonly RecordChange[], SettingFault> {
  const changes: RecordChange[] = [];
  for (const [key, value] of wanted) {
    const name = NAMES.find((candidate) => candidate === key);
    if (name === undefined || !SETTING_RULES[name].byCommand) return err({ setting: shownName(key), why: "unknown" });
    if (!fits(name, value)) return err({ setting: name, why: "outOfRange" });
    changes.push(putSetting(name, value, ownerEpoch));
  }
  return ok(changes);
}

/** What an unknown setting is called in the answer: its name goes back only where it is one, so that the answer has a bound. */
function shownName(key: CborKey): string {
  return typeof key === "number" || isName(key) ? String(key) : "a name that cannot be shown";
}

/** The record of one setting. */
export function putSetting(name: SettingName, value: CborValue, ownerEpoch: number): RecordChange {
  return { table: TABLES.settings, key: toKey(name), value: writeRecord(VERSION, ownerEpoch, value) };
}

function fits(name: SettingName, value: CborValue): value is boolean | number {
  const rule = SETTING_RULES[name];
  if (rule.kind === "switch") return typeof value === "boolean";
  return typeof value === "number" && value >= rule.min && value <= rule.max;
}

function toKey(name: SettingName): Uint8Array {
  return utf8Encode(name);
}
