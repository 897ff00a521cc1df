import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { assert, err, ok, type Result } from "../../firmware/base/index.ts";
import type { LinkId, Proximity } from "../../firmware/controller/index.ts";
import type { CarRadio, CarRadioEvent, TeslaAdvertisement } from "../radio/index.ts";
import { boundAddress, formatAddress, isLoopback, isLoopbackHost, proximityOf, type SocketAddress, type UnixAddress } from "./address.ts";
import { ATT_PAYLOAD_BYTES_MAX, ATT_PAYLOAD_BYTES_MIN, CARRIED_BYTES_MAX, FRAMING_VERSION, IDENTITY_BYTES_MAX, isLocalName, UPLINK_RECORD_BYTES_MAX, type RadioRecord } from "./records.ts";
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

/** What both kinds of listening need. */
export interface RadioOptions {
  /** Largest ATT payload offered, 20 to 512; 512 unless given. */
  readonly attPayloadBytes?: number;
  /** Link events only, in order: for each link one `linkOpened`, any `frameReceived`, one `linkClosed`. */
  readonly onEvent: (event: CarRadioEvent) => void;
  /** One line about trouble with the listening socket, such as no free file descriptors. */
  readonly onTrouble?: (message: string) => void;
}

export interface ListenOptions extends RadioOptions {
  /** {@link DEFAULT_HOST} unless given. */
  readonly host?: string;
  /** 0: any free port, see `address`. */
  readonly port: number;
  /** Allows an address that other machines reach; its links are `remote` and prove no proximity. */
  readonly allowRemote?: boolean;
}

/** The car's side of the socket radio. */
export interface SocketRadio extends CarRadio {
  readonly address: SocketAddress;
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
  const address = boundAddress(server);
  const radio = radioOver(server, address, options);
  if (allowed || isLoopback(address.host)) return ok(Object.assign(radio, { address }));
  await radio.close();
  return err(remoteNotAllowed(`${host} (${address.host})`));
}

/**
 * Listens for radios that run as processes of their own on this machine; docs/socket-radio.md describes what they send. The socket is
 * this user's alone, in a folder that is too, and its links are local: whoever may connect may as well be the radio.
 */
export async function listenForRadios(options: RadioOptions & UnixAddress): Promise<Result<CarRadio, ListenFault>> {
  const server = await listenAlone(options.path);
  return server.ok ? ok(radioOver(server.value, { path: options.path }, options)) : server;
}

export interface UplinkOptions extends RadioOptions {
  /** A revocation list that the uplink has brought; its signature is still to be checked. */
  readonly onList: (list: Uint8Array) => void;
}

/** The car's side of its uplink. */
export interface UplinkRadio extends CarRadio {
  /** For whoever watches, 1 to {@link CARRIED_BYTES_MAX} bytes; nobody is waited for, and who does not read is closed. */
  report(bytes: Uint8Array): void;
}

/**
 * Listens for the uplink of this car, a process of its own on this machine; docs/socket-radio.md describes what it sends. What it brings comes
 * from a network: its links are `remote`.
 */
export async function listenForUplink(options: UplinkOptions & UnixAddress): Promise<Result<UplinkRadio, ListenFault>> {
  const server = await listenAlone(options.path);
  return server.ok ? ok(radioOver(server.value, { path: options.path }, options, { onList: options.onList })) : server;
}

/** A Unix socket of this user alone. */
async function listenAlone(path: string): Promise<Result<Server, ListenFault>> {
  const server = createServer({ pauseOnConnect: false });
  server.maxConnections = CONNECTION_COUNT_MAX + ARRIVING_COUNT_MAX;
  const failure = await startListening(server, { path });
  if (failure !== undefined) return err(failure);
  chmodSync(path, 0o600);
  return ok(server);
}

function remoteNotAllowed(host: string): ListenFault {
  const message = `${host} is reachable from other machines: listen on ${DEFAULT_HOST}, or allow remote links, which prove no proximity`;
  return { kind: "remoteNotAllowed", message };
}

