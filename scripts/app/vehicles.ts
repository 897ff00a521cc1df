import { fromBase64Url, toHex } from "../../firmware/base/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { shown } from "../cli/output.ts";
import { malformed, type CloudClient } from "./session.ts";

/** As many as an account may have, with room. */
const VEHICLE_COUNT_MAX = 64;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** A vehicle as the account has it. */
export interface Vehicle {
  readonly vehicle: string;
  readonly label: string;
  /** As keys know the car: 64 hex digits. */
  readonly vehicleId: string;
  readonly uplinkSeenAtMs: number | undefined;
}

export async function vehiclesOf(cloud: CloudClient): Promise<readonly Vehicle[]> {
  const { vehicles } = await cloud.demand("GET", "/v1/vehicles");
  if (!Array.isArray(vehicles) || vehicles.length > VEHICLE_COUNT_MAX) throw malformed();
  return vehicles.map(readVehicle);
}

function readVehicle(entry: unknown): Vehicle {
  const { vehicle, label, vehicleId, uplinkSeenAtMs } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const id = typeof vehicleId === "string" ? fromBase64Url(vehicleId) : undefined;
  // The name goes into addresses.
  if (typeof vehicle !== "string" || !NAME.test(vehicle) || typeof label !== "string" || id === undefined) throw malformed();
  return { vehicle, label: label.slice(0, 64), vehicleId: toHex(id), uplinkSeenAtMs: typeof uplinkSeenAtMs === "number" ? uplinkSeenAtMs : undefined };
}

/** The vehicle of a car that a key knows. */
export async function vehicleOfCar(cloud: CloudClient, vehicleIds: readonly string[]): Promise<Vehicle> {
  const found = (await vehiclesOf(cloud)).filter(({ vehicleId }) => vehicleIds.includes(vehicleId)).at(-1);
  if (found === undefined) throw new CommandFailure("your account does not have this car", "Register it: latchkey app register");
  return found;
}

/** The vehicle of that label, or of an id that begins so, or of the cloud's own name for it; the only one of the account where `asked` is undefined. */
export async function vehicleNamed(cloud: CloudClient, asked: string | undefined): Promise<Vehicle> {
  const all = await vehiclesOf(cloud);
  const found = asked === undefined ? all : all.filter(({ vehicle, label, vehicleId }) => label === asked || vehicle === asked || (asked !== "" && vehicleId.startsWith(asked)));
  if (found.length === 1) return found[0]!;
  if (all.length === 0) throw new CommandFailure("your account has no car", "Register one: latchkey app register");
  // A car that was registered twice is told apart by the cloud's name alone.
  const nameOf = ({ vehicle, vehicleId }: Vehicle): string => (all.filter((other) => other.vehicleId === vehicleId).length > 1 ? vehicle : vehicleId.slice(0, 8));
  const names = all.map((vehicle) => `${shown(vehicle.label)} (${nameOf(vehicle)})`).join(", ");
  throw new CommandFailure(found.length === 0 ? `your account has no car "${asked!}"` : "your account has several cars", `Say which, by name or by what stands in brackets: ${names}.`);
}
