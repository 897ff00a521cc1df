import type { WireEvent } from "../board.ts";

/** Something that tells the controller of the world from now until it is closed: inputs, a clock, a receiver, a card reader. */
export type OpenDevice = (tell: (event: WireEvent) => void) => { close(): void };
