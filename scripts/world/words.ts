import type { LatchId } from "../../firmware/lock/index.ts";
import type { SimPhone } from "../../sim/phone/index.ts";
import type { VirtualBoard } from "../board/virtual/index.ts";
import { WorldRefusal } from "./surroundings.ts";

/** One of `words`; the refusal names them all. */
export function chosen<W extends string>(word: string | undefined, words: readonly W[]): W {
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) throw new WorldRefusal(`${word === undefined ? "a word is missing" : `"${word}" is not known here`}; use one of: ${words.join(", ")}`);
  return found;
}

export function latchOf(board: VirtualBoard, name: string | undefined): LatchId {
  const ids = board.description.latches.map(({ id }) => id);
  const found = ids.find((id) => id === name);
  if (found === undefined) throw new WorldRefusal(`this car has no latch "${name ?? ""}"; it has: ${ids.join(", ")}`);
  return found;
}

export function phoneOf(board: VirtualBoard, name: string | undefined): SimPhone {
  const found = name === undefined ? undefined : board.phones.get(name);
  if (found !== undefined) return found;
  const names = [...board.phones.keys()];
  const known = names.length === 0 ? "there is none" : `there is: ${names.join(", ")}`;
  throw new WorldRefusal(`there is no simulated phone "${name ?? ""}"; ${known} (keys of latchkey key come over the socket and have no place)`);
}

export function numberOf(text: string | undefined, name: string, bounds: { readonly min: number; readonly max: number }): number {
  const value = text !== undefined && /^[+-]?[0-9]{1,12}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : NaN;
  if (!(value >= bounds.min && value <= bounds.max)) throw new WorldRefusal(`${name} is a number from ${bounds.min} to ${bounds.max}, not "${text ?? ""}"`);
  return value;
}

/** `12.4`, `12.4V` or `12400`, in millivolts. */
export function millivoltsOf(text: string | undefined): number {
  const match = /^([0-9]{1,5}(?:\.[0-9]{1,3})?)(mV|V)?$/.exec(text ?? "");
  const value = Number(match?.[1]);
  const unit = match?.[2] ?? (value < 100 ? "V" : "mV");
  const millivolts = Math.round(unit === "V" ? value * 1000 : value);
  if (match === null || millivolts > 20_000) throw new WorldRefusal(`a supply has 0 to 20 V (12.4) or 0 to 20000 mV (12400), not "${text ?? ""}"`);
  return millivolts;
}
