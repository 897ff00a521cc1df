import { bootController } from "../../firmware/controller/index.ts";
import { HealthWatch } from "../../firmware/health/index.ts";
import type { BootController } from "./controller-like.ts";

/** Starts Latchkey's own controller, for worlds, beside the watch that the radio of a real car has. Throws with the way out where it refuses to start. */
export const bootLatchkey: BootController = ({ vehicle, update, tesla, ...ports }) => {
  const booted = bootController(ports, { description: vehicle, ...(update && { update }), ...(tesla && { tesla }) });
  if (!booted.ok) throw new RangeError(`the controller does not start: ${booted.error.detail} ${booted.error.wayOut}`);
  return { ...booted.value, watchRadio: (watch) => new HealthWatch(watch) };
};
