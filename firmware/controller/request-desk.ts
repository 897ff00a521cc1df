import { endsSessionOf, type Asker, type Closing, type Decision } from "../access/index.ts";
import { unreachable } from "../base/index.ts";
import type { CborMap, CborValue } from "../cbor/index.ts";
import type { LatchId, LockEvent } from "../lock/index.ts";
import type { RecordChange } from "../records/index.ts";
import { BODY, NOTICE_COUNT_MAX, REASONS, type Action, type Command, type ReasonName } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import { Housekeeping } from "./housekeeping.ts";
import { planResolvingKey } from "./identity.ts";
import type { Settled } from "./latch-watch.ts";
import type { AuditDraft } from "./ledger.ts";
import { CardDesk } from "./card-desk.ts";
import { PinDesk } from "./pin-desk.ts";
import { PairingDesk } from "./pairing-desk.ts";
import { actorOf, guestName, whoOf, type Change, type Job, type Request } from "./request.ts";
import { listKeysBody, readLogBody, statusBody } from "./reading.ts";
import type { UpdateManifest } from "../update/index.ts";
import type { Turn } from "./turn.ts";
import { releaseName } from "./update-desk.ts";
import { UsesInMotion } from "./uses-in-motion.ts";

/** Which right a command needs. `pair` needs none: its proof is the secret. */
const ACTION_OF: Readonly<Record<Exclude<Command["kind"], "pair">, Action>> = {
  unlock: "unlock",
  lock: "lock",
  trunk: "trunk",
  drive: "drive",
  status: "status",
  enrol: "enrol",
  revoke: "revoke",
  listKeys: "listKeys",
  readLog: "readLog",
  deliverList: "deliverList",
  newIssuerEpoch: "revoke",
  valetMode: "valetMode",
  changeSettings: "changeSettings",
  cancelPending: "cancelPending",
  transfer: "transfer",
  reset: "reset",
  setTime: "setTime",
  setPin: "setPin",
  enterPin: "enterPin",
  enrolCard: "enrol",
  locate: "readPosition",
  offerUpdate: "update",
  consentUpdate: "update",
  reportMotion: "status",
};

type ActEvent = Extract<LockEvent, { kind: "unlockAuthorised" | "lockOrdered" | "driveAuthorised" }>;

/** How latches move for an act. */
const DIRECTIONS = { unlockAuthorised: "unlocking", lockOrdered: "locking", driveAuthorised: undefined } as const;

const NO_LATCHES: ReadonlySet<LatchId> = new Set();

/** Changes of one batch where there may be many: 24 revoked keys take 1200 bytes, audit line and resolving key 300, and 2016 fit. */
const CHANGES_PER_BATCH = 24;

/** Refusals after which a guest is a stranger with a proven name. */
const ENDS_PRESENCE: ReadonlySet<ReasonName> = new Set(["grantRevoked", "expired", "issuerNotOwner", "notYetValid", "timeNotTrusted", "usedUp"]);

/**
 * Where the commands of proven keys are answered. Each is decided by the one decision function, then planned, then committed with
 * its audit line, then done, then answered; a step that fails ends it with nothing done.
 */
export class RequestDesk {
  private readonly car: Controller;
  private readonly pairing: PairingDesk;
  private readonly house: Housekeeping;
  readonly pin: PinDesk;
  readonly cards: CardDesk;
  private readonly usesInMotion = new UsesInMotion();

  constructor(car: Controller) {
    this.car = car;
    this.pairing = new PairingDesk(car, this);
    this.house = new Housekeeping(car, this);
    this.pin = new PinDesk(car, this);
    this.cards = new CardDesk(car, this);
  }

  serve(turn: Turn, request: Request): void {
    const { command, asker, proximity, path } = request;
    if (command.kind === "pair") return this.pairing.pair(turn, request, command);
    const decision = this.car.parts.access.decide({
      asker,
      action: ACTION_OF[command.kind],
      proximity,
      path,
      use: "use" in command ? command.use : undefined,
      nowMs: turn.nowMs,
    });
    this.tellGuest(turn, request, decision);
    if (decision.allowed) return this.carryOut({ turn, request, decision }, command);
    const body = decision.nextUse === undefined ? undefined : new Map([[BODY.nextUse, decision.nextUse]]);
    this.refuse(turn, request, decision.reason, body);
  }

  /** Whether a guest's device counts as a key nearby follows from what the grant is good for now. */
  private tellGuest(turn: Turn, { asker, link, proximity }: Request, decision: Decision): void {
    if (asker.kind !== "grant" || proximity !== "local") return;
    if (!decision.allowed && !ENDS_PRESENCE.has(decision.reason)) return;
    const nowS = this.car.parts.access.nowS(turn.nowMs);
    const { expiresAtS } = asker.grant;
    const untilMs = expiresAtS === undefined || nowS === undefined ? Infinity : turn.nowMs + (expiresAtS - nowS) * 1000;
    this.car.tellGuest(turn, link, decision.allowed ? untilMs : undefined);
  }

