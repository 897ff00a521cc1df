import { createConnection, type Socket } from "node:net";
import { assert, err, ok, type Result } from "../../firmware/base/index.ts";
import type { KeyRadioEvent, KeyRadioLink } from "../radio/index.ts";
import { formatAddress, type SocketAddress, type UnixAddress } from "./address.ts";
import { ATT_PAYLOAD_BYTES_MAX, ATT_PAYLOAD_BYTES_MIN, FRAMING_VERSION, type RadioRecord } from "./records.ts";
import { CLOSE_MESSAGES, recordStream, type CloseCause, type RecordStream } from "./stream.ts";

/** How long connecting and the car's hello may take together. */
export const CONNECT_TIMEOUT_MS = 5000;

/** `refused`: nothing listens there. `notARadio`: what answers speaks something else. */
export interface ConnectFault {
  readonly kind: "refused" | "unreachable" | "timeout" | "notARadio" | "closed";
  readonly message: string;
}

export interface ConnectOptions {
  readonly at: SocketAddress | UnixAddress;
  /** Largest ATT payload this key takes, 20 to 512; 512 unless given. */
  readonly attPayloadBytes?: number;
  /** What this client speaks; the native protocol unless given. */
  readonly dialect?: "tesla" | undefined;
  /** {@link CONNECT_TIMEOUT_MS} unless given. */
  readonly timeoutMs?: number;
  /** Events of the open link. An advertisement may come before the promise of `connect` is seen to resolve. */
  readonly onEvent: (event: KeyRadioEvent) => void;
}

/** A link over the socket. */
export interface SocketLink extends KeyRadioLink {
  /** Tells the car that this client, which speaks Tesla, has read a value: its link is not idle. */
  used(): void;
}

/** Connects to a car's socket radio. Resolves after the hellos of both sides; never rejects. */
export function connect(options: ConnectOptions): Promise<Result<SocketLink, ConnectFault>> {
  const wantedBytes = options.attPayloadBytes ?? ATT_PAYLOAD_BYTES_MAX;
  assert(wantedBytes >= ATT_PAYLOAD_BYTES_MIN && wantedBytes <= ATT_PAYLOAD_BYTES_MAX, "ATT payloads have 20 to 512 bytes");
  const where = formatAddress(options.at);
  let socket: Socket;
  try {
    socket = createConnection({ ...options.at });
  } catch (error) {
    // A port out of range is thrown.
    return Promise.resolve(err({ kind: "unreachable", message: `${where} cannot be reached: ${(error as Error).message}` }));
  }
  return new Promise((resolve) => {
    let opened = false;
    let failure: ConnectFault | undefined;
    const fail = (fault: ConnectFault): void => {
      failure ??= fault;
      stream.destroy("unexpected");
    };
    // Before the stream's own error handler, which closes.
    socket.on("error", (error) => (failure ??= faultOf(error, where)));
    const stream: RecordStream = recordStream(socket, {
      onRecord(record) {
        if (opened) return deliver(record);
        if (record.kind !== "hello" || record.version !== FRAMING_VERSION || record.attPayloadBytes < ATT_PAYLOAD_BYTES_MIN) {
          return fail(notARadio(record, where));
        }
        opened = true;
        clearTimeout(timer);
        const attPayloadBytes = Math.min(wantedBytes, record.attPayloadBytes);
        stream.send({ kind: "hello", version: FRAMING_VERSION, attPayloadBytes: wantedBytes, ...(options.dialect && { dialect: options.dialect }) });
        resolve(ok(linkOver(stream, attPayloadBytes)));
      },
      onClose(cause) {
        clearTimeout(timer);
        if (opened) options.onEvent({ kind: "closed", why: CLOSE_MESSAGES[cause] });
        else resolve(err(failure ?? closedEarly(cause, where)));
      },
    });
    const timer = setTimeout(() => fail({ kind: "timeout", message: `${where} did not answer in time: is a car's socket radio listening there?` }), options.timeoutMs ?? CONNECT_TIMEOUT_MS);
    const deliver = (record: RadioRecord): void => {
      if (record.kind === "advertisement") options.onEvent({ kind: "advertised", identity: record.identity, connectable: record.connectable });
      else if (record.kind === "attPayload") options.onEvent({ kind: "frameReceived", bytes: record.bytes });
      // The name is for those who look for a car by it.
      else if (record.kind !== "name") stream.destroy("unexpected");
    };
  });
}

function linkOver(stream: RecordStream, attPayloadBytes: number): SocketLink {
  return {
    attPayloadBytes,
    send(bytes) {
      assert(bytes.length >= 1 && bytes.length <= attPayloadBytes, "a frame fits the ATT payload of its link");
      return stream.send({ kind: "attPayload", bytes });
    },
    used: () => void stream.send({ kind: "used" }),
    close: () => stream.end(),
  };
}

function faultOf(error: NodeJS.ErrnoException, where: string): ConnectFault {
  if (error.code === "ECONNREFUSED") return { kind: "refused", message: `nothing listens on ${where}: is \`latchkey car\` running?` };
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") return { kind: "unreachable", message: `${where} is no known host: check the name` };
  return { kind: "unreachable", message: `${where} cannot be reached: ${error.message}` };
}

function notARadio(record: RadioRecord, where: string): ConnectFault {
  const found = record.kind === "hello" && record.version !== FRAMING_VERSION ? `version ${record.version} of the framing, this key speaks ${FRAMING_VERSION}` : "something else";
  return { kind: "notARadio", message: `${where} is no socket radio this key understands: it speaks ${found}` };
}

function closedEarly(cause: CloseCause, where: string): ConnectFault {
  if (cause === "malformed" || cause === "halfRecord") {
    return { kind: "notARadio", message: `${where} is no socket radio this key understands: ${CLOSE_MESSAGES[cause]}` };
  }
  return { kind: "closed", message: `${where} closed the connection before its hello: it may have no free link, try again` };
}
