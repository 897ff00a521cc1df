import { createMemoryFlash } from "../../../hal/flash-memory/index.ts";
import type { Note, TeslaOptions } from "../../../firmware/controller/index.ts";
import type { SlotStore } from "../../../firmware/ports/index.ts";
import type { VehicleDescription } from "../../../firmware/lock/index.ts";
import { virtualCarDescription } from "../../../sim/body/index.ts";
import type { PhoneOutcome, SimPhone } from "../../../sim/phone/index.ts";
import { startCar, type RunningCar } from "../../../scripts/board/running-car.ts";
import { VirtualBoard } from "../../../scripts/board/virtual/index.ts";
import type { BoardFlash } from "../../../scripts/board/board.ts";
import { seededRandom } from "../../support/random.ts";

/** A virtual car whose real time is a number that the test turns. */
export interface Rig {
  readonly board: VirtualBoard;
  readonly car: RunningCar;
  readonly notes: Note[];
  readonly failures: Error[];
  /** Lets real time pass. */
  pass(durationMs: number): void;
}

export async function startRig(options: { readonly flash?: BoardFlash; readonly description?: Partial<VehicleDescription>; readonly slots?: SlotStore; readonly tesla?: TeslaOptions } = {}): Promise<Rig> {
  const real = { nowMs: 1_000 };
  const failures: Error[] = [];
  const notes: Note[] = [];
  const board = new VirtualBoard({
    flash: options.flash ?? createMemoryFlash({ sectorCount: 64, sectorBytes: 4096, writeAlignBytes: 1, erasedByte: 0xff }),
    description: virtualCarDescription({ walkAwayEnabled: false, ...options.description }),
    ...(options.slots && { slots: options.slots }),
    ...(options.tesla && { tesla: options.tesla }),
    realClock: { monotonicMs: () => real.nowMs },
    random: seededRandom("virtual board"),
  });
  const car = await startCar(board, [], (error) => failures.push(error));
  car.watch({ noted: (note) => notes.push(note) });
  const pass = (durationMs: number): void => {
    real.nowMs += durationMs;
    board.enter(() => undefined);
  };
  return { board, car, notes, failures, pass };
}

/** The phone becomes the first owner. */
export function pairPhone(rig: Rig, phone: SimPhone): void {
  rig.car.dispatch({ kind: "claimRequested" });
  const ended: { outcome?: PhoneOutcome } = {};
  rig.board.enter(() => phone.pair(rig.board.airRadio.radio, rig.car.claim!.uri, "car", (outcome) => (ended.outcome = outcome)));
  rig.pass(10_000);
  if (ended.outcome?.kind !== "paired") throw new Error(`pairing: ${JSON.stringify(ended.outcome)}`);
}
