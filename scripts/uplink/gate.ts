import type { Breaker, Told } from "./breaker.ts";
import type { CloudAnswer, CloudOutcome, CloudPort, CloudRequest } from "./http.ts";

/** Told once for each change of how the cloud is. */
export type GateEvent = { readonly kind: "online" } | { readonly kind: "offline"; readonly why: string };

/** Every way to the cloud leads through one gate, so that what one request has learnt holds for all. */
export class Gate {
  readonly #cloud: CloudPort;
  readonly #breaker: Breaker;
  readonly #nowMs: () => number;
  readonly #onEvent: (event: GateEvent) => void;
  readonly #waiting = new Set<() => void>();
  #online: boolean | undefined;
  #closed = false;

  constructor(parts: { readonly cloud: CloudPort; readonly breaker: Breaker; readonly nowMs: () => number; readonly onEvent: (event: GateEvent) => void }) {
    this.#cloud = parts.cloud;
    this.#breaker = parts.breaker;
    this.#nowMs = parts.nowMs;
    this.#onEvent = parts.onEvent;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * Waits until the cloud may be asked, then asks once; undefined where the gate was closed. `isTrial`: all others wait for this answer.
   * An answer that is not `isUseful` counts as a failure.
   */
  async ask(request: (isTrial: boolean) => CloudRequest, isUseful: (answer: CloudAnswer) => boolean = () => true): Promise<CloudOutcome | undefined> {
    for (let waitMs = this.#breaker.waitMs(this.#nowMs()); waitMs > 0 && !this.#closed; waitMs = this.#breaker.waitMs(this.#nowMs())) await this.pause(waitMs);
    if (this.#closed) return undefined;
    this.#breaker.begin();
    const outcome = await this.#cloud.ask(request(this.#breaker.state === "halfOpen"));
    if (this.#closed) return undefined;
    const told = judge(outcome, isUseful);
    this.#breaker.told(told.what, this.#nowMs());
    this.#tell(told.why);
    this.#wakeAll();
    return outcome;
  }

  /** Resolves after `waitMs`, when something was learnt about the cloud, or at the close. */
  pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = Number.isFinite(waitMs) ? setTimeout(wake, Math.ceil(waitMs)) : undefined;
      this.#waiting.add(wake);
      if (this.#closed) wake();
    });
  }

  close(): void {
    this.#closed = true;
    this.#wakeAll();
    this.#cloud.close();
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #tell(why: string | undefined): void {
    const online = why === undefined;
    if (online === this.#online) return;
    this.#online = online;
    this.#onEvent(online ? { kind: "online" } : { kind: "offline", why });
  }
}

function judge(outcome: CloudOutcome, isUseful: (answer: CloudAnswer) => boolean): { readonly what: Told; readonly why: string | undefined } {
  if (!outcome.ok) {
    const { kind, message } = outcome.error;
    return { what: { kind: kind === "noSuchHost" || kind === "wrongCertificate" ? "lost" : "failed" }, why: message };
  }
  const { status, retryAfterS } = outcome.value;
  if (status === 401 || status === 403) return { what: { kind: "lost", retryAfterS }, why: `the cloud does not take this uplink's token (${status}): make a new one with latchkey app uplink-token, or register the car again` };
  if (status === 429 || status >= 500 || status < 200 || (status >= 300 && status < 400)) return { what: { kind: "failed", retryAfterS }, why: `the cloud answers ${status}` };
  if (!isUseful(outcome.value)) return { what: { kind: "failed" }, why: `the cloud answers nothing of use (${status})` };
  return { what: { kind: "answered" }, why: undefined };
}
