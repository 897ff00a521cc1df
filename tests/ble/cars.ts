import { onTestFinished } from "vitest";
import { DEFAULT_DRIVER, type BluetoothDriver } from "../../hal/ble/index.ts";
import { openBleCar, type Bleno } from "../../hal/ble-car/index.ts";
import type { CarRadio, CarRadioEvent, Dialect } from "../../hal/radio/index.ts";
import type { HciController, Overheard } from "../../sim/hci/index.ts";
import { seededRandom } from "../support/random.ts";
import type { Rig } from "./rig.ts";

export const IDENTITY = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** A car's Bluetooth radio without a car behind it. */
export interface TestCar {
  readonly bleno: Bleno;
  readonly radio: CarRadio;
  readonly controller: HciController;
  readonly events: CarRadioEvent[];
  readonly troubles: string[];
  /** How often it asked for its process to be started again. */
  failedCount: number;
  /** Every advertisement so far. */
  readonly shown: Overheard[];
}

/** A car on the rig's next controller, its first, that advertises {@link IDENTITY}. */
export function startCarRadio(rig: Rig, answer?: (car: TestCar, event: CarRadioEvent) => void, driver: BluetoothDriver = DEFAULT_DRIVER, dialects: readonly Dialect[] = ["native"]): TestCar {
  const controller = rig.addController();
  const shown: Overheard[] = [];
  rig.air.sniff((overheard) => void shown.push(overheard));
  const events: CarRadioEvent[] = [];
  const troubles: string[] = [];
  const bleno = rig.loadBleno(0, driver);
  const radio = openBleCar({
    bleno,
    driver,
    dialects,
    random: seededRandom("car"),
    onEvent: (event) => {
      events.push(event);
      answer?.(car, event);
    },
    onTrouble: (message) => troubles.push(message),
    onFailed: () => car.failedCount++,
  });
  const car: TestCar = { bleno, radio, controller, events, troubles, failedCount: 0, shown };
  onTestFinished(() => radio.close());
  radio.advertise(IDENTITY, true);
  return car;
}

/** Sends each frame back to whoever sent it. */
export function echo(car: TestCar, event: CarRadioEvent): void {
  if (event.kind === "frameReceived") car.radio.send(event.link, event.bytes);
}
