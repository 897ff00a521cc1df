import { createServer, type Server, type Socket } from "node:net";
import { assert, err, ok, type Result } from "../../firmware/base/index.ts";
import type { ControllerEvent, LinkId, Proximity } from "../../firmware/controller/index.ts";
import { boundAddress, formatAddress, isLoopback, isLoopbackHost, proximityOf, type SocketAddress } from "./address.ts";
import { ATT_PAYLOAD_BYTES_MAX, ATT_PAYLOAD_BYTES_MIN, FRAMING_VERSION, IDENTITY_BYTES_MAX, type RadioRecord } from "./records.ts";
import { recordStream, type RecordStream } from "./stream.ts";

/** Connections at once, links or not; more are closed at once by the server. */
export const CONNECTION_COUNT_MAX = 16;

/** Sockets that the system may still be closing while others arrive. */
const ARRIVING_COUNT_MAX = 16;

/** How long a connection may stay without becoming a link. */
export const HELLO_TIMEOUT_MS = 5000;

/** Where `latchkey car` listens unless told otherwise. */
export const DEFAULT_HOST = "127.0.0.1";

/** `remoteNotAllowed`: the address is reachable from other machines and `allowRemote` was not given. */
export interface ListenFault {
  readonly kind: "remoteNotAllowed" | "inUse" | "io";
  readonly message: string;
}

export interface ListenOptions {
  /** {@link DEFAULT_HOST} unless given. */
  readonly host?: string;
  /** 0: any free port, see `address`. */
  readonly port: number;
  /** Allows an address that other machines reach; its links are `remote` and prove no proximity. */
  readonly allowRemote?: boolean;
  /** Largest ATT payload offered, 20 to 512; 512 unless given. */
  readonly attPayloadBytes?: number;
  /** Link events only, in order: for each link one `linkOpened`, any `frameReceived`, one `linkClosed`. */
  readonly onEvent: (event: ControllerEvent) => void;
  /** One line about trouble with the listening socket, such as no free file descriptors. */
  readonly onTrouble?: (message: string) => void;
}

/** The car's side of the socket radio. */
export interface SocketRadio {
  readonly address: SocketAddress;
  /** Sends one frame; false where the link is gone or is dropped now because its peer does not read. */
  send(link: LinkId, bytes: Uint8Array): boolean;
  /** Delivers what was sent, then closes; `linkClosed` follows. A link that is gone is left alone. */
  closeLink(link: LinkId): void;
  /** What connected clients see now, and later ones when they connect. Not connectable: no new links, the open ones stay. */
  advertise(identity: Uint8Array, connectable: boolean): void;
  /** Closes every connection; no event comes after this call. Resolves when the port is free. */
  close(): Promise<void>;
}

/** Listens for keys; docs/socket-radio.md describes what they send. Resolves when connections are accepted. */
export async function listen(options: ListenOptions): Promise<Result<SocketRadio, ListenFault>> {
  const host = options.host ?? DEFAULT_HOST;
  const allowed = options.allowRemote === true;
  if (!allowed && !isLoopbackHost(host)) return err(remoteNotAllowed(host));
  const server = createServer({ pauseOnConnect: false });
  // One more than are kept: the newest comes in, and one that has said nothing makes room.
  server.maxConnections = CONNECTION_COUNT_MAX + ARRIVING_COUNT_MAX;
  const failure = await startListening(server, { host, port: options.port });
  if (failure !== undefined) return err(failure);
  const bound = boundAddress(server);
  const radio = radioOver(server, bound, options);
  if (allowed || isLoopback(bound.host)) return ok(radio);
  await radio.close();
  return err(remoteNotAllowed(`${host} (${bound.host})`));
}

function remoteNotAllowed(host: string): ListenFault {
  const message = `${host} is reachable from other machines: listen on ${DEFAULT_HOST}, or allow remote links, which prove no proximity`;
  return { kind: "remoteNotAllowed", message };
}

function startListening(server: Server, address: SocketAddress): Promise<ListenFault | undefined> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const where = formatAddress(address);
      if (error.code === "EADDRINUSE") resolve({ kind: "inUse", message: `${where} is in use: is another car running? Stop it, or choose another port` });
      else resolve({ kind: "io", message: `cannot listen on ${where}: ${error.message}` });
    };
    server.once("error", fail);
    try {
      server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
        server.off("error", fail);
        resolve(undefined);
      });
    } catch (error) {
      fail(error as NodeJS.ErrnoException); // a port out of range is thrown
    }
  });
}

interface Connection {
  readonly stream: RecordStream;
  readonly helloTimer: NodeJS.Timeout;
  readonly proximity: Proximity;
  link: { readonly id: LinkId; readonly attPayloadBytes: number } | undefined;
}

