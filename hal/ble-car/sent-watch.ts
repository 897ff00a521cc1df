import type { BlenoHci } from "./bleno.ts";

/**
 * Notifications have no confirmation. One counts as delivered once the adapter has put on the air all there was for its connection: so what
 * waits for a slow central waits in its outbox, which is bounded, and not in bleno's queue, which is not.
 */
export class SentWatch {
  readonly #waiting = new Set<number>();

  constructor(hci: BlenoHci, sent: (handle: number) => void) {
    const waiting = this.#waiting;
    const push = hci.pushAclOutQueue;
    // bleno calls it whenever the adapter has room again.
    hci.pushAclOutQueue = function pushed() {
      push.call(this);
      for (const handle of waiting) {
        const inProgress = this._handleAclsInProgress[handle];
        if (inProgress !== undefined && (inProgress > 0 || this._aclOutQueue.some((packet) => packet.handle === handle))) continue;
        waiting.delete(handle);
        if (inProgress !== undefined) sent(handle);
      }
    };
  }

  /** Tells once when everything for the connection has been sent. */
  expect(handle: number): void {
    this.#waiting.add(handle);
  }
}
