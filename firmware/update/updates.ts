import { assert, equalBytes, err, fromHex, ok, toHex, utf8Decode, utf8Encode, type Result } from "../base/index.ts";
import { thumbprint, type PublicKey } from "../cose/index.ts";
import { readRecord, recordFault, uintField, writeRecord, type RecordFault } from "../fold/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { KEY_ID_BYTES, type ReasonName } from "../wire/index.ts";
import type { BundleFacts } from "./boot-record.ts";
import { readFormats, writeFormats, type ReadableFormats } from "./formats.ts";
import { BUNDLE_BYTES_MAX, parseManifest, SEQUENCE_NUMBER_MAX, verifyManifest, type ParsedManifest, type UpdateManifest } from "./manifest.ts";
import { nextUpdateState, STATE_NUMBERS, type UpdateState, type UpdateStep } from "./progress.ts";

/** What the car is, as far as updates are concerned. */
export interface UpdateOptions {
  readonly crypto: CryptoPort;
  /** The class of cars that this one belongs to; undefined: it takes no updates. */
  readonly model: string | undefined;
  /** Release key that the maker has pinned, as an encoded COSE_Key: only it, and keys that it names, sign releases. */
  readonly pinnedReleaseKey?: Uint8Array;
  /** The key of an encoded COSE_Key if it may sign releases here: none that is printed in a standard. */
  readonly acceptKey: (coseKey: Uint8Array) => Result<PublicKey, ReasonName>;
}

/** What is known of the newest update. */
export interface UpdateStatus {
  readonly state: UpdateState;
  readonly manifest: UpdateManifest | undefined;
  /** SHA-256 of the signed manifest: what is consented to. */
  readonly id: Uint8Array | undefined;
  /** Key id of the owner who consented, lower-case hex. */
  readonly consentedBy: string | undefined;
  /** Bytes of the bundle that are durable in the other slot. */
  readonly throughBytes: number;
  /** The anti-rollback counter: highest confirmed sequence number, 0 before the first. */
  readonly counter: number;
}

interface Known {
  readonly state: UpdateState;
  readonly envelope: Uint8Array;
  readonly parsed: ParsedManifest;
  readonly consentedBy: string | undefined;
  readonly throughBytes: number;
}

const VERSION = 1;
const KEYS = { counter: utf8Encode("counter"), anchor: utf8Encode("anchor"), update: utf8Encode("update"), formats: utf8Encode("formats") } as const;
const STATES = Object.keys(STATE_NUMBERS) as UpdateState[];
const NOBODY = new Uint8Array(0);

/** How far the download may go before its progress is written down again: a restart repeats this much at most. */
export const PROGRESS_STEP_BYTES = 256 * 1024;

/**
 * The signed update: whose signature counts, what is offered, who consented, how far it has come. Memory is a fold of the records
 * of TABLES.update; none of them belongs to an owner epoch, so counter and release key survive a reset.
 */
export class Updates {
  private readonly options: UpdateOptions;
  private known: Known | undefined;
  private highest = 0;
  private counterUnreadable = false;
  private anchor: { readonly coseKey: Uint8Array; readonly root: Uint8Array } | undefined;
  private readable: ReadableFormats | undefined;

  constructor(options: UpdateOptions) {
    this.options = options;
  }

  apply(change: RecordChange): RecordFault | undefined {
    if (change.table !== TABLES.update) return undefined;
    const { value } = change;
    switch (utf8Decode(change.key)) {
      case "counter":
        return this.applyCounter(change);
      case "anchor":
        this.anchor = value && readAnchor(value);
        return value !== undefined && this.anchor === undefined ? recordFault(change, "the release key; updates are refused") : undefined;
      case "update":
        this.known = value && this.readKnown(value);
        return value !== undefined && this.known === undefined ? recordFault(change, "the update in progress; offer it again") : undefined;
      case "formats":
        this.readable = value && (readFormats(value) ?? new Map<number, number>());
        return undefined;
      default:
        return undefined;
    }
  }

  get status(): UpdateStatus {
    const { known } = this;
    return {
      state: known?.state ?? "idle",
      manifest: known?.parsed.manifest,
      id: known?.parsed.id,
      consentedBy: known?.consentedBy,
      throughBytes: known?.throughBytes ?? 0,
      counter: this.highest,
    };
  }

