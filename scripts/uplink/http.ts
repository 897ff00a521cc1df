import { request as plainRequest, Agent as PlainAgent, type ClientRequest, type IncomingMessage } from "node:http";
import { request as tlsRequest, Agent as TlsAgent } from "node:https";
import { concat, err, ok, type Result } from "../../firmware/base/index.ts";
import { isLoopbackHost } from "../../hal/socket-radio/index.ts";

/** Header lines of one answer, all together. */
const HEADER_BYTES_MAX = 8 * 1024;
/** Connections to the cloud at once: one for each direction, and one for a release. */
const CONNECTION_COUNT_MAX = 4;

export interface CloudRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query, from `/v1` on. */
  readonly path: string;
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: object;
  readonly range?: { readonly first: number; readonly last: number };
  /** Reading stops here, whatever the cloud says how much it sends. */
  readonly bytesMax: number;
  /** For the whole exchange, from the name look-up to the last byte. */
  readonly timeoutMs: number;
}

export interface CloudAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly retryAfterS: number | undefined;
}

/** `noSuchHost` and `wrongCertificate` are beyond trying again soon; the others may be a moment's trouble. */
export interface CloudFault {
  readonly kind: "noSuchHost" | "wrongCertificate" | "unreachable" | "timeout" | "tooLarge" | "broken";
  readonly message: string;
}

export type CloudOutcome = Result<CloudAnswer, CloudFault>;

/** How this process asks a cloud. Never rejects. */
export interface CloudPort {
  ask(request: CloudRequest): Promise<CloudOutcome>;
  close(): void;
}

/** The address of a cloud, or why it is none: a token goes over TLS, or stays on this machine. */
export function parseCloudUrl(text: string): Result<URL, string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) return err(`${text} is no address of a cloud; write https://HOST[:PORT]`);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") return err("the address of a cloud has a host and a port, nothing else");
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname.replace(/^\[|\]$/g, ""))) return err(`${text} would send secrets unprotected: write https://`);
  return ok(url);
}

/**
 * A cloud over node:http and node:https: unlike fetch they bound the header of one answer, follow no redirect, unpack nothing and tell
 * which certificate or name was wrong. Connections are kept and few.
 */
export function openCloud(url: URL): CloudPort {
  const isTls = url.protocol === "https:";
  const agent = new (isTls ? TlsAgent : PlainAgent)({ keepAlive: true, maxSockets: CONNECTION_COUNT_MAX });
  return {
    ask: (request) => ask(url, request, (options, onAnswer) => (isTls ? tlsRequest : plainRequest)({ ...options, agent }, onAnswer)),
    close: () => agent.destroy(),
  };
}

interface RequestOptions {
  readonly [name: string]: unknown;
}

function ask(url: URL, request: CloudRequest, send: (options: RequestOptions, onAnswer: (answer: IncomingMessage) => void) => ClientRequest): Promise<CloudOutcome> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const headers = {
    accept: "application/json",
    ...(request.token !== undefined && { authorization: `Bearer ${request.token}` }),
    ...(body && { "content-type": "application/json", "content-length": body.length }),
    ...(request.range && { range: `bytes=${request.range.first}-${request.range.last}` }),
  };
  const { hostname, port } = url;
  return new Promise((resolve) => {
    const settle = (outcome: CloudOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      if (!outcome.ok) sent.destroy();
    };
    const timer = setTimeout(() => settle(err({ kind: "timeout", message: `${url.host} did not answer within ${request.timeoutMs / 1000} s` })), request.timeoutMs);
    const sent = send({ hostname: hostname.replace(/^\[|\]$/g, ""), port, path: request.path, method: request.method, headers, maxHeaderSize: HEADER_BYTES_MAX }, (answer) => {
      readBody(answer, request.bytesMax, (bytes) => {
        if (bytes === undefined) return settle(err({ kind: "tooLarge", message: `${url.host} sent more than the ${request.bytesMax} bytes that were asked for` }));
        settle(ok({ status: answer.statusCode ?? 0, body: bytes, retryAfterS: secondsOf(answer.headers["retry-after"]) }));
      });
      answer.on("error", (fault) => settle(err(faultOf(fault, url.host))));
      answer.on("close", () => settle(err({ kind: "broken", message: `${url.host} ended its answer half-way` })));
    });
    sent.on("error", (fault) => settle(err(faultOf(fault, url.host))));
    sent.end(body);
  });
}

/** Gives the whole body, or undefined as soon as it is longer than allowed. */
function readBody(answer: IncomingMessage, bytesMax: number, done: (bytes: Uint8Array | undefined) => void): void {
  const chunks: Uint8Array[] = [];
  let length = 0;
  answer.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > bytesMax) done(undefined);
    else chunks.push(chunk);
  });
  answer.on("end", () => answer.complete && length <= bytesMax && done(concat(...chunks)));
}

/** Retry-After in seconds (RFC 9110 section 10.2.3); its date form says nothing to a machine without a sure clock. */
function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^[0-9]{1,9}$/.test(header) ? Number(header) : undefined;
}

function faultOf(fault: NodeJS.ErrnoException, host: string): CloudFault {
  const code = fault.code ?? "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return { kind: "noSuchHost", message: `the name of ${host} cannot be looked up (${code}): is there a network?` };
  if (/CERT|SELF_SIGNED|ISSUER|ALTNAME|^ERR_(SSL|TLS)|EPROTO/.test(code)) return { kind: "wrongCertificate", message: `${host} does not prove who it is (${code}): nothing was told to it` };
  if (code.startsWith("HPE_")) return { kind: "broken", message: `${host} answers something that is no HTTP of bounded size (${code})` };
  return { kind: "unreachable", message: `${host} cannot be reached (${code === "" ? fault.message : code})` };
}
