import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { generate } from "selfsigned";
import { LIMITS } from "./limits.ts";

/** How the service may be made to fail. `gone`: nobody listens any more. */
export const FAULTS = ["none", "500", "hang", "slow", "wrong-tls", "replay", "flood", "gone"] as const;
export type Fault = (typeof FAULTS)[number];

export interface TlsFiles {
  readonly key: Buffer;
  readonly cert: Buffer;
}

const KEPT_ANSWER_COUNT_MAX = 256;
const KEPT_ANSWER_BYTES_MAX = 64 * 1024;
const SLOW_BYTE_COUNT = 60;
const SLOW_BYTE_MS = 1_000;
const FLOOD_CHUNK = Buffer.alloc(16 * 1024, "a");
/** A TLS record that says handshake_failure (RFC 8446 section 6.2): what a TLS server tells who does not speak TLS to it. */
const TLS_ALERT = Buffer.from("15030300020228", "hex");

/** The web server, and how it is made to fail while it runs. */
export class Web {
  #fault: Fault = "none";
  #server!: Server;
  #address: AddressInfo | undefined;
  readonly #kept = new Map<string, string>();
  readonly #tls: TlsFiles | undefined;

  constructor(tls: TlsFiles | undefined) {
    this.#tls = tls;
  }

  get fault(): Fault {
    return this.#fault;
  }

  /** As fastify takes it. */
  readonly serverFactory = (handler: RequestListener): Server => {
    const answer: RequestListener = (request, response) => this.#answer(request, response, handler);
    this.#server = this.#tls === undefined ? createServer(answer) : createTlsServer({ ...this.#tls }, answer);
    this.#server.maxConnections = LIMITS.connectionCount;
    this.#server.headersTimeout = 10_000;
    this.#server.requestTimeout = 60_000;
    this.#server.prependListener("connection", (socket: Socket) => {
      socket.on("error", () => socket.destroy());
      if (this.#fault === "wrong-tls" && this.#tls === undefined) socket.end(TLS_ALERT);
    });
    return this.#server;
  };

  /** Keeps the first good answer of each address, for the fault that repeats it. */
  keep(method: string, url: string, status: number, payload: unknown): void {
    const address = addressOf(method, url);
    if (status !== 200 || typeof payload !== "string" || payload.length > KEPT_ANSWER_BYTES_MAX) return;
    if (!this.#kept.has(address) && this.#kept.size < KEPT_ANSWER_COUNT_MAX) this.#kept.set(address, payload);
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve((this.#address = this.#server.address() as AddressInfo));
      });
    });
  }

  async fail(fault: Fault): Promise<void> {
    const before = this.#fault;
    this.#fault = fault;
    if (this.#server.listening) this.#server.closeAllConnections();
    if (fault === "gone" && before !== "gone") await this.close();
    if (fault !== "gone" && before === "gone") await this.listen(this.#address!.address, this.#address!.port);
    if (this.#tls !== undefined && "setSecureContext" in this.#server) {
      (this.#server as unknown as { setSecureContext(files: TlsFiles): void }).setSecureContext(fault === "wrong-tls" ? await strangersTls() : this.#tls);
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, handler: RequestListener): void {
    const kept = this.#kept.get(addressOf(request.method!, request.url!));
    if (this.#fault === "500") return void response.writeHead(500, JSON_TYPE).end(INTERNAL);
    if (this.#fault === "hang") return;
    if (this.#fault === "slow") return slowly(response);
    if (this.#fault === "flood") return flood(response);
    if (this.#fault === "replay" && kept !== undefined) return void response.writeHead(200, JSON_TYPE).end(kept);
    handler(request, response);
  }
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const INTERNAL = JSON.stringify({ error: "internal", message: "the service failed", wayOut: "Try again later. The key in your phone needs no service." });

/** An address without its query: two polls of one queue are the same. */
function addressOf(method: string, url: string): string {
  return `${method} ${url.split("?")[0]!}`;
}

function slowly(response: ServerResponse): void {
  response.writeHead(200, JSON_TYPE).flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < SLOW_BYTE_COUNT) return void response.write(" ");
    clearInterval(timer);
    response.end("{}");
  }, SLOW_BYTE_MS);
  response.on("close", () => clearInterval(timer));
}

function flood(response: ServerResponse): void {
  response.writeHead(200, JSON_TYPE);
  const pour = (): void => {
    while (!response.destroyed && response.write(FLOOD_CHUNK));
  };
  response.write('"');
  response.on("drain", pour);
  pour();
}

async function strangersTls(): Promise<TlsFiles> {
  const made = await generate([{ name: "commonName", value: "somebody.invalid" }]);
  return { key: Buffer.from(made.private), cert: Buffer.from(made.cert) };
}
