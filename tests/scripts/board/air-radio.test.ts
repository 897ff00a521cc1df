import { describe } from "vitest";
import type { CarRadioEvent, KeyRadioEvent, KeyRadioLink } from "../../../hal/radio/index.ts";
import { AirRadio } from "../../../scripts/board/virtual/air-radio.ts";
import { Air, type LinkEnd, type Radio } from "../../../sim/air/index.ts";
import { createPrng } from "../../../sim/chance/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";
import { testRadioContract, type AttachedKey } from "../../hal/radio/contract.ts";

/** A key's end of a link on the simulated air. */
function keyLink(end: LinkEnd): KeyRadioLink {
  let open = true;
  return {
    attPayloadBytes: end.attPayloadBytes,
    send: (bytes) => {
      if (!open || !end.open) return false;
      end.send(bytes);
      return true;
    },
    close: () => {
      open = false;
      end.close();
    },
  };
}

describe("the virtual car's radio on the simulated air", () => {
  testRadioContract(() => {
    const clock = new VirtualClock();
    const air = new Air(clock, createPrng("contract"), { baseLossPerMillion: 100_000 });
    const car = new AirRadio(air, "car", { xCm: 0, yCm: 0 });
    const carEvents: CarRadioEvent[] = [];
    car.onEvent = (event) => {
      if (event.kind !== "deviceLocated") carEvents.push(event);
    };
    let keyCount = 0;
    const attach = (): Promise<AttachedKey | undefined> => {
      const events: KeyRadioEvent[] = [];
      let attached: AttachedKey | undefined;
      let failed = false;
      const radio: Radio = air.addRadio(`key ${++keyCount}`, { position: { xCm: 200, yCm: 0 } }, {
        sighted: (_, { identity, connectable }) => events.push({ kind: "advertised", identity, connectable }),
        linkOpened: (end) => (attached = { link: keyLink(end), events }),
        received: (_, bytes) => events.push({ kind: "frameReceived", bytes }),
        linkClosed: (_, why) => events.push({ kind: "closed", why }),
      });
      air.setScanning(radio, true);
      clock.runUntil(() => events.length > 0, 10_000);
      air.setScanning(radio, false);
      air.connect(radio, car.radio, () => (failed = true));
      clock.runUntil(() => attached !== undefined || failed, 60_000);
      return Promise.resolve(attached);
    };
    return Promise.resolve({
      car,
      carEvents,
      attach,
      until: (what, holds) => {
        if (!clock.runUntil(holds, 60_000)) throw new Error(`${what} has not come to hold`);
        return Promise.resolve();
      },
    });
  }, { tesla: false });
});
