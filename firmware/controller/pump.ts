import { assert } from "../base/index.ts";
import type { ControllerEvent, Effect } from "./events.ts";

/** What the pump needs of a controller. */
export interface Pumped {
  handle(event: ControllerEvent): readonly Effect[];
  /** Everything committed so far survives power loss. */
  durable(): void;
}

/** What a board does for the pump. `perform` answers at once; results of slow hardware come back as events. */
export interface EffectPerformer {
  perform(effect: Exclude<Effect, { kind: "commit" }>): void;
  /** Makes the flash durable and then calls `done` once. A board whose sync fails must stop this process instead of calling. */
  sync(done: () => void): void;
}

/** Events that may wait while the flash syncs. */
export const EVENT_QUEUE_MAX = 256;
/** Radio frames that may wait; beyond it the sender's link is closed, so that strangers cannot crowd out sensors. */
export const FRAME_QUEUE_MAX = 128;

/**
 * Feeds one event at a time to the controller and performs its effects in order. Effects behind a `commit` wait for the flash;
 * events that arrive meanwhile queue, bounded.
 *
 * The inside handle does not wait: its effects need no durability (free egress), so it overtakes a flash that hangs.
 */
export class EffectPump {
  private readonly controller: Pumped;
  private readonly performer: EffectPerformer;
  private readonly events: ControllerEvent[] = [];
  private effects: Effect[] = [];
  private syncing = false;
  private running = false;

  constructor(controller: Pumped, performer: EffectPerformer) {
    this.controller = controller;
    this.performer = performer;
  }

  /** True while effects wait for the flash. */
  get waiting(): boolean {
    return this.syncing;
  }

  /** Effects that do not answer an event, for example those of booting. */
  start(effects: readonly Effect[]): void {
    this.effects.push(...effects);
    this.run();
  }

  dispatch(event: ControllerEvent): void {
    if (this.syncing && event.kind === "insideHandlePulled") {
      this.overtake(event);
      return;
    }
    this.enqueue(event);
    this.run();
  }

  private overtake(event: ControllerEvent): void {
    for (const effect of this.controller.handle(event)) {
      assert(effect.kind !== "commit", "the inside handle waits for no flash");
      this.performer.perform(effect);
    }
  }

  private enqueue(event: ControllerEvent): void {
    if (event.kind === "frameReceived") {
      let frames = 0;
      for (const queued of this.events) if (queued.kind === "frameReceived") frames++;
      if (frames >= FRAME_QUEUE_MAX) {
        this.performer.perform({ kind: "closeLink", link: event.link });
        return;
      }
    }
    if (this.events.length >= EVENT_QUEUE_MAX) this.dropSuperseded(event);
    this.events.push(event);
  }

  /** A reading that a newer reading of the same thing replaces is worth least; without one, the oldest event goes. */
  private dropSuperseded(event: ControllerEvent): void {
    const subject = subjectOf(event);
    const older = this.events.findIndex((queued) => subjectOf(queued) === subject);
    this.events.splice(older < 0 ? 0 : older, 1);
  }

  private run(): void {
    if (this.running || this.syncing) return;
    this.running = true;
    try {
      this.drain();
    } finally {
      this.running = false;
    }
  }

  private drain(): void {
    for (;;) {
      const effect = this.effects.shift();
      if (effect === undefined) {
        const event = this.events.shift();
        if (event === undefined) return;
        this.effects = [...this.controller.handle(event)];
      } else if (effect.kind === "commit") {
        this.syncing = true;
        this.performer.sync(() => this.synced());
        if (this.syncing) return;
      } else {
        this.performer.perform(effect);
      }
    }
  }

  private synced(): void {
    assert(this.syncing, "a sync is answered once");
    this.syncing = false;
    this.controller.durable();
    this.run();
  }
}

function subjectOf(event: ControllerEvent): string {
  if ("latch" in event) return `${event.kind}/${event.latch}`;
  if ("link" in event) return `${event.kind}/${event.link}`;
  if ("input" in event) return `${event.kind}/${event.input}`;
  return event.kind;
}
