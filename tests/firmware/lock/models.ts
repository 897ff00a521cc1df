import type { LockEvent, LockStepper, LockTables, VehicleDescription } from "../../../firmware/lock/index.ts";
import { CAR, DOOR, PASSENGER_DOOR, silent, TRUNK } from "./fixtures.ts";
import { allEvents, type Model } from "./model-checker.ts";

/** One pulse is a crash here; patterns are a matter of time, which the model leaves open. */
const MODEL_CAR: VehicleDescription = { ...CAR, crash: { ...CAR.crash!, pulses: 1 } };

const ONE_ATTEMPT = { ...DOOR, attemptsMax: 1 };

function model(description: VehicleDescription, step: LockStepper, leaveOut: (event: LockEvent) => boolean): Model {
  return { description, step, events: allEvents(description).filter((event) => !leaveOut(event)) };
}

/** A door that reports and a trunk that cannot; every event there is. Takes minutes. */
export function fullProduct(step: LockStepper): Model {
  return model({ ...MODEL_CAR, latches: [ONE_ATTEMPT, silent(TRUNK)] }, step, () => false);
}

/** The same two latches with the whole drive, supply, keys and crash; without valet mode, occupants and the warning stage. */
export function doorAndTrunk(step: LockStepper): Model {
  return model(
    { ...MODEL_CAR, latches: [ONE_ATTEMPT, silent(TRUNK)] },
    step,
    (event) =>
      event.kind === "valetChanged" ||
      event.kind === "occupancyChanged" ||
      (event.kind === "driveAuthorised" && event.limited) ||
      (event.kind === "supplyMeasured" && event.millivolts === MODEL_CAR.supply.warnMillivolts - 1),
  );
}

/** One latch that is tried twice, with every event there is. */
export function oneLatch(step: LockStepper): Model {
  return model({ ...MODEL_CAR, latches: [DOOR] }, step, () => false);
}

/** Two doors that are tried twice each; the drive is left alone. */
export function twoDoors(step: LockStepper): Model {
  return model({ ...MODEL_CAR, latches: [DOOR, PASSENGER_DOOR] }, step, (event) =>
    ["driveAuthorised", "powertrainChanged", "valetChanged", "inputPulsed"].includes(event.kind),
  );
}

/** A door and a trunk, tried once, with every event there is but supply and occupants: small enough to search for planted faults. */
export function smallCar(step: LockStepper): Model {
  const description = { ...MODEL_CAR, latches: [ONE_ATTEMPT, { ...TRUNK, attemptsMax: 1 }] };
  return model(description, step, (event) => event.kind === "occupancyChanged");
}

/** Tables that do the same as `tables` and write down which cells were consulted, for example `latch.locked.unlock`. */
export function watched(tables: LockTables): { readonly tables: LockTables; readonly consulted: Set<string> } {
  const consulted = new Set<string>();
  const watchedTable = (name: string, table: object): unknown =>
    mapCells(table, (cell, state, event) => {
      if (cell === "never") return cell;
      const path = `${name}.${state}.${event}`;
      const decide = cell as (now: unknown, told: unknown, context: unknown) => unknown;
      return (now: unknown, told: unknown, context: unknown) => {
        consulted.add(path);
        return cell === "ignore" ? [now] : decide(now, told, context);
      };
    });
  const entries = Object.entries(tables).map(([name, table]) => [name, watchedTable(name, table as object)]);
  return { tables: Object.fromEntries(entries) as LockTables, consulted };
}

/** Every cell of the tables that is not `never`, in order. */
export function cellNames(tables: LockTables): readonly string[] {
  const names: string[] = [];
  for (const [name, table] of Object.entries(tables)) {
    mapCells(table as object, (cell, state, event) => {
      if (cell !== "never") names.push(`${name}.${state}.${event}`);
      return cell;
    });
  }
  return names;
}

function mapCells(table: object, change: (cell: unknown, state: string, event: string) => unknown): unknown {
  const rows = Object.entries(table).map(([state, row]) => [
    state,
    Object.fromEntries(Object.entries(row as object).map(([event, cell]) => [event, change(cell, state, event)])),
  ]);
  return Object.fromEntries(rows);
}
