/** Longest sentence, from `$` to the check (NMEA 0183 section 5.3); receivers that say more are cut off. */
export const SENTENCE_BYTES_MAX = 82;

/** A sentence whose check is right: its type without the talker, and its fields. */
export interface Sentence {
  readonly type: string;
  readonly fields: readonly string[];
}

/** What is wrong with a line that is none. */
export type SentenceFault = "noise" | "badCheck" | "tooLong";

const SHAPE = /^\$([A-Z]{2})([A-Z]{3})((?:,[\x20-\x29\x2b\x2d-\x7e]*)*)\*([0-9A-Fa-f]{2})$/;

/** The sentence in a line without its end; any talker (GP, GN, GL, ...). */
export function parseSentence(line: string): Sentence | SentenceFault {
  if (line.length > SENTENCE_BYTES_MAX) return "tooLong";
  const match = SHAPE.exec(line);
  if (match === null) return "noise";
  let check = 0;
  for (let i = 1; i < line.lastIndexOf("*"); i++) check ^= line.charCodeAt(i);
  if (check !== parseInt(match[4]!, 16)) return "badCheck";
  return { type: match[2]!, fields: match[3]!.split(",").slice(1) };
}

/** Cuts a stream of bytes into lines. What is no line within the bound is dropped, so that noise takes no memory. */
export class Lines {
  private pending = "";
  private overflown = false;

  /** The whole lines that `bytes` end, without their ends. */
  take(bytes: Uint8Array): readonly string[] {
    const lines: string[] = [];
    for (const byte of bytes) {
      if (byte === 0x0a || byte === 0x0d) {
        if (this.pending !== "" && !this.overflown) lines.push(this.pending);
        this.pending = "";
        this.overflown = false;
      } else if (byte === 0x24) {
        // A sentence begins, whatever stood before it.
        this.pending = "$";
        this.overflown = false;
      } else if (!this.overflown) {
        this.pending += String.fromCharCode(byte);
        if (this.pending.length > SENTENCE_BYTES_MAX) {
          lines.push(this.pending);
          this.pending = "";
          this.overflown = true;
        }
      }
    }
    return lines;
  }
}
