import { describe, onTestFinished } from "vitest";
import { openBleCar } from "../../hal/ble-car/index.ts";
import { BleKey } from "../../hal/ble-key/index.ts";
import type { CarRadioEvent, KeyRadioEvent } from "../../hal/radio/index.ts";
import { TeslaCentral } from "../../scripts/hil/tesla-central.ts";
import { TESLA_NAME, testRadioContract } from "../hal/radio/contract.ts";
import { seededRandom } from "../support/random.ts";
import { createRig, describeWithPeers } from "./rig.ts";

describeWithPeers("the Bluetooth radios on virtual controllers", () => {
  for (const [name, carDriver, keyDriver, settings] of [
    ["without loss", "abandonware", "abandonware", {}],
    ["with 20 % of the packets lost and 30 ms between connection events", "abandonware", "abandonware", { lossPerMillion: 200_000, connectionIntervalMs: 30 }],
    ["of the fork", "stoprocent", "stoprocent", {}],
    ["of the fork, with 20 % of the packets lost", "stoprocent", "stoprocent", { lossPerMillion: 200_000, connectionIntervalMs: 30 }],
    ["with the fork in the car alone", "stoprocent", "abandonware", {}],
    ["with the fork in the key alone", "abandonware", "stoprocent", {}],
  ] as const) {
    describe(name, () => {
      testRadioContract(() => {
        const rig = createRig("contract", settings);
        for (let i = 0; i < 3; i++) rig.addController();
        const carEvents: CarRadioEvent[] = [];
        const car = openBleCar({
          bleno: rig.loadBleno(0, carDriver),
          driver: carDriver,
          dialects: ["native", "tesla"],
          random: seededRandom("car"),
          onEvent: (event) => carEvents.push(event),
          onTrouble: () => undefined,
          onFailed: () => undefined,
        });
        onTestFinished(() => car.close());
        const key = new BleKey(rig.loadNoble(1, keyDriver));
        const client = new TeslaCentral(rig.loadNoble(2, keyDriver));
        return Promise.resolve({
          car,
          carEvents,
          attach: async (dialect) => {
            const events: KeyRadioEvent[] = [];
            if (dialect === "tesla") {
              const link = await rig.settle("attached", client.attach(TESLA_NAME, (event) => events.push(event)));
              return link && { link, events };
            }
            const opened = await rig.settle("connected", key.connect({ recognise: () => undefined, onEvent: (event) => events.push(event) }));
            return opened.ok ? { link: opened.value, events } : undefined;
          },
          until: (what, holds) => rig.until(what, holds),
        });
      }, { tesla: true });
    });
  }
});
