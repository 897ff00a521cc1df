import { formatAddress, listen, type SocketAddress } from "../../hal/socket-radio/index.ts";
import { CommandFailure } from "../cli/command.ts";
import type { BoardRadio, RadioEvent } from "./board.ts";

export interface SocketBoardRadio extends BoardRadio {
  /** Where it really listens, as HOST:PORT. */
  readonly address: string;
}

export interface SocketRadioOptions extends SocketAddress {
  readonly allowRemote: boolean;
  readonly onTrouble: (message: string) => void;
}

/** The socket radio as a radio of a board. `undefined` from `ifTaken` where the port is in use; else that is a failure. */
export async function openSocketRadio(options: SocketRadioOptions, onEvent: (event: RadioEvent) => void): Promise<SocketBoardRadio> {
  const opened = await listen({ ...options, onEvent: (event) => onEvent(event as RadioEvent) });
  if (!opened.ok) {
    const { kind, message } = opened.error;
    throw new CommandFailure(message, kind === "remoteNotAllowed" ? "Add --allow-remote if that is meant." : "", { fault: kind });
  }
  const radio = opened.value;
  return {
    address: formatAddress(radio.address),
    send: (link, bytes) => void radio.send(link, bytes),
    closeLink: (link) => radio.closeLink(link),
    advertise: (identity, connectable) => radio.advertise(identity, connectable),
    close: () => radio.close(),
  };
}
