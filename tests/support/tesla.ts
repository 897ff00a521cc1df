import { fromHex } from "../../firmware/base/index.ts";
import type { TeslaOptions } from "../../firmware/controller/index.ts";
import { createTeslaCodec } from "../../hal/tesla-codec/index.ts";
import { TeslaCard } from "../../sim/card/index.ts";
import { faultIn, WiredTesla, type WiredCar, type WiredKey } from "../../sim/wired/index.ts";
import { seededRandom } from "./random.ts";
import { claimedCar, quickCrypto, type TestCarOptions } from "./wired-car.ts";
import { told } from "./people.ts";

export const TEST_VIN = "5YJ30123456789ABC";
export const codec = createTeslaCodec();

/** A client of that name, its chance drawn from it. */
export class WiredTeslaClient extends WiredTesla {
  constructor(car: WiredCar, name: string, vin = TEST_VIN) {
    super(car, { crypto: quickCrypto(`tesla key of ${name}`), random: seededRandom(`tesla chance of ${name}`), codec, vin });
  }
}

export { faultIn };

export const KEY_ROLES = { service: 1, owner: 2, driver: 3, fleetManager: 4, guest: 8 } as const;

export interface TeslaCar {
  readonly car: WiredCar;
  readonly owner: WiredKey;
  readonly card: TeslaCard;
}

/** A claimed car that speaks the Tesla dialect, with a key card. */
export function teslaCar(options: TestCarOptions & { readonly teslaOptions?: Partial<TeslaOptions> } = {}): TeslaCar {
  const { car, owner } = claimedCar({ ...options, tesla: { vin: TEST_VIN, codec, ...options.teslaOptions } });
  const card = new TeslaCard({ crypto: owner.crypto, key: owner.crypto.generateAgreementKey("P-256") });
  if (told(owner.askFresh({ kind: "enrolCard", name: "wallet" })) !== "done") throw new RangeError("the car expects no card");
  car.tap(card);
  return { car, owner, card };
}

/** A client whose key was added by a card, with a session for the doors. */
export function paired({ car, card }: TeslaCar, name: string, keyRole: number = KEY_ROLES.owner): WiredTeslaClient {
  const client = new WiredTeslaClient(car, name).connect();
  client.send(client.client.keyRequest(keyRole, 7));
  car.tap(card, { place: "inside" });
  car.tell({ kind: "keyRequestAnswered", accept: true });
  const session = client.begin(2);
  if (session !== "ok") throw new RangeError(`${name} was not added: ${session}`);
  return client;
}

/** 2 bytes and more as hex, for tests that write by hand. */
export const bytes = (text: string): Uint8Array => fromHex(text.replace(/\s/g, ""))!;
