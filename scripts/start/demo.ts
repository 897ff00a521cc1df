import { formatAddress } from "../../hal/socket-radio/index.ts";
import { virtualCarDescription } from "../../sim/body/index.ts";
import type { PhoneOutcome } from "../../sim/phone/index.ts";
import { memoryFlash } from "../board/flash.ts";
import { startCar, type RunningCar } from "../board/running-car.ts";
import { openSocketRadio } from "../board/socket.ts";
import { teslaOptionsFor, VIRTUAL_VIN } from "../board/tesla.ts";
import { VirtualBoard } from "../board/virtual/index.ts";
import { stopSignal } from "../car/signals.ts";
import { CommandFailure, EXIT, type ExitCode } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { DEFAULT_LISTEN } from "../config/listen.ts";
import { openConsole, type ChannelServer } from "../console/index.ts";
import { openWorld } from "../world/server.ts";
import { showTerminalCar } from "./terminal-car.ts";

const PAIRING_LIMIT_MS = 30_000;
const [DEFAULT_HOST, DEFAULT_PORT] = DEFAULT_LISTEN.split(":") as [string, string];

/** A virtual car in memory with an owner's phone and one without a key, on this terminal and on the socket. */
export async function runDemo(carId: string, output: Output): Promise<ExitCode> {
  const stop = stopSignal();
  const board = new VirtualBoard({ flash: memoryFlash(), description: virtualCarDescription(), tesla: await teslaOptionsFor({ vin: VIRTUAL_VIN }) });
  const car = await startCar(board, [], (error) => stop.fail(error));
  const servers: ChannelServer[] = [];
  try {
    const anna = board.addPhone("anna", 2);
    board.addPhone("ben", 5);
    pairAtOnce(board, car, anna);
    const address = await listenSomewhere(car);
    const facts = { flash: "memory (npm start)", address };
    servers.push(await openConsole(car, carId, facts), await openWorld({ board, car }, carId, facts));
    const screen = showTerminalCar({ board, car, terminal: { input: process.stdin, output: process.stdout }, address, name: "virtual car", output, greeting: "anna owns this car. u unlocks it; c switches the cloud off; ? explains" });
    try {
      const failure = await Promise.race([stop.stopped, screen.quit]);
      if (failure !== undefined) throw new CommandFailure(`the car's memory failed: ${failure.message}`);
    } finally {
      screen.close();
    }
    return EXIT.ok;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    await car.stop();
    stop.release();
  }
}

/** The first phone becomes the owner before the picture appears: virtual time runs ahead for it. */
function pairAtOnce(board: VirtualBoard, car: RunningCar, phone: ReturnType<VirtualBoard["addPhone"]>): void {
  car.dispatch({ kind: "claimRequested" });
  const ended: { outcome?: PhoneOutcome } = {};
  board.enter(() => phone.pair(board.airRadio.radio, car.claim!.uri, "car", (outcome) => (ended.outcome = outcome)));
  board.rush(() => ended.outcome !== undefined, PAIRING_LIMIT_MS);
  if (ended.outcome?.kind !== "paired") throw new CommandFailure(`${phone.name} could not pair with the virtual car`);
}

/** On the usual port, or on any free one where another car has that. Gives the address. */
async function listenSomewhere(car: RunningCar): Promise<string> {
  const open = async (port: number): Promise<string> => {
    const radio = await car.addRadio((onEvent) => openSocketRadio({ host: DEFAULT_HOST, port, allowRemote: false, onTrouble: () => undefined }, onEvent));
    return formatAddress(radio.address);
  };
  try {
    return await open(Number(DEFAULT_PORT));
  } catch (fault) {
    if (!(fault instanceof CommandFailure) || fault.data["fault"] !== "inUse") throw fault;
    return open(0);
  }
}
