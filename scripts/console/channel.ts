import { chmodSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { Decoder, Encoder } from "cbor-x";
import { CommandFailure } from "../cli/command.ts";

/** Largest message either way: a world's whole state has some kilobytes. */
export const MESSAGE_BYTES_MAX = 65_536;
/** Tools at once. */
export const CALLER_COUNT_MAX = 8;
/** How long a caller may take to say what it wants. */
export const REQUEST_TIMEOUT_MS = 5_000;
/** What may wait to be read by a caller that does not read. */
const BACKLOG_BYTES_MAX = 4 * MESSAGE_BYTES_MAX;

const encoder = new Encoder({ mapsAsObjects: true, useRecords: false, variableMapSize: true });
const decoder = new Decoder({ mapsAsObjects: true, useRecords: false });

/** Whoever asked something; it may be told several things until either side ends it. */
export interface Caller {
  say(message: object): void;
  end(): void;
  /** Called once when the caller is gone. */
  onGone: (() => void) | undefined;
}

export interface ChannelServer {
  close(): Promise<void>;
}

/**
 * Serves one request per connection on a unix socket (0600) that replaces whatever lies at `path`: the caller holds the lock of the
 * car. A message is a uint32 of its length, big endian, and one CBOR item.
 */
export function serveChannel(path: string, serve: (request: Record<string, unknown>, caller: Caller) => void): Promise<ChannelServer> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveOne(socket, serve);
  });
  server.maxConnections = CALLER_COUNT_MAX;
  return new Promise((resolve, reject) => {
    server.once("error", (fault) => reject(new CommandFailure(`the console ${path} cannot listen: ${fault.message}`)));
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.on("error", () => undefined);
      resolve({
        close: () => {
          for (const socket of sockets) socket.destroy();
          return new Promise((closed) => server.close(() => {
            rmSync(path, { force: true });
            closed();
          }));
        },
      });
    });
  });
}

function serveOne(socket: Socket, serve: (request: Record<string, unknown>, caller: Caller) => void): void {
  const timer = setTimeout(() => socket.destroy(), REQUEST_TIMEOUT_MS);
  const caller: Caller = {
    onGone: undefined,
    say: (message) => {
      if (socket.destroyed) return;
      socket.write(framed(message));
      if (socket.writableLength > BACKLOG_BYTES_MAX) socket.destroy();
    },
    end: () => socket.end(),
  };
  let asked = false;
  readMessages(socket, (message) => {
    if (asked || !isRecord(message)) return void socket.destroy();
    asked = true;
    clearTimeout(timer);
    serve(message, caller);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    clearTimeout(timer);
    caller.onGone?.();
  });
}

/** One conversation with a channel, from the tool's side. */
export class Call {
  readonly #socket: Socket;
  readonly #messages: Record<string, unknown>[] = [];
  #waiting: ((message: Record<string, unknown> | undefined) => void) | undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    readMessages(socket, (message) => {
      if (!isRecord(message)) return void socket.destroy();
      if (this.#waiting === undefined) this.#messages.push(message);
      else this.#give(message);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#ended = true;
      this.#give(undefined);
    });
  }

  /** Connects and asks; undefined where nobody listens at `path`. */
  static open(path: string, request: object): Promise<Call | undefined> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      socket.once("error", (fault: NodeJS.ErrnoException) => {
        if (fault.code === "ENOENT" || fault.code === "ECONNREFUSED") resolve(undefined);
        else reject(new CommandFailure(`the car's socket ${path} cannot be reached: ${fault.message}`, fault.code === "EACCES" ? "Run this as the user that runs the car." : ""));
      });
      socket.once("connect", () => {
        socket.removeAllListeners("error");
        const call = new Call(socket);
        socket.write(framed(request));
        resolve(call);
      });
    });
  }

  /** The next thing the car says; undefined once it has nothing more to say. */
  next(): Promise<Record<string, unknown> | undefined> {
    const message = this.#messages.shift();
    if (message !== undefined || this.#ended) return Promise.resolve(message);
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  close(): void {
    this.#socket.destroy();
  }

  #give(message: Record<string, unknown> | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(message);
  }
}

function framed(message: object): Buffer {
  const body = encoder.encode(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Calls `take` with each message; ends a connection that sends what is none, or too much. */
function readMessages(socket: Socket, take: (message: unknown) => void): void {
  let buffered = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      if (buffered.length < 4) return;
      const length = buffered.readUInt32BE();
      if (length === 0 || length > MESSAGE_BYTES_MAX) return void socket.destroy();
      if (buffered.length < 4 + length) return;
      const body = buffered.subarray(4, 4 + length);
      buffered = buffered.subarray(4 + length);
      let message: unknown;
      try {
        message = decoder.decode(body);
      } catch {
        return void socket.destroy();
      }
      take(message);
    }
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
