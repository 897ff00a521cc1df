import type { Result } from "../../firmware/base/index.ts";
import { recogniseCar, type LinkTarget, type Wallet } from "../../firmware/key/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import type { ConnectBleFault } from "../../hal/ble-key/index.ts";
import type { KeyRadioEvent, KeyRadioLink } from "../../hal/radio/index.ts";
import { connect } from "../../hal/socket-radio/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { endByExit } from "../cli/ending.ts";
import type { Via } from "./options.ts";

export interface AttachRequest {
  readonly target: LinkTarget;
  readonly wallet: Wallet;
  readonly crypto: CryptoPort;
  readonly onEvent: (event: KeyRadioEvent) => void;
}

/** Gives a link to the car, or fails the command: nothing has been asked of a car yet, so it may be tried again. */
export type Attach = (request: AttachRequest) => Promise<KeyRadioLink>;

export function attachVia(via: Via): Attach {
  return async (request) => {
    const opened = via.kind === "socket" ? await connect({ at: via.at, onEvent: request.onEvent }) : await overBluetooth(via, request);
    if (opened.ok) return opened.value;
    throw new CommandFailure(opened.error.message, "", { reason: opened.error.kind, mayHaveSucceeded: false, temporary: true });
  };
}

/** The libraries behind it are loaded here alone: most machines that run a key have none. */
async function overBluetooth({ driver, adapter }: Extract<Via, { kind: "ble" }>, { target, wallet, crypto, onEvent }: AttachRequest): Promise<Result<KeyRadioLink, ConnectBleFault>> {
  const { BleKey, loadNoble } = await import("../../hal/ble-key/index.ts");
  const loaded = await loadNoble(driver, adapter);
  if (!loaded.ok) throw new CommandFailure(`--via ble: ${loaded.error.found}`, loaded.error.wayOut, { reason: loaded.error.kind });
  endByExit();
  return new BleKey(loaded.value).connect({ recognise: recogniseFor(target, wallet, crypto), onEvent });
}

/** A car of this wallet is the one sought or another one; whatever is not recognised may be the one, seen with an old resolving key. */
export function recogniseFor(target: LinkTarget, wallet: Wallet, crypto: CryptoPort): (identity: Uint8Array) => boolean | undefined {
  return (identity) => {
    const car = recogniseCar(crypto, wallet, identity);
    if (car === undefined) return undefined;
    return target.kind === "cars" && target.vehicleIds.includes(car.vehicleId);
  };
}
