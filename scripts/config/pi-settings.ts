import type { LatchId, VehicleDescription } from "../../firmware/lock/index.ts";
import { PULSE_MS_MAX } from "../../hal/relay/index.ts";
import type { ConfigFault } from "./car-settings.ts";

/** The relays, and what is between them and this machine. */
export type RelaySettings =
  | { readonly kind: "lcus"; readonly path: string }
  | { readonly kind: "modbus"; readonly path: string; readonly address: number }
  | { readonly kind: "kmtronic"; readonly path: string; readonly channelCount: number }
  /** Channels are lines of the chip. */
  | { readonly kind: "gpio"; readonly chip?: string; readonly activeLow: boolean };

export interface PiLatchSettings {
  readonly latch: LatchId;
  readonly lockChannel: number;
  readonly unlockChannel: number;
}

export interface PiInputSettings {
  readonly line: number;
  /** What it tells when active: the door stands open, the handle is pulled, the bolt is locked, the button is held, the engine runs; of a pulse, how long it was. */
  readonly kind: "door" | "insideHandle" | "bolt" | "button" | "ignition" | "pulse";
  readonly latch?: LatchId;
  readonly input?: string;
  readonly activeLow: boolean;
  readonly pull: "up" | "down" | "none";
}

/** A card reader, and on which side of the doors it is. */
export interface PiReaderSettings {
  readonly kind: "pn532";
  readonly path: string;
  readonly place: "outside" | "inside";
}

/** What hangs on a Pi: the part `pi` of the configuration. */
export interface PiSettings {
  readonly relay: RelaySettings;
  readonly latches: readonly PiLatchSettings[];
  /** Energised while driving is authorised: for the starter circuit alone. */
  readonly immobiliserChannel?: number;
  readonly inputs: { readonly chip?: string; readonly debounceMs: number; readonly lines: readonly PiInputSettings[] };
  readonly readers: readonly PiReaderSettings[];
  /** A receiver that speaks NMEA 0183. */
  readonly gps?: { readonly path: string; readonly baudRate: number };
}

/** What contradicts itself or the vehicle, beyond what the schema can say. */
export function piFaults(pi: PiSettings, vehicle: VehicleDescription | undefined): readonly ConfigFault[] {
  if (vehicle === undefined) return [{ path: "/vehicle", message: "is missing", fix: "describe the latches; what each does on power loss has no default" }];
  return [...latchFaults(pi, vehicle), ...channelFaults(pi), ...inputFaults(pi, vehicle), ...portFaults(pi)];
}

function latchFaults({ latches, inputs }: PiSettings, vehicle: VehicleDescription): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  for (const [index, { latch }] of latches.entries()) {
    if (!vehicle.latches.some(({ id }) => id === latch)) faults.push({ path: `/pi/latches/${index}/latch`, message: `is ${latch}, which the vehicle does not have`, fix: `use one of: ${vehicle.latches.map(({ id }) => id).join(", ")}` });
  }
  for (const [index, { id, feedback, pulseMs }] of vehicle.latches.entries()) {
    const path = `/vehicle/latches/${index}`;
    if (latches.filter(({ latch }) => latch === id).length !== 1) faults.push({ path: "/pi/latches", message: `does not wire ${id} exactly once`, fix: "give each latch of the vehicle its two relay channels" });
    if (feedback === "endStop" && !inputs.lines.some((line) => line.kind === "bolt" && line.latch === id)) {
      faults.push({ path: `${path}/feedback`, message: "is endStop, and no input is its bolt", fix: "add a bolt sensor to /pi/inputs/lines, or write \"none\": a relay does not know where the bolt is" });
    }
    if (pulseMs > PULSE_MS_MAX) faults.push({ path: `${path}/pulseMs`, message: `is ${pulseMs}`, fix: `a relay is energised for ${PULSE_MS_MAX} ms at most` });
  }
  return faults;
}

function portFaults({ relay, readers, gps }: PiSettings): readonly ConfigFault[] {
  const taken = new Set([(relay as { path?: string }).path]);
  const ports = [...readers.map(({ path }, index) => ({ path, at: `/pi/readers/${index}/path` })), ...(gps === undefined ? [] : [{ path: gps.path, at: "/pi/gps/path" }])];
  return ports.flatMap(({ path, at }) => {
    const isTaken = taken.has(path);
    taken.add(path);
    return isTaken ? [{ path: at, message: `is ${path}, where something else is`, fix: "name the serial port of this device" }] : [];
  });
}

const CHANNEL_MAX = { lcus: 8, modbus: 16, gpio: 63 } as const;

function channelFaults({ relay, latches, immobiliserChannel }: PiSettings): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  if (relay.kind !== "gpio" && (relay as { path?: string }).path === undefined) faults.push({ path: "/pi/relay/path", message: "is missing", fix: "name the board's serial port, best by /dev/serial/by-path" });
  const max = relay.kind === "kmtronic" ? relay.channelCount : CHANNEL_MAX[relay.kind];
  const seen = new Set<number>();
  const look = (path: string, channel: number): void => {
    if (channel > max || (channel === 0 && relay.kind !== "gpio")) faults.push({ path, message: `is ${channel}`, fix: `channels of a ${relay.kind} board go from ${relay.kind === "gpio" ? 0 : 1} to ${max}` });
    if (seen.has(channel)) faults.push({ path, message: `is ${channel}, which is used twice`, fix: "give each actuator channels of its own" });
    seen.add(channel);
  };
  for (const [index, { lockChannel, unlockChannel }] of latches.entries()) {
    look(`/pi/latches/${index}/lockChannel`, lockChannel);
    look(`/pi/latches/${index}/unlockChannel`, unlockChannel);
  }
  if (immobiliserChannel !== undefined) look("/pi/immobiliserChannel", immobiliserChannel);
  return faults;
}

function inputFaults({ inputs }: PiSettings, vehicle: VehicleDescription): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  const lines = new Set<number>();
  for (const [index, { line, kind, latch, input }] of inputs.lines.entries()) {
    const path = `/pi/inputs/lines/${index}`;
    if (lines.has(line)) faults.push({ path: `${path}/line`, message: `is ${line}, which is used twice`, fix: "give each input a line of its own" });
    lines.add(line);
    const isOfLatch = kind === "door" || kind === "insideHandle" || kind === "bolt";
    if (isOfLatch && !vehicle.latches.some(({ id }) => id === latch)) faults.push({ path: `${path}/latch`, message: "names no latch of the vehicle", fix: `use one of: ${vehicle.latches.map(({ id }) => id).join(", ")}` });
    if ((kind === "button" || kind === "pulse") && input === undefined) faults.push({ path: `${path}/input`, message: "is missing", fix: "name it as the vehicle does: its resetInput, or the input of its crash" });
  }
  const wired = (kind: PiInputSettings["kind"], name: string): boolean => inputs.lines.some((line) => line.kind === kind && line.input === name);
  if (vehicle.resetInput !== undefined && !wired("button", vehicle.resetInput)) faults.push({ path: "/vehicle/resetInput", message: `is ${vehicle.resetInput}, which is not wired`, fix: "add a button of that input to /pi/inputs/lines, or remove it" });
  if (vehicle.crash !== undefined && !wired("pulse", vehicle.crash.input)) faults.push({ path: "/vehicle/crash/input", message: `is ${vehicle.crash.input}, which is not wired`, fix: "add a pulse of that input to /pi/inputs/lines, or remove it" });
  return faults;
}
