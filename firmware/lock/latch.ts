import type { LatchDescription } from "./description.ts";
import { arm, audit, disarm, type LockEffect, type LockOrder, type TimerEffect, type TimerName } from "./effects.ts";
import { lockHindrance, standsOpen } from "./guards.ts";
import type { Outcome, Table } from "./machine.ts";
import type { LockContext } from "./state.ts";

type Position = "locked" | "unlocked";

/** What is known of one latch. `attempt` counts from 1 to the description's attemptsMax. */
export type LatchState =
  /** Nothing was reported since the start, and nothing driven. */
  | { readonly kind: "unknown" }
  | { readonly kind: "locking"; readonly attempt: number; readonly order: LockOrder }
  | { readonly kind: "unlocking"; readonly attempt: number }
  | { readonly kind: "locked" }
  | { readonly kind: "unlocked" }
  /** Every attempt toward this position failed: the latch may stand anywhere. */
  | { readonly kind: "jammed"; readonly toward: Position }
  /** Driven, but the hardware tells nobody how it ended. */
  | { readonly kind: "unconfirmed"; readonly toward: Position };

export type LatchEvent =
  | { readonly kind: "lock"; readonly order: LockOrder }
  | { readonly kind: "unlock" }
  | { readonly kind: "handlePulled" }
  | { readonly kind: "lockedReported" }
  | { readonly kind: "unlockedReported" }
  | { readonly kind: "stallReported" }
  | { readonly kind: "answerTimedOut" };

export type LatchTimer = "answerTimedOut";

export interface LatchContext extends LockContext {
  readonly latch: LatchDescription;
}

export type LatchEffect = LockEffect | TimerEffect;
export type LatchTable = Table<LatchState, LatchEvent, LatchTimer, LatchEffect, LatchContext>;
type LatchOutcome = Outcome<LatchState, LatchEffect>;
type Locking = Extract<LatchState, { kind: "locking" }>;
type Unlocking = Extract<LatchState, { kind: "unlocking" }>;
type Lock = Extract<LatchEvent, { kind: "lock" }>;

const startLocking = (_state: LatchState, event: Lock, context: LatchContext): LatchOutcome => [
  { kind: "locking", attempt: 1, order: event.order },
  ...drive("locked", context),
];

const startUnlocking = (_state: LatchState, _event: LatchEvent, context: LatchContext): LatchOutcome => [
  { kind: "unlocking", attempt: 1 },
  ...drive("unlocked", context),
];

const freedFromInside = (state: LatchState, event: LatchEvent, context: LatchContext): LatchOutcome => [
  ...startUnlocking(state, event, context),
  audit("freeEgress", "done", context.latch.id),
];

const turnToLocking = (_state: LatchState, event: Lock, context: LatchContext): LatchOutcome => [
  { kind: "locking", attempt: 1, order: event.order },
  stop(context),
  ...drive("locked", context),
];

const turnToUnlocking = (_state: LatchState, _event: LatchEvent, context: LatchContext): LatchOutcome => [
  { kind: "unlocking", attempt: 1 },
  stop(context),
  ...drive("unlocked", context),
];

const turnedFromInside = (state: LatchState, event: LatchEvent, context: LatchContext): LatchOutcome => [
  ...turnToUnlocking(state, event, context),
  audit("freeEgress", "done", context.latch.id),
];

/** The motion goes on; a key's own order replaces the reason of it, an automatic one does not. */
const renewOrder = (state: Locking, event: Lock): LatchOutcome => [
  event.order === "automatic" ? state : { ...state, order: event.order },
];

const arriveAt =
  (position: Position) =>
  (_state: LatchState, _event: LatchEvent, context: LatchContext): LatchOutcome => [
    { kind: position },
    stop(context),
    disarm(answerTimer(context)),
    settled(position, context),
  ];

/** Told without being asked, by a latch we were not sure of. */
const found =
  (position: Position) =>
  (_state: LatchState, _event: LatchEvent, context: LatchContext): LatchOutcome => [
    { kind: position },
    settled(position, context),
  ];

/** Told without being asked, by a latch we were sure of: a mechanical key, or a thief's tool. */
const movedByHand =
  (position: Position) =>
  (_state: LatchState, _event: LatchEvent, context: LatchContext): LatchOutcome => [
    { kind: position },
    settled(position, context),
    audit("movedByHand", "info", `${context.latch.id} ${position}`),
  ];

