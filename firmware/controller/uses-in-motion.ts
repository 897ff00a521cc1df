import type { Grant } from "../access/index.ts";
import type { LatchId } from "../lock/index.ts";
import type { Settled } from "./latch-watch.ts";

interface Use {
  readonly grant: Grant;
  readonly pending: Set<LatchId>;
  jammed: boolean;
}

/**
 * Uses of counted grants whose latches are on their way. Belongs to no link: a guest who lost the link and repeats the use over
 * another one has it ended by the same latches. One entry for each grant, gone when its latches rest, so at most as many as guests
 * can start within the seconds that a latch takes.
 */
export class UsesInMotion {
  private readonly uses = new Map<string, Use>();

  /** A use of `grant`, or a repeat of it, has set these latches in motion. */
  begin(grant: Grant, latches: ReadonlySet<LatchId>): void {
    if (latches.size > 0) this.uses.set(grant.issuerId + grant.grantId, { grant, pending: new Set(latches), jammed: false });
  }

  /** A latch has come to rest; gives the grants whose use is over. A use that jammed is not: the guest may try it again. */
  settle(latch: LatchId, as: Settled): readonly Grant[] {
    const over: Grant[] = [];
    for (const [id, use] of this.uses) {
      if (!use.pending.delete(latch)) continue;
      if (as === "jammed") use.jammed = true;
      if (use.pending.size > 0) continue;
      this.uses.delete(id);
      if (!use.jammed) over.push(use.grant);
    }
    return over;
  }
}
