import { consult, type Kinded, type Table } from "../../firmware/lock/index.ts";
import type { Samples } from "./samples.ts";

/** What one cell does over all samples: the states it leads to, in the order of the table; none for a cell that never comes. */
export interface CellSummary {
  readonly from: string;
  readonly event: string;
  readonly cell: "ignore" | "never" | "decides";
  readonly targets: readonly string[];
  /** Some sample of it is refused. */
  readonly refuses: boolean;
}

/** Every cell of a table in the table's own order, found by asking it about every sample. */
export function summarise<State extends Kinded, Event extends Kinded, Timer extends Event["kind"], Effect extends Kinded, Context>(
  table: Table<State, Event, Timer, Effect, Context>,
  samples: Samples<State, Event, Context>,
): readonly CellSummary[] {
  return Object.entries(table).flatMap(([from, row]) =>
    Object.entries(row as Record<string, unknown>).map(([event, cell]): CellSummary => {
      if (cell === "never") return { from, event, cell, targets: [], refuses: false };
      if (cell === "ignore") return { from, event, cell, targets: [from], refuses: false };
      const outcomes = samples.states
        .filter((state) => state.kind === from)
        .flatMap((state) =>
          samples.events
            .filter((sample) => sample.kind === event)
            .flatMap((sample) => samples.contexts.map((context) => consult(table, state, sample, context))),
        );
      const reached = new Set(outcomes.map(([next]) => next.kind));
      return {
        from,
        event,
        cell: "decides",
        targets: Object.keys(table).filter((state) => reached.has(state)),
        refuses: outcomes.some(([, ...effects]) => effects.some((effect) => effect.kind === "refuse")),
      };
    }),
  );
}