  openClaim(turn: Turn, releaseKey: Uint8Array | undefined): void {
    this.pairing.openClaim(turn, releaseKey);
  }

  /** The console closes what it has opened; an owner's transfer is not the console's to end. */
  cancelClaim(turn: Turn): void {
    this.pairing.cancelClaim(turn);
  }

  pairingExpired(turn: Turn): void {
    this.pairing.ended(turn, "expired");
  }

  carriedList(turn: Turn, list: Uint8Array): void {
    this.house.carriedList(turn, list);
  }

  /** What time has brought about in the access room. */
  serveDeadlines(turn: Turn): void {
    this.house.tick(turn);
  }

  /** A latch has come to rest: uses of counted grants that waited for nothing else are over. */
  latchSettled(latch: LatchId, as: Settled): void {
    for (const grant of this.usesInMotion.settle(latch, as)) this.car.parts.access.useFinished(grant);
  }

  /** `shutOut`: this answer is the last that the asker hears; it does not learn how to recognise the car from now on. */
  answer(turn: Turn, request: Request, code: number, body: CborMap = new Map(), shutOut = false): void {
    if (request.answered !== undefined) return request.answered(turn, code, body);
    const { access } = this.car.parts;
    const { asker, link } = request;
    const role = access.key(whoOf(asker))?.role;
    const isOwner = asker.kind === "key" && (role === "owner" || role === "recovery");
    // The soonest first: what does not fit is told as soon as one of them is cancelled.
    const notices = isOwner ? [...access.notices(turn.nowMs)].sort((a, b) => a.dueInS - b.dueInS).slice(0, NOTICE_COUNT_MAX) : [];
    const handOutTicket = asker.kind === "grant" || (asker.kind === "key" && role !== undefined && role !== "recovery" && role !== "card");
    const options = { handOutTicket: handOutTicket && !shutOut, handOutResolvingKey: code === 0 && !shutOut };
    const reply = { kind: "reply", code, body, ...(notices.length > 0 && { notices }) } as const;
    this.car.native.reply(turn, link, reply, options);
  }

  /** Tells a proven key why not, and writes it down. */
  refuse(turn: Turn, request: Request, reason: ReasonName, body?: CborMap): void {
    this.car.recordRefusal(turn, { what: request.command.kind, ...actorOf(request.asker), outcome: "refused", why: reason });
    this.answer(turn, request, REASONS[reason].code, body);
  }

  /** Commits a change with its line, ends the sessions it ends, and only then acknowledges it. False: nothing was changed. */
  change(turn: Turn, request: Request, change: Change): boolean {
    if (!this.commit(turn, change, request.asker)) {
      this.refuse(turn, request, "storageFault");
      return false;
    }
    const { closing } = change;
    const ends = closing !== undefined && endsSessionOf(closing, request.asker);
    // The closing of a pairing ends the newcomer's session too, but not its key.
    this.answer(turn, request, change.code ?? 0, change.body, ends && this.car.parts.access.key(whoOf(request.asker)) === undefined);
    if (ends) this.car.closeSessions(turn, (asker) => endsSessionOf(closing, asker));
    return true;
  }

  /** The same without anybody to answer; false where nothing was stored. `spared`: whose own session must still carry the answer. */
  commit(turn: Turn, { changes, line, closing, inPieces = false }: Change, spared?: Asker): boolean {
    const ends = closing !== undefined && closesAnybody(closing);
    const rest = inPieces ? this.storeBeginning(turn, changes) : changes;
    // Who was shut out no longer recognises the car.
    const all = ends && rest !== undefined ? [...rest, planResolvingKey(this.car.parts.random)] : rest;
    if (all === undefined || !this.car.store(turn, all, [line])) return false;
    if (ends) {
      this.car.closeSessions(turn, (asker) => endsSessionOf(closing, asker) && !(spared !== undefined && sameAsker(asker, spared)));
    }
    return true;
  }

  /** Stores all but the last piece of changes whose every beginning is safe; gives the last piece, undefined where the flash failed. */
  private storeBeginning(turn: Turn, changes: readonly RecordChange[]): readonly RecordChange[] | undefined {
    let from = 0;
    for (; changes.length - from > CHANGES_PER_BATCH; from += CHANGES_PER_BATCH) {
      if (!this.car.store(turn, changes.slice(from, from + CHANGES_PER_BATCH), [])) return undefined;
    }
    return changes.slice(from);
  }