/** An attempt to lock is not repeated once locking would no longer be allowed. */
const retryLocking = (state: Locking, _event: LatchEvent, context: LatchContext): LatchOutcome => {
  const hindrance = standsOpen(context.latch, context.facts) ? "doorOpen" : lockHindrance(state.order, context);
  if (hindrance !== undefined) return jam("locked", hindrance, context);
  if (state.attempt >= context.latch.attemptsMax) return jam("locked", "jammed", context);
  return [{ ...state, attempt: state.attempt + 1 }, stop(context), ...drive("locked", context)];
};

const retryUnlocking = (state: Unlocking, _event: LatchEvent, context: LatchContext): LatchOutcome => {
  if (state.attempt >= context.latch.attemptsMax) return jam("unlocked", "jammed", context);
  return [{ kind: "unlocking", attempt: state.attempt + 1 }, stop(context), ...drive("unlocked", context)];
};

const lockingUnanswered = (state: Locking, event: LatchEvent, context: LatchContext): LatchOutcome =>
  context.latch.feedback === "none" ? unconfirmed("locked", context) : retryLocking(state, event, context);

const unlockingUnanswered = (state: Unlocking, event: LatchEvent, context: LatchContext): LatchOutcome =>
  context.latch.feedback === "none" ? unconfirmed("unlocked", context) : retryUnlocking(state, event, context);

/** One latch: what it does on each event in each state. */
export const LATCH: LatchTable = {
  unknown: {
    lock: startLocking,
    unlock: startUnlocking,
    handlePulled: freedFromInside,
    lockedReported: found("locked"),
    unlockedReported: found("unlocked"),
    stallReported: "ignore",
    answerTimedOut: "never",
  },
  locking: {
    lock: renewOrder,
    unlock: turnToUnlocking,
    handlePulled: turnedFromInside,
    lockedReported: arriveAt("locked"),
    // The bolt has not left its old place yet, or this is the last word of the motion before: the end stop or the timer decides.
    unlockedReported: "ignore",
    stallReported: retryLocking,
    answerTimedOut: lockingUnanswered,
  },
  unlocking: {
    lock: turnToLocking,
    unlock: "ignore",
    handlePulled: "ignore",
    lockedReported: "ignore",
    unlockedReported: arriveAt("unlocked"),
    stallReported: retryUnlocking,
    answerTimedOut: unlockingUnanswered,
  },
  locked: {
    lock: "ignore",
    unlock: startUnlocking,
    handlePulled: freedFromInside,
    lockedReported: "ignore",
    unlockedReported: movedByHand("unlocked"),
    stallReported: "ignore",
    answerTimedOut: "never",
  },
  unlocked: {
    lock: startLocking,
    unlock: "ignore",
    handlePulled: "ignore",
    lockedReported: movedByHand("locked"),
    unlockedReported: "ignore",
    stallReported: "ignore",
    answerTimedOut: "never",
  },
  jammed: {
    lock: startLocking,
    unlock: startUnlocking,
    handlePulled: freedFromInside,
    lockedReported: found("locked"),
    unlockedReported: found("unlocked"),
    stallReported: "ignore",
    answerTimedOut: "never",
  },
  unconfirmed: {
    lock: startLocking,
    unlock: startUnlocking,
    handlePulled: freedFromInside,
    lockedReported: found("locked"),
    unlockedReported: found("unlocked"),
    stallReported: "ignore",
    answerTimedOut: "never",
  },
};

/** The drive and its answer timer. Without feedback the end of the pulse is all there is to wait for. */
function drive(toward: Position, context: LatchContext): readonly [LatchEffect, LatchEffect] {
  const { id, pulseMs, feedback, answerTimeoutMs } = context.latch;
  return [
    { kind: "driveLatch", latch: id, toward, pulseMs },
    arm(answerTimer(context), feedback === "none" ? pulseMs : answerTimeoutMs),
  ];
}

function jam(toward: Position, why: string, context: LatchContext): LatchOutcome {
  return [
    { kind: "jammed", toward },
    stop(context),
    disarm(answerTimer(context)),
    settled("jammed", context),
    audit("jam", "failed", `${context.latch.id} toward ${toward}: ${why}`),
  ];
}

function unconfirmed(toward: Position, context: LatchContext): LatchOutcome {
  return [{ kind: "unconfirmed", toward }, settled("unconfirmed", context)];
}

function stop(context: LatchContext): LatchEffect {
  return { kind: "stopLatch", latch: context.latch.id };
}

function settled(as: Position | "jammed" | "unconfirmed", context: LatchContext): LatchEffect {
  return { kind: "latchSettled", latch: context.latch.id, as };
}

function answerTimer(context: LatchContext): TimerName {
  return `answer:${context.latch.id}`;
}
