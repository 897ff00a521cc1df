/** A byte line to a device: a serial port that comes back when it is plugged in again. */
export interface SerialLine { write(bytes: Uint8Array): void; close(): Promise<void> }
export interface SerialListener { opened(): void; received(bytes: Uint8Array): void; lost(why: string): void }
export type OpenSerialLine = (listener: SerialListener) => SerialLine;
