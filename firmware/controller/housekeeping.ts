import { assert, Budget, toHex, unreachable } from "../base/index.ts";
import type { DeliveryPlan } from "../access/index.ts";
import type { CborMap, CborValue } from "../cbor/index.ts";
import { parseRevocationList } from "../lists/index.ts";
import { BODY, REASONS, type Command } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import { actorOf, keyIdBytes, type Change, type Job } from "./request.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { Turn } from "./turn.ts";

type Managing = Extract<
  Command,
  { kind: "enrol" | "revoke" | "deliverList" | "newIssuerEpoch" | "valetMode" | "changeSettings" | "cancelPending" | "reset" | "setTime" }
>;

/** Lists without a key that are looked at: each costs a signature. */
const CARRIED_LIST_BURST = 4;
const CARRIED_LIST_INTERVAL_MS = 10_000;

/** Keys, lists, settings and time: everything that changes what the car remembers and moves nothing. */
export class Housekeeping {
  private readonly car: Controller;
  private readonly desk: RequestDesk;
  private readonly carried = new Budget(CARRIED_LIST_BURST, CARRIED_LIST_INTERVAL_MS);

  constructor(car: Controller, desk: RequestDesk) {
    this.car = car;
    this.desk = desk;
  }

  /** What time has brought about: announced removals and resets, dead records, the time floor, a pairing that is too old. */
  tick(turn: Turn): void {
    const { changes, closing, happened, pairingExpired } = this.car.parts.access.planTick(turn.nowMs);
    if (pairingExpired) this.desk.pairingExpired(turn);
    if (happened !== undefined) {
      const why = happened.target === undefined ? "its delay has passed" : `its delay has passed: ${this.car.nameOf(happened.target)}`;
      this.desk.commit(turn, { changes, closing, line: { what: happened.what, who: happened.startedBy, outcome: "done", why } });
    } else if (changes.length > 0) {
      this.car.store(turn, changes, []);
    }
  }

  manage(job: Job, command: Managing): void {
    switch (command.kind) {
      case "enrol":
        return this.enrol(job, command);
      case "revoke":
      case "reset":
        return this.remove(job, command);
      case "deliverList":
        return this.deliverList(job, command);
      case "newIssuerEpoch":
        return this.newIssuerEpoch(job);
      case "valetMode":
        return this.valetMode(job, command);
      case "changeSettings":
        return this.changeSettings(job, command);
      case "cancelPending":
        return this.cancelPending(job, command);
      case "setTime":
        return this.setTime(job, command);
      default:
        return unreachable(command);
    }
  }

  private enrol(job: Job, { role, name, publicKey }: Extract<Command, { kind: "enrol" }>): void {
    const { turn, request } = job;
    const plan = this.car.parts.access.planEnrol(request.asker, { role, name, publicKey }, turn.nowMs);
    if (!plan.ok) return this.desk.refuse(turn, request, plan.error);
    const { changes, keyId, issuerEpoch } = plan.value;
    const body = new Map<number, CborValue>([[BODY.keyId, keyIdBytes(keyId)], [BODY.issuerEpoch, issuerEpoch]]);
    this.change(job, `${name} as ${role}`, { changes, body });
  }

  private remove(job: Job, command: Extract<Command, { kind: "revoke" | "reset" }>): void {
    const { turn, request } = job;
    const { access } = this.car.parts;
    const plan =
      command.kind === "revoke"
        ? access.planRevoke(request.asker, toHex(command.keyId), turn.nowMs)
        : access.planReset(request.asker, this.car.isResetInputActive, turn.nowMs);
    if (!plan.ok) return this.desk.refuse(turn, request, plan.error);
    const target = command.kind === "revoke" ? this.car.nameOf(toHex(command.keyId)) : "all keys";
    if (plan.value.kind === "done") {
      this.change(job, target, plan.value);
      return;
    }
    const { changes, pendingId, dueInS } = plan.value;
    const body = new Map<number, CborValue>([[BODY.pendingId, pendingId], [BODY.dueInS, dueInS]]);
    this.change(job, `${target}: announced, due in ${dueInS} s`, { changes, body, code: REASONS.delayStarted.code });
  }

