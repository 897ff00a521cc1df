import { loadBleno, openBleCar, type BleCarOptions } from "../../hal/ble-car/index.ts";
import { tellLiveness } from "../../hal/liveness/index.ts";
import { bridgeRadio } from "../../hal/radio-process/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import { dialectsOf } from "../cli/dialects.ts";
import { driverOf } from "../cli/driver.ts";
import type { Output } from "../cli/output.ts";

/** Runs until the car is gone, the adapter is beyond help, or it is told to stop. bleno cannot be closed, so this process ends by exiting. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const { attach, adapter } = values;
  if (typeof attach !== "string") throw new UsageError("--attach PATH is missing: the car's socket for radios");
  const driver = driverOf(values);
  const dialects = dialectsOf(values);
  const loaded = await loadBleno(driver, typeof adapter === "string" ? adapter : undefined);
  if (!loaded.ok) throw new CommandFailure(loaded.error.found, loaded.error.wayOut, { fault: loaded.error.kind });
  if (dialects.includes("tesla")) output.say("where the car speaks Tesla, its name on the air is a fixed hash of its VIN: anyone can recognise and track it by that");
  const liveness = tellLiveness();
  const ended = new Promise<ExitCode>((resolve) => {
    const radio = openRadio(output, attach, { bleno: loaded.value, driver, dialects }, resolve);
    liveness.ready();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void radio.close().then(() => resolve(EXIT.ok)));
  });
  const code = await ended;
  liveness.stop();
  process.exit(code);
}

function openRadio(output: Output, path: string, library: Pick<BleCarOptions, "bleno" | "driver" | "dialects">, end: (code: ExitCode) => void): ReturnType<typeof bridgeRadio> {
  try {
    return bridgeRadio({
      at: { path },
      openRadio: (onEvent) =>
        openBleCar({
          ...library,
          random: createSystemRandom(),
          onEvent,
          onTrouble: (message) => output.say(message),
          onFailed: () => end(EXIT.refused),
        }),
      onCarGone: (why) => {
        output.say(`the car is gone: ${why}`);
        end(EXIT.ok);
      },
    });
  } catch (fault) {
    // bleno throws out of the first listener where the adapter's user channel cannot be had.
    throw new CommandFailure(`the Bluetooth adapter cannot be opened: ${(fault as Error).message}`, "Let nothing else use it: sudo systemctl stop bluetooth; sudo btmgmt power off. `latchkey doctor` says more.");
  }
}
