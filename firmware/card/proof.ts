import type { CommandApdu } from "./apdu.ts";

/** `tesla`: one static secret for each card and car. `own`: EDHOC, and a timed answer under its keys (docs/card.md). */
export type CardType = "own" | "tesla";

/** What comes next: another command, or the end. */
export type CardStep =
  | { readonly kind: "ask"; readonly command: CommandApdu }
  | ProvedCard
  /** `notOurs`: no application of ours, or bytes that are none of its answers. `unknown`: the car has no use for this card. `wrongProof`. */
  | { readonly kind: "ended"; readonly why: "notOurs" | "unknown" | "wrongProof" };

/** A card whose private key is there. Says nothing about what it may do. */
export interface ProvedCard {
  readonly kind: "proved";
  readonly type: CardType;
  /** Lower-case hex. */
  readonly keyId: string;
  /** COSE_Key as encoded. */
  readonly coseKey: Uint8Array;
  /** How long the card took over the answer that a relay would have to carry: for the own type the timed one, for the Tesla type its proof. */
  readonly answerMs: number;
}

/** Which cards the car has a use for. */
export interface KnownCards {
  /** Whether an owner waits for a card to enrol: until then nobody is shown the car's key, and no unknown card is asked for a proof. */
  isEnrolling(): boolean;
  /** The COSE_Key of the car's card with this key id (lower-case hex). */
  coseKeyOf(keyId: string): Uint8Array | undefined;
}

/** The part of a tap that is a type's own: from the selection of its application on. */
export interface CardProof {
  /** The first command to the selected application. */
  begin(): CommandApdu;
  /** @param data the card's whole answer; undefined where it refused. @param elapsedMs from the command to the last of it. */
  answered(data: Uint8Array | undefined, elapsedMs: number): CardStep;
}
