import { expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { cardOfMemory, isKeptCard, newCardMemory, typeOfMemory } from "../../../scripts/board/virtual/kept-cards.ts";
import { OwnCard, TeslaCard } from "../../../sim/card/index.ts";
import { claim, newCar, quickCrypto } from "../../support/wired-car.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

it("a card of our own type is the same after its process, and still knows its car", () => {
  const car = newCar();
  const owner = claim(car);
  let memory = newCardMemory("own", KEY);
  const made = (): OwnCard => cardOfMemory(quickCrypto("plastic"), memory, (more) => (memory = more)) as OwnCard;
  const first = made();
  expect(first).toBeInstanceOf(OwnCard);
  owner.askFresh({ kind: "enrolCard", name: "badge" });
  car.tap(first);
  expect(memory).toMatch(/^own:[0-9a-f]{64}:[0-9a-f]{80}$/);
  expect([isKeptCard(memory), typeOfMemory(memory)]).toEqual([true, "own"]);
  const later = made();
  expect([toHex(later.coseKey), toHex(later.car!)]).toEqual([toHex(first.coseKey), toHex(first.car!)]);
  car.tap(later);
  expect(car.latch("driverDoor")).toBe("unlocked");
});

it("what earlier versions kept is a card of the Tesla type", () => {
  const memory = toHex(KEY);
  expect([isKeptCard(memory), typeOfMemory(memory)]).toEqual([true, "tesla"]);
  expect(cardOfMemory(quickCrypto("plastic"), memory, () => undefined)).toBeInstanceOf(TeslaCard);
});

it.each([7, null, "", "own:", `own:${toHex(KEY)}:00`, `${toHex(KEY)}:${"00".repeat(40)}`, `gold:${toHex(KEY)}`, toHex(KEY).slice(1)])("%j is no memory of a card", (value) => {
  expect(isKeptCard(value)).toBe(false);
});