  /** The key that signs releases for this car now: the pinned one or its successors, else that of the claim; undefined: none. */
  get releaseKey(): PublicKey | undefined {
    const { acceptKey, pinnedReleaseKey } = this.options;
    const root = this.pinnedRoot();
    const kept = this.anchor !== undefined && (root === undefined || equalBytes(this.anchor.root, root)) ? this.anchor.coseKey : undefined;
    const coseKey = kept ?? pinnedReleaseKey;
    const key = coseKey && acceptKey(coseKey);
    return key?.ok === true ? key.value : undefined;
  }

  /** While a release is on trial: what the one before it can read. */
  get trialFormats(): ReadableFormats | undefined {
    return this.known?.state === "trial" ? (this.readable ?? new Map<number, number>()) : undefined;
  }

  /**
   * A manifest somebody brought. Errors: `noReleaseKey`, `malformed`, `badRelease` (signature), `wrongModel`, `olderRelease`,
   * `updateBusy`. No changes where it is known already.
   */
  planOffer(envelope: Uint8Array): Result<{ readonly changes: readonly RecordChange[]; readonly manifest: UpdateManifest }, ReasonName> {
    const { crypto, model, acceptKey } = this.options;
    const { releaseKey } = this;
    if (model === undefined || releaseKey === undefined) return err("noReleaseKey");
    const parsed = parseManifest(crypto, envelope);
    if (!parsed.ok) return parsed;
    if (!verifyManifest(crypto, parsed.value, releaseKey)) return err("badRelease");
    const { manifest } = parsed.value;
    if (manifest.model !== model) return err("wrongModel");
    if (this.counterUnreadable || manifest.sequenceNumber <= this.highest) return err("olderRelease");
    if (manifest.nextReleaseKey !== undefined && !acceptKey(manifest.nextReleaseKey).ok) return err("unacceptableKey");
    const { known } = this;
    const goesOn = known !== undefined && known.state !== "rolledBack" && equalBytes(known.parsed.id, parsed.value.id);
    if (goesOn) return ok({ changes: [], manifest });
    if (nextUpdateState(this.status.state, "offer") === undefined) return err("updateBusy");
    return ok({ changes: [putKnown({ state: "offered", envelope, consentedBy: undefined, throughBytes: 0 })], manifest });
  }

  /** An owner agrees to the release of that id. Errors: `nothingOffered`, `updateBusy`. No changes where consent is there already. */
  planConsent(keyId: string, id: Uint8Array): Result<{ readonly changes: readonly RecordChange[]; readonly manifest: UpdateManifest }, ReasonName> {
    const { known } = this;
    if (known === undefined || !equalBytes(known.parsed.id, id)) return err("nothingOffered");
    const { manifest } = known.parsed;
    if (known.state === "consented" || known.state === "downloading") return ok({ changes: [], manifest });
    const changes = this.planStep("consent", { consentedBy: keyId });
    return changes === undefined ? err("updateBusy") : ok({ changes, manifest });
  }

  /** Whether a piece may be written at `offset`. Errors: `consentNeeded`, `updateBusy`, `malformed` (beyond the promised size). */
  checkPiece(offset: number, lengthBytes: number): Result<void, ReasonName> {
    const { known } = this;
    if (known === undefined || known.state === "offered") return err("consentNeeded");
    if (nextUpdateState(known.state, "pieceStored") === undefined) return err("updateBusy");
    const fits = Number.isInteger(offset) && offset >= 0 && lengthBytes >= 1 && offset + lengthBytes <= known.parsed.manifest.sizeBytes;
    return fits ? ok() : err("malformed");
  }

  /** The bundle that the manifest of the update in progress names. */
  get bundle(): BundleFacts | undefined {
    const manifest = this.known?.parsed.manifest;
    return manifest && { digest: manifest.digest, sizeBytes: manifest.sizeBytes };
  }

