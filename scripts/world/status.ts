import type { Surroundings } from "./surroundings.ts";

/** The whole world as data: what is, and beside it what the controller believes by its signals. */
export function describeWorld({ board, car }: Surroundings): Record<string, unknown> {
  const { body } = board;
  return {
    unixS: board.unixS(),
    uptimeMs: board.enter(() => board.nowMs()),
    cloud: board.cloud.mode,
    supplyMillivolts: body.battery.millivolts,
    latches: Object.fromEntries(
      body.description.latches.map(({ id }) => [id, { locked: body.isLocked(id), open: body.isOpen(id), moving: body.isMoving(id) }]),
    ),
    occupants: [...body.occupants],
    powertrain: { running: body.running, moving: body.moving },
    immobiliser: { released: body.immobiliserReleased, limited: body.limited },
    comfort: board.enter(() => board.systems.state),
    infotainment: board.systems.infotainment,
    phones: [...board.phones.values()].map((phone) => ({
      name: phone.name,
      metres: board.distanceOf(phone),
      connected: phone.onlyVehicleId !== undefined && phone.isConnected(phone.onlyVehicleId),
      role: phone.wallet.cars[0]?.role ?? null,
    })),
    controller: { claimed: car.isClaimed, links: car.linkCount, signals: Object.fromEntries(car.controller.status()) },
  };
}
