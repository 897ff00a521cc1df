import { encodeSequence } from "../cbor/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { channelFromExporter, fastChannel, type Exporter, type ProtectedChannel } from "../session/index.ts";
import { FAST_NONCE_BYTES } from "../wire/index.ts";
import type { HandshakeDone, ProvenCar } from "./handshake.ts";
import type { Reply } from "./key-effects.ts";
import { exporterFrom } from "./stored-exporter.ts";
import type { StoredTicket } from "./wallet.ts";

/** Fast reconnects of one full handshake, and how long they serve; the car's own limits. */
export const TICKET_USES_MAX = 64;
export const TICKET_LIFETIME_S = 24 * 60 * 60;

/** Keys with one car, on one link. */
export interface Session {
  readonly car: ProvenCar;
  readonly channel: ProtectedChannel;
  readonly exporter: Exporter;
  readonly exporterSecret: Uint8Array;
  readonly path: "full" | "fast";
  /** 0 for a full handshake, else the number of the fast reconnect. */
  readonly useNumber: number;
  readonly staleAfterS: number | undefined;
  /** Whether the car has answered under these keys. */
  confirmed: boolean;
  /** The last numbered use of a counted grant that was sent. */
  use: number | undefined;
}

/** The session of a full handshake. `unixS`: wall time, where the phone knows it. */
export function fullSession(crypto: CryptoPort, done: HandshakeDone, unixS: number | undefined): Session {
  return {
    car: done.car,
    channel: channelFromExporter(crypto, done.exporter, "phone"),
    exporter: done.exporter,
    exporterSecret: done.exporterSecret,
    path: "full",
    useNumber: 0,
    staleAfterS: unixS === undefined ? undefined : unixS + TICKET_LIFETIME_S,
    confirmed: false,
    use: undefined,
  };
}

/** A session that a ticket opens, and what goes before its first command on the air: ticket id and phone nonce. */
export interface FastOpening {
  readonly session: Session;
  readonly prefix: Uint8Array;
}

/** The session that `ticket` opens. */
export function fastSession(
  ports: { readonly crypto: CryptoPort; readonly random: RandomPort },
  vehicleId: string,
  ticket: StoredTicket,
  challenge: Uint8Array,
): FastOpening {
  const { carNonce, useNumber, exporterSecret, staleAfterS } = ticket;
  const phoneNonce = ports.random.bytes(FAST_NONCE_BYTES);
  const exporter = exporterFrom(ports.crypto, exporterSecret);
  const session: Session = {
    car: { kind: "known", vehicleId },
    channel: fastChannel(ports.crypto, exporter, { carNonce, phoneNonce, useNumber, challenge }, "phone"),
    exporter,
    exporterSecret,
    path: "fast",
    useNumber,
    staleAfterS,
    confirmed: false,
    use: undefined,
  };
  return { session, prefix: encodeSequence(ticket.id, phoneNonce) };
}

/** What a ticket of `reply` is stored as; undefined where there is none, or none that could ever be used. */
export function ticketFrom(session: Session, reply: Reply): StoredTicket | undefined {
  const { exporterSecret, staleAfterS } = session;
  const useNumber = session.useNumber + 1;
  if (reply.ticket === undefined || useNumber > TICKET_USES_MAX) return undefined;
  return { id: reply.ticket.id, carNonce: reply.ticket.carNonce, exporterSecret, useNumber, staleAfterS };
}

/** Whether a ticket is worth a try: neither too old, by the phone's own clock, nor beyond the uses of its handshake. */
export function isUsable(ticket: StoredTicket, unixS: number | undefined): boolean {
  return ticket.useNumber <= TICKET_USES_MAX && (unixS === undefined || ticket.staleAfterS === undefined || unixS < ticket.staleAfterS);
}
