import { blankCard, type VirtualCard } from "../../sim/pn532/index.ts";

/** Cards by the names that the command line takes. A new kind of card is one row. */
export const CARDS: Readonly<Record<string, () => VirtualCard>> = {
  blank: blankCard,
};

/** Names of cards as a sentence lists them. */
export const CARD_NAMES = Object.keys(CARDS).join(", ");

/** The card called `name`; undefined where there is none. */
export function makeCard(name: string): VirtualCard | undefined {
  return Object.hasOwn(CARDS, name) ? CARDS[name]!() : undefined;
}
