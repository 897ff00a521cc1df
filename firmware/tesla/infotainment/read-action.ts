import type { ComfortOrder, ComfortState } from "../../comfort/index.ts";
import type { GetVehicleData, Ping } from "../car-server-messages.ts";
import type { TeslaCodec } from "../messages.ts";
import { CATEGORY_OF, type Category } from "./categories.ts";
import { ordersOf } from "./orders-of.ts";

/** What a message to infotainment asks for. Its PINs are secrets: never to be logged. */
export type InfotainmentRequest =
  /** For the comfort systems; several where one message names several seats, never none. */
  | { readonly kind: "orders"; readonly orders: readonly ComfortOrder[] }
  | { readonly kind: "read"; readonly category: Category }
  /** Two categories or more, which would not fit into one reply: fault `responseMtuExceeded`. */
  | { readonly kind: "tooMuch" }
  | { readonly kind: "valet"; readonly on: boolean; readonly pin: string | undefined }
  | { readonly kind: "pinToDrive"; readonly on: boolean; readonly pin: string | undefined }
  /** Which PIN is to be forgotten. `driveByOwner`: as an owner may without knowing it. */
  | { readonly kind: "resetPin"; readonly of: "valet" | "drive" | "driveByOwner" }
  | { readonly kind: "ping"; readonly ping: Ping }
  /** Well formed, and nothing that this car does. */
  | { readonly kind: "unknown" };

/**
 * Reads an `Action`. Of several members of a oneof the last counts, as everywhere in protobuf.
 *
 * @param comfort how the car is now: a change of temperature may name one seat or a difference alone.
 * @returns undefined where the bytes are no such message.
 */
export function readAction(codec: TeslaCodec, bytes: Uint8Array, comfort: ComfortState | undefined): InfotainmentRequest | undefined {
  const message = codec.decode("Action", bytes);
  if (message === undefined) return undefined;
  const action = message.vehicleAction ?? {};
  if (action.getVehicleData !== undefined) return readOf(action.getVehicleData);
  if (action.vehicleControlSetValetModeAction !== undefined) return { kind: "valet", ...switchOf(action.vehicleControlSetValetModeAction) };
  if (action.vehicleControlSetPinToDriveAction !== undefined) return { kind: "pinToDrive", ...switchOf(action.vehicleControlSetPinToDriveAction) };
  if (action.vehicleControlResetValetPinAction !== undefined) return { kind: "resetPin", of: "valet" };
  if (action.vehicleControlResetPinToDriveAction !== undefined) return { kind: "resetPin", of: "drive" };
  if (action.vehicleControlResetPinToDriveAdminAction !== undefined) return { kind: "resetPin", of: "driveByOwner" };
  if (action.ping !== undefined) return { kind: "ping", ping: action.ping };
  const orders = ordersOf(action, comfort);
  return orders === undefined || orders.length === 0 ? { kind: "unknown" } : { kind: "orders", orders };
}

function readOf(wanted: GetVehicleData): InfotainmentRequest {
  const [first, ...more] = Object.keys(wanted) as (keyof GetVehicleData)[];
  if (first === undefined) return { kind: "unknown" };
  return more.length > 0 ? { kind: "tooMuch" } : { kind: "read", category: CATEGORY_OF[first] };
}

function switchOf({ on, password }: { readonly on?: boolean; readonly password?: string }): { readonly on: boolean; readonly pin: string | undefined } {
  return { on: on === true, pin: password === "" ? undefined : password };
}
