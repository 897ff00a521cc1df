import { EXIT, CommandFailure, type ExitCode, type OptionValues } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { formatAddress } from "../../hal/socket-radio/index.ts";
import { tellLiveness } from "../../hal/liveness/index.ts";
import { openSocketRadio } from "../board/socket.ts";
import { startCar, type RunningCar } from "../board/running-car.ts";
import type { Board, OpenRadio } from "../board/board.ts";
import { bluetoothRadioCommand, openRadioProcess } from "../board/radio-process.ts";
import { teslaOptionsFor } from "../board/tesla.ts";
import { CarUplink } from "../board/uplink.ts";
import { carIdOf, openConsole, socketPathFor, type CarFacts, type ChannelServer } from "../console/index.ts";
import { canBeDrawnOn } from "../terminal/locale.ts";
import { choicesOf, type RunChoices } from "./options.ts";
import { Reporter } from "./reporter.ts";
import { restartAsked } from "./firmware.ts";
import { stopSignal } from "./signals.ts";

/** A picture of the car on this terminal. */
export interface ShownCar {
  /** Shows a sentence that does not come from the car. */
  tell(text: string): void;
  close(): void;
  readonly quit: Promise<undefined>;
}

/** A board with what only its kind brings along. */
interface ChosenBoard {
  readonly board: Board;
  /** Opens the doors that this kind of board has besides the console. */
  open(car: RunningCar, facts: CarFacts): Promise<readonly ChannelServer[]>;
  /** The picture; ends with the person's wish to quit. */
  show?(car: RunningCar, address: string, output: Output): Promise<ShownCar>;
}

/** Runs a car until it is told to stop. Exit 0 after a clean stop, 1 where it could not start or its flash failed, `again` for the trial of an update. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const choices = await choicesOf(values);
  const carId = carIdOf(choices.flashPath);
  const stop = stopSignal();
  const reporter = new Reporter(output);
  const shown: { screen?: ShownCar } = {};
  const trouble = (message: string): void => (shown.screen === undefined ? reporter.trouble(message) : shown.screen.tell(message));
  const radio = chooseRadio(choices, carId, trouble);
  const chosen = await chooseBoard(choices, trouble);
  const car = await startCar(chosen.board, [radio.open], (error) => stop.fail(error));
  const address = radio.address();
  const facts: CarFacts = { flash: choices.flashPath, address };
  const servers: ChannelServer[] = [];
  const liveness = tellLiveness();
  let uplink: CarUplink | undefined;
  try {
    servers.push(await openConsole(car, carId, facts), ...(await chosen.open(car, facts)));
    const pictured = values["no-tui"] !== true && !output.json && canBeDrawnOn({ input: process.stdin, output: process.stdout }, process.env);
    if (pictured && chosen.show !== undefined) shown.screen = await chosen.show(car, address, output);
    else reporter.begin(car, facts);
    uplink = await openUplink(car, choices, carId, trouble);
    liveness.ready();
    const ended = await Promise.race([stop.stopped, restartAsked(car), ...(shown.screen === undefined ? [] : [shown.screen.quit])]);
    shown.screen?.close();
    if (ended instanceof Error) {
      throw new CommandFailure(`the flash file ${choices.flashPath} failed: ${ended.message}`, "Nothing was acknowledged that is not on it. Check the disk, then start again.");
    }
    reporter.ended();
    return ended === "again" ? EXIT.again : EXIT.ok;
  } finally {
    liveness.stop();
    shown.screen?.close();
    await Promise.all([uplink?.close(), ...servers.map((server) => server.close())]);
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
  const path = choices.radioSocket ?? socketPathFor(carId, "radio");
  const command = choices.radio === "ble" ? bluetoothRadioCommand(path, choices.driver, choices.adapter, choices.tesla === undefined ? ["native"] : ["native", "tesla"]) : undefined;
  return {
    open: (onEvent) => openRadioProcess({ path, command, onTrouble }, onEvent),
    address: () => (choices.radio === "ble" ? `Bluetooth ${choices.adapter ?? ""}`.trim() : path),
  };
}

async function openUplink(car: RunningCar, { uplink, tellsPosition }: RunChoices, carId: string, onTrouble: (message: string) => void): Promise<CarUplink | undefined> {
  if (uplink === undefined) return undefined;
  const path = (uplink.kind === "external" ? uplink.path : undefined) ?? socketPathFor(carId, "uplink");
  if (uplink.kind === "external") onTrouble(`the uplink attaches at ${path}`);
  const command = uplink.kind === "url" ? ([process.execPath, process.argv[1]!, "uplink", "--car", path, "--cloud", uplink.url, "--token-file", uplink.tokenFile] as const) : undefined;
  return CarUplink.open(car, { path, command, withPosition: tellsPosition }, onTrouble);
}

async function chooseBoard(choices: RunChoices, trouble: (message: string) => void): Promise<ChosenBoard> {
  const tesla = choices.tesla && (await teslaOptionsFor(choices.tesla));
  if (choices.board === "pi") return (await import("./pi.ts")).openPi(choices, trouble, tesla);
  const { openVirtual } = await import("./virtual.ts");
  return openVirtual(choices, trouble, tesla);
}
