import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { OwnCard, TeslaCard } from "../../sim/card/index.ts";
import { WiredKey, type TappedCard } from "../../sim/wired/index.ts";
import { figure, median, microseconds, type Figure } from "./figure.ts";
import { RecordingCrypto } from "./recording-crypto.ts";
import { TimedCar } from "./timed-car.ts";

const COUNT = 500;
const WARM_UP_COUNT = 1500;

const random = createSystemRandom();
const outside = createNodeCrypto({ random });

/** Vehicle CPU of a tap that unlocks or locks, log line included, over its bare crypto operations; for each type of card. */
export function benchCard(): readonly Figure[] {
  const tesla = new TeslaCard({ crypto: outside, key: outside.generateAgreementKey("P-256") });
  const own = new OwnCard({ crypto: outside, key: outside.generateSigningKey("Ed25519") });
  return [measure("card.tap.cpu", tesla), measure("card.tap.own.cpu", own)];
}

function measure(name: string, card: TappedCard): Figure {
  const crypto = new RecordingCrypto(createNodeCrypto({ random }));
  const car = new TimedCar({ crypto: crypto.port, flash: createMemoryFlash({ sectorCount: 256, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }), randomOfBoot: () => random });
  car.tell({ kind: "claimRequested" });
  const owner = new WiredKey(car, "phone", { crypto: outside, random });
  if (owner.pair().kind !== "paired") throw new Error("the bench's phone could not pair");
  owner.ask({ kind: "enrolCard", name: "card" });
  car.tap(card);
  owner.disconnect();
  const [spent, bare]: [number[], number[]] = [[], []];
  for (let run = 0; run < WARM_UP_COUNT + COUNT; run++) {
    const [spentUs, bareUs] = [timedTap(car, card), bareTap(car, card, crypto)];
    if (run < WARM_UP_COUNT) continue;
    spent.push(spentUs);
    bare.push(bareUs);
  }
  return figure(name, median(spent), "us", spent.length, median(bare));
}

function timedTap(car: TimedCar, card: TappedCard): number {
  const before = car.latch("driverDoor");
  car.spentUs = 0;
  car.timing = true;
  car.tap(card);
  car.timing = false;
  if (car.latch("driverDoor") === before) throw new Error("the tap did nothing");
  car.pass(1000);
  return car.spentUs;
}

function bareTap(car: TimedCar, card: TappedCard, crypto: RecordingCrypto): number {
  crypto.recording = true;
  car.tap(card);
  crypto.recording = false;
  car.pass(1000);
  const calls = crypto.take();
  return microseconds(() => {
    for (const call of calls) call();
  });
}
