import type { Effect, Note } from "./events.ts";

/** The effects of one event, in the order in which they are to be performed. */
export class Turn {
  readonly nowMs: number;
  private readonly ordered: Effect[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  get effects(): readonly Effect[] {
    return this.ordered;
  }

  do(effect: Effect): void {
    this.ordered.push(effect);
  }

  note(note: Note): void {
    this.ordered.push({ kind: "note", note });
  }

  /** Everything that follows waits for what was committed so far. Two commits with nothing to wait between them are one. */
  commit(): void {
    for (let i = this.ordered.length - 1; i >= 0; i--) {
      const { kind } = this.ordered[i]!;
      if (kind === "commit") return;
      if (kind !== "note") break;
    }
    this.ordered.push({ kind: "commit" });
  }
}
