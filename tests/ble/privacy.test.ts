import { expect, it } from "vitest";
import { toHex } from "../../firmware/base/index.ts";
import { formatPairingUri } from "../../firmware/wire/index.ts";
import { advertisingData, scanResponseData } from "../../hal/ble/index.ts";
import { seededRandom } from "../support/random.ts";
import { createRig, describeWithPeers } from "./rig.ts";
import { isIndication, tap, VALUE_OFFSET } from "./tap.ts";
import { BlePhone, pairedCar } from "./world.ts";

const PERIOD_MS = 15 * 60_000;
const PERIOD_COUNT = 96;

/** So many bytes in common by chance: once in 2^48 pairs of places; a day has some 2^26. */
const TELLING_BYTES = 6;

/** The challenge of each link is one frame of a header and 8 random bytes. */
const CHALLENGE_HEADER = "c5";
/** Before the random part of message_2: the frame's header and the length of a byte string, the same for every car. */
const MESSAGE_2_HEADER = "c1586c";
/** Before the identity in an advertisement. */
const ADVERTISEMENT_HEADER = toHex(advertisingData(new Uint8Array(8))).slice(0, -16);

/** Every run of {@link TELLING_BYTES} bytes in `texts`, hexadecimal. */
function runsOf(texts: readonly string[]): Set<string> {
  const runs = new Set<string>();
  for (const text of texts) for (let at = 0; at + 2 * TELLING_BYTES <= text.length; at += 2) runs.add(text.slice(at, at + 2 * TELLING_BYTES));
  return runs;
}

describeWithPeers("a day of a car's radio", () => {
  it("gives neither a listener nor a stranger who starts handshakes anything by which two periods of one car can be told from two cars", async () => {
    const rig = createRig("a day");
    const { world } = await pairedCar(rig);
    const random = seededRandom("eve");
    const stranger = new BlePhone(rig, 2, "eve");
    /** What is the same at any time, and has to be the same for every car. */
    const constants = new Set<string>();
    /** What was heard under each identity. */
    const byIdentity = new Map<string, string[]>();
    let identity = "";
    const note = (text: string): void => void byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), text]);
    rig.air.sniff(({ address, data, scanResponse }) => {
      identity = toHex(data).slice(-16);
      note(toHex(address));
      note(identity);
      constants.add(toHex(data).slice(0, -16)).add(toHex(scanResponse));
    });
    let answers = 0;
    tap(world.controller, (packet) => {
      if (isIndication(packet)) {
        const frame = toHex(packet.subarray(VALUE_OFFSET));
        const header = frame.startsWith(CHALLENGE_HEADER) ? CHALLENGE_HEADER : frame.slice(0, MESSAGE_2_HEADER.length);
        if (header !== CHALLENGE_HEADER) answers++;
        constants.add(header);
        note(frame.slice(header.length));
      }
      return packet;
    });
    for (let period = 0; period < PERIOD_COUNT; period++) {
      const uri = formatPairingUri({ carKeysHash: random.bytes(32), secret: random.bytes(16) });
      await stranger.pair(uri).catch(() => undefined);
      await rig.pass(PERIOD_MS);
    }
    const owners = new Map<string, string>();
    const links: string[] = [];
    for (const [own, texts] of byIdentity) {
      for (const run of runsOf(texts)) {
        if (owners.has(run)) links.push(`${run} under ${owners.get(run)} and ${own}`);
        owners.set(run, own);
      }
    }
    expect(byIdentity.size).toBeGreaterThanOrEqual(PERIOD_COUNT);
    expect(answers).toBeGreaterThanOrEqual(PERIOD_COUNT);
    expect(links).toEqual([]);
    expect([...constants].sort()).toEqual([ADVERTISEMENT_HEADER, toHex(scanResponseData()), MESSAGE_2_HEADER, CHALLENGE_HEADER].sort());
  });
});
