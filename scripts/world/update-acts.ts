import { toHex } from "../../firmware/base/index.ts";
import { REASONS } from "../../firmware/wire/index.ts";
import type { SimPhone } from "../../sim/phone/index.ts";
import { deliverPiece, offerUpdate, PIECE_BYTES_MAX, type Refusal } from "../board/update-delivery.ts";
import { VirtualMaker, type MadeUpdate } from "../board/virtual/index.ts";
import { ownBundle } from "../boot/own-bundle.ts";
import type { Done } from "./act.ts";
import { ask, explain } from "./phone-acts.ts";
import { WorldRefusal, type Surroundings } from "./surroundings.ts";
import { chosen } from "./words.ts";

/** Updates that the maker of a virtual car, or somebody else, can push. */
export const UPDATE_KINDS = ["good", "bad", "wrong-model", "older", "truncated", "crashing"] as const;
type UpdateKind = (typeof UPDATE_KINDS)[number];

/** What is no good, in few bytes: it crashes at its start. */
const CRASHING = "throw new Error('a release that crashes at its start');\n";

/**
 * Pushes an update all the way that it gets: offered, consented to by the phone of an owner, delivered piece by piece. What the car
 * refuses is told, and is no failure of the world.
 */
export async function pushUpdate(around: Surroundings, [word]: readonly string[]): Promise<Done> {
  const kind = chosen(word, UPDATE_KINDS);
  const { car } = around;
  const update = make(around, kind);
  const offered = await offerUpdate(car, update.envelope);
  if (offered !== undefined) return { text: `${kind} update: the car refuses it: ${wordsOf(offered)}`, data: { kind, refused: offered.why } };
  const consent = await consentOf(around, update.id);
  if (consent !== undefined) return { text: `${kind} update: offered, not installed: ${consent}`, data: { kind, state: "offered", id: toHex(update.id) } };
  const broken = await deliver(around, update);
  if (broken !== undefined) return { text: `${kind} update: not installed: ${wordsOf(broken)}`, data: { kind, failed: broken.why } };
  const { state } = car.controller.parts.updates.status;
  return { text: `${kind} update: ${state}${state === "staged" ? "; the boot loader tries it once the car is at rest" : ""}`, data: { kind, state } };
}

function make({ board, car }: Surroundings, kind: UpdateKind): MadeUpdate {
  const { counter } = car.controller.parts.updates.status;
  if (kind === "older" && counter === 0) throw new WorldRefusal("no update is confirmed yet, so none is older");
  const bundle = kind === "good" ? ownBundle() : new TextEncoder().encode(CRASHING);
  const maker = kind === "bad" ? new VirtualMaker() : board.maker;
  const sequenceNumber = kind === "older" ? counter : counter + 1;
  const model = kind === "wrong-model" ? `${board.update.model}, another one` : board.update.model;
  const made = maker.make(bundle, { model, version: `${kind} ${sequenceNumber}`, sequenceNumber });
  return kind === "truncated" ? { ...made, bundle: bundle.map((byte, at) => (at < bundle.length - 1 ? byte : byte ^ 1)) } : made;
}

/** Why no owner has consented; undefined where one has. */
async function consentOf(around: Surroundings, id: Uint8Array): Promise<string | undefined> {
  const { state } = around.car.controller.parts.updates.status;
  if (state !== "offered") return undefined;
  const phone = [...around.board.phones.values()].find(isOwner);
  if (phone === undefined) return "no simulated phone is an owner's: latchkey key update consent, then push it again";
  const outcome = await ask(around, phone, { kind: "consentUpdate", id });
  return outcome.kind === "done" ? undefined : `${phone.name}: ${explain(outcome)}`;
}

function isOwner({ wallet }: SimPhone): boolean {
  return wallet.cars.some(({ role }) => role === "owner");
}

async function deliver({ car }: Surroundings, { bundle }: MadeUpdate): Promise<Refusal> {
  for (let offset = car.controller.updateDesk.wantedOffset; offset !== undefined; offset = car.controller.updateDesk.wantedOffset) {
    const refusal = await deliverPiece(car, offset, bundle.slice(offset, offset + PIECE_BYTES_MAX));
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function wordsOf({ kind, why }: NonNullable<Refusal>): string {
  return kind === "refused" && Object.hasOwn(REASONS, why) ? REASONS[why as keyof typeof REASONS].rule : why;
}
