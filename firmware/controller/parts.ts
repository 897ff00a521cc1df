import type { Access } from "../access/index.ts";
import type { AuditChain } from "../audit/index.ts";
import type { VehicleDescription } from "../lock/index.ts";
import type { ClockPort, CryptoPort, RandomPort } from "../ports/index.ts";
import type { RecordLog } from "../records/index.ts";
import type { Updates } from "../update/index.ts";
import type { CarIdentity } from "./identity.ts";
import type { TeslaParts } from "./tesla-desk.ts";

/** What a board gives the controller. Flash comes in through the store that was mounted on it. */
export interface ControllerPorts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly clock: ClockPort;
}

/** The rooms of a booted controller; see {@link bootController}. */
export interface ControllerParts extends ControllerPorts {
  readonly store: RecordLog;
  readonly identity: CarIdentity;
  readonly access: Access;
  readonly audit: AuditChain;
  readonly updates: Updates;
  readonly trialSteadyMs: number | undefined;
  readonly description: VehicleDescription;
  /** Undefined: this car speaks the native dialect alone. */
  readonly tesla: TeslaParts | undefined;
}
