import { BOOT_MS } from "../../sim/comfort/index.ts";
import type { Act } from "./act.ts";
import { chosen, numberOf } from "./words.ts";

/** What the world does to the comfort systems: cable, charge, weather and sleep. */
export const COMFORT_ACTS: Readonly<Record<string, Act>> = {
  plug: ({ board }, [way]) => {
    const isIn = chosen(way, ["in", "out"]) === "in";
    board.enter(() => board.systems.plug(isIn));
    return { text: isIn ? `the cable is plugged in: ${board.systems.state.charge.charging}` : "no cable is plugged in" };
  },

  charge: ({ board }, [percent]) => {
    const level = numberOf(percent, "PERCENT", { min: 0, max: 100 });
    board.enter(() => board.systems.setLevel(level));
    return { text: `the traction battery is at ${level} %` };
  },

  temperature: ({ board }, [celsius]) => {
    const outside = numberOf(celsius, "CELSIUS", { min: -60, max: 60 });
    board.enter(() => board.systems.setOutside(outside));
    return { text: `it is ${outside} degrees Celsius outside` };
  },

  sleep: ({ board }) => {
    board.enter(() => board.systems.sleep());
    return { text: "the car's screens sleep" };
  },

  wake: ({ board }) => {
    board.enter(() => board.systems.wake());
    return { text: board.systems.infotainment === "awake" ? "the car's screens are awake" : `the car's screens boot, for ${BOOT_MS / 1000} s at most` };
  },
};
