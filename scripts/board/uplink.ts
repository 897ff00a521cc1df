import { rmSync } from "node:fs";
import { createMonotonicClock } from "../../hal/clock/index.ts";
import { Supervisor } from "../../hal/radio-process/index.ts";
import { CARRIED_BYTES_MAX, listenForUplink, type UplinkRadio } from "../../hal/socket-radio/index.ts";
import { locationSignals } from "../cli/location.ts";
import type { RunningCar } from "./running-car.ts";

/** Reports that follow each other wait this long, so that a busy car does not keep its uplink busy. */
export const REPORT_INTERVAL_MS = 5_000;

/** The first report waits for the sensors' first readings. */
const REPORT_FIRST_MS = 300;

export interface UplinkChoices {
  /** Where the uplink attaches. */
  readonly path: string;
  /** The program to start and keep running; undefined: somebody else starts it. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** Whether reports say where the car is. */
  readonly withPosition: boolean;
}

/**
 * The car's side of its uplink to a cloud: a process of its own behind a socket that nobody waits for. Whatever becomes of it, of the cloud or
 * of the network, is told as trouble and changes nothing else.
 */
export class CarUplink {
  readonly #car: RunningCar;
  readonly #choices: UplinkChoices;
  readonly #radio: UplinkRadio;
  readonly #supervisor: Supervisor | undefined;
  readonly #unwatch: () => void;
  #due: NodeJS.Timeout | undefined;
  #told = "";

  private constructor(car: RunningCar, choices: UplinkChoices, radio: UplinkRadio, onTrouble: (message: string) => void) {
    this.#car = car;
    this.#choices = choices;
    this.#radio = radio;
    const clock = createMonotonicClock();
    this.#supervisor = choices.command && new Supervisor({ name: "uplink", command: choices.command, onTrouble, nowMs: () => clock.monotonicMs() });
    this.#unwatch = car.watch({ changed: () => this.#reportSoon() });
    this.#due = setTimeout(() => this.#report(), REPORT_FIRST_MS);
  }

  /** Opens it on a running car; undefined, with the trouble told, where that fails: a car does not depend on it. */
  static async open(car: RunningCar, choices: UplinkChoices, onTrouble: (message: string) => void): Promise<CarUplink | undefined> {
    // One car at a time has the flash that the path was made for: a socket there is left over from one that was killed.
    rmSync(choices.path, { force: true });
    try {
      const radio = await car.addRadio(async (onEvent) => {
        const opened = await listenForUplink({ path: choices.path, onEvent, onTrouble, onList: (list) => car.dispatch({ kind: "listCarried", list }) });
        if (!opened.ok) throw new Error(opened.error.message);
        return opened.value;
      });
      return new CarUplink(car, choices, radio, onTrouble);
    } catch (fault) {
      onTrouble(`no uplink: ${(fault as Error).message}`);
      return undefined;
    }
  }

  /** Ends the process behind it; the socket is the car's to close. */
  async close(): Promise<void> {
    this.#unwatch();
    clearTimeout(this.#due);
    await this.#supervisor?.stop();
  }

  #reportSoon(): void {
    this.#due ??= setTimeout(() => this.#report(), REPORT_INTERVAL_MS);
  }

  #report(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    const text = JSON.stringify(reportOf(this.#car, this.#choices.withPosition));
    if (text === this.#told) return;
    this.#told = text;
    const bytes = new TextEncoder().encode(text);
    if (bytes.length <= CARRIED_BYTES_MAX) this.#radio.report(bytes);
  }
}

/** What an account may see of its car: the signals by their VSS names, and where it is. */
function reportOf({ controller, board }: RunningCar, withPosition: boolean): object {
  const fix = withPosition ? controller.position.fix : undefined;
  const place = fix === undefined ? {} : locationSignals({ ...fix, ageS: (board.ports.clock.monotonicMs() - fix.atMs) / 1000 });
  return { ...(board.update && { model: board.update.model }), signals: { ...Object.fromEntries(controller.status()), ...place } };
}
