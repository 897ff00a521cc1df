import type { Access } from "../access/index.ts";
import { linesToCbor } from "../audit/index.ts";
import { toHex } from "../base/index.ts";
import type { CborMap, CborValue } from "../cbor/index.ts";
import { BODY, ROLES, type Command } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import { keyIdBytes } from "./request.ts";

/** Keys of one `listKeys` reply: 24 of at most 95 bytes fit in a message. */
const KEYS_PER_REPLY = 24;

/** The vehicle's signals, and what the car knows of time and keys, by VSS path. */
export function statusBody(car: Controller, nowMs: number): CborMap {
  const { access } = car.parts;
  const nowS = access.nowS(nowMs);
  return new Map<string, CborValue>([
    ...car.status(),
    ["Vehicle.Private.Access.KeyCount", access.keyCount],
    ["Vehicle.Private.Access.TimeTrust", access.time.trust],
    ...updateSignals(car),
    ...(nowS === undefined ? [] : [["Vehicle.Private.Access.TimeS", nowS] as const]),
  ]);
}

/** How far an update has come; nothing where none was ever offered. */
function updateSignals(car: Controller): readonly (readonly [string, CborValue])[] {
  const { state, manifest, id, throughBytes } = car.parts.updates.status;
  if (manifest === undefined || id === undefined) return [];
  const { version, model, sequenceNumber, sizeBytes } = manifest;
  const path = "Vehicle.Private.Update";
  return [
    [`${path}.State`, state],
    [`${path}.Version`, version],
    [`${path}.Model`, model],
    [`${path}.SequenceNumber`, sequenceNumber],
    [`${path}.SizeBytes`, sizeBytes],
    [`${path}.ThroughBytes`, throughBytes],
    [`${path}.Id`, toHex(id)],
  ];
}

/** A page of keys, each `[key id, role, name, enrolled at or null]`. */
export function listKeysBody(access: Access, after: Uint8Array | undefined): CborMap {
  const { keys, more } = access.listKeys(KEYS_PER_REPLY, after && toHex(after));
  const rows = keys.map(({ keyId, role, name, enrolledAtS }) => [keyIdBytes(keyId), ROLES[role], name, enrolledAtS ?? null]);
  return new Map<number, CborValue>([[BODY.keys, rows], [BODY.more, more]]);
}

/** Lines of one `readLog` reply: 10 of at most 260 bytes, two signed heads of about 120, fit in a message. */
const LINES_PER_REPLY = 10;

/** Log lines from a number on, the chain's head signed by the car, and where the chain begins. `reader`: a key id, or "all". */
export function readLogBody(car: Controller, command: Extract<Command, { kind: "readLog" }>, reader: string): CborMap {
  const { fromSequence, countMax } = command;
  const page = car.parts.audit.read({ fromSequence, countMax: Math.min(countMax, LINES_PER_REPLY), reader });
  return new Map<number, CborValue>([
    [BODY.lines, linesToCbor(page.lines)],
    [BODY.head, page.head],
    ...(page.anchor === undefined ? [] : [[BODY.anchor, page.anchor] as const]),
  ]);
}
