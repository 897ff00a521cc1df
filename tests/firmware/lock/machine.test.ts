import { expect, test } from "vitest";
import { InvariantViolation } from "../../../firmware/base/index.ts";
import { consult, type Table } from "../../../firmware/lock/index.ts";

type State = { readonly kind: "off" } | { readonly kind: "on"; readonly count: number };
type Event = { readonly kind: "pressed" } | { readonly kind: "timedOut" };
type Lamp = Table<State, Event, "timedOut", { readonly kind: "click" }, number>;

const LAMP: Lamp = {
  off: { pressed: (_state, _event, count) => [{ kind: "on", count }, { kind: "click" }], timedOut: "never" },
  on: { pressed: "ignore", timedOut: () => [{ kind: "off" }] },
};

const ask = (state: State, event: Event): ReturnType<typeof consult> =>
  consult<State, Event, "timedOut", { readonly kind: "click" }, number>(LAMP, state, event, 7);

test("a cell answers with the next state and its effects, and sees the context", () => {
  expect(ask({ kind: "off" }, { kind: "pressed" })).toEqual([{ kind: "on", count: 7 }, { kind: "click" }]);
});

test("ignore keeps the very state", () => {
  const on: State = { kind: "on", count: 1 };
  expect(ask(on, { kind: "pressed" })[0]).toBe(on);
});

test("never is a broken invariant that names the cell", () => {
  expect(() => ask({ kind: "off" }, { kind: "timedOut" })).toThrow(new InvariantViolation("timedOut never comes in state off"));
});

test("what the compiler refuses: a missing cell, a missing row, never for an event that is no timer of ours", () => {
  // @ts-expect-error a cell is missing
  const missingCell: Lamp = { ...LAMP, on: { pressed: "ignore" } };
  // @ts-expect-error a row is missing
  const missingRow: Lamp = { off: LAMP.off };
  // @ts-expect-error people press in any state
  const neverPressed: Lamp = { ...LAMP, on: { ...LAMP.on, pressed: "never" } };
  expect([missingCell, missingRow, neverPressed]).toHaveLength(3);
});
