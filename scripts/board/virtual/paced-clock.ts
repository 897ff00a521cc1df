import { VirtualClock, type Task } from "../../../sim/time/index.ts";

/** A virtual clock that can say when its next task is due, so that real time can wait for it. One car has some dozens of tasks. */
export class PacedClock extends VirtualClock {
  readonly #waiting = new Set<Task>();

  override at(atMs: number, name: string, run: () => void): Task {
    const task = super.at(atMs, name, () => {
      this.#waiting.delete(task);
      run();
    });
    this.#waiting.add(task);
    return task;
  }

  override cancel(task: Task | undefined): void {
    if (task !== undefined) this.#waiting.delete(task);
    super.cancel(task);
  }

  /** Moment of the next task; undefined where nothing waits. */
  get nextDueMs(): number | undefined {
    let dueMs: number | undefined;
    for (const { atMs } of this.#waiting) if (dueMs === undefined || atMs < dueMs) dueMs = atMs;
    return dueMs;
  }
}
