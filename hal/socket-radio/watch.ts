import { createConnection } from "node:net";
import type { TeslaAdvertisement } from "../radio/index.ts";
import { FRAMING_VERSION, UPLINK_RECORD_BYTES_MAX } from "./records.ts";
import { CLOSE_MESSAGES, recordStream } from "./stream.ts";
import { formatAddress, type UnixAddress } from "./address.ts";

export interface WatchOptions {
  readonly at: UnixAddress;
  readonly onAdvertisement: (identity: Uint8Array, connectable: boolean, tesla: TeslaAdvertisement | undefined) => void;
  /** Once, when the car is gone or was never there. */
  readonly onEnd: (why: string) => void;
}

/** Tells what the car wants advertised, now and at each change, until the connection ends. */
export function watchAdvertisement(options: WatchOptions): { close(): void } {
  const socket = createConnection({ ...options.at });
  let failure: string | undefined;
  socket.on("error", (error) => (failure ??= `${formatAddress(options.at)} cannot be reached: ${error.message}`));
  let tesla: TeslaAdvertisement | undefined;
  const stream = recordStream(socket, {
    onRecord(record) {
      if (record.kind === "hello" && record.version === FRAMING_VERSION) stream.send({ kind: "watch" });
      else if (record.kind === "name") tesla = { localName: record.localName, connectable: record.connectable };
      else if (record.kind === "advertisement") {
        options.onAdvertisement(record.identity, record.connectable, tesla);
        tesla = undefined;
      } else stream.destroy("unexpected");
    },
    onClose: (cause) => options.onEnd(failure ?? CLOSE_MESSAGES[cause]),
  });
  return { close: () => stream.destroy("closedHere") };
}

export interface WatchCarOptions {
  readonly at: UnixAddress;
  /** What the car tells, now and then; nothing is taken on trust but its length. */
  readonly onReport: (bytes: Uint8Array) => void;
  /** Once, when the car is gone or was never there. */
  readonly onEnd: (why: string) => void;
}

/** An uplink's watch on its car, until the connection ends. */
export interface CarWatch {
  /** Hands over a revocation list, at most CARRIED_BYTES_MAX bytes; false where the car does not listen yet, or no more. */
  sendList(list: Uint8Array): boolean;
  close(): void;
}

/** Watches the car whose uplink this process is. */
export function watchCar(options: WatchCarOptions): CarWatch {
  const socket = createConnection({ ...options.at });
  let failure: string | undefined;
  socket.on("error", (error) => (failure ??= `${formatAddress(options.at)} cannot be reached: ${error.message}`));
  let watching = false;
  const stream = recordStream(socket, {
    onRecord(record) {
      if (record.kind === "hello" && record.version === FRAMING_VERSION) watching = stream.send({ kind: "watch" });
      else if (record.kind === "report") options.onReport(record.bytes);
      else if (record.kind !== "advertisement") stream.destroy("unexpected");
    },
    onClose: (cause) => options.onEnd(failure ?? CLOSE_MESSAGES[cause]),
  }, UPLINK_RECORD_BYTES_MAX);
  return { sendList: (bytes) => watching && stream.send({ kind: "list", bytes }), close: () => stream.destroy("closedHere") };
}
