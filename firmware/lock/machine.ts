import { assert } from "../base/index.ts";

/** A state or an event: its kind, and what goes with it. */
export interface Kinded {
  readonly kind: string;
}

type Of<Union extends Kinded, Kind> = Extract<Union, { readonly kind: Kind }>;

/** The next state, then the effects in the order in which they are to be performed. */
export type Outcome<State, Effect> = readonly [next: State, ...effects: Effect[]];

/** What one state does on one event. Pure. */
export type CellFunction<State, Event, Next, Effect, Context> = (
  state: State,
  event: Event,
  context: Context,
) => Outcome<Next, Effect>;

/**
 * A state machine as data: for each kind of state and each kind of event a decision. `ignore` keeps the state. `never` says that
 * the event cannot come in that state, and is allowed for our own timers only: sensors and people do as they please.
 * A table with a cell missing does not compile.
 */
export type Table<State extends Kinded, Event extends Kinded, Timer extends Event["kind"], Effect, Context> = {
  readonly [S in State["kind"]]: {
    readonly [E in Event["kind"]]:
      | CellFunction<Of<State, S>, Of<Event, E>, State, Effect, Context>
      | "ignore"
      | (E extends Timer ? "never" : never);
  };
};

type AnyCell<State, Event, Effect, Context> = CellFunction<State, Event, State, Effect, Context> | "ignore" | "never";

/** What `table` decides for `event` in `state`. Throws InvariantViolation on a `never` cell. */
export function consult<State extends Kinded, Event extends Kinded, Timer extends Event["kind"], Effect, Context>(
  table: Table<State, Event, Timer, Effect, Context>,
  state: State,
  event: Event,
  context: Context,
): Outcome<State, Effect> {
  const row = table[state.kind as State["kind"]];
  const cell = row[event.kind as Event["kind"]] as AnyCell<State, Event, Effect, Context>;
  if (cell === "ignore") return [state];
  assert(cell !== "never", `${event.kind} never comes in state ${state.kind}`);
  return cell(state, event, context);
}
