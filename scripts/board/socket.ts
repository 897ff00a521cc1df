import { listen, type SocketAddress, type SocketRadio } from "../../hal/socket-radio/index.ts";
import { CommandFailure } from "../cli/command.ts";
import type { RadioEvent } from "./board.ts";

export interface SocketRadioOptions extends SocketAddress {
  readonly allowRemote: boolean;
  readonly onTrouble: (message: string) => void;
}

/** The socket radio as a radio of a board. `undefined` from `ifTaken` where the port is in use; else that is a failure. */
export async function openSocketRadio(options: SocketRadioOptions, onEvent: (event: RadioEvent) => void): Promise<SocketRadio> {
  const opened = await listen({ ...options, onEvent });
  if (!opened.ok) {
    const { kind, message } = opened.error;
    throw new CommandFailure(message, kind === "remoteNotAllowed" ? "Add --allow-remote if that is meant." : "", { fault: kind });
  }
  return opened.value;
}
