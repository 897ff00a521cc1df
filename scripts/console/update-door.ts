import { equalBytes, toHex } from "../../firmware/base/index.ts";
import { BUNDLE_BYTES_MAX, ENVELOPE_BYTES_MAX, parseManifest } from "../../firmware/update/index.ts";
import { REASONS } from "../../firmware/wire/index.ts";
import type { RunningCar } from "../board/running-car.ts";
import type { Caller } from "./channel.ts";

/** Pieces of a bundle that come in one message. */
export const PIECE_BYTES_MAX = 32_768;

/** What the console does with updates: take an offer, take pieces, tell how far it is. Nothing here decides: the controller does. */
export function serveUpdate(car: RunningCar, caller: Caller, request: Record<string, unknown>): void {
  const { manifest, bytes, offset } = request;
  if (request["act"] === "offer" && manifest instanceof Uint8Array && manifest.length <= ENVELOPE_BYTES_MAX) return offer(car, caller, new Uint8Array(manifest));
  if (request["act"] === "piece" && bytes instanceof Uint8Array && bytes.length <= PIECE_BYTES_MAX && isOffset(offset)) return takePiece(car, caller, offset, new Uint8Array(bytes));
  if (request["act"] === "status") return answer(car, caller);
  caller.say({ ok: false, message: "the console does not know this request about updates", wayOut: "Use the latchkey command of the same version as the car." });
  caller.end();
}

function offer(car: RunningCar, caller: Caller, manifest: Uint8Array): void {
  const { updates, crypto } = car.controller.parts;
  const parsed = parseManifest(crypto, manifest);
  const isKnown = (): boolean => {
    const { id, state } = updates.status;
    return parsed.ok && id !== undefined && state !== "rolledBack" && equalBytes(id, parsed.value.id);
  };
  whenSettled(car, caller, { refusedAs: "offerUpdate", settled: isKnown });
  car.dispatch({ kind: "updateOffered", manifest });
}

function takePiece(car: RunningCar, caller: Caller, offset: number, bytes: Uint8Array): void {
  const { updateDesk } = car.controller;
  if (updateDesk.wantedOffset !== offset) return answer(car, caller);
  // The desk wants nothing while a piece is written or the whole is checked.
  whenSettled(car, caller, { refusedAs: "updatePiece", settled: () => updateDesk.wantedOffset !== offset && !updateDesk.isBusy });
  car.dispatch({ kind: "updatePieceArrived", offset, bytes });
}

/** Answers once `settled()`, or with the reason of the refusal. */
function whenSettled(car: RunningCar, caller: Caller, wanted: { readonly refusedAs: string; readonly settled: () => boolean }): void {
  let over = false;
  const leave = (say: () => void): void => {
    if (over) return;
    over = true;
    unwatch();
    say();
  };
  const unwatch = car.watch({
    changed: () => {
      if (wanted.settled()) leave(() => answer(car, caller));
    },
    noted: ({ what, outcome, why }) => {
      if (what === wanted.refusedAs && outcome === "refused") leave(() => refuse(caller, why));
      if (what === "update" && outcome === "failed" && wanted.refusedAs === "updatePiece") leave(() => fail(caller, why));
    },
  });
  caller.onGone = () => leave(() => undefined);
}

function answer(car: RunningCar, caller: Caller): void {
  const { state, manifest, id, counter, consentedBy } = car.controller.parts.updates.status;
  const { wantedOffset } = car.controller.updateDesk;
  caller.say({
    ok: true,
    state,
    counter,
    ...(manifest && id && { version: manifest.version, model: manifest.model, sequenceNumber: manifest.sequenceNumber, sizeBytes: manifest.sizeBytes, id: toHex(id) }),
    ...(consentedBy !== undefined && { consentedBy: car.controller.nameOf(consentedBy) }),
    ...(wantedOffset !== undefined && { wantedOffset }),
  });
  caller.end();
}

function refuse(caller: Caller, why: string): void {
  const reason = Object.hasOwn(REASONS, why) ? REASONS[why as keyof typeof REASONS] : undefined;
  caller.say({ ok: false, reason: why, message: reason?.rule ?? why, wayOut: reason?.wayOut ?? "" });
  caller.end();
}

function fail(caller: Caller, why: string): void {
  caller.say({ ok: false, reason: "failed", message: why, wayOut: "Send the bundle again: latchkey update offer FILE" });
  caller.end();
}

function isOffset(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < BUNDLE_BYTES_MAX;
}
