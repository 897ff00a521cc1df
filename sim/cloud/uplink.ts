import type { VirtualClock } from "../time/index.ts";
import type { Cloud } from "./cloud.ts";
import type { CloudAnswer, CloudRequest } from "./messages.ts";

/** How long a client waits for an answer. */
export const CLOUD_TIMEOUT_MS = 30_000;

/** Requests one client may have open; more are answered 429 at once. */
export const OPEN_REQUEST_COUNT_MAX = 16;

/** One client's way to the cloud: a modem with coverage or without. */
export class Uplink {
  readonly #clock: VirtualClock;
  readonly #cloud: Cloud;
  #online = true;
  #openCount = 0;
  /** Called when coverage comes or goes. */
  changed: ((online: boolean) => void) | undefined;

  constructor(clock: VirtualClock, cloud: Cloud) {
    this.#clock = clock;
    this.#cloud = cloud;
  }

  get online(): boolean {
    return this.#online;
  }

  set online(online: boolean) {
    if (this.#online === online) return;
    this.#online = online;
    this.changed?.(online);
  }

  /** Asks; `answered` is called exactly once, never from inside this call, at the latest after {@link CLOUD_TIMEOUT_MS}. */
  request(request: CloudRequest, answered: (answer: CloudAnswer) => void): void {
    if (!this.#online || this.#openCount >= OPEN_REQUEST_COUNT_MAX) {
      const answer: CloudAnswer = this.#online ? { status: 429 } : { status: "none" };
      this.#clock.after(0, "no uplink", () => answered(answer));
      return;
    }
    this.#openCount += 1;
    let open = true;
    const settle = (answer: CloudAnswer): void => {
      if (!open) return;
      open = false;
      this.#openCount -= 1;
      this.#clock.cancel(timeout);
      answered(answer);
    };
    const timeout = this.#clock.after(CLOUD_TIMEOUT_MS, "cloud timeout", () => settle({ status: "none" }));
    this.#cloud.serve(request, (answer) => settle(this.#online ? answer : { status: "none" }));
  }
}
