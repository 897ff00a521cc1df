import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { openKeyFile, type KeyFile, type KeyFileFault } from "../../hal/key-file/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { decodeWallet, encodeWallet, KEY_FAULTS, type CarRecord, type KeyFault, type Wallet, type WalletFault, type WalletHolder } from "../../firmware/key/index.ts";
import type { Result } from "../../firmware/base/index.ts";
import { CommandFailure, type OptionValues } from "../cli/command.ts";
import { keyFileFailure } from "../cli/key-file-failure.ts";
import { keyFileOf, textOf } from "./options.ts";

/** What is wrong with a key file, to go behind its name. */
export const WALLET_FAULT_TEXTS: Readonly<Record<WalletFault["kind"], string>> = {
  notAWallet: "is no key file",
  otherVersion: "is a key file of another version of latchkey",
  damaged: "is damaged: its bytes have changed since they were written",
};

export const random = createSystemRandom();
export const crypto = createNodeCrypto({ random });

/** The wallet of this user, held and locked while a command runs. */
export class WalletFile implements WalletHolder {
  readonly path: string;
  wallet: Wallet;
  private readonly file: KeyFile;

  private constructor(path: string, file: KeyFile, wallet: Wallet) {
    this.path = path;
    this.file = file;
    this.wallet = wallet;
  }

  /** Opens the key file; a command that needs a key says so where there is none. */
  static async open(values: OptionValues): Promise<WalletFile> {
    const path = keyFileOf(values);
    const file = await openFile(path);
    try {
      if (file.bytes === undefined) throw new CommandFailure(`there is no key in ${path}`, "Make one with: latchkey key init --name NAME");
      const wallet = decodeWallet(crypto, file.bytes);
      if (!wallet.ok) {
        throw new CommandFailure(`${path} ${WALLET_FAULT_TEXTS[wallet.error.kind]}`, "Name another file with --file, restore this one from a copy, or make a new key and have it enrolled.", { fault: wallet.error });
      }
      return new WalletFile(path, file, wallet.value);
    } catch (fault) {
      file.close();
      throw fault;
    }
  }

  /** Writes a new wallet where none may be. */
  static async create(path: string, wallet: Wallet): Promise<void> {
    const file = await openFile(path);
    try {
      if (file.bytes !== undefined) throw new CommandFailure(`there is a key in ${path} already`, "Use it, or name another file with --file.");
      orFail(file.save(encodeWallet(crypto, wallet)));
    } finally {
      file.close();
    }
  }

  /** Durable when it returns. */
  save(wallet: Wallet): void {
    orFail(this.file.save(encodeWallet(crypto, wallet)));
    this.wallet = wallet;
  }

  close(): void {
    this.file.close();
  }

  /** The car that --car names, or the only one. */
  car(values: OptionValues): CarRecord {
    const label = textOf(values, "car");
    const { cars } = this.wallet;
    const found = label === undefined ? cars : cars.filter((car) => car.label === label || car.vehicleId.startsWith(label));
    if (found.length === 1) return found[0]!;
    if (cars.length === 0) throw new CommandFailure("this key knows no car yet", "Pair with one: latchkey key pair. Or accept a share: latchkey key accept.");
    const labels = namesOf(cars).join(", ");
    if (found.length === 0) throw new CommandFailure(`this key knows no car "${label}"`, `It knows: ${labels}.`);
    throw new CommandFailure("this key knows several cars", `Say which with --car: ${labels}.`);
  }
}

/** What tells cars apart: the label, and the beginning of the id where two have the same. */
function namesOf(cars: readonly CarRecord[]): readonly string[] {
  return cars.map(({ label, vehicleId }) => (cars.some((other) => other.label === label && other.vehicleId !== vehicleId) ? `${vehicleId.slice(0, 8)} (${label})` : label));
}

/** Runs `work` with the wallet, and lets go of it whatever happens. */
export async function withWallet<T>(values: OptionValues, work: (file: WalletFile) => Promise<T> | T): Promise<T> {
  const file = await WalletFile.open(values);
  try {
    return await work(file);
  } finally {
    file.close();
  }
}

/** The value, or the phone's own rule that stood in the way, as a failure of the command. */
export function kept<T>(result: Result<T, KeyFault>): T {
  if (result.ok) return result.value;
  const { rule, wayOut } = KEY_FAULTS[result.error];
  throw new CommandFailure(rule, wayOut, { reason: result.error });
}

async function openFile(path: string): Promise<KeyFile> {
  const opened = await openKeyFile(path);
  if (!opened.ok) throw keyFileFailure(opened.error);
  return opened.value;
}

function orFail(saved: Result<void, KeyFileFault>): void {
  if (!saved.ok) throw keyFileFailure(saved.error);
}
