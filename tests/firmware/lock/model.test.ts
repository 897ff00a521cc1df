import { describe, expect, test } from "vitest";
import { composeLock, stepLock, TABLES, type LockStepper } from "../../../firmware/lock/index.ts";
import { walk, type Model, type Walk } from "./model-checker.ts";
import { cellNames, doorAndTrunk, fullProduct, oneLatch, twoDoors, watched } from "./models.ts";

/** Cells that no walk comes to, each with the reason why it stands there all the same: the type wants every cell decided. */
const UNREACHED: Readonly<Record<string, string>> = {
  "vehicle.locked.allLocked": "told only when it becomes so, and a car that is locked says locked already",
  "vehicle.walkAwayArmed.lastKeyLeft": "the last key has left already, and one that comes back ends this state",
  "vehicle.walkAwayBlocked.lastKeyLeft": "the last key has left already, and one that comes back ends this state",
};

const watch = watched(TABLES);

function clean(model: (step: LockStepper) => Model): Walk {
  const walked = walk(model(composeLock(watch.tables)));
  expect(walked.violation).toBeUndefined();
  return walked;
}

/** Seconds on an idle machine; a laptop that does other things too may take its time. */
const TIMEOUT_MS = 900_000;

describe("in every reachable state every event keeps every rule, and no state is a trap", { timeout: TIMEOUT_MS }, () => {
  test("a door that reports and a trunk that cannot, with drive, supply, keys and crash", () => {
    const { stateCount, edgeCount } = clean(doorAndTrunk);
    expect({ stateCount, edgeCount }).toEqual({ stateCount: 176_870, edgeCount: 5_212_668 });
  });

  test("one latch tried twice, with everything that can happen to a car", () => {
    const { stateCount, edgeCount } = clean(oneLatch);
    expect({ stateCount, edgeCount }).toEqual({ stateCount: 87_520, edgeCount: 2_567_580 });
  });

  test("two doors tried twice each, while the drive is left alone", () => {
    const { stateCount, edgeCount } = clean(twoDoors);
    expect({ stateCount, edgeCount }).toEqual({ stateCount: 29_104, edgeCount: 769_824 });
  });

  test("every cell of the tables was consulted, but for those with a reason", () => {
    const unreached = cellNames(TABLES).filter((cell) => !watch.consulted.has(cell));
    expect(unreached).toEqual(Object.keys(UNREACHED));
  });

  test.runIf(process.env["LATCHKEY_MODEL"] === "full")("the full product, which takes minutes: set LATCHKEY_MODEL=full", { timeout: 1_800_000 }, () => {
    const { stateCount, edgeCount, violation } = walk(fullProduct(stepLock));
    expect(violation).toBeUndefined();
    expect({ stateCount, edgeCount }).toEqual({ stateCount: 1_276_460, edgeCount: 45_317_606 });
  });
});
