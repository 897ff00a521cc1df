import { Ajv } from "ajv";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerFactory, type HTTPMethods } from "fastify";
import { VERSION } from "../cli/version.ts";
import { LIMITS } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { appRoutes } from "./routes-app.ts";
import { makerRoutes, uplinkRoutes } from "./routes-uplink.ts";
import { equalTexts } from "./secrets.ts";
import type { Service } from "./service.ts";

/** Who may ask: nobody in particular, an account's session, a vehicle's uplink, the maker. */
export type Asker = "anybody" | "app" | "uplink" | "maker";

/** One request, its parts checked against the route's schemas. */
export interface Asked {
  /** The account or the vehicle that asks; empty for others. */
  readonly who: string;
  readonly token: string;
  readonly address: string;
  readonly params: unknown;
  readonly query: { readonly after: number; readonly waitMs: number };
  readonly body: never;
  readonly range: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: HTTPMethods;
  readonly url: string;
  readonly asker: Asker;
  readonly summary: string;
  readonly params?: object;
  readonly query?: object;
  readonly body?: object;
  /** Takes a file instead of JSON. */
  readonly takesFile?: boolean;
  /** Status of success. */
  readonly success: number;
  answer(asked: Asked): Promise<Answer>;
}

const strict = new Ajv({ strict: false, useDefaults: true, allErrors: false });
const coercing = new Ajv({ strict: false, useDefaults: true, coerceTypes: true });

/** The HTTP API on a server of the caller's making. */
export async function buildApi(service: Service, options: { readonly serverFactory?: FastifyServerFactory; onAnswer?(method: string, url: string, status: number, payload: unknown): void }): Promise<FastifyInstance> {
  const api = fastify({
    bodyLimit: LIMITS.bodyBytes,
    routerOptions: { maxParamLength: 128 },
    requestTimeout: 60_000,
    ...(options.serverFactory === undefined ? {} : { serverFactory: options.serverFactory }),
  });
  api.setValidatorCompiler(({ schema, httpPart }) => (httpPart === "body" ? strict : coercing).compile(schema as object));
  api.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  api.setNotFoundHandler(() => {
    throw new Refusal(404, "noRoute", "there is no such address", "Read /openapi.json.");
  });
  api.setErrorHandler((fault, _request, reply) => {
    const refusal = refusalOf(fault);
    if (refusal.retryAfterS !== undefined) reply.header("retry-after", refusal.retryAfterS);
    return reply.code(refusal.status).send(refusal.body);
  });
  api.addHook("onSend", async (request, reply, payload) => options.onAnswer?.(request.method, request.url, reply.statusCode, payload));
  await api.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Latchkey cloud", version: VERSION, description: "Accounts, couriers and releases. No route opens a car or enrols a key: frames are opaque, between a key and the car." },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
  });
  const routes = [...appRoutes(service), ...uplinkRoutes(service), ...makerRoutes(service)];
  await api.register(async (inner) => {
    for (const route of routes) addRoute(inner, service, route);
    inner.get("/v1/health", { schema: { summary: "Whether the service answers" } }, async () => ({ ok: true }));
  });
  api.get("/openapi.json", { schema: { hide: true } }, async () => api.swagger());
  await api.ready();
  return api;
}

function addRoute(api: FastifyInstance, service: Service, route: Route): void {
  const schema = {
    summary: route.summary,
    tags: [route.asker],
    ...(route.asker === "anybody" ? {} : { security: [{ bearer: [] }] }),
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(route.takesFile === true ? { consumes: ["application/octet-stream"] } : {}),
  };
  const who = new WeakMap<FastifyRequest, { who: string; token: string }>();
  api.route({
    method: route.method,
    url: route.url,
    schema,
    ...(route.takesFile === true ? { bodyLimit: LIMITS.releaseBytes } : {}),
    // Before the body is read: a stranger makes us read nothing.
    onRequest: async (request) => void who.set(request, identify(service, route.asker, request.headers.authorization)),
    handler: async (request, reply) => {
      const { status, body, headers } = await route.answer({
        ...who.get(request)!,
        address: request.ip,
        params: request.params as never,
        query: request.query as never,
        body: request.body as never,
        range: request.headers.range,
      });
      return reply.code(status).headers(headers ?? {}).send(body);
    },
  });
}

function identify(service: Service, asker: Asker, header: string | undefined): { who: string; token: string } {
  if (asker === "anybody") return { who: "", token: "" };
  const token = /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(header ?? "")?.[1] ?? "";
  const who = asker === "app" ? service.accounts.accountOf(token) : asker === "uplink" ? service.vehicles.vehicleOf(token) : equalTexts(token, service.makerToken) ? "maker" : undefined;
  if (who === undefined) throw new Refusal(401, "unauthorized", "this needs a token that is good", asker === "app" ? "Log in." : "Use the token that was given out last.");
  return { who, token };
}

function refusalOf(fault: unknown): Refusal {
  if (fault instanceof Refusal) return fault;
  const { validation, message, statusCode } = fault as { validation?: unknown; message: string; statusCode?: number };
  if (validation !== undefined) return new Refusal(400, "badRequest", message, "Send what /openapi.json describes.");
  if (statusCode === 413) return new Refusal(413, "tooLarge", "the body is larger than this address takes", "Send less.");
  if (statusCode !== undefined && statusCode < 500) return new Refusal(statusCode, "badRequest", "the request cannot be read", "Send what /openapi.json describes.");
  return new Refusal(500, "internal", "the service failed", "Try again later. The key in your phone needs no service.", 30);
}
