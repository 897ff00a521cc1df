import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createMemoryFlash } from "../../hal/flash-memory/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import type { WhitelistOperation } from "../../firmware/tesla/index.ts";
import { createTeslaCodec } from "../../hal/tesla-codec/index.ts";
import { TeslaCard } from "../../sim/card/index.ts";
import { WiredKey, WiredTesla } from "../../sim/wired/index.ts";
import { VIRTUAL_VIN } from "../board/tesla.ts";
import { figure, median, microseconds, type Figure } from "./figure.ts";
import { RecordingCrypto } from "./recording-crypto.ts";
import { TimedCar } from "./timed-car.ts";

const COUNT = 500;
const WARM_UP_COUNT = 1500;

const OWNER = 2;
const DRIVER = 3;
const ANDROID = 7;
const UNLOCK = { rkeAction: 0 };

const random = createSystemRandom();
const outside = createNodeCrypto({ random });
// One for each end, as between a car and a phone: the engine learns the shapes of what is written with each.
const codec = createTeslaCodec();
const clientsCodec = createTeslaCodec();

/**
 * Vehicle CPU, bytes and round trips of an unlock by the Tesla dialect. Cold: a session with the doors' domain is begun by a key that the
 * car has not heard before, and the command follows; warm: one command more. Each over the crypto operations that the car makes for it.
 */
export function benchTesla(): readonly Figure[] {
  const crypto = new RecordingCrypto(createNodeCrypto({ random }));
  const car = new TimedCar({
    crypto: crypto.port,
    flash: createMemoryFlash({ sectorCount: 1024, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }),
    randomOfBoot: () => random,
    tesla: { vin: VIRTUAL_VIN, codec },
  });
  const owner = paired(car);
  const [cold, warm] = [newSeries(), newSeries()];
  for (let run = 0; run < WARM_UP_COUNT + COUNT; run++) {
    for (const way of ["timed", "bare"] as const) {
      const client = newcomer(car, owner);
      note(cold, way, measure(car, crypto, way, () => unlockCold(client)), run >= WARM_UP_COUNT);
      note(warm, way, measure(car, crypto, way, () => unlock(client)), run >= WARM_UP_COUNT);
      remove(owner, client);
    }
  }
  return [
    figure("tesla.cold.cpu", median(cold.timed), "us", cold.timed.length, median(cold.bare)),
    figure("tesla.warm.cpu", median(warm.timed), "us", warm.timed.length, median(warm.bare)),
    ...traffic(newcomer(car, owner)),
  ];
}

type Way = "timed" | "bare";

interface Series {
  readonly timed: number[];
  readonly bare: number[];
}

function newSeries(): Series {
  return { timed: [], bare: [] };
}

function note(series: Series, way: Way, us: number, measured: boolean): void {
  if (measured) series[way].push(us);
}

/** A client whose key was added by a card. */
function paired(car: TimedCar): WiredTesla {
  car.tell({ kind: "claimRequested" });
  const owner = new WiredKey(car, "phone", { crypto: outside, random });
  if (owner.pair().kind !== "paired") throw new Error("the bench's phone could not pair");
  const card = new TeslaCard({ crypto: outside, key: outside.generateAgreementKey("P-256") });
  owner.ask({ kind: "enrolCard", name: "card" });
  car.tap(card);
  owner.disconnect();
  const client = new WiredTesla(car, { crypto: outside, random, codec: clientsCodec, vin: VIRTUAL_VIN }).connect();
  client.send(client.client.keyRequest(OWNER, ANDROID));
  car.tap(card, { place: "inside" });
  car.tell({ kind: "keyRequestAnswered", accept: true });
  if (client.begin(2) !== "ok") throw new Error("the bench's owner was not added");
  client.disconnect();
  return client;
}

/** A client whose key an owner has just added; the car's latches stay as they are, so that each unlock is one. */
function newcomer(car: TimedCar, owner: WiredTesla): WiredTesla {
  const client = new WiredTesla(car, { crypto: outside, random, codec: clientsCodec, vin: VIRTUAL_VIN });
  const key = { publicKeyRaw: client.client.point };
  manage(owner, { addKeyToWhitelistAndAddPermissions: { key, keyRole: DRIVER }, metadataForKey: { keyFormFactor: ANDROID } });
  car.latchesAnswer = false;
  car.performed.length = 0;
  car.notes.length = 0;
  return client.connect();
}

function remove(owner: WiredTesla, client: WiredTesla): void {
  client.disconnect();
  manage(owner, { removePublicKeyFromWhitelist: { publicKeyRaw: client.client.point } });
}

/** The owner is there for the moment of the change; a new epoch costs one more try. */
function manage(owner: WiredTesla, whitelistOperation: WhitelistOperation): void {
  owner.connect();
  const first = owner.ask({ whitelistOperation });
  const answer = typeof first === "string" ? owner.ask({ whitelistOperation }) : first;
  if (typeof answer !== "object" || answer.commandStatus?.operationStatus !== undefined) throw new Error(`the bench's keys were not changed: ${JSON.stringify(answer)}`);
  owner.disconnect();
}

function unlockCold(client: WiredTesla): void {
  if (client.begin(2) !== "ok") throw new Error("the bench's client has no session");
  unlock(client);
}

function unlock(client: WiredTesla): void {
  if (client.ask(UNLOCK) !== "done") throw new Error("the bench's unlock was not done");
}

function measure(car: TimedCar, crypto: RecordingCrypto, way: Way, work: () => void): number {
  if (way === "timed") {
    car.spentUs = 0;
    car.timing = true;
    work();
    car.timing = false;
    return car.spentUs;
  }
  crypto.recording = true;
  work();
  crypto.recording = false;
  const calls = crypto.take();
  return microseconds(() => {
    for (const call of calls) call();
  });
}

/** What goes over the air until the unlock is confirmed, length prefixes included; broadcasts that follow are not waited for. */
function traffic(client: WiredTesla): readonly Figure[] {
  const bytes = (work: () => void, messages: number): number => {
    client.heard.length = 0;
    client.pieces.length = 0;
    client.sentBytes = 0;
    work();
    const answers = client.pieces.slice(0, messages);
    return client.sentBytes + answers.reduce((sum, { length }) => sum + length, 0);
  };
  return [
    figure("tesla.cold.bytes.confirmed", bytes(() => unlockCold(client), 2), "bytes", 1),
    figure("tesla.warm.bytes.confirmed", bytes(() => unlock(client), 1), "bytes", 1),
    figure("tesla.cold.roundtrips", 2, "round trips", 1),
    figure("tesla.warm.roundtrips", 1, "round trips", 1),
  ];
}