/** Connections and their links; the ids of links grow and never come back. */
class Connections implements SocketRadio {
  readonly address: SocketAddress;
  readonly #server: Server;
  readonly #options: ListenOptions;
  readonly #offeredBytes: number;
  readonly #connections = new Set<Connection>();
  readonly #links = new Map<LinkId, Connection>();
  #linkCount = 0;
  #closed = false;
  #advertisement: (RadioRecord & { readonly kind: "advertisement" }) | undefined;

  constructor(server: Server, bound: SocketAddress, options: ListenOptions) {
    this.address = bound;
    this.#server = server;
    this.#options = options;
    this.#offeredBytes = options.attPayloadBytes ?? ATT_PAYLOAD_BYTES_MAX;
    assert(this.#offeredBytes >= ATT_PAYLOAD_BYTES_MIN && this.#offeredBytes <= ATT_PAYLOAD_BYTES_MAX, "ATT payloads have 20 to 512 bytes");
  }

  accept(socket: Socket): void {
    if (this.#connections.size >= CONNECTION_COUNT_MAX && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    const stream = recordStream(socket, {
      onRecord: (record) => this.#take(connection, record),
      onClose: () => this.#forget(connection),
    });
    const helloTimer = setTimeout(() => stream.destroy("noHello"), HELLO_TIMEOUT_MS);
    const connection: Connection = { stream, helloTimer, proximity: proximityOf(this.address, socket), link: undefined };
    this.#connections.add(connection);
    stream.send({ kind: "hello", version: FRAMING_VERSION, attPayloadBytes: this.#offeredBytes });
    if (this.#advertisement) stream.send(this.#advertisement);
  }

  /** Drops the oldest connection that has not said hello, so that holding connections open keeps nobody out. */
  #makeRoom(): boolean {
    for (const connection of this.#connections) {
      if (connection.link !== undefined) continue;
      connection.stream.destroy("madeRoom");
      this.#connections.delete(connection);
      return true;
    }
    return false;
  }

  #take(connection: Connection, record: RadioRecord): void {
    if (this.#closed) return;
    const { link, stream } = connection;
    if (link === undefined) {
      if (record.kind !== "hello" || record.version !== FRAMING_VERSION || record.attPayloadBytes < ATT_PAYLOAD_BYTES_MIN) {
        return stream.destroy("unexpected");
      }
      if (this.#advertisement?.connectable === false) return stream.end();
      return this.#open(connection, Math.min(record.attPayloadBytes, this.#offeredBytes));
    }
    if (record.kind !== "attPayload" || record.bytes.length > link.attPayloadBytes) return stream.destroy("unexpected");
    this.#options.onEvent({ kind: "frameReceived", link: link.id, bytes: record.bytes });
  }

  #open(connection: Connection, attPayloadBytes: number): void {
    clearTimeout(connection.helloTimer);
    const id = ++this.#linkCount;
    connection.link = { id, attPayloadBytes };
    this.#links.set(id, connection);
    this.#options.onEvent({ kind: "linkOpened", link: id, attPayloadBytes, proximity: connection.proximity });
  }

  #forget(connection: Connection): void {
    clearTimeout(connection.helloTimer);
    this.#connections.delete(connection);
    if (connection.link === undefined) return;
    this.#links.delete(connection.link.id);
    if (!this.#closed) this.#options.onEvent({ kind: "linkClosed", link: connection.link.id });
  }

  send(link: LinkId, bytes: Uint8Array): boolean {
    const connection = this.#links.get(link);
    if (connection?.link === undefined) return false;
    assert(bytes.length >= 1 && bytes.length <= connection.link.attPayloadBytes, "a frame fits the ATT payload of its link");
    return connection.stream.send({ kind: "attPayload", bytes });
  }

  closeLink(link: LinkId): void {
    this.#links.get(link)?.stream.end();
  }

  advertise(identity: Uint8Array, connectable: boolean): void {
    assert(identity.length <= IDENTITY_BYTES_MAX, "an advertised identity has at most 31 bytes");
    this.#advertisement = { kind: "advertisement", identity: identity.slice(), connectable };
    for (const { stream } of this.#connections) stream.send(this.#advertisement);
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const { stream } of this.#connections) stream.destroy("closedHere");
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function radioOver(server: Server, bound: SocketAddress, options: ListenOptions): SocketRadio {
  const connections = new Connections(server, bound, options);
  server.on("connection", (socket) => connections.accept(socket));
  server.on("error", (error) => options.onTrouble?.(`socket radio: ${error.message}`));
  return connections;
}