  private carryOut(job: Job, command: Exclude<Command, { kind: "pair" }>): void {
    const { turn, request, decision } = job;
    const { authorisation } = decision;
    switch (command.kind) {
      case "unlock":
        return this.act(job, { kind: "unlockAuthorised", authorisation, scope: "cabin" });
      case "trunk":
        return this.act(job, { kind: "unlockAuthorised", authorisation, scope: "trunk" });
      case "lock":
        return this.act(job, { kind: "lockOrdered", forced: command.forced, by: whoOf(request.asker) });
      case "drive":
        if (!this.car.isDriveRanged(turn, request.link)) return this.refuse(turn, request, "notInside");
        return this.act(job, { kind: "driveAuthorised", authorisation, limited: decision.limited });
      case "reportMotion":
        this.car.passive.moved(request.link, command.still, turn.nowMs);
        return this.answer(turn, request, 0);
      case "locate":
        return this.locate(turn, request);
      case "status":
        return this.answer(turn, request, 0, statusBody(this.car, turn.nowMs));
      case "listKeys":
        return this.answer(turn, request, 0, listKeysBody(this.car.parts.access, command.after));
      case "readLog":
        return this.answer(turn, request, 0, readLogBody(this.car, command, decision.ownLinesOnly ? whoOf(request.asker) : "all"));
      case "transfer":
        return this.pairing.openTransfer(turn, request);
      case "setPin":
        return this.pin.set(turn, request, command);
      case "enrolCard":
        return this.cards.expect(turn, request, command);
      case "enterPin":
        return this.pin.enter(turn, request, command.pin);
      case "enrol":
      case "revoke":
      case "deliverList":
      case "newIssuerEpoch":
      case "valetMode":
      case "changeSettings":
      case "cancelPending":
      case "reset":
      case "setTime":
        return this.house.manage(job, command);
      case "offerUpdate":
        return this.offerUpdate(job, command.manifest);
      case "consentUpdate":
        return this.consentUpdate(job, command.id);
      default:
        return unreachable(command);
    }
  }

  private offerUpdate({ turn, request }: Job, manifest: Uint8Array): void {
    const { updates } = this.car.parts;
    const plan = updates.planOffer(manifest);
    if (!plan.ok) return this.refuse(turn, request, plan.error);
    this.changeUpdate(turn, request, plan.value);
  }

  private consentUpdate({ turn, request }: Job, id: Uint8Array): void {
    const plan = this.car.parts.updates.planConsent(whoOf(request.asker), id);
    if (!plan.ok) return this.refuse(turn, request, plan.error);
    this.changeUpdate(turn, request, plan.value);
  }

  /** What is known already is answered alike and not written again. */
  private changeUpdate(turn: Turn, request: Request, { changes, manifest }: { readonly changes: readonly RecordChange[]; readonly manifest: UpdateManifest }): void {
    const line: AuditDraft = { what: request.command.kind, ...actorOf(request.asker), outcome: "done", why: releaseName(manifest) };
    if (changes.length > 0 && !this.commit(turn, { changes, line }, request.asker)) return this.refuse(turn, request, "storageFault");
    const { id } = this.car.parts.updates.status;
    this.answer(turn, request, 0, new Map<number, CborValue>([[BODY.updateId, id!], [BODY.updateVersion, manifest.version]]));
  }

  private locate(turn: Turn, request: Request): void {
    const body = this.car.position.body(turn.nowMs);
    if (body === undefined) return this.refuse(turn, request, "noPosition");
    this.answer(turn, request, 0, body);
  }

  /** Something that moves: planned, committed with what it consumes, then moved, then answered. */
  private act({ turn, request, decision }: Job, event: ActEvent): void {
    const step = this.car.lock.plan(event, turn.nowMs);
    if (step.refused !== undefined) {
      if (step.refused === "nothingToDo") return this.answer(turn, request, REASONS.nothingToDo.code);
      return this.refuse(turn, request, step.refused);
    }
    // The car keeps no list of guests: the line itself says whose grant it was.
    const why = request.asker.kind === "grant" ? guestName(request.asker.grant) : "";
    const { who, name } = actorOf(request.asker);
    const line: AuditDraft = { what: request.command.kind, who, name, outcome: "done", why };
    if (!this.car.store(turn, decision.consumes, [line])) {
      // A worn-out flash must not lock an enrolled key out: only the log line is lost, and the note tells. What consumes needs the flash.
      if (request.asker.kind === "grant" || event.kind === "driveAuthorised") return this.refuse(turn, request, "storageFault");
      this.car.noteLine(turn, line);
    }
    if (event.kind === "lockOrdered") this.car.passive.hasLocked(request.asker, turn.nowMs);
    // Whoever is answered in another dialect hears of the latches there.
    const moving = request.answered === undefined ? this.car.waitFor(request.link, step, DIRECTIONS[event.kind]) : NO_LATCHES;
    if ("use" in request.command && request.asker.kind === "grant") this.usesInMotion.begin(request.asker.grant, moving);
    this.car.lock.adopt(turn, step);
    if (event.kind === "driveAuthorised") this.car.parts.access.pin.spend();
    this.answer(turn, request, 0, moving.size === 0 ? new Map() : new Map<number, CborValue>([[BODY.moving, moving.size]]));
  }
}

function closesAnybody(closing: Closing): boolean {
  return closing.everybody || closing.keyIds.length + closing.grantIds.length + closing.issuerIds.length > 0;
}

function sameAsker(a: Asker, b: Asker): boolean {
  return a.kind === b.kind && whoOf(a) === whoOf(b);
}
