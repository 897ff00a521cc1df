import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { SYSTEM_TIMER } from "../../hal/serial-line/index.ts";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import type { Scheduler } from "../../sim/hci/index.ts";
import { LcusDevice, ModbusDevice, VirtualBolt, type RelayDevice, type RelayDeviceWorld, type RelayFault } from "../../sim/serial-devices/index.ts";
import { stopSignal } from "../car/signals.ts";
import { openPty } from "../pty/index.ts";

const KINDS = ["lcus", "lcus-query", "modbus"] as const;
const FAULTS: readonly RelayFault[] = ["none", "silent", "deaf", "stuckRelay", "noise", "badCheck", "late"];
const CHANNEL_COUNT = 4;
const MODBUS_ADDRESS = 1;
/** The bolt's motor hangs on the first two relays. */
const BOLT = { lockChannel: 1, unlockChannel: 2 } as const;

export const RELAY_SUBCOMMAND: Subcommand = {
  name: "device relay",
  summary: "a virtual relay board of four channels on a pseudo-terminal, with a bolt: channel 1 locks it, channel 2 unlocks it",
  positionals: [],
  options: {
    kind: { type: "string", value: KINDS.join("|"), help: "lcus answers nothing, lcus-query its query, modbus (address 1) every command" },
    link: { type: "string", value: "PATH", help: "where the car finds its serial port" },
    fault: { type: "string", value: FAULTS.join("|"), help: "what is wrong with it (default none)" },
  },
  examples: ["latchkey device relay --kind modbus --link /tmp/relay", "latchkey device relay --kind lcus --link /tmp/relay --json"],
  run,
};

async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const kind = KINDS.find((word) => word === values["kind"]);
  if (kind === undefined) throw new UsageError(`--kind is one of: ${KINDS.join(", ")}`);
  const fault = FAULTS.find((word) => word === (values["fault"] ?? "none"));
  if (fault === undefined) throw new UsageError(`--fault is one of: ${FAULTS.join(", ")}`);
  const link = values["link"];
  if (typeof link !== "string") throw new UsageError("--link PATH is missing");
  const stop = stopSignal();
  const early: Uint8Array[] = [];
  let receive = (bytes: Uint8Array): void => void early.push(bytes);
  const pty = await openPty(link, (bytes) => receive(bytes));
  const scheduler = realScheduler();
  const bolt = new VirtualBolt(BOLT, scheduler, (position) => output.answer({ event: "bolt", position }, `bolt ${position}`));
  const device = deviceOf(kind, {
    scheduler,
    answer: (bytes) => pty.write(bytes),
    moved: (channel, on) => {
      output.answer({ event: "relay", channel, on }, `relay ${channel} ${on ? "on" : "off"}`);
      const wasBurnt = bolt.isBurnt;
      bolt.relayMoved(channel, on);
      if (bolt.isBurnt && !wasBurnt) output.answer({ event: "burnt" }, "the bolt's motor has burnt: both directions were on");
    },
  });
  device.fault = fault;
  receive = (bytes) => device.receive(bytes);
  for (const bytes of early) receive(bytes);
  output.answer({ event: "ready", kind, link }, `${kind} board at ${link}`);
  const ended = await Promise.race([stop.stopped.then(() => undefined), pty.ended]);
  stop.release();
  await pty.close();
  if (ended !== undefined) throw new CommandFailure(`the pseudo-terminal has ended: ${ended}`);
  return EXIT.ok;
}

function deviceOf(kind: (typeof KINDS)[number], world: RelayDeviceWorld): RelayDevice {
  if (kind === "modbus") return new ModbusDevice(CHANNEL_COUNT, MODBUS_ADDRESS, world);
  return new LcusDevice(CHANNEL_COUNT, kind === "lcus-query", world);
}

function realScheduler(): Scheduler {
  const clock = createMonotonicClock();
  return { nowMs: () => clock.monotonicMs(), after: (delayMs, run) => SYSTEM_TIMER.after(delayMs, run) };
}
