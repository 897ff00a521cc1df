import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { adapterNames, BLENO_PACKAGE, bluetoothFaults } from "../../hal/bluetooth-check/index.ts";
import { readWallClock } from "../../hal/clock/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";

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
  return [nodeVersion(), crypto(), clock(), ...bluetooth(), flash(options.flashPath), keyFile(options.keyPath)];
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok("node", process.version);
  return { what: "node", state: "fault", found: process.version, wayOut: "Install Node 20.19 or newer." };
}

function crypto(): Check {
  const port = createNodeCrypto({ random: createSystemRandom() });
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
  const faults = bluetoothFaults(BLENO_PACKAGE, undefined);
  if (adapters.length === 0) return [{ what: "bluetooth", state: "absent", found: faults[0]!.found, wayOut: "Not needed over the socket radio." }];
  if (faults.length === 0) return [ok("bluetooth", adapters.join(", "))];
  return faults.map(({ found, wayOut }) => ({ what: "bluetooth", state: "fault" as const, found, wayOut }));
}

function flash(path: string): Check {
  if (existsSync(path)) {
    if (usable(path, constants.R_OK | constants.W_OK)) return ok("flash", `${path}, ${statSync(path).size} bytes`);
    return { what: "flash", state: "fault", found: `${path} cannot be read and written`, wayOut: "Run the car as the user that owns it." };
  }
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  if (usable(folder, constants.W_OK)) return { what: "flash", state: "absent", found: `${path} will be made at the first start`, wayOut: "" };
  return { what: "flash", state: "fault", found: `${folder} cannot be written`, wayOut: "Name another place: latchkey car --flash FILE." };
}

function keyFile(path: string): Check {
  if (!existsSync(path)) return { what: "key", state: "absent", found: `no key in ${path}`, wayOut: "Make one: latchkey key init." };
  const { mode } = statSync(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    return { what: "key", state: "fault", found: `${path} can be read by others`, wayOut: `Run chmod 600 ${path}.` };
  }
  return ok("key", path);
}

function usable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
