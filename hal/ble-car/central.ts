import type { LinkId } from "../../firmware/controller/index.ts";
import { ATT_HEADER_BYTES, ATT_MTU_MIN } from "../ble/index.ts";
import type { Dialect } from "../radio/index.ts";
import type { Outbox } from "./outbox.ts";

/** Largest ATT payload of the native protocol, see docs/protocol.md. */
const ATT_PAYLOAD_BYTES_MAX = 512;

/** The device at the other end of a connection. It becomes a link when it subscribes. */
export class Central {
  readonly address: string;
  readonly handle: number;
  /** Set when the central subscribes. */
  link: LinkId | undefined;
  /** Set with {@link link}, by the service that it subscribed to. */
  dialect: Dialect | undefined;
  /** When it subscribed, by the radio's clock. */
  linkedMs = 0;
  /** Frames to it; there once it has subscribed. */
  outbox: Outbox | undefined;
  attPayloadBytes = ATT_MTU_MIN - ATT_HEADER_BYTES;
  /** Ends a connection that never becomes a link, or a closed one that is not let go. */
  timer: NodeJS.Timeout | undefined;
  /** True once this side has asked for the end of the connection. */
  leaving = false;

  constructor(address: string, handle: number) {
    this.address = address;
    this.handle = handle;
  }

  /** The MTU that bleno and the central have agreed on; by how many bytes that changes the room for a frame. */
  agree(mtu: number): number {
    const before = this.attPayloadBytes;
    this.attPayloadBytes = Math.min(Math.max(mtu, ATT_MTU_MIN) - ATT_HEADER_BYTES, ATT_PAYLOAD_BYTES_MAX);
    return this.attPayloadBytes - before;
  }

  /** Stops its timers. */
  forget(): void {
    clearTimeout(this.timer);
    this.outbox?.close();
  }
}
