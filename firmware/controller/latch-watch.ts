import type { LatchId } from "../lock/index.ts";
import type { LinkId } from "./events.ts";

/** How a latch ended up, as it is told to who asked for it. */
export type Settled = "locked" | "unlocked" | "jammed" | "unconfirmed";

interface Watch {
  readonly latches: ReadonlySet<LatchId>;
  readonly settled: Map<LatchId, Settled>;
}

/** Who waits for which latch: a link is told once everything that its last command moved has come to rest. */
export class LatchWatch {
  private readonly watches = new Map<LinkId, Watch>();

  /** `link` moved these latches; what it waited for before is superseded. */
  begin(link: LinkId, latches: ReadonlySet<LatchId>): void {
    if (latches.size === 0) this.watches.delete(link);
    else this.watches.set(link, { latches, settled: new Map() });
  }

  /** A latch has come to rest; gives the links that have now heard of everything, each with its outcome. */
  settle(latch: LatchId, as: Settled): readonly { readonly link: LinkId; readonly latches: ReadonlyMap<LatchId, Settled> }[] {
    const complete = [];
    for (const [link, { latches, settled }] of this.watches) {
      if (!latches.has(latch) || settled.has(latch)) continue;
      settled.set(latch, as);
      if (settled.size < latches.size) continue;
      this.watches.delete(link);
      complete.push({ link, latches: settled });
    }
    return complete;
  }

  forget(link: LinkId): void {
    this.watches.delete(link);
  }
}
