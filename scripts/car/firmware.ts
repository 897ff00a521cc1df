import type { UpdateSettings } from "../../firmware/controller/index.ts";
import type { SlotStore } from "../../firmware/ports/index.ts";
import { openSlotFolder } from "../../hal/slots/index.ts";
import type { RunningCar } from "../board/running-car.ts";
import { CommandFailure } from "../cli/command.ts";
import type { RunChoices } from "./options.ts";

/** What a board is told of the firmware that runs it. `defaultModel`: the class of a car whose configuration names none; without it such a car takes no updates. */
export function firmwareOf({ config, slots, confirmAfterMs }: RunChoices, defaultModel?: string): { readonly update?: UpdateSettings; readonly slots?: SlotStore } {
  const named = config.update ?? (defaultModel === undefined ? undefined : { model: defaultModel });
  const update = named && { ...named, ...(confirmAfterMs !== undefined && { trialSteadyMs: confirmAfterMs }) };
  if (slots === undefined) return { ...(update && { update }) };
  const opened = openSlotFolder(slots);
  if (!opened.ok) throw new CommandFailure(opened.error, "Start the car with: latchkey boot --slots FOLDER -- car");
  return { ...(update && { update }), slots: opened.value };
}

/** Resolves when an update is ready for its trial and the car may stop for it: the boot loader starts it again. */
export function restartAsked(car: RunningCar): Promise<"again"> {
  return new Promise((resolve) => car.watch({ restartWanted: () => resolve("again") }));
}
