import { Access } from "../access/index.ts";
import { AuditChain, signAuditHead } from "../audit/index.ts";
import { err, ok, type Result } from "../base/index.ts";
import type { RecordFault } from "../fold/index.ts";
import { descriptionFaults, type VehicleDescription } from "../lock/index.ts";
import type { FlashPort } from "../ports/index.ts";
import { mountRecords, TABLES, type RecordTable, type RecoveryReport } from "../records/index.ts";
import { Updates } from "../update/index.ts";
import { Controller } from "./controller.ts";
import type { Effect } from "./events.ts";
import { loadIdentity, loadTeslaKeys } from "./identity.ts";
import type { ControllerPorts } from "./parts.ts";
import type { TeslaOptions } from "./tesla-desk.ts";

/** Half a sector is the largest commit; the controller's largest, a sweep of dead records, takes 1800 bytes. */
export const SECTOR_BYTES_MIN = 4096;

/** On fewer, a full flash had no room left to revoke and to write down that somebody drove. */
export const SECTOR_COUNT_MIN = 16;

export interface BootPorts extends ControllerPorts {
  readonly flash: FlashPort;
}

export interface BootOptions {
  readonly description: VehicleDescription;
  /** Virtual boards alone: takes keys whose private half stands in an RFC. */
  readonly allowTestKeys?: boolean;
  /** Without it the car takes no updates. */
  readonly update?: UpdateSettings;
  /** Without it the car speaks the native dialect alone. */
  readonly tesla?: TeslaOptions;
}

/** What the maker says of updates. */
export interface UpdateSettings {
  /** The class of cars that this one belongs to, as manifests name it. */
  readonly model: string;
  /** The release key that the maker has pinned, an encoded COSE_Key. */
  readonly releaseKey?: Uint8Array;
  /** How long a release on trial runs before it is confirmed; {@link TRIAL_STEADY_MS} where absent. */
  readonly trialSteadyMs?: number;
}

/** What the flash held, and what of it was lost. */
export interface BootReport {
  readonly recovery: RecoveryReport;
  /** Records that could not be read; what each would have allowed stays refused. */
  readonly faults: readonly RecordFault[];
}

/** Why the car does not start; nothing was changed on its flash. */
export interface BootFailure {
  readonly kind: "flash" | "identity" | "description";
  readonly detail: string;
  readonly wayOut: string;
}

export interface Booted {
  readonly controller: Controller;
  /** To be performed first. */
  readonly effects: readonly Effect[];
  readonly report: BootReport;
}

/** Mounts the flash, folds its records into the rooms and starts the controller. A blank flash becomes a car without an owner. */
export function bootController(ports: BootPorts, options: BootOptions): Result<Booted, BootFailure> {
  const wrong = descriptionFaults(options.description);
  if (wrong.length > 0) {
    return err({ kind: "description", detail: wrong.join("; "), wayOut: "Correct the vehicle's description in the configuration." });
  }
  const { sectorBytes, sectorCount } = ports.flash.geometry;
  if (sectorCount < SECTOR_COUNT_MIN) {
    return err({ kind: "flash", detail: `a flash of ${sectorCount} sectors is too small`, wayOut: `Use one of ${SECTOR_COUNT_MIN} sectors or more.` });
  }
  if (sectorBytes < SECTOR_BYTES_MIN) {
    return err({ kind: "flash", detail: `sectors of ${sectorBytes} bytes are too small`, wayOut: `Use a flash with sectors of ${SECTOR_BYTES_MIN} bytes or more.` });
  }
  const mounted = mountRecords(ports.flash);
  if (!mounted.ok) return err({ kind: "flash", detail: mounted.error.detail, wayOut: mounted.error.wayOut });
  const { store, report: recovery } = mounted.value;
  const identity = loadIdentity(store, ports.crypto, ports.random);
  if (!identity.ok) return err({ kind: "identity", detail: identity.error.detail, wayOut: "Restore the flash from a backup, or start with a new flash and pair again." });
  const tesla = options.tesla && loadTeslaKeys(store, ports.crypto, ports.random);
  if (tesla?.ok === false) return err({ kind: "identity", detail: tesla.error.detail, wayOut: "Restore the flash from a backup, or start without the Tesla dialect." });
  const { crypto, random, clock } = ports;
  const { autoRelockMs, walkAwayEnabled, walkAwayMs } = options.description;
  const access = new Access({
    crypto,
    random,
    vehicleId: identity.value.vehicleId,
    nowMs: clock.monotonicMs(),
    settingDefaults: { autoRelockMs, walkAwayEnabled, walkAwayMs },
    ...(options.allowTestKeys === undefined ? {} : { allowTestKeys: options.allowTestKeys }),
  });
  const { Ed25519 } = identity.value.signingKeys;
  const audit = new AuditChain({ crypto, random, signHead: (payload) => signAuditHead(crypto, Ed25519, payload) });
  const { update } = options;
  const updates = new Updates({
    crypto,
    model: update?.model,
    ...(update?.releaseKey && { pinnedReleaseKey: update.releaseKey }),
    acceptKey: (coseKey) => access.acceptKey(coseKey),
  });
  const faults: RecordFault[] = [];
  for (const table of Object.values(TABLES) as RecordTable[]) {
    for (const [key, value] of store.entries(table)) {
      const room = table === TABLES.audit ? audit : table === TABLES.update ? updates : access;
      const fault = room.apply({ table, key, value });
      if (fault !== undefined) faults.push(fault);
    }
  }
  const controller = new Controller({ crypto, random, clock, store, identity: identity.value, access, audit, updates, trialSteadyMs: update?.trialSteadyMs, description: options.description, tesla: options.tesla && tesla && { ...options.tesla, keys: tesla.value } });
  const lost = [
    ...(recovery.batchesLost > 0 ? [`${recovery.batchesLost} commits lost, revocations perhaps among them`] : []),
    ...(faults.length > 0 ? [`${faults.length} records unreadable`] : []),
  ];
  return ok({ controller, effects: controller.start(lost), report: { recovery, faults } });
}
