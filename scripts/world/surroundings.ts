import type { VirtualBoard } from "../board/virtual/index.ts";
import type { RunningCar } from "../board/running-car.ts";

/** A running virtual car and the world around it. */
export interface Surroundings {
  readonly board: VirtualBoard;
  readonly car: RunningCar;
}

/** The driver of the virtual car, where nobody is named. */
export const SOMEBODY = "somebody";

/** The named thing in the world is not there, or it cannot be done: a sentence for the person who asked. */
export class WorldRefusal extends Error {
  override readonly name = "WorldRefusal";
}
