/** How often the adapter is asked for a sign of life, and how long it may take to give one. */
export const HEARTBEAT_INTERVAL_MS = 10_000;
export const HEARTBEAT_TIMEOUT_MS = 2000;

/** What is done about an adapter that gives no sign of life, mildest first; each is given one heartbeat to help. */
export const RESET_LADDER = ["restartAdvertising", "resetAdapter", "restartProcess"] as const;
export type ResetStep = (typeof RESET_LADDER)[number];

export interface HealthWatchPorts {
  /** Asks the adapter for an answer; `HealthWatch.alive` is to be called when it comes. */
  ask(): void;
  take(step: ResetStep): void;
  /** Calls `then` once, so much later, unless what it answers is called before. */
  after(durationMs: number, then: () => void): () => void;
}

/** Asks the adapter at intervals whether it lives, and climbs {@link RESET_LADDER} while it does not: adapters hang silently after hours or days. */
export class HealthWatch {
  readonly #ports: HealthWatchPorts;
  #missed = 0;
  #cancel: (() => void) | undefined;

  constructor(ports: HealthWatchPorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#cancel === undefined) this.#rest();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#missed = 0;
  }

  /** The adapter has answered. */
  alive(): void {
    if (this.#cancel === undefined) return;
    this.#missed = 0;
    this.#rest();
  }

  #rest(): void {
    this.#wait(HEARTBEAT_INTERVAL_MS, () => this.#beat());
  }

  #beat(): void {
    this.#wait(HEARTBEAT_TIMEOUT_MS, () => this.#miss());
    this.#ports.ask();
  }

  #miss(): void {
    const step = RESET_LADDER[this.#missed++];
    if (step === undefined) return this.stop();
    this.#ports.take(step);
    if (this.#cancel !== undefined) this.#beat();
  }

  #wait(durationMs: number, then: () => void): void {
    this.#cancel?.();
    this.#cancel = this.#ports.after(durationMs, then);
  }
}
