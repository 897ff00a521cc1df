import { findChip, findGpioTools, GpioOutputs, PI_CHIP_LABELS } from "../../../hal/gpio/index.ts";
import { kmtronic, LCUS, modbus, PULSE_MS_MAX, RelayBoard, type RelayChannels, type RelayListener, type RelayProtocol } from "../../../hal/relay/index.ts";
import { openSerialLine, SYSTEM_TIMER } from "../../../hal/serial-line/index.ts";
import { CommandFailure } from "../../cli/command.ts";
import type { PiSettings, RelaySettings } from "../../config/pi-settings.ts";

/** Opens the relays of the settings, or fails with what is missing on this machine. */
export async function openRelays(pi: PiSettings, listener: RelayListener): Promise<RelayChannels> {
  const interlocks = pi.latches.map(({ lockChannel, unlockChannel }) => [lockChannel, unlockChannel] as const);
  if (pi.relay.kind === "gpio") return openGpio(pi.relay, interlocks, listener);
  const protocol = protocolOf(pi.relay);
  const line = await openSerialLine({ path: pi.relay.path, baudRate: protocol.baudRate });
  if (!line.ok) throw new CommandFailure(`the relay board cannot be reached: ${line.error.found}`, line.error.wayOut, { fault: line.error.kind });
  const channels = [...interlocks.flat(), ...(pi.immobiliserChannel === undefined ? [] : [pi.immobiliserChannel])];
  return new RelayBoard({ open: line.value, protocol, channels, interlocks, timer: SYSTEM_TIMER, listener });
}

function protocolOf(relay: Exclude<RelaySettings, { kind: "gpio" }>): RelayProtocol {
  switch (relay.kind) {
    case "lcus":
      return LCUS;
    case "modbus":
      return modbus(relay.address);
    case "kmtronic":
      return kmtronic(relay.channelCount);
  }
}

async function openGpio(relay: Extract<RelaySettings, { kind: "gpio" }>, interlocks: readonly (readonly [number, number])[], listener: RelayListener): Promise<RelayChannels> {
  const tools = await findGpioTools();
  if (!tools.ok) throw new CommandFailure(tools.error.found, tools.error.wayOut, { fault: tools.error.kind });
  const chip = await findChip(tools.value, relay.chip === undefined ? PI_CHIP_LABELS : [relay.chip]);
  if (!chip.ok) throw new CommandFailure(chip.error.found, chip.error.wayOut, { fault: chip.error.kind });
  return new GpioOutputs({ tools: tools.value, request: { chip: chip.value, activeLow: relay.activeLow, pull: undefined }, interlocks, pulseMsMax: PULSE_MS_MAX, listener });
}
