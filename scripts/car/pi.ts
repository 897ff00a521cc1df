import type { TeslaOptions } from "../../firmware/controller/index.ts";
import { geometryOf, openFlash } from "../board/flash.ts";
import type { Board } from "../board/board.ts";
import { openGps, openInputs, openReaders, openRelays, PiBoard, rtcDevice } from "../board/pi/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { firmwareOf } from "./firmware.ts";
import type { RunChoices } from "./options.ts";

/** The pi board on a flash file. Fails before anything moves where the configuration or this machine lacks something. */
export async function openPi(choices: RunChoices, noticed: (what: string) => void, tesla: TeslaOptions | undefined): Promise<{ readonly board: Board; open(): Promise<readonly []> }> {
  const { pi, vehicle } = choices.config;
  if (pi === undefined || vehicle === undefined) {
    throw new CommandFailure("--board pi needs a configuration that says what hangs on it", "Name one with --config FILE; docs/hardware.md has an example.");
  }
  const firmware = firmwareOf(choices);
  const devices = [rtcDevice(noticed), ...(await openInputs(pi, noticed)), ...(await openGps(pi, noticed))];
  const readers = await openReaders(pi, noticed);
  const flash = openFlash(choices.flashPath, geometryOf(choices.config.flash));
  try {
    const relays = await openRelays(pi, {
      noticed,
      failed: (channel, on, why) => {
        noticed(`relay ${channel} could not be switched ${on ? "on" : "off"}: ${why}`);
        board.relayFailed(channel, on);
      },
    });
    const board: PiBoard = new PiBoard({ flash, description: vehicle, pi, relays, devices, readers, noticed, ...firmware, ...(tesla && { tesla }) });
    return { board, open: async () => [] };
  } catch (fault) {
    flash.close();
    throw fault;
  }
}
