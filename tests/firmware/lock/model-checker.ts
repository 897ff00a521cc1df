import { InvariantViolation } from "../../../firmware/base/index.ts";
import {
  initialLock,
  mintAuthorisation,
  type LockEvent,
  type LockState,
  type LockStep,
  type LockStepper,
  type TimerName,
  type VehicleDescription,
} from "../../../firmware/lock/index.ts";
import { DEMANDS, RULES } from "./model-rules.ts";
import { describeState, StateCode } from "./model-state.ts";

export interface Model {
  readonly description: VehicleDescription;
  readonly step: LockStepper;
  readonly events: readonly LockEvent[];
}

export interface Violation {
  readonly rule: string;
  /** The shortest way there: one line for each event, with the state it led to. */
  readonly trail: readonly string[];
}

export interface Walk {
  readonly stateCount: number;
  readonly edgeCount: number;
  readonly violation: Violation | undefined;
}

const TIME_PASSED: LockEvent = { kind: "timePassed" };
const RULE_LIST = Object.entries(RULES);
/** Most edges change nothing; then only the rules that demand something can be broken. */
const DEMAND_LIST = RULE_LIST.filter(([rule]) => DEMANDS.has(rule));

/** Where states must be able to get to, so that none is a trap. */
const GOALS: readonly (readonly [goal: string, isThere: (state: LockState) => boolean])[] = [
  ["settled: no latch moves and no timer runs", (state) => state.deadlines.size === 0],
  ["every latch locked", (state) => [...state.latches.values()].every((latch) => latch.kind === "locked")],
  ["every latch unlocked", (state) => [...state.latches.values()].every((latch) => latch.kind === "unlocked")],
];

/** Every event that can come from outside, for each latch of the description; every refusal is among them. */
export function allEvents(description: VehicleDescription): readonly LockEvent[] {
  const unlock = mintAuthorisation("unlock", "the model");
  const trunk = mintAuthorisation("trunk", "the model");
  const drive = mintAuthorisation("drive", "the model");
  const { supply, crash } = description;
  return [
    { kind: "unlockAuthorised", authorisation: unlock, scope: "cabin" },
    { kind: "unlockAuthorised", authorisation: trunk, scope: "trunk" },
    ...[false, true].map((forced): LockEvent => ({ kind: "lockOrdered", forced, by: "the model" })),
    ...[false, true].map((limited): LockEvent => ({ kind: "driveAuthorised", authorisation: drive, limited })),
    ...description.latches.flatMap((latch) => eventsOf(latch.id)),
    ...(crash === undefined ? [] : [{ kind: "inputPulsed", input: crash.input, pulseMs: crash.pulseMsMin } as const]),
    ...[false, true].map((occupied): LockEvent => ({ kind: "occupancyChanged", occupied })),
    ...[false, true].flatMap((running) => [false, true].map((moving): LockEvent => ({ kind: "powertrainChanged", running, moving }))),
    ...[supply.reserveMillivolts - 1, supply.autoLockMillivolts - 1, supply.warnMillivolts - 1, supply.warnMillivolts + 1000].map(
      (millivolts): LockEvent => ({ kind: "supplyMeasured", millivolts }),
    ),
    ...[[0, 0], [0, 1], [1, 0]].map(([inside, near]): LockEvent => ({ kind: "keyPresenceChanged", inside: inside!, near: near! })),
    ...[false, true].map((on): LockEvent => ({ kind: "valetChanged", on })),
  ];
}

function eventsOf(latch: string): readonly LockEvent[] {
  return [
    { kind: "insideHandlePulled", latch },
    ...[false, true].map((open): LockEvent => ({ kind: "doorChanged", latch, open })),
    ...(["locked", "unlocked", "stalled"] as const).map((report): LockEvent => ({ kind: "latchReported", latch, report })),
  ];
}

/** Walks every reachable state breadth first and checks every edge; stops at the first violation, whose trail is a shortest one. */
export function walk(model: Model): Walk {
  return new Walker(model).run();
}

class Walker {
  private readonly code: StateCode;
  /** By the state's number: its index plus 1, or 0 for one that was not met yet. */
  private readonly indexOf: Int32Array;
  private readonly codes: number[] = [];
  private readonly parents: number[] = [];
  /** How each state was reached first: an event's number, or the events' count plus the number of the timer. */
  private readonly causes: number[] = [];
  private readonly statesAt: readonly number[][] = GOALS.map(() => []);
  private readonly from: number[] = [];
  private readonly to: number[] = [];
  private readonly timers: readonly TimerName[];
  private reversedEdges: { readonly starts: Int32Array; readonly sources: Int32Array } | undefined;
  private edgeCount = 0;

  constructor(private readonly model: Model) {
    this.code = new StateCode(model.description);
    this.indexOf = new Int32Array(this.code.size);
    const answers = model.description.latches.map((latch): TimerName => `answer:${latch.id}`);
    this.timers = [...answers, "relock", "walkAway", "driveDecay", "crashAfterDrive"];
  }

