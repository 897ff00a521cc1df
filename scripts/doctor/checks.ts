import { accessSync, closeSync, constants, existsSync, fstatSync, openSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { decodeWallet, WALLET_BYTES_MAX } from "../../firmware/key/index.ts";
import type { CryptoPort } from "../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { blenoPackage, DEFAULT_DRIVER } from "../../hal/ble/index.ts";
import { adapterNames, bluetoothFaults } from "../../hal/bluetooth-check/index.ts";
import { readWallClock } from "../../hal/clock/index.ts";
import { readUpTo } from "../../hal/durable-file/index.ts";
import { describeHeader, FLASH_FILE_HEADER_BYTES } from "../../hal/flash-file/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { WALLET_FAULT_TEXTS } from "../key/wallet-file.ts";

/** One thing looked at. `wayOut` is empty where nothing is wrong. */
export interface Check {
  readonly what: string;
  readonly state: "ok" | "warning" | "fault" | "absent";
  readonly found: string;
  readonly wayOut: string;
}

const ok = (what: string, found: string): Check => ({ what, state: "ok", found, wayOut: "" });

/** Looks at what a car and a key need on this machine. Changes nothing. */
export function runChecks(options: { readonly flashPath: string; readonly keyPath: string }): readonly Check[] {
  const port = createNodeCrypto({ random: createSystemRandom() });
  return [nodeVersion(), crypto(port), clock(), ...bluetooth(), flash(options.flashPath), keyFile(options.keyPath, port)];
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok("node", process.version);
  return { what: "node", state: "fault", found: process.version, wayOut: "Install Node 20.19 or newer." };
}

function crypto(port: CryptoPort): Check {
  for (const algorithm of ["Ed25519", "ES256"] as const) {
    const key = port.generateSigningKey(algorithm);
    const message = Uint8Array.of(1, 2, 3);
    if (!port.verify(algorithm, key.publicKey, message, port.sign(key, message))) {
      return { what: "crypto", state: "fault", found: `${algorithm} does not verify its own signature`, wayOut: "This Node's OpenSSL is broken: install another Node." };
    }
  }
  return ok("crypto", `OpenSSL ${process.versions.openssl}: Ed25519 and P-256 sign and verify`);
}

function clock(): Check {
  const reading = readWallClock();
  const text = new Date(reading.unixS * 1000).toISOString();
  if (existsSync("/dev/rtc0") || existsSync("/dev/rtc")) return ok("clock", `${text}, with a real-time clock`);
  return { what: "clock", state: "warning", found: `${text}, without a real-time clock`, wayOut: "Timed grants are refused after a restart until an owner or GPS tells the time: share counted grants, or add an RTC." };
}

/** What keeps the Bluetooth radio from working; without an adapter nothing of it is needed. */
function bluetooth(): readonly Check[] {
  const adapters = adapterNames();
  const faults = bluetoothFaults(blenoPackage(DEFAULT_DRIVER), undefined);
  if (adapters.length === 0) return [{ what: "bluetooth", state: "absent", found: faults[0]!.found, wayOut: "Not needed over the socket radio." }];
  if (faults.length === 0) return [ok("bluetooth", adapters.join(", "))];
  return faults.map(({ found, wayOut }) => ({ what: "bluetooth", state: "fault" as const, found, wayOut }));
}

function flash(path: string): Check {
  const fault = (found: string, wayOut: string): Check => ({ what: "flash", state: "fault", found, wayOut });
  const status = statusOf(path);
  if (status !== undefined) {
    if (!usable(path, constants.R_OK | constants.W_OK)) return fault(`${path} cannot be read and written`, "Run the car as the user that owns it.");
    const geometry = status.isFile() ? describeHeader(beginningOf(path, FLASH_FILE_HEADER_BYTES)) : undefined;
    return geometry === undefined ? fault(`${path} is no flash file`, "Name another one: latchkey car --flash FILE.") : ok("flash", `${path}, ${geometry}`);
  }
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  if (usable(folder, constants.W_OK)) return { what: "flash", state: "absent", found: `${path} will be made at the first start`, wayOut: "" };
  return fault(`${folder} cannot be written`, "Name another place: latchkey car --flash FILE.");
}

function keyFile(path: string, cryptoPort: CryptoPort): Check {
  const fault = (found: string, wayOut: string): Check => ({ what: "key", state: "fault", found, wayOut });
  const status = statusOf(path);
  if (status === undefined) return { what: "key", state: "absent", found: `no key to be seen in ${path}`, wayOut: "Make one: latchkey key init." };
  if (process.platform !== "win32" && (status.mode & 0o077) !== 0) return fault(`${path} can be read by others`, `Run chmod 600 ${path}.`);
  if (!usable(path, constants.R_OK | constants.W_OK)) return fault(`${path} cannot be read and written`, "Use it as the user that owns it.");
  const wallet = status.isFile() ? decodeWallet(cryptoPort, beginningOf(path, WALLET_BYTES_MAX + 1)) : undefined;
  if (wallet?.ok === true) return ok("key", path);
  return fault(`${path} ${WALLET_FAULT_TEXTS[wallet?.error.kind ?? "notAWallet"]}`, "Name another file with --file, restore this one from a copy, or make a new key and have it enrolled.");
}

/** Undefined where there is nothing, or a folder on the way is closed to this user. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function beginningOf(path: string, length: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    return readUpTo(file, Math.min(length, fstatSync(file).size), 0);
  } finally {
    closeSync(file);
  }
}

function usable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
