import { assert } from "../base/index.ts";
import type { LatchId } from "../lock/index.ts";
import type { ControllerEvent, Effect, LinkId } from "./events.ts";

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

/** Readings of wires, clocks and console that may wait while the flash syncs. */
export const WIRE_QUEUE_MAX = 128;
/** Events of radio links that may wait; beyond it the busiest link is closed. Apart from the wires, so that strangers cannot crowd out sensors. */
export const RADIO_QUEUE_MAX = 128;

type LinkEvent = Extract<ControllerEvent, { readonly link: LinkId }>;
type Waiting = Exclude<Effect, { kind: "commit" }>;

/**
 * Feeds one event at a time to the controller and performs its effects in order. Effects behind a `commit` wait for the flash;
 * events that arrive meanwhile queue, bounded.
 *
 * The inside handle does not wait: its effects need no durability (free egress), so it overtakes a flash that hangs, and what
 * waits there for the same latch is superseded by it.
 */
export class EffectPump {
  private readonly controller: Pumped;
  private readonly performer: EffectPerformer;
  private events: ControllerEvent[] = [];
  private effects: Effect[] = [];
  /** Links that the controller has heard of and takes to be open: as many as it serves at a time. */
  private readonly known = new Set<LinkId>();
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

  /** Events that wait for their turn. */
  get queueLength(): number {
    return this.events.length;
  }

  /** Effects that do not answer an event, for example those of booting. */
  start(effects: readonly Effect[]): void {
    this.effects.push(...effects);
    this.run();
  }

  dispatch(event: ControllerEvent): void {
    if (this.syncing && event.kind === "insideHandlePulled") {
      this.overtake(event.latch);
      return;
    }
    this.enqueue(event);
    this.run();
  }

  private overtake(latch: LatchId): void {
    const waitsToOpen = this.effects.find((effect) => isDrive(effect, latch, "unlocked"));
    const effects = this.controller.handle({ kind: "insideHandlePulled", latch }) as readonly Waiting[];
    assert(effects.every((effect: Effect) => effect.kind !== "commit"), "the inside handle waits for no flash");
    // A latch that the controller takes to be opening already, while its motor still waits for the flash: it opens now.
    const opens = waitsToOpen !== undefined && !effects.some((effect) => isDrive(effect, latch, "unlocked"));
    const now = opens ? [waitsToOpen, ...effects] : effects;
    this.effects = this.effects.filter((effect) => effect.kind === "commit" || !now.some((newer) => supersedes(newer, effect)));
    for (const effect of now) this.performer.perform(effect);
  }

  private enqueue(event: ControllerEvent): void {
    if (isLinkEvent(event)) this.enqueueRadio(event);
    else {
      if (this.events.filter((queued) => !isLinkEvent(queued)).length >= WIRE_QUEUE_MAX) this.dropWire(event);
      this.events.push(event);
    }
  }

  /**
   * At the bound the link with most events in the queue is closed, be it the sender's or not: whoever floods makes room, not who
   * comes next. A link that is closed here leaves its `linkClosed` behind where the controller knows it: a few beyond the bound.
   */
  private enqueueRadio(event: LinkEvent): void {
    const isOver = this.events.some((queued) => queued.kind === "linkClosed" && queued.link === event.link);
    if (isOver) return;
    this.events.push(event);
    if (this.events.filter(isLinkEvent).length <= RADIO_QUEUE_MAX) return;
    const link = this.busiestLink();
    this.events = this.events.filter((queued) => !isLinkEvent(queued) || queued.link !== link);
    if (event.kind !== "linkClosed" || event.link !== link) this.performer.perform({ kind: "closeLink", link });
    if (this.known.has(link)) this.events.push({ kind: "linkClosed", link });
  }

  private busiestLink(): LinkId {
    const counts = new Map<LinkId, number>();
    for (const queued of this.events) if (isLinkEvent(queued)) counts.set(queued.link, (counts.get(queued.link) ?? 0) + 1);
    let busiest: readonly [LinkId, number] | undefined;
    for (const [link, count] of counts) if (busiest === undefined || count > busiest[1]) busiest = [link, count];
    assert(busiest !== undefined, "a full queue has a busiest link");
    return busiest[0];
  }

  /** A reading that a newer reading of the same thing replaces is worth least; without one, the oldest goes. */
  private dropWire(event: ControllerEvent): void {
    const subject = subjectOf(event);
    const older = this.events.findIndex((queued) => subject !== undefined && subjectOf(queued) === subject);
    this.events.splice(older < 0 ? this.events.findIndex((queued) => !isLinkEvent(queued)) : older, 1);
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
        if (event.kind === "linkOpened") this.known.add(event.link);
        else if (event.kind === "linkClosed") this.known.delete(event.link);
        this.effects = [...this.controller.handle(event)];
      } else if (effect.kind === "commit") {
        this.syncing = true;
        this.performer.sync(() => this.synced());
        if (this.syncing) return;
      } else {
        if (effect.kind === "closeLink") this.known.delete(effect.link);
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

function isLinkEvent(event: ControllerEvent): event is LinkEvent {
  // What the board measures of a link is a reading like that of any wire: it never costs a phone its link.
  return "link" in event && event.kind !== "rangeMeasured";
}

function isDrive(effect: Effect, latch: LatchId, toward: "locked" | "unlocked"): effect is Extract<Effect, { kind: "driveLatch" }> {
  return effect.kind === "driveLatch" && effect.latch === latch && effect.toward === toward;
}

/** Whether `waiting`, performed after `newer` although it was decided before, would undo it. */
function supersedes(newer: Effect, waiting: Effect): boolean {
  if (newer.kind === "driveLatch" || newer.kind === "stopLatch") {
    return (waiting.kind === "driveLatch" || waiting.kind === "stopLatch") && waiting.latch === newer.latch;
  }
  return newer.kind === waiting.kind && (newer.kind === "wakeAt" || newer.kind === "advertise");
}

/** What a reading is about; undefined for what happens once and is no reading (a pulse, a request). */
function subjectOf(event: ControllerEvent): string | undefined {
  switch (event.kind) {
    case "doorChanged":
    case "latchReported":
      return `${event.kind}/${event.latch}`;
    case "inputChanged":
      return `${event.kind}/${event.input}`;
    case "timeReported":
      return `${event.kind}/${event.source}`;
    case "insideHandlePulled":
      return `${event.kind}/${event.latch}`;
    case "rangeMeasured":
      return `${event.kind}/${event.link}/${event.measurement.kind}`;
    case "listCarried":
    case "occupancyChanged":
    case "positionReported":
    case "powertrainChanged":
    case "supplyMeasured":
    case "woke":
      return event.kind;
    default:
      return undefined;
  }
}