function startListening(server: Server, address: SocketAddress | UnixAddress): Promise<ListenFault | undefined> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const where = formatAddress(address);
      if (error.code === "EADDRINUSE") resolve({ kind: "inUse", message: `${where} is in use: is another car running? Stop it, or choose another port` });
      else resolve({ kind: "io", message: `cannot listen on ${where}: ${error.message}` });
    };
    server.once("error", fail);
    try {
      server.listen({ ...address, exclusive: true }, () => {
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
  link: { readonly id: LinkId; readonly attPayloadBytes: number; readonly dialect: "tesla" | undefined } | undefined;
  /** Never becomes a link. */
  watching: boolean;
}

/** What makes a radio an uplink. */
interface UplinkSide {
  readonly onList: (list: Uint8Array) => void;
}

/** Connections and their links; the ids of links grow and never come back. */
class Connections implements UplinkRadio {
  readonly #bound: SocketAddress | UnixAddress;
  readonly #server: Server;
  readonly #options: RadioOptions;
  readonly #uplink: UplinkSide | undefined;
  readonly #offeredBytes: number;
  readonly #connections = new Set<Connection>();
  readonly #links = new Map<LinkId, Connection>();
  #linkCount = 0;
  #closed = false;
  #advertisement: (RadioRecord & { readonly kind: "advertisement" }) | undefined;
  /** There while the car speaks Tesla. */
  #name: (RadioRecord & { readonly kind: "name" }) | undefined;
  #report: (RadioRecord & { readonly kind: "report" }) | undefined;

  constructor(server: Server, bound: SocketAddress | UnixAddress, options: RadioOptions, uplink: UplinkSide | undefined) {
    this.#uplink = uplink;
    this.#bound = bound;
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
    }, this.#uplink && UPLINK_RECORD_BYTES_MAX);
    const helloTimer = setTimeout(() => stream.destroy("noHello"), HELLO_TIMEOUT_MS);
    const connection: Connection = { stream, helloTimer, proximity: this.#uplink ? "remote" : proximityOf(this.#bound, socket), link: undefined, watching: false };
    this.#connections.add(connection);
    stream.send({ kind: "hello", version: FRAMING_VERSION, attPayloadBytes: this.#offeredBytes });
    this.#show(stream);
  }

  /** Drops the oldest connection that has not said hello, so that holding connections open keeps nobody out. */
  #makeRoom(): boolean {
    for (const connection of this.#connections) {
      if (connection.link !== undefined || connection.watching) continue;
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
      if (record.kind === "watch" && !connection.watching && "path" in this.#bound) return this.#watch(connection);
      if (record.kind === "list" && connection.watching && this.#uplink !== undefined) return this.#uplink.onList(record.bytes);
      if (connection.watching) return stream.destroy("unexpected");
      if (record.kind !== "hello" || record.version !== FRAMING_VERSION || record.attPayloadBytes < ATT_PAYLOAD_BYTES_MIN) {
        return stream.destroy("unexpected");
      }
      const { dialect } = record;
      if (dialect === "tesla" && this.#name === undefined) return stream.destroy("unexpected");
      if ((dialect === "tesla" ? this.#name : this.#advertisement)?.connectable === false) return stream.end();
      return this.#open(connection, Math.min(record.attPayloadBytes, this.#offeredBytes), dialect);
    }
    if (record.kind === "used" && link.dialect === "tesla") return this.#options.onEvent({ kind: "linkUsed", link: link.id });
    if (record.kind !== "attPayload" || record.bytes.length > link.attPayloadBytes) return stream.destroy("unexpected");
    this.#options.onEvent({ kind: "frameReceived", link: link.id, bytes: record.bytes });
  }

  #watch(connection: Connection): void {
    clearTimeout(connection.helloTimer);
    connection.watching = true;
    if (this.#report !== undefined) connection.stream.send(this.#report);
  }

  #open(connection: Connection, attPayloadBytes: number, dialect: "tesla" | undefined): void {
    clearTimeout(connection.helloTimer);
    const id = ++this.#linkCount;
    connection.link = { id, attPayloadBytes, dialect };
    this.#links.set(id, connection);
    this.#options.onEvent({ kind: "linkOpened", link: id, attPayloadBytes, proximity: connection.proximity, ...(dialect && { dialect }) });
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

  /** No Tesla client comes through an uplink: it is for couriers of the native protocol. */
  advertise(identity: Uint8Array, connectable: boolean, tesla?: TeslaAdvertisement): void {
    assert(identity.length <= IDENTITY_BYTES_MAX, "an advertised identity has at most 31 bytes");
    this.#advertisement = { kind: "advertisement", identity: identity.slice(), connectable };
    assert(tesla === undefined || isLocalName(tesla.localName), "a local name has 1 to 29 printable ASCII characters");
    this.#name = tesla && this.#uplink === undefined ? { kind: "name", localName: tesla.localName, connectable: tesla.connectable } : undefined;
    for (const { stream } of this.#connections) this.#show(stream);
  }

  #show(stream: RecordStream): void {
    if (this.#name) stream.send(this.#name);
    if (this.#advertisement) stream.send(this.#advertisement);
  }

  report(bytes: Uint8Array): void {
    assert(bytes.length >= 1 && bytes.length <= CARRIED_BYTES_MAX, "a report fits its record");
    this.#report = { kind: "report", bytes: bytes.slice() };
    for (const { stream, watching } of this.#connections) if (watching) stream.send(this.#report);
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const { stream } of this.#connections) stream.destroy("closedHere");
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function radioOver(server: Server, bound: SocketAddress | UnixAddress, options: RadioOptions, uplink?: UplinkSide): UplinkRadio {
  const connections = new Connections(server, bound, options, uplink);
  server.on("connection", (socket) => connections.accept(socket));
  server.on("error", (error) => options.onTrouble?.(`socket radio: ${error.message}`));
  return connections;
}
