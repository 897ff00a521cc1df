import { toHex } from "../../firmware/base/index.ts";
import { BUNDLE_BYTES_MAX, ENVELOPE_BYTES_MAX } from "../../firmware/update/index.ts";
import { REASONS } from "../../firmware/wire/index.ts";
import type { RunningCar } from "../board/running-car.ts";
import { deliverPiece, offerUpdate, PIECE_BYTES_MAX, type Refusal } from "../board/update-delivery.ts";
import type { Caller } from "./channel.ts";

/** What the console does with updates: take an offer, take pieces, tell how far it is. Nothing here decides: the controller does. */
export function serveUpdate(car: RunningCar, caller: Caller, request: Record<string, unknown>): void {
  const { manifest, bytes, offset } = request;
  const gone = new AbortController();
  caller.onGone = () => gone.abort();
  if (request["act"] === "offer" && manifest instanceof Uint8Array && manifest.length <= ENVELOPE_BYTES_MAX) {
    void offerUpdate(car, new Uint8Array(manifest), gone.signal).then((refusal) => answer(car, caller, refusal));
  } else if (request["act"] === "piece" && bytes instanceof Uint8Array && bytes.length <= PIECE_BYTES_MAX && isOffset(offset)) {
    void deliverPiece(car, offset, new Uint8Array(bytes), gone.signal).then((refusal) => answer(car, caller, refusal));
  } else if (request["act"] === "status") {
    answer(car, caller, undefined);
  } else {
    caller.say({ ok: false, message: "the console does not know this request about updates", wayOut: "Use the latchkey command of the same version as the car." });
    caller.end();
  }
}

function answer(car: RunningCar, caller: Caller, refusal: Refusal): void {
  caller.say(refusal === undefined ? statusOf(car) : { ok: false, reason: refusal.why, ...explained(refusal) });
  caller.end();
}

function statusOf(car: RunningCar): object {
  const { state, manifest, id, counter, consentedBy } = car.controller.parts.updates.status;
  const { wantedOffset } = car.controller.updateDesk;
  return {
    ok: true,
    state,
    counter,
    ...(manifest && id && { version: manifest.version, model: manifest.model, sequenceNumber: manifest.sequenceNumber, sizeBytes: manifest.sizeBytes, id: toHex(id) }),
    ...(consentedBy !== undefined && { consentedBy: car.controller.nameOf(consentedBy) }),
    ...(wantedOffset !== undefined && { wantedOffset }),
  };
}

/** A refusal in words, with the way out. */
function explained({ kind, why }: NonNullable<Refusal>): { readonly message: string; readonly wayOut: string } {
  if (kind === "failed") return { message: why, wayOut: "Send the bundle again: latchkey update offer FILE" };
  const reason = Object.hasOwn(REASONS, why) ? REASONS[why as keyof typeof REASONS] : undefined;
  return { message: reason?.rule ?? why, wayOut: reason?.wayOut ?? "" };
}

function isOffset(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < BUNDLE_BYTES_MAX;
}
