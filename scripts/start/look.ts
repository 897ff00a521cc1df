import { PRIVATE_BRANCH, type LatchDescription } from "../../firmware/lock/index.ts";
import type { SimPhone } from "../../sim/phone/index.ts";
import type { RunningCar } from "../board/running-car.ts";
import type { VirtualBoard } from "../board/virtual/index.ts";
import type { CarView, LatchView, LogLine, PhoneView } from "../terminal/view.ts";

/** What the car and its world look like at this moment. */
export function lookAt(
  { board, car }: { readonly board: VirtualBoard; readonly car: RunningCar },
  selected: SimPhone,
): Pick<CarView, "supplyVolts" | "cloud" | "drive" | "valet" | "place" | "occupied" | "systems" | "latches" | "phones" | "keys" | "clock"> {
  const signals = car.controller.status();
  const { keys } = car.controller.parts.access.listKeys(16);
  return {
    clock: clockOf(board.unixS()),
    supplyVolts: board.body.battery.millivolts / 1000,
    cloud: board.cloud.mode,
    drive: board.body.moving ? "driving" : board.body.running ? "running" : board.body.immobiliserReleased ? "released" : "immobilised",
    valet: signals.get(`${PRIVATE_BRANCH}.IsValetMode`) === true,
    place: placeOf(board.place),
    occupied: board.body.occupied,
    systems: { ...board.systems.state, flashing: board.systems.isFlashing, honking: board.systems.isHonking, infotainment: board.systems.infotainment },
    latches: board.description.latches.map((latch) => latchView(latch, board, signals)),
    phones: [...board.phones.values()].map((phone) => phoneView(phone, board, selected)),
    keys: keys.filter(({ role }) => role !== "recovery").map(({ name, role }) => ({ name, role })),
  };
}

/** 48.1374 N 11.5755 E. */
function placeOf({ latitudeDeg, longitudeDeg }: { readonly latitudeDeg: number; readonly longitudeDeg: number }): string {
  return `${Math.abs(latitudeDeg).toFixed(4)} ${latitudeDeg < 0 ? "S" : "N"}  ${Math.abs(longitudeDeg).toFixed(4)} ${longitudeDeg < 0 ? "W" : "E"}`;
}

/** The moment of a log line, in UTC as the log itself has it. */
export function clockOf(unixS: number): string {
  return new Date(unixS * 1000).toISOString().slice(11, 19);
}

export function logLine(unixS: number, outcome: LogLine["outcome"], text: string): LogLine {
  return { clock: clockOf(unixS), outcome, text };
}

function latchView(latch: LatchDescription, board: VirtualBoard, signals: ReadonlyMap<string, string | number | boolean>): LatchView {
  const { id, kind } = latch;
  const state = signals.get(`${PRIVATE_BRANCH}.Latch.${id.charAt(0).toUpperCase()}${id.slice(1)}.State`);
  return { id, kind, label: LABELS[id] ?? id, state: String(state ?? "unknown"), open: board.body.isOpen(id) };
}

const LABELS: Readonly<Record<string, string>> = { driverDoor: "driver", passengerDoor: "passeng.", chargePort: "charge" };

function phoneView(phone: SimPhone, board: VirtualBoard, selected: SimPhone): PhoneView {
  const known = phone.wallet.cars[0];
  return {
    name: phone.name,
    role: known?.role ?? "no key",
    distanceM: board.distanceOf(phone),
    connected: known !== undefined && phone.isConnected(known.vehicleId),
    selected: phone === selected,
  };
}
