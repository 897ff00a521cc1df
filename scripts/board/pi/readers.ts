import type { ReaderId } from "../../../firmware/controller/index.ts";
import type { CardReader, CardReaderEvent } from "../../../hal/card-reader/index.ts";
import { createPn532Reader, SYSTEM_TIMER } from "../../../hal/pn532/index.ts";
import { openSerialLine, type OpenSerialLine } from "../../../hal/serial-line/index.ts";
import { CommandFailure } from "../../cli/command.ts";
import type { PiReaderSettings, PiSettings } from "../../config/pi-settings.ts";
import type { WireEvent } from "../board.ts";
import type { OpenDevice } from "./device.ts";

/** The high-speed UART of a PN532 as it comes (UM0701-02). */
const PN532_BAUD_RATE = 115_200;

/** The card readers of the settings: their events go to the controller, its commands to the card in the field. */
export interface PiReaders {
  readonly devices: readonly OpenDevice[];
  ask(reader: ReaderId, command: Uint8Array): void;
  release(reader: ReaderId): void;
}

/** Opens the lines of the settings' readers, or fails with what is missing on this machine. Readers are numbered from 1. */
export async function openReaders({ readers }: PiSettings, noticed: (what: string) => void): Promise<PiReaders> {
  const open = new Map<ReaderId, CardReader>();
  const devices: OpenDevice[] = [];
  for (const [index, settings] of readers.entries()) {
    const line = await openSerialLine({ path: settings.path, baudRate: PN532_BAUD_RATE });
    if (!line.ok) throw new CommandFailure(`the card reader cannot be reached: ${line.error.found}`, line.error.wayOut, { fault: line.error.kind });
    devices.push(readerDevice(index + 1, settings, line.value, { open, noticed }));
  }
  return {
    devices,
    ask: (reader, command) => void open.get(reader)?.ask(command),
    release: (reader) => open.get(reader)?.release(),
  };
}

function readerDevice(id: ReaderId, { path, place }: PiReaderSettings, line: OpenSerialLine, { open, noticed }: { readonly open: Map<ReaderId, CardReader>; readonly noticed: (what: string) => void }): OpenDevice {
  return (tell) => {
    const reader = createPn532Reader({
      open: line,
      timer: SYSTEM_TIMER,
      onTrouble: (message) => noticed(`card reader ${path}: ${message}`),
      listener: (event) => tell(wireEvent(id, place, event)),
    });
    open.set(id, reader);
    return {
      close: () => {
        open.delete(id);
        void reader.close();
      },
    };
  };
}

/** What a reader tells, in the controller's words. */
export function wireEvent(reader: ReaderId, place: PiReaderSettings["place"], event: CardReaderEvent): WireEvent {
  switch (event.kind) {
    case "cardEntered":
      return { kind: "cardEntered", reader, place };
    case "cardAnswered":
      return { kind: "cardAnswered", reader, bytes: event.bytes, elapsedMs: event.elapsedMs };
    case "cardLeft":
      return { kind: "cardLeft", reader };
  }
}
