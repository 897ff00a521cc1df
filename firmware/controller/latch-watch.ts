import type { LatchId } from "../lock/index.ts";
import type { LinkId } from "./events.ts";

/** How a latch ended up, as it is told to who asked for it. */
export type Settled = "locked" | "unlocked" | "jammed" | "unconfirmed";

interface Watch {
  readonly pending: Set<LatchId>;
  readonly settled: Map<LatchId, Settled>;
}

/** Who waits for which latch: a link is told once everything that its last command moved has come to rest. */
export class LatchWatch {
  private readonly watches = new Map<LinkId, Watch>();

  /** `link` moved these latches; what it waited for before is superseded. */
  begin(link: LinkId, latches: Iterable<LatchId>): void {
    const pending = new Set(latches);
    if (pending.size === 0) this.watches.delete(link);
    else this.watches.set(link, { pending, settled: new Map() });
  }

  /** A latch has come to rest; gives the links that have now heard of everything, each with its outcome. */
  settle(latch: LatchId, as: Settled): readonly { readonly link: LinkId; readonly latches: ReadonlyMap<LatchId, Settled> }[] {
    const complete = [];
    for (const [link, watch] of this.watches) {
      if (!watch.pending.delete(latch)) continue;
      watch.settled.set(latch, as);
      if (watch.pending.size > 0) continue;
      this.watches.delete(link);
      complete.push({ link, latches: watch.settled });
    }
    return complete;
  }

  forget(link: LinkId): void {
    this.watches.delete(link);
  }
}
