import { toHex } from "../../firmware/base/index.ts";
import { keyIdOf, publicKeyOf } from "../../firmware/cose/index.ts";
import { TeslaCard } from "../card/index.ts";
import type { WiredCar, WiredKey } from "../wired/index.ts";
import { asked } from "./acts.ts";
import type { Stage } from "./stage.ts";

/** A key card with a key of its own. */
export function cardOf(stage: Stage, name: string): TeslaCard {
  const crypto = stage.crypto(`card ${name}`);
  return new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256") });
}

/** An owner asks for a card to be taken, and holds it to the reader. */
export function enrolCard(car: WiredCar, owner: WiredKey, card: TeslaCard): void {
  const answer = asked(owner, { kind: "enrolCard", name: "wallet" });
  car.tap(card);
  if (!isEnrolled(car, card)) throw new RangeError(`the card was not enrolled: ${answer}`);
}

export function isEnrolled(car: WiredCar, card: TeslaCard): boolean {
  const { access } = car.controller.parts;
  return access.key(cardId(car, card)) !== undefined;
}

/** The key id of a card, as the car files it. */
export function cardId(car: WiredCar, card: TeslaCard): string {
  return toHex(keyIdOf(car.keyParts("card").crypto, publicKeyOf("ES256", card.point.slice(1))));
}
