/** Unpredictable bytes; in a simulation a seeded stream. Never fails. */
export interface RandomPort {
  bytes(length: number): Uint8Array;
}
