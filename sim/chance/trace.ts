import { toHex } from "../../firmware/base/index.ts";
import { mix } from "./prng.ts";

/** Lines a trace keeps for showing; the hash covers every line. */
export const TRACE_LINE_COUNT_MAX = 2_000;

/** The record of a run: every event in order goes into the hash, the last {@link TRACE_LINE_COUNT_MAX} lines stay readable. */
export interface Trace {
  /** Adds one event; `bytes` enter the hash in full and the line as a count. */
  record(atMs: number, where: string, what: string, bytes?: Uint8Array): void;
  readonly eventCount: number;
  /** 16 hexadecimal digits over everything recorded so far. Tells runs apart; no cryptographic hash. */
  hash(): string;
  lines(): readonly string[];
}

export interface TraceOptions {
  /** Keep readable lines (costs time and memory; off for benchmarks). Default: true. */
  readonly keepLines?: boolean;
}

export function createTrace(options: TraceOptions = {}): Trace {
  const keepLines = options.keepLines ?? true;
  const kept: string[] = [];
  let low = 0x811c9dc5 | 0;
  let high = 0x9e3779b9 | 0;
  let eventCount = 0;
  const addWord = (word: number): void => {
    low = Math.imul(low ^ word, 0x01000193);
    high = Math.imul(high ^ (word + (low >>> 15)), 0x85ebca6b);
  };
  const addText = (text: string): void => {
    for (let i = 0; i < text.length; i++) addWord(text.charCodeAt(i));
    addWord(0x10000 + text.length);
  };
  return {
    record(atMs, where, what, bytes) {
      eventCount += 1;
      addWord(atMs | 0);
      addWord(Math.floor(atMs / 0x1_0000_0000));
      addText(where);
      addText(what);
      if (bytes !== undefined) {
        for (const byte of bytes) addWord(byte);
        addWord(0x20000 + bytes.length);
      }
      if (!keepLines) return;
      kept.push(`${atMs} ${where} ${what}${bytes === undefined ? "" : ` (${bytes.length} bytes)`}`);
      // Dropping half at a time keeps the cost per line constant.
      if (kept.length > 2 * TRACE_LINE_COUNT_MAX) kept.splice(0, kept.length - TRACE_LINE_COUNT_MAX);
    },
    get eventCount() {
      return eventCount;
    },
    hash: () => toHex(bigEndian(mix(high ^ eventCount), mix(low))),
    lines: () => kept.slice(-TRACE_LINE_COUNT_MAX),
  };
}

function bigEndian(...words: readonly number[]): Uint8Array {
  const out = new Uint8Array(4 * words.length);
  words.forEach((word, index) => {
    for (let i = 0; i < 4; i++) out[4 * index + i] = (word >>> (24 - 8 * i)) & 0xff;
  });
  return out;
}

/** What identifies a run and how to see it again. */
export interface RunIdentity {
  readonly seed: string;
  readonly scenario: string;
  readonly traceHash: string;
  /** The command that repeats it, for example `latchkey incident replay gig-2020 --seed 1`. */
  readonly replayCommand: string;
}

/** The one line printed with a failure. */
export function describeRun(run: RunIdentity): string {
  return `scenario ${run.scenario}, seed ${run.seed}, trace ${run.traceHash}; replay: ${run.replayCommand}`;
}
