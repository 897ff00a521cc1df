import { err, ok, type Result } from "../../firmware/base/index.ts";
import { requirePackage } from "../optional-package/index.ts";
import type { OpenSerialLine, SerialLine, SerialListener } from "./line.ts";
import { SERIAL_PACKAGE, serialFault, type SerialFault } from "./load.ts";
import { SYSTEM_TIMER, type Timer } from "./timer.ts";

/** Waits between attempts to open: doubles from the first to the longest; a line that stayed open that long begins anew. */
export const REOPEN_FIRST_MS = 250;
export const REOPEN_LONGEST_MS = 10_000;

/** Bytes that a device may leave untaken before its line counts as lost. */
export const WRITE_BACKLOG_BYTES_MAX = 4096;

/** The part of a `SerialPort` that is used. */
export interface SerialPortLike {
  readonly writableLength: number;
  open(done: (error: Error | null | undefined) => void): void;
  write(bytes: Uint8Array, done: (error: Error | null | undefined) => void): unknown;
  close(done: (error: Error | null | undefined) => void): void;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "error" | "close", listener: (error?: Error | null) => void): unknown;
}

type SerialPortClass = new (options: { path: string; baudRate: number; autoOpen: false }) => SerialPortLike;

export interface SerialLineOptions {
  readonly path: string;
  readonly baudRate: number;
  readonly timer?: Timer;
  /** Gives the class of ports; the package `serialport` unless given. */
  readonly load?: () => Promise<Result<SerialPortClass, SerialFault>>;
}

/**
 * A way to open the serial port at `path` (8 data bits, no parity, 1 stop bit), which then opens itself again after each loss.
 * A fault says why this machine reaches no serial port at all; a port that is absent is not a fault, but waited for.
 *
 * What is written while the line is down is gone: whoever drives a device says again what holds once `opened` comes. Of one
 * outage `lost` tells once.
 */
export async function openSerialLine(options: SerialLineOptions): Promise<Result<OpenSerialLine, SerialFault>> {
  const loaded = await (options.load ?? loadSerialPort)();
  if (!loaded.ok) return loaded;
  const timer = options.timer ?? SYSTEM_TIMER;
  return ok((listener) => new ReopeningLine(() => new loaded.value({ path: options.path, baudRate: options.baudRate, autoOpen: false }), listener, timer));
}

async function loadSerialPort(): Promise<Result<SerialPortClass, SerialFault>> {
  const fault = serialFault();
  if (fault !== undefined) return err(fault);
  const { SerialPort } = requirePackage<{ SerialPort: SerialPortClass }>(SERIAL_PACKAGE);
  return ok(SerialPort);
}

class ReopeningLine implements SerialLine {
  readonly #make: () => SerialPortLike;
  readonly #listener: SerialListener;
  readonly #timer: Timer;
  #port: SerialPortLike | undefined;
  #isOpen = false;
  #isLossTold = false;
  #waitMs = REOPEN_FIRST_MS;
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(make: () => SerialPortLike, listener: SerialListener, timer: Timer) {
    this.#make = make;
    this.#listener = listener;
    this.#timer = timer;
    // Not from inside the constructor: the listener has no line yet to answer on.
    this.#cancel = timer.after(0, () => this.#open());
  }

  write(bytes: Uint8Array): void {
    const port = this.#port;
    if (port === undefined || !this.#isOpen) return;
    if (port.writableLength + bytes.length > WRITE_BACKLOG_BYTES_MAX) return this.#lost(port, "the device takes nothing");
    port.write(bytes, (error) => {
      if (error) this.#lost(port, error.message);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    const port = this.#port;
    this.#port = undefined;
    if (port === undefined || !this.#isOpen) return;
    this.#isOpen = false;
    await new Promise<void>((resolve) => {
      const cancel = this.#timer.after(REOPEN_FIRST_MS, resolve);
      afterWrites(port, () => port.close(() => {
        cancel();
        resolve();
      }));
    });
  }

  #open(): void {
    const port = this.#make();
    this.#port = port;
    port.on("data", (bytes) => {
      if (port === this.#port) this.#listener.received(bytes);
    });
    port.on("error", (error) => this.#lost(port, error?.message ?? "error"));
    port.on("close", (error) => this.#lost(port, error?.message ?? "closed"));
    port.open((error) => {
      if (error) return this.#lost(port, error.message);
      if (port !== this.#port) return port.close(() => undefined);
      this.#isOpen = true;
      this.#isLossTold = false;
      this.#cancel = this.#timer.after(REOPEN_LONGEST_MS, () => (this.#waitMs = REOPEN_FIRST_MS));
      this.#listener.opened();
    });
  }

  /** An unplugged port shows itself as `close`, as `error` or as a failed write, alone or all of them: the first one counts. */
  #lost(port: SerialPortLike, message: string): void {
    if (port !== this.#port) return;
    this.#port = undefined;
    if (this.#isOpen) port.close(() => undefined);
    this.#isOpen = false;
    this.#cancel();
    if (this.#isClosed) return;
    this.#cancel = this.#timer.after(this.#waitMs, () => this.#open());
    this.#waitMs = Math.min(this.#waitMs * 2, REOPEN_LONGEST_MS);
    if (this.#isLossTold) return;
    this.#isLossTold = true;
    this.#listener.lost(UNPLUGGED.test(message) ? `unplugged (${message})` : message);
  }
}

/** How the kernel and the package speak of a device that is gone: EIO from a hung-up line, ENXIO and ENODEV from a removed one. */
const UNPLUGGED = /\b(EIO|ENXIO|ENODEV)\b|input\/output error|bad file descriptor|disconnected/i;

/** A last frame (relays off) must leave before the port is shut. */
function afterWrites(port: SerialPortLike & { drain?: (done: () => void) => void }, run: () => void): void {
  if (port.drain === undefined) run();
  else port.drain(run);
}
