import type { ClockPort } from "../../firmware/ports/index.ts";

/** Tasks one call of {@link VirtualClock.advance} or {@link VirtualClock.runUntil} may run: far above any busy car-day. */
export const TASK_COUNT_MAX = 20_000_000;

/** Tasks that may run at one and the same millisecond: a world that needs more is going round in circles. */
export const TASKS_PER_INSTANT_MAX = 10_000;

/** How many of the last tasks a failure names. */
const RECENT_TASK_COUNT = 8;

/** Something to be done later; hand it to {@link VirtualClock.cancel} to call it off. */
export interface Task {
  readonly atMs: number;
  /** What it is, for diagnostics; the same constant text each time, so that a task costs no string. */
  readonly name: string;
}

interface QueuedTask extends Task {
  readonly order: number;
  run: (() => void) | undefined;
}

/** The world did not come to rest within the stated number of tasks, or not in time. */
export class ClockStuck extends Error {
  override readonly name = "ClockStuck";
}

export interface ClockLimits {
  readonly taskCountMax?: number;
  readonly tasksPerInstantMax?: number;
}

/**
 * Virtual time: whole milliseconds from 0. Tasks run by time, then in the order they were added, and nothing else moves time.
 * Idle time costs nothing: the clock jumps from task to task.
 *
 * @throws {ClockStuck} from `advance`, `runTo` and `runUntil` when a limit on tasks is passed, naming the last tasks.
 */
export class VirtualClock implements ClockPort {
  #nowMs = 0;
  #nextOrder = 0;
  #cancelledCount = 0;
  #heap: QueuedTask[] = [];
  #instantCount = 0;
  #taskCount = 0;
  readonly #recent: string[] = [];
  readonly #taskCountMax: number;
  readonly #tasksPerInstantMax: number;

  constructor(limits: ClockLimits = {}) {
    this.#taskCountMax = limits.taskCountMax ?? TASK_COUNT_MAX;
    this.#tasksPerInstantMax = limits.tasksPerInstantMax ?? TASKS_PER_INSTANT_MAX;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Tasks waiting. */
  get waitingCount(): number {
    return this.#heap.length - this.#cancelledCount;
  }

  /** Tasks run since the clock was made. */
  get taskCount(): number {
    return this.#taskCount;
  }

  /** Does `run` at `atMs`; a moment that has passed means now, after what already waits for now. */
  at(atMs: number, name: string, run: () => void): Task {
    if (!Number.isSafeInteger(atMs)) throw new RangeError(`task ${name}: ${atMs} is not a whole number of milliseconds`);
    const task: QueuedTask = { atMs: Math.max(atMs, this.#nowMs), name, order: this.#nextOrder++, run };
    this.#heap.push(task);
    this.#rise(this.#heap.length - 1);
    return task;
  }

  /** Does `run` `delayMs` from now. */
  after(delayMs: number, name: string, run: () => void): Task {
    return this.at(this.#nowMs + delayMs, name, run);
  }

  /** Calls `task` off; nothing happens where it has run or was called off before. */
  cancel(task: Task | undefined): void {
    const queued = task as QueuedTask | undefined;
    if (queued?.run === undefined) return;
    queued.run = undefined;
    this.#cancelledCount += 1;
    if (this.#cancelledCount > 64 && this.#cancelledCount * 2 > this.#heap.length) this.#compact();
  }

  /** Runs everything due within the next `durationMs` and leaves the clock there. */
  advance(durationMs: number): void {
    this.runTo(this.#nowMs + durationMs);
  }

  /** Runs everything due up to and including `atMs` and leaves the clock there. */
  runTo(atMs: number): void {
    const budgetEnd = this.#taskCount + this.#taskCountMax;
    for (let task = this.#takeDue(atMs); task !== undefined; task = this.#takeDue(atMs)) this.#runOne(task, budgetEnd);
    this.#moveTo(Math.max(atMs, this.#nowMs));
  }

  /**
   * Runs until `holds()`, looking again after each task, and answers whether it came to hold within `limitMs`;
   * the clock is left at the moment it did, or at the limit.
   */
  runUntil(holds: () => boolean, limitMs: number): boolean {
    const endMs = this.#nowMs + limitMs;
    const budgetEnd = this.#taskCount + this.#taskCountMax;
    while (!holds()) {
      const task = this.#takeDue(endMs);
      if (task === undefined) {
        this.#moveTo(endMs);
        return holds();
      }
      this.#runOne(task, budgetEnd);
    }
    return true;
  }

  #runOne(task: QueuedTask, budgetEnd: number): void {
    this.#moveTo(task.atMs);
    this.#taskCount += 1;
    this.#instantCount += 1;
    this.#recent.push(task.name);
    if (this.#recent.length > RECENT_TASK_COUNT) this.#recent.shift();
    if (this.#instantCount > this.#tasksPerInstantMax) {
      throw this.#stuck(`more than ${this.#tasksPerInstantMax} tasks at one instant`);
    }
    if (this.#taskCount > budgetEnd) throw this.#stuck(`more than ${this.#taskCountMax} tasks`);
    const run = task.run!;
    task.run = undefined;
    run();
  }

  #stuck(what: string): ClockStuck {
    return new ClockStuck(`the world does not come to rest: ${what} at ${this.#nowMs} ms; last: ${this.#recent.join(", ")}`);
  }

  #moveTo(atMs: number): void {
    if (atMs === this.#nowMs) return;
    this.#nowMs = atMs;
    this.#instantCount = 0;
  }

  /** The next task that is due by `endMs` and was not called off, taken from the queue. */
  #takeDue(endMs: number): QueuedTask | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return undefined;
      if (first.run !== undefined && first.atMs > endMs) return undefined;
      this.#removeFirst();
      if (first.run !== undefined) return first;
      this.#cancelledCount -= 1;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #compact(): void {
    this.#heap = this.#heap.filter((task) => task.run !== undefined);
    this.#cancelledCount = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const task = heap[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = task;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const task = heap[start]!;
    let index = start;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, task)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = task;
  }
}

function isBefore(a: QueuedTask, b: QueuedTask): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
