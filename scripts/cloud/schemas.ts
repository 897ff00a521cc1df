import { LIMITS } from "./limits.ts";

/** Shapes of what comes in (JSON Schema), as validation and the OpenAPI description use them. */
const base64Url = (bytesMax: number): object => ({ type: "string", pattern: "^[A-Za-z0-9_-]+$", maxLength: Math.ceil((bytesMax * 4) / 3) });
const token = { type: "string", pattern: "^[A-Za-z0-9_-]{16,64}$" };
const code = { type: "string", pattern: "^[0-9]{6}$" };
const count = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const object = (required: object, optional: object = {}): object => ({
  type: "object",
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
});

const account = { type: "string", pattern: "^[a-z0-9._@+-]{3,64}$" };
const password = { type: "string", minLength: 8, maxLength: 256 };
const model = { type: "string", minLength: 1, maxLength: 64 };
const item = {
  type: "object",
  required: ["kind", "link"],
  properties: { kind: { enum: ["frame", "closed"] }, link: token, bytes: base64Url(LIMITS.frameBytes) },
  if: { properties: { kind: { const: "frame" } } },
  then: { required: ["bytes"] },
  additionalProperties: false,
};

export const SCHEMAS = {
  newAccount: object({ account, password }),
  login: object({ account, password: { type: "string", minLength: 1, maxLength: 256 } }, { code, recoveryCode: { type: "string", minLength: 20, maxLength: 32 } }),
  code: object({ code }),
  registration: object({ statement: base64Url(512), label: { type: "string", minLength: 1, maxLength: 64 } }),
  vehicle: object({ vehicle: token }),
  link: object({ vehicle: token, link: token }),
  list: object({ list: base64Url(LIMITS.listBytes) }),
  frames: object({ frames: { type: "array", minItems: 1, maxItems: LIMITS.framesWaiting, items: base64Url(LIMITS.frameBytes) } }),
  poll: object({}, { after: { ...count, default: 0 }, waitMs: { ...count, maximum: LIMITS.pollMs, default: 0 } }),
  outbox: object({ items: { type: "array", minItems: 1, maxItems: LIMITS.itemsPerAnswer, items: item } }),
  report: object(
    { report: object({ signals: { type: "object", maxProperties: 256, propertyNames: { maxLength: 128 }, additionalProperties: { type: ["string", "number", "boolean", "null"] } } }) },
    { model },
  ),
  release: object({ model, sequenceNumber: { type: "integer", minimum: 1, maximum: 0xffffffff } }),
  rollOut: object({ twoFactor: { type: "boolean" } }),
} as const;
