import { createConnection } from "node:net";
import { FRAMING_VERSION } from "./records.ts";
import { CLOSE_MESSAGES, recordStream } from "./stream.ts";
import { formatAddress, type UnixAddress } from "./address.ts";

export interface WatchOptions {
  readonly at: UnixAddress;
  readonly onAdvertisement: (identity: Uint8Array, connectable: boolean) => void;
  /** Once, when the car is gone or was never there. */
  readonly onEnd: (why: string) => void;
}

/** Tells what the car wants advertised, now and at each change, until the connection ends. */
export function watchAdvertisement(options: WatchOptions): { close(): void } {
  const socket = createConnection({ ...options.at });
  let failure: string | undefined;
  socket.on("error", (error) => (failure ??= `${formatAddress(options.at)} cannot be reached: ${error.message}`));
  const stream = recordStream(socket, {
    onRecord(record) {
      if (record.kind === "hello" && record.version === FRAMING_VERSION) stream.send({ kind: "watch" });
      else if (record.kind === "advertisement") options.onAdvertisement(record.identity, record.connectable);
      else stream.destroy("unexpected");
    },
    onClose: (cause) => options.onEnd(failure ?? CLOSE_MESSAGES[cause]),
  });
  return { close: () => stream.destroy("closedHere") };
}
