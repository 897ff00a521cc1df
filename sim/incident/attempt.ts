import type { Expectation, Outcome } from "./format.ts";
import type { Measured } from "./report.ts";
import type { Side, Wish } from "./side.ts";

/** People try a handle or a button again this often, and for this long. */
const TRY_EVERY_MS = 250;
const TRY_FOR_MS = 4_000;

const DRIVER_DOOR = "driverDoor";

/**
 * Somebody tries something. What counts is what the door, the locks and the powertrain do, never what a controller says;
 * that is only kept beside it.
 */
export function attempt(side: Side, expectation: Expectation, ended: (measured: Measured) => void): void {
  const { who } = expectation;
  const { clock } = side.world;
  const startMs = clock.monotonicMs();
  const finish = (outcome: Outcome, said: string): void => ended({ outcome, tookMs: clock.monotonicMs() - startMs, said });
  switch (expectation.action) {
    case "enter":
      enter(side, who, (isIn, said) => finish(isIn ? "in" : "out", said));
      return;
    case "drive":
      enter(side, who, (isIn, said) => {
        if (!isIn) finish("stands", said);
        else drive(side, who, (drives, driveSaid) => finish(drives ? "drives" : "stands", driveSaid));
      });
      return;
    case "lock":
      wishThen(side, who, "lock", () => side.carOf(who).body.lockedUp, (locked, said) => finish(locked ? "locked" : "unlocked", said));
      return;
    case "leave":
      leave(side, who, finish);
      return;
    case "locks":
    case "warning":
    case "tracking":
      throw new RangeError(`${expectation.action} is looked at, not tried`);
  }
}

/** Pulls the handle first, as people do, then uses what they hold, then pulls again. */
function enter(side: Side, who: string, ended: (isIn: boolean, said: string) => void): void {
  const person = side.person(who);
  const car = side.carOf(who);
  if (person.inside === car) {
    ended(true, "");
    return;
  }
  person.standAt(car.placeAt(DRIVER_DOOR));
  const pull = (): boolean => car.body.pullOutsideHandle(DRIVER_DOOR) && person.getIn(car, DRIVER_DOOR);
  if (pull()) {
    ended(true, "the door was not locked");
    return;
  }
  wishThen(side, who, "unlock", pull, ended);
}

function leave(side: Side, who: string, finish: (outcome: Outcome, said: string) => void): void {
  const person = side.person(who);
  const { body } = side.carOf(who);
  if (person.inside !== side.carOf(who)) {
    finish("not played", "was not inside");
    return;
  }
  body.pullElectricHandle(DRIVER_DOOR);
  tryUntil(side, () => !body.isLocked(DRIVER_DOOR), (opened) => {
    if (opened) person.getOut(DRIVER_DOOR);
    finish(opened ? "leaves" : "trapped", "");
  });
}

function drive(side: Side, who: string, ended: (drives: boolean, said: string) => void): void {
  const { body } = side.carOf(who);
  wishThen(side, who, "drive", () => body.start(), ended);
}

/** Asks for `wish`, then tries until `works` or patience ends. */
function wishThen(side: Side, who: string, wish: Wish, works: () => boolean, ended: (worked: boolean, said: string) => void): void {
  side.use(who, wish, (said) => tryUntil(side, works, (worked) => ended(worked, said)));
}

function tryUntil({ world: { clock } }: Side, works: () => boolean, ended: (worked: boolean) => void): void {
  const giveUpAtMs = clock.monotonicMs() + TRY_FOR_MS;
  const again = (): void => {
    if (works()) ended(true);
    else if (clock.monotonicMs() >= giveUpAtMs) ended(false);
    else clock.after(TRY_EVERY_MS, "try", again);
  };
  again();
}
