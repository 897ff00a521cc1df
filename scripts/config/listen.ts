import type { SocketAddress } from "../../hal/socket-radio/index.ts";

/** Where `latchkey car` listens and `latchkey key` looks unless told otherwise. */
export const DEFAULT_LISTEN = "127.0.0.1:4150";

/** HOST:PORT, or undefined where it is none. */
export function parseAddress(text: string): SocketAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] ?? match[2]!, port };
}
