import { rmSync } from "node:fs";
import { blenoPackage, type BluetoothDriver } from "../../hal/ble/index.ts";
import { bluetoothFaults } from "../../hal/bluetooth-check/index.ts";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import { Supervisor } from "../../hal/radio-process/index.ts";
import type { Dialect } from "../../hal/radio/index.ts";
import { listenForRadios } from "../../hal/socket-radio/index.ts";
import { CommandFailure } from "../cli/command.ts";
import type { BoardRadio, RadioEvent } from "./board.ts";

export interface RadioProcessOptions {
  /** Where the car listens for it; a socket there is left over from a car that was killed, since the flash has one car at a time. */
  readonly path: string;
  /** The program to start and keep running; undefined: somebody else starts it. */
  readonly command: readonly [string, ...string[]] | undefined;
  readonly onTrouble: (message: string) => void;
}

/** A radio that runs as a process of its own: it alone needs the right to an adapter, and its end never stops the car. */
export async function openRadioProcess(options: RadioProcessOptions, onEvent: (event: RadioEvent) => void): Promise<BoardRadio> {
  rmSync(options.path, { force: true });
  const opened = await listenForRadios({ path: options.path, onEvent, onTrouble: options.onTrouble });
  if (!opened.ok) throw new CommandFailure(opened.error.message, "", { fault: opened.error.kind });
  const radio = opened.value;
  const clock = createMonotonicClock();
  const supervisor = options.command === undefined ? undefined : new Supervisor({ name: "radio", command: options.command, onTrouble: options.onTrouble, nowMs: () => clock.monotonicMs() });
  return {
    send: (link, bytes) => radio.send(link, bytes),
    closeLink: (link) => radio.closeLink(link),
    advertise: (identity, connectable, tesla) => radio.advertise(identity, connectable, tesla),
    close: async () => {
      await supervisor?.stop();
      await radio.close();
    },
  };
}

/** The command that runs the Bluetooth radio of the car that listens at `path`, and speaks `dialects` there; fails with what is missing, before anything is started. */
export function bluetoothRadioCommand(path: string, driver: BluetoothDriver, adapter: string | undefined, dialects: readonly Dialect[]): readonly [string, ...string[]] {
  const [fault] = bluetoothFaults(blenoPackage(driver), adapter);
  if (fault !== undefined) throw new CommandFailure(`--radio ble: ${fault.found}`, fault.wayOut, { fault: fault.kind });
  return [process.execPath, process.argv[1]!, "radio", "--attach", path, "--driver", driver, "--dialects", dialects.join(","), ...(adapter === undefined ? [] : ["--adapter", adapter])];
}
