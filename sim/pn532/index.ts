/** A virtual PN532 reader as a byte machine, with a card to tap. */
export { VirtualPn532, WAKE_BYTES, type Pn532Options } from "./chip.ts";
export type { Pn532Faults } from "./faulty-line.ts";
export { blankCard, type VirtualCard } from "./virtual-card.ts";
