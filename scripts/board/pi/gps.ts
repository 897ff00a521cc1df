import { GpsReceiver, type GpsEvent } from "../../../hal/gps/index.ts";
import { openSerialLine } from "../../../hal/serial-line/index.ts";
import { EARLIEST_PLAUSIBLE_UNIX_S } from "../../../hal/clock/index.ts";
import { CommandFailure } from "../../cli/command.ts";
import type { PiSettings } from "../../config/pi-settings.ts";
import type { WireEvent } from "../board.ts";
import type { OpenDevice } from "./device.ts";

/** The receiver of the settings, if there is one; fails with what is missing on this machine. */
export async function openGps({ gps }: PiSettings, noticed: (what: string) => void): Promise<readonly OpenDevice[]> {
  if (gps === undefined) return [];
  const line = await openSerialLine({ path: gps.path, baudRate: gps.baudRate });
  if (!line.ok) throw new CommandFailure(`the GPS receiver cannot be reached: ${line.error.found}`, line.error.wayOut, { fault: line.error.kind });
  return [(tell) => new GpsReceiver({ open: line.value, builtS: EARLIEST_PLAUSIBLE_UNIX_S, onTrouble: (message) => noticed(`GPS ${gps.path}: ${message}`), listener: (event) => tell(wireEvent(event)) })];
}

/** What a receiver tells, in the controller's words. */
function wireEvent(event: GpsEvent): WireEvent {
  if (event.kind === "time") return { kind: "timeReported", source: "gps", unixS: event.unixS };
  const { latitudeDeg, longitudeDeg, accuracyM } = event;
  return { kind: "positionReported", latitudeDeg, longitudeDeg, accuracyM };
}