  /** A list that came without a key, with nobody to answer. Its signature alone counts; how often one is looked at is bounded. */
  carriedList(turn: Turn, list: Uint8Array): void {
    if (!this.carried.take(turn.nowMs)) return;
    const plan = this.car.parts.access.planDeliverList(list);
    if (!plan.ok && plan.error === "olderList") return;
    if (!plan.ok) return turn.note({ what: "listCarried", who: "", outcome: "refused", why: plan.error });
    const { changes, closing, issuerId } = plan.value;
    if (this.desk.commit(turn, { changes, closing, line: { what: "listCarried", who: issuerId, outcome: "done", why: listWords(plan.value, this.car.nameOf(issuerId)) }, inPieces: true })) return;
    turn.note({ what: "listCarried", who: "", outcome: "failed", why: "storageFault" });
  }

  private deliverList(job: Job, { list }: Extract<Command, { kind: "deliverList" }>): void {
    const { turn, request } = job;
    const plan = this.car.parts.access.planDeliverList(list);
    // A list that came by another key already is nothing to complain about: whoever carries it is told, and nothing is written.
    if (!plan.ok && plan.error === "olderList") return this.desk.answer(turn, request, REASONS.olderList.code, this.versionInForce(list));
    if (!plan.ok) return this.desk.refuse(turn, request, plan.error);
    const { changes, closing, issuerId, version } = plan.value;
    const body = new Map<number, CborValue>([[BODY.version, version]]);
    this.change(job, listWords(plan.value, this.car.nameOf(issuerId)), { changes, closing, body, inPieces: true });
  }

  private versionInForce(list: Uint8Array): CborMap {
    const parsed = parseRevocationList(list);
    assert(parsed.ok, "a list that is older was read");
    return new Map([[BODY.version, this.car.parts.access.issuer(toHex(parsed.value.issuerKid)).listVersion]]);
  }

  private newIssuerEpoch(job: Job): void {
    const plan = this.car.parts.access.planNewEpoch(job.request.asker);
    if (!plan.ok) return this.desk.refuse(job.turn, job.request, plan.error);
    const { changes, closing, issuerEpoch } = plan.value;
    this.change(job, "all grants so far", { changes, closing, body: new Map([[BODY.issuerEpoch, issuerEpoch]]) });
  }

  private valetMode(job: Job, { on }: Extract<Command, { kind: "valetMode" }>): void {
    const plan = this.car.parts.access.planValetMode(job.request.asker, on);
    if (!plan.ok) return this.desk.refuse(job.turn, job.request, plan.error);
    this.change(job, on ? "on" : "off", { changes: plan.value });
  }

  private changeSettings(job: Job, { settings }: Extract<Command, { kind: "changeSettings" }>): void {
    const plan = this.car.parts.access.planChangeSettings(job.request.asker, settings);
    if (!plan.ok) {
      const { reason, fault } = plan.error;
      return this.desk.refuse(job.turn, job.request, reason, fault && new Map([[BODY.setting, `${fault.setting}: ${fault.why}`]]));
    }
    const wantsRanging = settings.get("passiveEntry") === true || settings.get("rangedDrive") === true;
    if (wantsRanging && this.car.parts.description.sessionBoundRanging !== true) return this.desk.refuse(job.turn, job.request, "noRanging");
    this.change(job, [...settings].map(([name, value]) => `${String(name)} = ${String(value)}`).join(", "), { changes: plan.value });
  }

  private cancelPending(job: Job, { pendingId }: Extract<Command, { kind: "cancelPending" }>): void {
    const plan = this.car.parts.access.planCancelPending(job.request.asker, pendingId);
    if (!plan.ok) return this.desk.refuse(job.turn, job.request, plan.error);
    this.change(job, `number ${pendingId}`, { changes: plan.value });
  }

  private setTime(job: Job, command: Extract<Command, { kind: "setTime" }>): void {
    const { access } = this.car.parts;
    const plan = access.planSetTime(job.request.asker, command, job.turn.nowMs);
    if (!plan.ok) return this.desk.refuse(job.turn, job.request, plan.error);
    const why = command.newTimeEpoch ? `${command.unixS}, a new time epoch` : `${command.unixS}`;
    if (this.change(job, why, { changes: plan.value.changes })) access.adoptTime(plan.value.time);
  }

  private change(job: Job, why: string, change: Omit<Change, "line">): boolean {
    const line = { what: job.request.command.kind, ...actorOf(job.request.asker), outcome: "done", why } as const;
    return this.desk.change(job.turn, job.request, { ...change, line });
  }
}

function listWords({ version, closing }: DeliveryPlan, issuer: string): string {
  return `list ${version} of ${issuer}: ${closing.grantIds.length + closing.keyIds.length} revoked`;
}
