import type { Controller } from "./controller.ts";
import type { ControllerEvent } from "./events.ts";
import type { Turn } from "./turn.ts";

/** Where the board's clocks are heard; what they are worth is the access room's to judge. */
export class ClockDesk {
  private readonly car: Controller;
  /** What each clock was last refused for: a clock that repeats itself fills no log. */
  private readonly refusals = new Map<string, string>();

  constructor(car: Controller) {
    this.car = car;
  }

  reported(turn: Turn, { source, unixS }: Extract<ControllerEvent, { kind: "timeReported" }>): void {
    const { access } = this.car.parts;
    const before = access.time.trust;
    const taken = access.reportTime(source, unixS, turn.nowMs);
    if (!taken.ok) {
      if (this.refusals.get(source) === taken.error) return;
      this.refusals.set(source, taken.error);
      this.car.recordRefusal(turn, { what: "timeReported", who: source, outcome: "refused", why: taken.error });
      return;
    }
    this.refusals.delete(source);
    if (taken.value !== before) turn.note({ what: "time", who: source, outcome: "info", why: `trusted: ${taken.value}` });
  }
}
