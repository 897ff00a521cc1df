import { equalBytes } from "../base/index.ts";
import { BODY, REASONS, reasonName, type Command } from "../wire/index.ts";
import { closeUse, returnUse, skipTo, takeUse } from "./counted-uses.ts";
import type { LatchStates, Reply } from "./key-effects.ts";
import { findCar, withCar, type CarRecord, type CountedUses, type IssuerState, type StoredTicket, type Wallet } from "./wallet.ts";

/** The use number a command was sent with. */
export interface SentUse {
  readonly use: number;
  readonly fresh: boolean;
}

/** A command and its answer. */
export interface Answered {
  readonly command: Command;
  readonly reply: Reply;
  readonly use: SentUse | undefined;
  /** What a ticket of this reply would be stored as. */
  readonly ticket: StoredTicket | undefined;
}

/** What the wallet holds after a verified reply of `vehicleId`; the same value where nothing changed. */
export function learnFromReply(wallet: Wallet, vehicleId: string, answered: Answered): Wallet {
  const { command, reply, use, ticket } = answered;
  return changeCar(wallet, vehicleId, (car) => {
    let next = car;
    if (reply.resolvingKey !== undefined) next = { ...next, resolvingKey: reply.resolvingKey };
    if (ticket !== undefined) next = { ...next, ticket };
    if (use !== undefined) next = withUses(next, (uses) => usesAfterReply(uses, reply, use));
    if (command.kind === "deliverList") next = afterDelivery(next, command.list, reply.code);
    if (command.kind === "newIssuerEpoch" && reply.code === 0) next = { ...next, issuer: nextEpoch(next.issuer, issuerEpochOf(reply)) };
    return next;
  });
}

/** After a latch has reported: the use that began it is over, unless the latch is jammed and the same use may try again. */
export function learnFromLatches(wallet: Wallet, vehicleId: string, latches: LatchStates, use: number): Wallet {
  if ([...latches.values()].includes("jammed")) return wallet;
  return changeCar(wallet, vehicleId, (car) => withUses(car, (uses) => closeUse(uses, use)));
}

/** A command with its use number, and the wallet that must be saved before it is sent. */
export interface Numbered {
  readonly wallet: Wallet;
  readonly command: Command;
  readonly use: SentUse;
}

/** Numbers `command` where this phone holds a counted grant of `vehicleId` and the command is an act; `spent` where no use is left. */
export function numberUse(wallet: Wallet, vehicleId: string, command: Command): Numbered | "spent" | undefined {
  const uses = findCar(wallet, vehicleId)?.grant?.uses;
  const { kind } = command;
  const isAct = kind === "unlock" || kind === "lock" || kind === "trunk" || kind === "drive";
  if (uses === undefined || !isAct) return undefined;
  const taken = takeUse(uses, kind);
  if (taken === undefined) return "spent";
  const { use, fresh } = taken;
  return { wallet: changeCar(wallet, vehicleId, (car) => withUses(car, () => taken.uses)), command: { ...command, use }, use: { use, fresh } };
}

/** `car` with `change` made to the numbering of its counted grant, if it has one. */
function withUses(car: CarRecord, change: (uses: CountedUses) => CountedUses): CarRecord {
  const { grant } = car;
  if (grant?.uses === undefined) return car;
  const uses = change(grant.uses);
  return uses === grant.uses ? car : { ...car, grant: { ...grant, uses } };
}

function usesAfterReply(uses: CountedUses, reply: Reply, sent: SentUse): CountedUses {
  // Where nothing was set in motion no latch will report: the reply is all there is.
  if (reply.code === 0) return reply.body.has(BODY.moving) ? uses : closeUse(uses, sent.use);
  // A number that the car calls spent is spent, also where this phone had lost count.
  if (reply.code === REASONS.usedUp.code) return skipTo(closeUse(uses, sent.use), reply.body.get(BODY.nextUse));
  return sent.fresh ? returnUse(uses, sent.use) : uses;
}

/** The epoch in which grants count, where a reply names it. */
export function issuerEpochOf(reply: Reply): number | undefined {
  const epoch = reply.body.get(BODY.issuerEpoch);
  return typeof epoch === "number" && epoch >= 0 ? epoch : undefined;
}

function afterDelivery(car: CarRecord, list: Uint8Array, code: number): CarRecord {
  const { issuer } = car;
  const inForce = code === 0 || code === REASONS.olderList.code;
  if (issuer.list !== undefined && equalBytes(issuer.list, list)) {
    return inForce ? { ...car, issuer: { ...issuer, deliveredVersion: issuer.listVersion } } : car;
  }
  const reason = reasonName(code);
  const retry = !inForce && (reason === undefined || REASONS[reason].temporary || reason === "storeFull");
  return retry ? car : { ...car, carried: car.carried.filter((carried) => !equalBytes(carried.list, list)) };
}

/** Every grant of the old epoch is dead in one record: nothing of it needs to be listed or remembered. */
function nextEpoch(issuer: IssuerState, told: number | undefined): IssuerState {
  return { ...issuer, epoch: told ?? issuer.epoch + 1, list: undefined, deliveredVersion: issuer.listVersion, grants: [] };
}

function changeCar(wallet: Wallet, vehicleId: string, change: (car: CarRecord) => CarRecord): Wallet {
  const car = findCar(wallet, vehicleId);
  const next = car && change(car);
  return next === undefined || next === car ? wallet : withCar(wallet, vehicleId, () => next);
}
