import { EXIT, CommandFailure, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { formatAddress } from "../../hal/socket-radio/index.ts";
import { openSocketRadio } from "../board/socket.ts";
import { startCar, type RunningCar } from "../board/running-car.ts";
import type { Board, OpenRadio } from "../board/board.ts";
import { bluetoothRadioCommand, openRadioProcess } from "../board/radio-process.ts";
import { carIdOf, openConsole, socketPathFor, type CarFacts, type ChannelServer } from "../console/index.ts";
import { choicesOf, type RunChoices } from "./options.ts";
import { Reporter } from "./reporter.ts";
import { restartAsked } from "./firmware.ts";
import { stopSignal } from "./signals.ts";

/** A board with what only its kind brings along. */
interface ChosenBoard {
  readonly board: Board;
  /** Opens the doors that this kind of board has besides the console. */
  open(car: RunningCar, facts: CarFacts): Promise<readonly ChannelServer[]>;
  /** The picture; ends with the person's wish to quit. */
  show?(car: RunningCar, address: string, output: Output): Promise<{ close(): void; readonly quit: Promise<undefined> }>;
}

/** Runs a car until it is told to stop. Exit 0 after a clean stop, 1 where it could not start or its flash failed, `again` for the trial of an update. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const choices = await choicesOf(values);
  const stop = stopSignal();
  const reporter = new Reporter(output);
  const carId = carIdOf(choices.flashPath);
  const radio = chooseRadio(choices, carId, (message) => reporter.trouble(message));
  const chosen = await chooseBoard(choices);
  const car = await startCar(chosen.board, [radio.open], (error) => stop.fail(error));
  const address = radio.address();
  const facts: CarFacts = { flash: choices.flashPath, address };
  const servers: ChannelServer[] = [];
  let screen: { close(): void; readonly quit: Promise<undefined> } | undefined;
  try {
    servers.push(await openConsole(car, carId, facts), ...(await chosen.open(car, facts)));
    const pictured = values["no-tui"] !== true && !output.json && process.stdout.isTTY && process.stdin.isTTY;
    if (pictured && chosen.show !== undefined) screen = await chosen.show(car, address, output);
    else reporter.begin(car, facts);
    const ended = await Promise.race([stop.stopped, restartAsked(car), ...(screen === undefined ? [] : [screen.quit])]);
    screen?.close();
    if (ended instanceof Error) {
      throw new CommandFailure(`the flash file ${choices.flashPath} failed: ${ended.message}`, "Nothing was acknowledged that is not on it. Check the disk, then start again.");
    }
    reporter.ended();
    return ended === "again" ? EXIT.again : EXIT.ok;
  } finally {
    screen?.close();
    await Promise.all(servers.map((server) => server.close()));
    await car.stop();
    stop.release();
  }
}

/** The radio that was asked for, and where keys (or the radio's own process) reach the car once it is open. */
function chooseRadio(choices: RunChoices, carId: string, onTrouble: (message: string) => void): { readonly open: OpenRadio; address(): string } {
  if (choices.radio === "socket") {
    let address = "";
    return {
      open: async (onEvent) => {
        const opened = await openSocketRadio({ ...choices.listen, allowRemote: choices.allowRemote, onTrouble }, onEvent);
        address = formatAddress(opened.address);
        return opened;
      },
      address: () => address,
    };
  }
  const path = socketPathFor(carId, "radio");
  const command = choices.radio === "ble" ? bluetoothRadioCommand(path, choices.adapter) : undefined;
  return {
    open: (onEvent) => openRadioProcess({ path, command, onTrouble }, onEvent),
    address: () => (choices.radio === "ble" ? `Bluetooth ${choices.adapter ?? ""}`.trim() : path),
  };
}

async function chooseBoard(choices: RunChoices): Promise<ChosenBoard> {
  if (choices.board === "pi") {
    throw new CommandFailure("--board pi needs the relay and reader drivers, which this version does not have yet", "What works: --board virtual, reached by keys over --radio socket or --radio ble.");
  }
  const { openVirtual } = await import("./virtual.ts");
  return openVirtual(choices);
}