  /** The records of a step, undefined where it is refused in this state. */
  planStep(step: UpdateStep, change: { readonly consentedBy?: string; readonly throughBytes?: number } = {}): readonly RecordChange[] | undefined {
    const { known } = this;
    const state = nextUpdateState(this.status.state, step);
    if (known === undefined || state === undefined) return undefined;
    const { envelope, parsed } = known;
    const restarts = step === "spoiled" || step === "consentEnded";
    const consentedBy = step === "consentEnded" ? undefined : (change.consentedBy ?? known.consentedBy);
    const throughBytes = restarts ? 0 : (change.throughBytes ?? known.throughBytes);
    const changes = [putKnown({ state, envelope, consentedBy, throughBytes })];
    if (step === "complete") changes.push({ table: TABLES.update, key: KEYS.formats, value: writeFormats() });
    return step === "proved" ? [...changes, ...this.planConfirmation(parsed.manifest)] : changes;
  }

  /** The release key that comes with a claim. Errors: `unacceptableKey`. No changes where the maker has pinned one. */
  planReleaseKey(coseKey: Uint8Array): Result<readonly RecordChange[], ReasonName> {
    const key = this.options.acceptKey(coseKey);
    if (!key.ok) return key;
    return ok(this.pinnedRoot() === undefined ? [putAnchor(key.value.coseKey, NOBODY)] : []);
  }

  private planConfirmation({ sequenceNumber, nextReleaseKey }: UpdateManifest): readonly RecordChange[] {
    const next = nextReleaseKey === undefined ? [] : [putAnchor(nextReleaseKey, this.pinnedRoot() ?? NOBODY)];
    return [putCounter(Math.max(this.highest, sequenceNumber)), ...next];
  }

  private pinnedRoot(): Uint8Array | undefined {
    const { pinnedReleaseKey, acceptKey, crypto } = this.options;
    if (pinnedReleaseKey === undefined) return undefined;
    const key = acceptKey(pinnedReleaseKey);
    // A pinned key that is none pins all the same: nobody signs for this car.
    return key.ok ? thumbprint(crypto, key.value) : crypto.sha256(pinnedReleaseKey);
  }

  private applyCounter(change: RecordChange): RecordFault | undefined {
    const counter = change.value && uintField(readRecord(change.value, VERSION, 1)?.[0], SEQUENCE_NUMBER_MAX);
    this.counterUnreadable = counter === undefined;
    if (counter === undefined) return recordFault(change, "the number of the newest confirmed release; updates are refused");
    this.highest = Math.max(this.highest, counter);
    return undefined;
  }

  private readKnown(value: Uint8Array): Known | undefined {
    const fields = readRecord(value, VERSION, 4);
    const number = uintField(fields?.[0]);
    const state = STATES.find((candidate) => STATE_NUMBERS[candidate] === number);
    const [, envelope, keyId] = fields ?? [];
    const throughBytes = uintField(fields?.[3], BUNDLE_BYTES_MAX);
    if (state === undefined || !(envelope instanceof Uint8Array) || !(keyId instanceof Uint8Array) || throughBytes === undefined) return undefined;
    const parsed = parseManifest(this.options.crypto, envelope);
    if (!parsed.ok || throughBytes > parsed.value.manifest.sizeBytes) return undefined;
    const consentedBy = keyId.length === KEY_ID_BYTES ? toHex(keyId) : undefined;
    return { state, envelope, parsed: parsed.value, consentedBy, throughBytes };
  }
}

function putKnown({ state, envelope, consentedBy, throughBytes }: Omit<Known, "parsed">): RecordChange {
  const keyId = consentedBy === undefined ? NOBODY : fromHex(consentedBy);
  assert(keyId !== undefined, "a key id is hexadecimal");
  return { table: TABLES.update, key: KEYS.update, value: writeRecord(VERSION, STATE_NUMBERS[state], envelope, keyId, throughBytes) };
}

function putCounter(counter: number): RecordChange {
  return { table: TABLES.update, key: KEYS.counter, value: writeRecord(VERSION, counter) };
}

/** `root`: thumbprint of the pinned key that this one descends from, empty where none is pinned. */
function putAnchor(coseKey: Uint8Array, root: Uint8Array): RecordChange {
  return { table: TABLES.update, key: KEYS.anchor, value: writeRecord(VERSION, coseKey, root) };
}

function readAnchor(value: Uint8Array): { readonly coseKey: Uint8Array; readonly root: Uint8Array } | undefined {
  const [coseKey, root] = readRecord(value, VERSION, 2) ?? [];
  return coseKey instanceof Uint8Array && root instanceof Uint8Array ? { coseKey, root } : undefined;
}
