import { FROM_CAR_UUID, SERVICE_UUID, TESLA_FROM_CAR_UUID, TESLA_SERVICE_UUID, TESLA_TO_CAR_UUID, TESLA_VERSION_UUID, TO_CAR_UUID } from "../ble/index.ts";
import type { Dialect } from "../radio/index.ts";
import type { UpdateKind } from "./bleno.ts";

/** The GATT service of a dialect. */
export interface Profile {
  readonly dialect: Dialect;
  readonly service: string;
  readonly toCar: string;
  readonly fromCar: string;
  /** How values from the car may be subscribed to. */
  readonly updates: readonly UpdateKind[];
  /** Characteristics that are only read, by UUID. */
  readonly constants: Readonly<Record<string, Uint8Array>>;
}

const NATIVE: Profile = { dialect: "native", service: SERVICE_UUID, toCar: TO_CAR_UUID, fromCar: FROM_CAR_UUID, updates: ["indicate"], constants: {} };

/** Tesla's own clients subscribe to indications; those on Android and bleak often to notifications. What the version says is not published: clients only read it. */
const TESLA: Profile = {
  dialect: "tesla",
  service: TESLA_SERVICE_UUID,
  toCar: TESLA_TO_CAR_UUID,
  fromCar: TESLA_FROM_CAR_UUID,
  updates: ["indicate", "notify"],
  constants: { [TESLA_VERSION_UUID]: Uint8Array.of(1) },
};

/** The services of a car, native first: its handles are the same whatever else is spoken. */
export function profilesOf(dialects: readonly Dialect[]): readonly Profile[] {
  return [NATIVE, TESLA].filter(({ dialect }) => dialects.includes(dialect));
}
