/** What the strict codec reads and writes: RFC 8949 without floats, undefined, indefinite lengths and big numbers. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTag | CborRaw;

/** Map keys are integers or text. */
export type CborKey = number | string;
export type CborMap = ReadonlyMap<CborKey, CborValue>;

/** A tagged item (RFC 8949 section 3.4). */
export class CborTag {
  constructor(
    readonly tag: number,
    readonly value: CborValue,
  ) {}
}

/** One item already encoded; written as it is, so that received bytes are never decoded and re-encoded. */
export class CborRaw {
  constructor(readonly bytes: Uint8Array) {}
}

/** Why bytes are not one deterministic item. */
export type CborFault =
  | "truncated"
  | "trailing"
  | "non-canonical"
  | "unsupported"
  | "wrong-type"
  | "duplicate-key"
  | "too-deep"
  | "too-large"
  | "invalid-utf8";

/** A decoded item and where its bytes lie: from `start` (inclusive) to `end` (exclusive). */
export interface CborItem extends CborRange {
  readonly value: CborValue;
}

/** From `start` (inclusive) to `end` (exclusive). */
export interface CborRange {
  readonly start: number;
  readonly end: number;
}
