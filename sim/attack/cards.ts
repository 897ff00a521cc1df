import { toHex } from "../../firmware/base/index.ts";
import { keyIdOf, publicKeyOf } from "../../firmware/cose/index.ts";
import { OwnCard, TeslaCard } from "../card/index.ts";
import type { WiredCar, WiredKey } from "../wired/index.ts";
import { asked } from "./acts.ts";
import type { Stage } from "./stage.ts";

/** A key card with a key of its own. */
export function cardOf(stage: Stage, name: string): TeslaCard {
  const crypto = stage.crypto(`card ${name}`);
  return new TeslaCard({ crypto, key: crypto.generateAgreementKey("P-256") });
}

/** The same of our own type. */
export function ownCardOf(stage: Stage, name: string): OwnCard {
  const crypto = stage.crypto(`card ${name}`);
  return new OwnCard({ crypto, key: crypto.generateSigningKey("Ed25519") });
}

/** An owner asks for a card to be taken, and holds it to the reader. */
export function enrolCard(car: WiredCar, owner: WiredKey, card: TeslaCard | OwnCard, name = "wallet"): void {
  const answer = asked(owner, { kind: "enrolCard", name });
  car.tap(card);
  if (!isEnrolled(car, card)) throw new RangeError(`the card was not enrolled: ${answer}`);
}

export function isEnrolled(car: WiredCar, card: TeslaCard | OwnCard): boolean {
  const { access } = car.controller.parts;
  return access.key(cardId(car, card)) !== undefined;
}

/** The key id of a card, as the car files it. */
export function cardId(car: WiredCar, card: TeslaCard | OwnCard): string {
  return toHex(keyIdOf(car.keyParts("card").crypto, card instanceof OwnCard ? card.publicKey : publicKeyOf("ES256", card.point.slice(1))));
}
