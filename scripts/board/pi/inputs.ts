import { findChip, findGpioTools, GpioInputs, PI_CHIP_LABELS, type InputListener } from "../../../hal/gpio/index.ts";
import { CommandFailure } from "../../cli/command.ts";
import type { PiInputSettings, PiSettings } from "../../config/pi-settings.ts";
import type { WireEvent } from "../board.ts";
import type { OpenDevice } from "./device.ts";

/** The input lines of the settings, or what is missing on this machine. Lines that are asked for alike share one tool. */
export async function openInputs({ inputs }: PiSettings, noticed: (what: string) => void): Promise<readonly OpenDevice[]> {
  if (inputs.lines.length === 0) return [];
  const found = await findGpioTools();
  if (!found.ok) throw new CommandFailure(found.error.found, found.error.wayOut, { fault: found.error.kind });
  const chip = await findChip(found.value, inputs.chip === undefined ? PI_CHIP_LABELS : [inputs.chip]);
  if (!chip.ok) throw new CommandFailure(chip.error.found, chip.error.wayOut, { fault: chip.error.kind });
  const groups = new Map<string, PiInputSettings[]>();
  for (const line of inputs.lines) {
    const group = `${line.activeLow} ${line.pull}`;
    groups.set(group, [...(groups.get(group) ?? []), line]);
  }
  return [...groups.values()].map((lines) => (tell) => new GpioInputs({
    tools: found.value,
    request: { chip: chip.value, activeLow: lines[0]!.activeLow, pull: lines[0]!.pull },
    lines: lines.map(({ line }) => line),
    debounceMs: inputs.debounceMs,
    listener: inputListener(lines, tell, noticed),
  }));
}

/** What lines say, in the controller's words. */
export function inputListener(lines: readonly PiInputSettings[], tell: (event: WireEvent) => void, noticed: (what: string) => void): InputListener {
  const byLine = new Map(lines.map((line) => [line.line, line]));
  return {
    noticed,
    changed: (number, active) => {
      const event = changeOf(byLine.get(number)!, active);
      if (event !== undefined) tell(event);
    },
    pulsed: (number, pulseMs) => {
      const { kind, input } = byLine.get(number)!;
      if (kind === "pulse" && input !== undefined) tell({ kind: "inputPulsed", input, pulseMs });
    },
  };
}

function changeOf({ kind, latch, input }: PiInputSettings, active: boolean): WireEvent | undefined {
  switch (kind) {
    case "door":
      return { kind: "doorChanged", latch: latch!, open: active };
    case "insideHandle":
      return active ? { kind: "insideHandlePulled", latch: latch! } : undefined;
    case "bolt":
      return { kind: "latchReported", latch: latch!, report: active ? "locked" : "unlocked" };
    case "button":
      return { kind: "inputChanged", input: input!, active };
    case "ignition":
      // Whether it moves, no wire of an ignition tells.
      return { kind: "powertrainChanged", running: active, moving: false };
    case "pulse":
      return undefined;
  }
}
