import type { Uplink } from "./uplink.ts";

/** Lines that wait for the server; beyond it the oldest is dropped. */
export const TELEMETRY_QUEUE_MAX = 64;

/**
 * Copies of what a car notes, on their way to the server: one request at a time, a bounded queue, no way back. A line that the
 * server does not take is dropped. Nothing in the car waits for it or learns what became of it.
 */
export class TelemetryFeed {
  readonly #uplink: Uplink;
  readonly #car: string;
  readonly #waiting: string[] = [];
  #sending = false;
  #droppedCount = 0;

  constructor(uplink: Uplink, car: string) {
    this.#uplink = uplink;
    this.#car = car;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  offer(line: string): void {
    this.#waiting.push(line);
    if (this.#waiting.length > TELEMETRY_QUEUE_MAX) {
      this.#waiting.shift();
      this.#droppedCount += 1;
    }
    this.#sendNext();
  }

  #sendNext(): void {
    const line = this.#sending ? undefined : this.#waiting.shift();
    if (line === undefined) return;
    this.#sending = true;
    this.#uplink.request({ kind: "telemetry", car: this.#car, line }, (answer) => {
      this.#sending = false;
      if (answer.status !== 200) this.#droppedCount += 1;
      this.#sendNext();
    });
  }
}
