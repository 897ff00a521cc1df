import { isIP, type Server, type Socket } from "node:net";

/** Where a socket radio listens or a key attaches. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** A Unix socket, for a radio that runs as a process of its own on the car's machine. */
export interface UnixAddress {
  readonly path: string;
}

/** HOST:PORT, with brackets around an IPv6 address; or the path. */
export function formatAddress(address: SocketAddress | UnixAddress): string {
  if ("path" in address) return address.path;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether `address` stays within this machine: 127.0.0.0/8, also mapped into IPv6 (RFC 4291 section 2.5.5.2), or ::1. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const ipv4 = address.toLowerCase().startsWith("::ffff:") ? address.slice(7) : address;
  return address === "::1" || (isIP(ipv4) === 4 && ipv4.startsWith("127."));
}

/** Whether `host` can only mean this machine; names other than localhost may resolve to anything. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}

/** The address a server really listens on. */
export function boundAddress(server: Server): SocketAddress {
  const address = server.address();
  return address !== null && typeof address === "object" ? { host: address.address, port: address.port } : { host: "", port: 0 };
}

/** `local` only for a peer on this machine that came to an address of this machine alone. */
export function proximityOf(bound: SocketAddress | UnixAddress, socket: Socket): "local" | "remote" {
  if ("path" in bound) return "local";
  return isLoopback(bound.host) && isLoopback(socket.remoteAddress) ? "local" : "remote";
}
