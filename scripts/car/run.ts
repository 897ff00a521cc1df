import { EXIT, CommandFailure, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { openSocketRadio } from "../board/socket.ts";
import { startCar, type RunningCar } from "../board/running-car.ts";
import type { Board, OpenRadio } from "../board/board.ts";
import { carIdOf, openConsole, type CarFacts, type ChannelServer } from "../console/index.ts";
import { choicesOf, type RunChoices } from "./options.ts";
import { Reporter } from "./reporter.ts";
import { stopSignal } from "./signals.ts";

/** A board with what only its kind brings along. */
interface ChosenBoard {
  readonly board: Board;
  /** Opens the doors that this kind of board has besides the console. */
  open(car: RunningCar, facts: CarFacts): Promise<readonly ChannelServer[]>;
  /** The picture; ends with the person's wish to quit. */
  show?(car: RunningCar, address: string, output: Output): Promise<{ close(): void; readonly quit: Promise<undefined> }>;
}

/** Runs a car until it is told to stop. Exit 0 after a clean stop, 1 where it could not start or its flash failed. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const choices = await choicesOf(values);
  if (choices.radio === "ble") {
    throw new CommandFailure("--radio ble needs the Bluetooth radio, which this version does not have yet", "What works: --radio socket.");
  }
  const stop = stopSignal();
  const reporter = new Reporter(output);
  const chosen = await chooseBoard(choices);
  const radio: { address?: string } = {};
  const openSocket: OpenRadio = async (onEvent) => {
    const opened = await openSocketRadio({ ...choices.listen, allowRemote: choices.allowRemote, onTrouble: (message) => reporter.trouble(message) }, onEvent);
    radio.address = opened.address;
    return opened;
  };
  const car = await startCar(chosen.board, [openSocket], (error) => stop.fail(error));
  const address = radio.address!;
  const facts: CarFacts = { flash: choices.flashPath, address };
  const servers: ChannelServer[] = [];
  let screen: { close(): void; readonly quit: Promise<undefined> } | undefined;
  try {
    servers.push(await openConsole(car, carIdOf(choices.flashPath), facts), ...(await chosen.open(car, facts)));
    const pictured = values["no-tui"] !== true && !output.json && process.stdout.isTTY && process.stdin.isTTY;
    if (pictured && chosen.show !== undefined) screen = await chosen.show(car, address, output);
    else reporter.begin(car, facts);
    const failure = await Promise.race([stop.stopped, ...(screen === undefined ? [] : [screen.quit])]);
    screen?.close();
    if (failure !== undefined) {
      throw new CommandFailure(`the flash file ${choices.flashPath} failed: ${failure.message}`, "Nothing was acknowledged that is not on it. Check the disk, then start again.");
    }
    reporter.ended();
    return EXIT.ok;
  } finally {
    screen?.close();
    await Promise.all(servers.map((server) => server.close()));
    await car.stop();
    stop.release();
  }
}

async function chooseBoard(choices: RunChoices): Promise<ChosenBoard> {
  if (choices.board === "pi") {
    throw new CommandFailure("--board pi needs the Bluetooth radio, relay and reader drivers, which this version does not have yet", "What works: --board virtual, reached by keys over --radio socket.");
  }
  const { openVirtual } = await import("./virtual.ts");
  return openVirtual(choices);
}
