import type { OpenSerialLine, SerialLine } from "../serial-line/index.ts";
import { correctRollover, fixOfGga, positionOfRmc, timeOfRmc, timeOfZda, type Position } from "./fix.ts";
import { Lines, parseSentence, type SentenceFault } from "./sentence.ts";

export * from "./fix.ts";
export * from "./sentence.ts";

/** What a receiver tells. `accuracyM`: a guess from its dilution of precision. */
export type GpsEvent =
  | (Position & { readonly kind: "position"; readonly accuracyM: number | undefined })
  /** `corrected`: the receiver had missed a roll-over of the week number. */
  | { readonly kind: "time"; readonly unixS: number; readonly corrected: boolean };

export interface GpsOptions {
  readonly open: OpenSerialLine;
  readonly listener: (event: GpsEvent) => void;
  /** One line for the log: the line lost or back, and what is odd about the receiver. */
  readonly onTrouble: (message: string) => void;
  /** When this program was made, in Unix seconds: no time before it is true. */
  readonly builtS: number;
}

/** Metres of error for one unit of dilution, a cautious figure for a receiver of today. */
const METRES_PER_HDOP = 5;

/** A listener is told the time no oftener: the firmware counts by itself. */
const TIME_EVERY_S = 10;

/**
 * A GPS receiver that speaks NMEA 0183 on a serial line: RMC, GGA and ZDA of any talker; the rest is passed over. Garbage, half sentences
 * and wrong checks are counted and cost nothing.
 */
export class GpsReceiver {
  readonly #options: GpsOptions;
  readonly #line: SerialLine;
  #lines = new Lines();
  readonly #faults: Record<SentenceFault, number> = { noise: 0, badCheck: 0, tooLong: 0 };
  #hasFix = false;
  #accuracyM: number | undefined;
  #toldS = -Infinity;
  #isCorrectionTold = false;

  constructor(options: GpsOptions) {
    this.#options = options;
    this.#line = options.open({
      opened: () => {
        this.#lines = new Lines();
        options.onTrouble("the line is open");
      },
      received: (bytes) => {
        for (const line of this.#lines.take(bytes)) this.#heard(line);
      },
      lost: (why) => {
        this.#hasFix = false;
        options.onTrouble(`the line is lost: ${why}`);
      },
    });
  }

  /** Lines that were none, by what was wrong with them. */
  get faults(): Readonly<Record<SentenceFault, number>> {
    return { ...this.#faults };
  }

  close(): void {
    void this.#line.close();
  }

  #heard(line: string): void {
    const sentence = parseSentence(line);
    if (typeof sentence === "string") {
      this.#faults[sentence]++;
      return;
    }
    switch (sentence.type) {
      case "GGA": {
        const fix = fixOfGga(sentence);
        this.#accuracyM = fix?.hdop === undefined ? undefined : fix.hdop * METRES_PER_HDOP;
        return;
      }
      case "RMC": {
        const position = positionOfRmc(sentence);
        this.#hasFix = position !== undefined;
        if (position !== undefined) this.#options.listener({ kind: "position", ...position, accuracyM: this.#accuracyM });
        return this.#tellTime(timeOfRmc(sentence));
      }
      case "ZDA":
        // It goes on counting without a fix, from whatever date it began with.
        return this.#hasFix ? this.#tellTime(timeOfZda(sentence)) : undefined;
    }
  }

  #tellTime(told: number | undefined): void {
    if (told === undefined) return;
    const time = correctRollover(told, this.#options.builtS);
    if (time === undefined || Math.abs(time.unixS - this.#toldS) < TIME_EVERY_S) return;
    this.#toldS = time.unixS;
    if (time.corrected && !this.#isCorrectionTold) this.#options.onTrouble("the receiver has missed a roll-over of the week number: its date is corrected by 1024 weeks");
    this.#isCorrectionTold = time.corrected;
    this.#options.listener({ kind: "time", ...time });
  }
}
