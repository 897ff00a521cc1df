import { assert } from "../../firmware/base/index.ts";

type Done = (error?: Error) => void;

/** Callers that may wait at once; the controller waits with one commit at a time. */
export const WAITING_COUNT_MAX = 1024;

/** Turns calls for a sync into as few as keep the promise: one runs, the calls made meanwhile share the next. */
export interface SyncQueue {
  /** Says that something was written: the next sync has work. */
  noteWrite(): void;
  sync(done: Done): void;
  /** Calls `done` at once if nothing runs or waits, else after the last. */
  whenIdle(done: () => void): void;
}

/** A queue over `start`, which makes durable all that was written before the call and then calls back, later. */
export function createSyncQueue(start: (done: Done) => void): SyncQueue {
  // What a process before this one wrote, and was killed before it synced, may lie in the system's cache only.
  let unsynced = true;
  let running = false;
  let waiting: Done[] = [];
  const idle: (() => void)[] = [];

  const run = (): void => {
    running = true;
    const served = waiting;
    waiting = [];
    const finish: Done = (error) => {
      running = false;
      if (error) unsynced = true;
      for (const done of served) done(error);
      if (running) return; // a callback asked for the next one
      if (waiting.length > 0) run();
      else for (const done of idle.splice(0)) done();
    };
    const hadWork = unsynced;
    unsynced = false;
    if (hadWork) start(finish);
    else setImmediate(finish);
  };

  return {
    noteWrite() {
      unsynced = true;
    },
    sync(done) {
      assert(waiting.length < WAITING_COUNT_MAX, "few callers wait for a flash sync");
      waiting.push(done);
      if (!running) run();
    },
    whenIdle(done) {
      if (running) idle.push(done);
      else done();
    },
  };
}
