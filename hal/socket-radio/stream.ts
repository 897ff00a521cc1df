import type { Socket } from "node:net";
import { createRecordReader, encodeRecord, type RadioRecord } from "./records.ts";

/** A record that was begun is whole within this time, or its sender is broken or stalling. */
export const RECORD_TIMEOUT_MS = 2000;

/** Bytes that may wait for a slow reader: 120 of the largest records. */
export const WRITE_BACKLOG_BYTES_MAX = 64 * 1024;

/** Records handled before other connections get their turn. */
const RECORDS_PER_TURN = 16;

/** How long the other side may take to read what was sent before a close. */
const CLOSE_TIMEOUT_MS = 1000;

/** Why a connection ended. */
export type CloseCause = "peerClosed" | "closedHere" | "broken" | "malformed" | "unexpected" | "halfRecord" | "noHello" | "madeRoom" | "backlog";

/** The same in words. */
export const CLOSE_MESSAGES: { readonly [C in CloseCause]: string } = {
  peerClosed: "the other side closed the connection",
  closedHere: "closed by this side",
  broken: "the connection broke",
  malformed: "a malformed record came",
  unexpected: "a record came that has no place there",
  halfRecord: "half a record came and nothing more",
  noHello: "no hello came",
  madeRoom: "it said nothing, and somebody else came",
  backlog: "the other side does not read",
};

/** A connection of either side, as records. */
export interface RecordStream {
  /** False where the stream is closed, or the reader is so slow that it is closed now. */
  send(record: RadioRecord): boolean;
  /** Delivers what was sent, then closes; what still arrives is thrown away. */
  end(): void;
  /** Closes at once. */
  destroy(cause: CloseCause): void;
}

export interface RecordStreamHandlers {
  onRecord(record: RadioRecord): void;
  /** Exactly once, when the connection is gone. */
  onClose(cause: CloseCause): void;
}

/** Reads records from `socket` until it closes. Every fault ends this stream alone: nothing is thrown, no error event escapes. */
export function recordStream(socket: Socket, handlers: RecordStreamHandlers, recordBytesMax?: number): RecordStream {
  const reader = createRecordReader(recordBytesMax);
  let state: "open" | "ending" | "closed" = "open";
  let cause: CloseCause = "peerClosed";
  let recordTimer: NodeJS.Timeout | undefined;
  let closeTimer: NodeJS.Timeout | undefined;

  const destroy = (because: CloseCause): void => {
    if (state === "open") cause = because;
    state = "closed";
    socket.destroy();
  };
  const watchHalfRecord = (advanced: boolean): void => {
    if (advanced || !reader.midRecord) {
      clearTimeout(recordTimer);
      recordTimer = undefined;
    }
    if (reader.midRecord) recordTimer ??= setTimeout(() => destroy("halfRecord"), RECORD_TIMEOUT_MS);
  };
  const readTurn = (): void => {
    let count = 0;
    while (state === "open") {
      if (count === RECORDS_PER_TURN) {
        // Unread bytes wait here and in the kernel, so a flood slows its sender and nobody else.
        clearTimeout(recordTimer);
        recordTimer = undefined;
        socket.pause();
        setImmediate(readTurn);
        return;
      }
      const record = reader.next();
      if (record === "malformed") return destroy("malformed");
      if (record === "more") break;
      count++;
      handlers.onRecord(record);
    }
    if (state !== "open") return;
    watchHalfRecord(count > 0);
    if (socket.isPaused()) socket.resume();
  };

  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  socket.on("data", (chunk: Buffer) => {
    if (state !== "open") return;
    reader.push(chunk);
    readTurn();
  });
  socket.on("error", () => destroy("broken"));
  socket.on("close", () => {
    state = "closed";
    clearTimeout(recordTimer);
    clearTimeout(closeTimer);
    handlers.onClose(cause);
  });

  return {
    send(record) {
      if (state !== "open") return false;
      socket.write(encodeRecord(record));
      if (socket.writableLength <= WRITE_BACKLOG_BYTES_MAX) return true;
      destroy("backlog");
      return false;
    },
    end() {
      if (state !== "open") return;
      state = "ending";
      cause = "closedHere";
      clearTimeout(recordTimer);
      socket.resume();
      socket.end();
      closeTimer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
    },
    destroy,
  };
}
