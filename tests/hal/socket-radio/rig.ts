import { createConnection, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { CarRadioEvent } from "../../../hal/radio/index.ts";
import { concat, toHex } from "../../../firmware/base/index.ts";
import { listen, type ListenOptions, type SocketRadio } from "../../../hal/socket-radio/index.ts";

/** Waits for a condition that other work in this process brings about; the suite's own limit ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export interface TestRadio {
  readonly radio: SocketRadio;
  readonly events: CarRadioEvent[];
  readonly port: number;
}

/** A radio on a free port that is closed when the test ends. */
export async function startRadio(options: Partial<ListenOptions> = {}): Promise<TestRadio> {
  const events: CarRadioEvent[] = [];
  const listening = await listen({ port: 0, onEvent: (event) => events.push(event), ...options });
  if (!listening.ok) throw new Error(listening.error.message);
  onTestFinished(() => listening.value.close());
  return { radio: listening.value, events, port: listening.value.address.port };
}

/** A client that speaks bytes, well or badly. */
export interface RawClient {
  readonly socket: Socket;
  /** All that came, as hexadecimal text. */
  received(): string;
  readonly closed: boolean;
  send(bytes: Uint8Array): void;
}

export const HELLO = Uint8Array.of(0, 4, 0, 1, 2, 0);

/** Connects; errors of the socket are of no interest, its closing is. */
export async function rawClient(port: number, host = "127.0.0.1"): Promise<RawClient> {
  const socket = createConnection({ host, port });
  let bytes: Uint8Array = new Uint8Array(0);
  let closed = false;
  let connected = false;
  socket.on("connect", () => (connected = true));
  socket.on("data", (chunk: Buffer) => (bytes = concat(bytes, chunk)));
  socket.on("error", () => undefined);
  socket.on("close", () => (closed = true));
  onTestFinished(() => void socket.destroy());
  await until(() => connected || closed);
  return {
    socket,
    received: () => toHex(bytes),
    get closed() {
      return closed;
    },
    send: (data) => void socket.write(data),
  };
}

/** Kinds and links of events, in short. */
export function shortly(events: readonly CarRadioEvent[]): string[] {
  return events.map((event) => `${event.kind} ${event.link}`);
}
