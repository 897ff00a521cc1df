import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { CardExchange, CHALLENGE_BYTES, type CardStep } from "../../../firmware/card/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import type { CryptoPort, RandomPort } from "../../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import { TeslaCard } from "../../../sim/card/index.ts";
import { seededRandom } from "../../support/random.ts";
import { exchangeParts } from "./exchange-parts.ts";

interface Recorded {
  readonly case: string;
  readonly vehiclePrivate: string;
  readonly cardPublic: string;
  readonly challenge: string;
  readonly selectCommand?: string;
  readonly authCommand: string;
  readonly authResponse: string;
  readonly cardPrivate?: string;
  readonly salt?: string | null;
}

/** Exchanges of a real applet (recorded) and of both ends made by another implementation (computed). */
const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/tesla-nfc-vectors.json", import.meta.url), "utf8")) as { readonly recorded: readonly Recorded[]; readonly computed: readonly Recorded[] };
const ALL = [...VECTORS.recorded, ...VECTORS.computed].map((vector, index) => [`${index} ${vector.case}`, vector] as const);
const PORTS: readonly (readonly [string, (random: RandomPort) => CryptoPort])[] = [
  ["node:crypto", (random) => createNodeCrypto({ random })],
  ["portable", (random) => createPortableCrypto({ random })],
];

const hex = (text: string): Uint8Array => fromHex(text)!;
const point = (vector: Recorded): Uint8Array => hex(vector.cardPublic);
/** A card of this type does not know the application that it is asked for first. */
const notOurs = (exchange: CardExchange): CardStep => exchange.answered(hex("6a82"), 1);
const sentBy = (step: CardStep): string | undefined => (step.kind === "ask" ? toHex(step.command) : undefined);

describe.each(PORTS)("a recorded exchange, over %s", (_, create) => {
  const crypto = create(seededRandom("vectors"));

  it.each(ALL)("%s: the reader sends the same bytes and takes the same answer for a proof", (_name, vector) => {
    const challenge = hex(vector.challenge);
    const random: RandomPort = { bytes: (length) => (expect(length).toBe(CHALLENGE_BYTES), challenge.slice()) };
    const readerKey = crypto.importAgreementKey("P-256", hex(vector.vehiclePrivate))!;
    const exchange = new CardExchange({ ...exchangeParts(crypto, random), readerKey });
    expect(sentBy(notOurs(exchange))).toBe(vector.selectCommand ?? "00a404000af465736c614c6f676963");
    expect(exchange.answered(hex("9000"), 1)).toMatchObject({ kind: "ask" });
    const asked = exchange.answered(new Uint8Array([...point(vector), 0x90, 0x00]), 1);
    expect(sentBy(asked)).toBe(vector.authCommand);
    expect(exchange.answered(hex(vector.authResponse), 42)).toMatchObject({ kind: "proved", type: "tesla", coseKey: publicKeyOf("ES256", point(vector).slice(1)).coseKey, answerMs: 42 });
  });

  it.each(ALL.filter(([, { cardPrivate }]) => cardPrivate !== undefined))("%s: our card gives the same answer", (_name, vector) => {
    const { salt } = vector;
    const card = new TeslaCard({
      crypto,
      key: crypto.importAgreementKey("P-256", hex(vector.cardPrivate!))!,
      ...(salt === null || salt === undefined ? {} : { random: { bytes: () => hex(salt) } }),
    });
    card.answer(hex("00a404000a7465736c614c6f676963"));
    expect(toHex(card.point)).toBe(vector.cardPublic);
    expect(toHex(card.answer(hex(vector.authCommand)))).toBe(vector.authResponse);
  });

  it.each(ALL)("%s: with one of the twelve deciding bytes changed it proves nothing", (_name, vector) => {
    const readerKey = crypto.importAgreementKey("P-256", hex(vector.vehiclePrivate))!;
    const changed = hex(vector.challenge);
    changed[15]! ^= 1;
    const exchange = new CardExchange({ ...exchangeParts(crypto, { bytes: () => changed }), readerKey });
    notOurs(exchange);
    exchange.answered(hex("9000"), 1);
    exchange.answered(new Uint8Array([...point(vector), 0x90, 0x00]), 1);
    expect(exchange.answered(hex(vector.authResponse), 1)).toEqual({ kind: "ended", why: "wrongProof" });
  });
});
