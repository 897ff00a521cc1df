import type { TeslaOptions } from "../../firmware/controller/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import { geometryOf, openFlash } from "../board/flash.ts";
import type { Board } from "../board/board.ts";
import type { RunningCar } from "../board/running-car.ts";
import { MechanicsFile, VirtualBoard, VirtualMaker, VIRTUAL_MODEL } from "../board/virtual/index.ts";
import type { Output } from "../cli/output.ts";
import { carIdOf, type CarFacts, type ChannelServer } from "../console/index.ts";
import { openWorld } from "../world/server.ts";
import { firmwareOf } from "./firmware.ts";
import type { RunChoices } from "./options.ts";
import type { ShownCar } from "./run.ts";

/** Where the simulated phones of a virtual car lie at first. */
const PHONES = [["anna", 3], ["ben", 8]] as const;

/** The virtual board on a flash file, with the world's own door and its picture. */
export function openVirtual(choices: RunChoices, trouble: (message: string) => void, tesla: TeslaOptions | undefined): {
  readonly board: Board;
  open(car: RunningCar, facts: CarFacts): Promise<readonly ChannelServer[]>;
  show(car: RunningCar, address: string, output: Output): Promise<ShownCar>;
} {
  const description: VehicleDescription = choices.config.vehicle ?? virtualCarDescription({ walkAwayEnabled: false });
  const firmware = firmwareOf(choices, VIRTUAL_MODEL);
  const flash = openFlash(choices.flashPath, geometryOf(choices.config.flash));
  let board: VirtualBoard;
  try {
    board = new VirtualBoard({ flash, description, mechanics: new MechanicsFile(choices.flashPath, trouble), maker: new VirtualMaker(`${choices.flashPath}.maker`), ...firmware, ...(tesla && { tesla }) });
  } catch (fault) {
    flash.close();
    throw fault;
  }
  for (const [name, metres] of PHONES) board.addPhone(name, metres);
  return {
    board,
    open: async (car, facts) => [await openWorld({ board, car }, carIdOf(choices.flashPath), facts)],
    show: async (car, address, output) => {
      const { showTerminalCar } = await import("../start/terminal-car.ts");
      return showTerminalCar({ board, car, terminal: { input: process.stdin, output: process.stdout }, address, name: choices.name, output, greeting: car.isClaimed ? "keys reach this car with: latchkey key; ? explains" : "this car has no owner yet: p shows its code" });
    },
  };
}
