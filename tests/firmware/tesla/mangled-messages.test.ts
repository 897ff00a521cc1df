import { describe, expect, it } from "vitest";
import { concat } from "../../../firmware/base/index.ts";
import { PARKED_CAR } from "../../../sim/comfort/index.ts";
import { bytes, codec, KEY_ROLES, paired, teslaCar, WiredTeslaClient } from "../../support/tesla.ts";
import { seededRandom } from "../../support/random.ts";

const COUNT = 3000;

const framed = (message: Uint8Array): Uint8Array => concat(Uint8Array.of(message.length >> 8, message.length & 0xff), message);

/** A car with an enrolled client on one link, and a stranger whose link is the one that suffers. */
function opened() {
  const teslas = teslaCar();
  teslas.car.tell({ kind: "comfortReported", state: PARKED_CAR });
  const owner = paired(teslas, "owner");
  owner.begin(3);
  const stranger = new WiredTeslaClient(teslas.car, "stranger").connect();
  const unlock = codec.encode("UnsignedMessage", { rkeAction: 0 });
  const nowMs = (): number => teslas.car.nowMs;
  const kinds: readonly (() => Uint8Array)[] = [
    () => stranger.client.handshake(2).message,
    () => stranger.client.handshake(3).message,
    () => stranger.client.keyRequest(KEY_ROLES.owner, 9),
    () => stranger.client.plain(2, codec.encode("UnsignedMessage", { informationRequest: { informationRequestType: 5 } })).message,
    () => stranger.client.plain(2, unlock).message,
    // Another's commands, as somebody who listens could change them and send them on.
    () => owner.client.command(2, unlock, nowMs(), { ttlS: -100 }).message,
    () => owner.client.command(3, bytes("12040a021200"), nowMs()).message,
    () => owner.client.command(3, bytes("121d8a061a0807183e200128a80a300138e802480155000051425d00005841"), nowMs()).message,
  ];
  return { ...teslas, owner, stranger, kinds };
}

describe("messages that were mangled on their way", () => {
  it("move no latch, break nothing, and leave other clients served, three thousand times", () => {
    const { car, owner, stranger, kinds } = opened();
    const random = seededRandom("mangled messages");
    const draw = (below: number): number => {
      const [high, low] = random.bytes(2);
      return ((high! << 8) | low!) % below;
    };
    const mangled = (message: Uint8Array): Uint8Array => {
      const at = draw(message.length);
      switch (draw(5)) {
        case 0:
          return message.slice(0, at);
        case 1:
          return concat(message.slice(0, at), random.bytes(1 + draw(8)), message.slice(at));
        case 2:
          return concat(message.slice(at), message.slice(0, at));
        case 3:
          return random.bytes(1 + draw(200));
        default:
          return message.map((byte, index) => (index === at || draw(100) === 0 ? random.bytes(1)[0]! : byte));
      }
    };
    for (let count = 1; count <= COUNT; count++) {
      if (!stranger.connected) stranger.connect();
      stranger.write(framed(mangled(kinds[draw(kinds.length)]!())));
      if (draw(20) === 0) stranger.write(random.bytes(1 + draw(60)));
      // What was begun and not ended is dropped after a second.
      car.pass(1001);
      // The car has closed the owner's link meanwhile, on which nothing was written.
      if (count % 500 === 0) expect(owner.connect().begin(2)).toBe("ok");
      if (count % 500 === 0) expect(owner.ask({ informationRequest: {} }), `after ${count}`).toMatchObject({ vehicleStatus: { vehicleLockState: 1 } });
    }
    expect(car.effects("driveLatch").filter(({ toward }) => toward === "unlocked")).toEqual([]);
    expect(owner.unlock()).toBe("done");
  });
});