  run(): Walk {
    this.add(this.code.encode(initialLock(this.model.description))!, -1, -1);
    for (let index = 0; index < this.codes.length; index++) {
      const violation = this.expand(index);
      if (violation !== undefined) return this.result(violation);
    }
    return this.result(this.findTrap());
  }

  private result(violation: Violation | undefined): Walk {
    return { stateCount: this.codes.length, edgeCount: this.edgeCount, violation };
  }

  private expand(index: number): Violation | undefined {
    const before = this.code.decode(this.codes[index]!);
    for (const [goal, [, isThere]] of GOALS.entries()) if (isThere(before)) this.statesAt[goal]!.push(index);
    const { events } = this.model;
    const seen = new Set<number>([index]);
    for (let cause = 0; cause < events.length + this.timers.length; cause++) {
      const timer = this.timers[cause - events.length];
      if (timer !== undefined && !before.deadlines.has(timer)) continue;
      const rule = this.follow(index, before, cause, seen);
      if (rule !== undefined) return { rule, trail: this.trail(index, cause) };
    }
    return undefined;
  }

  /** Takes one edge; the rule that it breaks, if any. */
  private follow(index: number, before: LockState, cause: number, seen: Set<number>): string | undefined {
    this.edgeCount++;
    const timer = this.timers[cause - this.model.events.length];
    const event: LockEvent = timer === undefined ? this.model.events[cause]! : TIME_PASSED;
    const start = timer === undefined ? before : due(before, timer);
    let step: LockStep;
    try {
      step = this.model.step(this.model.description, start, event, 0);
    } catch (error) {
      if (error instanceof InvariantViolation) return error.message;
      throw error;
    }
    const edge = { description: this.model.description, before: start, event, timer, step };
    const idle = step.state === start && step.effects.length === 0;
    for (const [rule, holds] of idle ? DEMAND_LIST : RULE_LIST) if (!holds(edge)) return rule;
    if (step.state === before) return undefined;
    const code = this.code.encode(step.state);
    if (code === undefined) return "attempts are bounded";
    const known = this.indexOf[code]!;
    const next = known > 0 ? known - 1 : this.add(code, index, cause);
    if (!seen.has(next)) {
      seen.add(next);
      this.from.push(index);
      this.to.push(next);
    }
    return undefined;
  }

  private add(code: number, parent: number, cause: number): number {
    const index = this.codes.length;
    this.indexOf[code] = index + 1;
    this.codes.push(code);
    this.parents.push(parent);
    this.causes.push(cause);
    return index;
  }

  /** Backward from each goal: a state that is not met cannot get there. */
  private findTrap(): Violation | undefined {
    for (const [index, [goal]] of GOALS.entries()) {
      const trapped = this.backwardFrom(this.statesAt[index]!).indexOf(0);
      if (trapped >= 0) return { rule: `no way back to: ${goal}`, trail: this.trail(trapped, -1) };
    }
    return undefined;
  }

  private backwardFrom(goals: readonly number[]): Uint8Array {
    const { starts, sources } = this.reversed();
    const reaches = new Uint8Array(this.codes.length);
    const queue = [...goals];
    for (const goal of goals) reaches[goal] = 1;
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (let i = starts[at]!; i < starts[at + 1]!; i++) {
        const source = sources[i]!;
        if (reaches[source] === 1) continue;
        reaches[source] = 1;
        queue.push(source);
      }
    }
    return reaches;
  }

  private reversed(): { readonly starts: Int32Array; readonly sources: Int32Array } {
    if (this.reversedEdges !== undefined) return this.reversedEdges;
    const starts = new Int32Array(this.codes.length + 1);
    for (const to of this.to) starts[to + 1]!++;
    for (let i = 0; i < this.codes.length; i++) starts[i + 1]! += starts[i]!;
    const fill = starts.slice();
    const sources = new Int32Array(this.to.length);
    this.to.forEach((to, edge) => (sources[fill[to]!++] = this.from[edge]!));
    this.reversedEdges = { starts, sources };
    return this.reversedEdges;
  }

  private trail(index: number, lastCause: number): readonly string[] {
    const lines: string[] = lastCause < 0 ? [] : [`${this.nameOf(lastCause)} -> broken`];
    for (let at = index; at >= 0; at = this.parents[at]!) {
      const cause = this.causes[at]! < 0 ? "start" : this.nameOf(this.causes[at]!);
      lines.unshift(`${cause} -> ${describeState(this.code.decode(this.codes[at]!))}`);
    }
    return lines;
  }

  private nameOf(cause: number): string {
    const event = this.model.events[cause];
    if (event === undefined) return `timer ${this.timers[cause - this.model.events.length]!}`;
    return Object.values({ ...event, authorisation: "" }).join(" ");
  }
}

function due(state: LockState, timer: TimerName): LockState {
  return { ...state, deadlines: new Map(state.deadlines).set(timer, 0) };
}
