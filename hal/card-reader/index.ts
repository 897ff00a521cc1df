/** What a reader of contactless cards tells. For each card one `cardEntered`, any answers, one `cardLeft`. */
export type CardReaderEvent =
  /** A card that speaks ISO 14443-4 lies at the reader. `ats` is its answer to select (ISO 14443-4 section 5.2) without the length byte; it may be empty. */
  | { readonly kind: "cardEntered"; readonly ats: Uint8Array }
  /** The card's whole answer with its status word, and the whole milliseconds, rounded up, from the asking to its last byte. */
  | { readonly kind: "cardAnswered"; readonly bytes: Uint8Array; readonly elapsedMs: number }
  /** The card is away, or the talk with it broke: what was asked gets no answer. */
  | { readonly kind: "cardLeft" };

export type CardReaderListener = (event: CardReaderEvent) => void;

/** A reader of contactless cards. It speaks with one card at a time. */
export interface CardReader {
  /**
   * Asks the card one command APDU (ISO 7816-4), 4 to {@link APDU_BYTES_MAX} bytes; `cardAnswered` or `cardLeft` follows. False where no card
   * waits to be asked: none is there, it was released, or the last question is still open.
   *
   * @throws RangeError where `apdu` is shorter or longer than that.
   */
  ask(apdu: Uint8Array): boolean;
  /** Done with this card: it is asked no more, and `cardLeft` follows when it is taken away. One tap is one talk. */
  release(): void;
  /** Switches the field off and closes the line; no event comes after this call. */
  close(): Promise<void>;
}

/** The longest command, and the longest answer, that passes through a reader: far above any key card's. */
export const APDU_BYTES_MAX = 4096;
