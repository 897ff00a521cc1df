import { assert, concat } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import {
  ATT_PAYLOAD_BYTES_MAX,
  ATT_PAYLOAD_BYTES_MIN,
  fragment,
  mirrorProof,
  rangingKeys,
  type RangingKeys,
  PLAINTEXT_BYTES_MAX,
  Reassembler,
  type Message,
  type MessageKind,
} from "../session/index.ts";
import { CHALLENGE_BYTES, decodeCarMessage, encodeCommand, MESSAGE_BYTES_MAX, REASONS, reasonName, type Command } from "../wire/index.ts";
import { PhoneHandshake, type LinkTarget } from "./handshake.ts";
import { LINK_FAILURES, type KeyEffect, type LatchStates, type LinkFailureName, type Reply, type RequestId } from "./key-effects.ts";
import { learnFromLatches, learnFromReply, numberUse, type SentUse } from "./learning.ts";
import { fastSession, fullSession, isUsable, ticketFrom, type Session } from "./link-session.ts";
import { completePairing, pairCommand, type PairingAnswer } from "./pairing-answer.ts";
import { findCar, withCar, type CarRecord, type StoredTicket, type Wallet } from "./wallet.ts";

/** One step of the protocol, from the last byte sent to the whole answer: 2 s of reassembly, the car's own work, a slow radio. */
export const STEP_TIMEOUT_MS = 5000;
/** How long a phone with a ticket waits for what the car says first; the car itself waits 2 s for a first frame. */
export const CHALLENGE_TIMEOUT_MS = 1000;
/** How long after the car's last reply a session is used; the car's 30 s, less more than a step may take. */
const SESSION_FRESH_MS = 20_000;
/** Requests of one link that wait for their turn; a person presses no faster. */
export const REQUEST_COUNT_MAX = 16;
/** What the car reads of a peer that it does not know yet. */
const STRANGER_MESSAGE_BYTES_MAX = 1024;

/** Where the wallet of this phone is kept in memory; several links may share one. */
export interface WalletHolder {
  wallet: Wallet;
}

export interface KeyLinkOptions {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly holder: WalletHolder;
  readonly target: LinkTarget;
  /** Wall time, as far as this phone knows it. Only ever saves a round trip for a ticket that is too old. */
  readonly unixS?: number;
}

/** One thing asked of the car. */
interface Request {
  readonly id: RequestId;
  readonly command: Command | { readonly kind: "pairing" };
  use: SentUse | undefined;
  /** Whether its bytes have left this phone, so that the car may have acted. */
  sent: boolean;
  /** Whether it has been sent again with another use number. */
  renumbered: boolean;
}

type State =
  | { readonly kind: "unopened" }
  | { readonly kind: "idle" }
  /** `previous`: the fast session that this handshake replaces; what the car pushed under it may still be on its way. */
  | { readonly kind: "handshaking"; readonly handshake: PhoneHandshake; readonly previous: Session | undefined }
  /** For a ticket the car's challenge is needed, which it says first. */
  | { readonly kind: "awaitingChallenge" }
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "closed" };

/**
 * The phone's end of one link to one car: requests and frames in, effects out, one at a time.
 *
 * Requests are answered in their order, one under way at a time. An unlock or lock uses a ticket where there is one; the ticket
 * leaves the wallet, durably, before it is sent, and a refusal leads to a full handshake on the same link. Everything else needs
 * the full handshake; the first request rides with message_3. This phone shows nothing of itself before the car has proved
 * itself, stores nothing before the car has answered under the new keys, and gives up a step after {@link STEP_TIMEOUT_MS}.
 * Whatever does not follow the protocol ends the link. Times are monotonic milliseconds.
 */
export class KeyLink {
  private readonly options: KeyLinkOptions;
  private readonly reassembler: Reassembler;
  private state: State = { kind: "unopened" };
  private attPayloadBytes = ATT_PAYLOAD_BYTES_MIN;
  private challenge: Uint8Array | undefined;
  private freshUntilMs = 0;
  private stepDueMs: number | undefined;
  private queue: Request[] = [];
  private inFlight: Request | undefined;
  private lastRequestId = 0;
  private effects: KeyEffect[] = [];

  constructor(options: KeyLinkOptions) {
    this.options = options;
    this.reassembler = new Reassembler(() => (this.state.kind === "session" ? MESSAGE_BYTES_MAX : STRANGER_MESSAGE_BYTES_MAX));
  }

  /** What this phone's ranging radio needs to answer the car in this session; undefined before a full handshake. */
  get rangingKeys(): RangingKeys | undefined {
    const { state } = this;
    return state.kind === "session" && state.session.path === "full" ? rangingKeys(state.session.exporter) : undefined;
  }

  /** The radio link is there. `attPayloadBytes`: MTU - 3, at least 20. */
  open(attPayloadBytes: number, nowMs: number): readonly KeyEffect[] {
    assert(this.state.kind === "unopened", "a link is opened once");
    this.state = { kind: "idle" };
    this.attPayloadChanged(attPayloadBytes);
    this.run(nowMs);
    return this.drain();
  }

  /** A new MTU; for the next message. */
  attPayloadChanged(attPayloadBytes: number): void {
    assert(attPayloadBytes >= ATT_PAYLOAD_BYTES_MIN, "an ATT payload holds at least 20 bytes");
    this.attPayloadBytes = Math.min(attPayloadBytes, ATT_PAYLOAD_BYTES_MAX);
  }

  /** Asks the car for something; answered by exactly one `reply` or `failed` with this id. `use` is filled in here. */
  request(command: Command, nowMs: number): { readonly requestId: RequestId; readonly effects: readonly KeyEffect[] } {
    assert(command.kind !== "pair", "a pairing is asked for by pair()");
    return this.take(command, nowMs);
  }

  /** Runs the pairing this link is meant for; answered by `paired`, by a `reply` that refuses, or by `failed`. */
  pair(nowMs: number): { readonly requestId: RequestId; readonly effects: readonly KeyEffect[] } {
    assert(this.options.target.kind === "pairing", "a link pairs only where it was made for that");
    return this.take({ kind: "pairing" }, nowMs);
  }

  /** One frame from the car; its challenge may come before this side knows that the link is there. */
  receive(frame: Uint8Array, nowMs: number): readonly KeyEffect[] {
    if (this.state.kind === "closed") return [];
    const taken = this.reassembler.accept(frame, nowMs);
    if (!taken.ok) this.fail(taken.error === "too-late" ? "timeout" : "damaged");
    else if (taken.value !== undefined) this.hear(taken.value, nowMs);
    return this.drain();
  }

  /** When {@link expire} is wanted next; undefined while nothing is awaited. */
  get nextDeadlineMs(): number | undefined {
    const dues = [this.stepDueMs, this.reassembler.deadlineMs].filter((due) => due !== undefined);
    return this.state.kind === "closed" || dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** Gives up a step that has taken too long. */
  expire(nowMs: number): readonly KeyEffect[] {
    const due = this.nextDeadlineMs;
    if (due !== undefined && nowMs >= due) {
      // A car that challenges nobody can still prove itself in full.
      if (this.state.kind === "awaitingChallenge") this.beginHandshake(nowMs);
      else this.fail("timeout");
    }
    return this.drain();
  }

  /** The radio link is gone. */
  closed(): readonly KeyEffect[] {
    if (this.state.kind !== "closed") this.fail("linkLost");
    return this.drain().filter((effect) => effect.kind !== "close");
  }

  private take(command: Request["command"], nowMs: number): { readonly requestId: RequestId; readonly effects: readonly KeyEffect[] } {
    const request: Request = { id: ++this.lastRequestId, command, use: undefined, sent: false, renumbered: false };
    const refusal = this.refusalOf(request);
    if (refusal !== undefined) this.failRequest(request, refusal);
    else {
      this.queue.push(request);
      this.run(nowMs);
    }
    return { requestId: request.id, effects: this.drain() };
  }

  private refusalOf({ command }: Request): LinkFailureName | undefined {
    if (this.state.kind === "closed") return "linkLost";
    if (this.queue.length >= REQUEST_COUNT_MAX) return "tooManyRequests";
    if (command.kind === "pairing") return undefined;
    if (this.options.target.kind === "pairing") return "notHere";
    return encodeCommand(command).length > PLAINTEXT_BYTES_MAX ? "tooLarge" : undefined;
  }

  /** Begins the next request where nothing is under way. */
  private run(nowMs: number): void {
    while (this.inFlight === undefined && (this.state.kind === "idle" || this.state.kind === "session")) {
      const request = this.queue.shift();
      if (request === undefined) return;
      this.inFlight = request;
      this.begin(request, nowMs);
    }
  }

  private begin(request: Request, nowMs: number): void {
    const fresh = nowMs < this.freshUntilMs;
    if (fresh && this.state.kind === "session" && serves(this.state.session, request)) {
      this.sendProtected(this.state.session, request, nowMs);
      return;
    }
    if (fresh && this.state.kind === "session" && this.state.session.path === "full") return this.fail("linkLost");
    if (this.state.kind === "idle" && isFastCommand(request) && this.hasTicket()) {
      if (this.challenge !== undefined) return this.beginFast(request, this.challenge, nowMs);
      this.state = { kind: "awaitingChallenge" };
      this.stepDueMs = nowMs + CHALLENGE_TIMEOUT_MS;
      return;
    }
    this.beginHandshake(nowMs);
  }

  private beginFast(request: Request, challenge: Uint8Array, nowMs: number): void {
    const ticket = this.takeTicket();
    if (ticket === undefined) this.beginHandshake(nowMs);
    else this.sendFast(ticket, challenge, request, nowMs);
  }

  private beginHandshake(nowMs: number): void {
    const { crypto, holder, target } = this.options;
    const handshake = new PhoneHandshake(crypto, holder.wallet, target);
    const previous = this.state.kind === "session" && this.state.session.confirmed ? this.state.session : undefined;
    this.state = { kind: "handshaking", handshake, previous };
    this.send("edhoc", handshake.message1());
    this.stepDueMs = nowMs + STEP_TIMEOUT_MS;
  }

  /** The one car this link is meant for. */
  private onlyCar(): CarRecord | undefined {
    const { target, holder } = this.options;
    return target.kind === "cars" && target.vehicleIds.length === 1 ? findCar(holder.wallet, target.vehicleIds[0]!) : undefined;
  }

  private hasTicket(): boolean {
    return this.onlyCar()?.ticket !== undefined;
  }

  /** The ticket for that car, already out of the wallet. */
  private takeTicket(): { readonly car: CarRecord; readonly ticket: StoredTicket } | undefined {
    const { holder, unixS } = this.options;
    const car = this.onlyCar();
    const ticket = car?.ticket;
    if (car === undefined || ticket === undefined) return undefined;
    this.saveWallet(withCar(holder.wallet, car.vehicleId, (it) => ({ ...it, ticket: undefined })));
    return isUsable(ticket, unixS) ? { car, ticket } : undefined;
  }

  private sendFast({ car, ticket }: { readonly car: CarRecord; readonly ticket: StoredTicket }, challenge: Uint8Array, request: Request, nowMs: number): void {
    const { session, prefix } = fastSession(this.options, car.vehicleId, ticket, challenge);
    this.state = { kind: "session", session };
    this.freshUntilMs = nowMs + SESSION_FRESH_MS;
    const sealed = this.seal(session, request);
    if (sealed === undefined) {
      this.state = { kind: "idle" };
      return;
    }
    this.send("fast", concat(prefix, sealed));
    this.stepDueMs = nowMs + STEP_TIMEOUT_MS;
  }

  private sendProtected(session: Session, request: Request, nowMs: number): void {
    const sealed = this.seal(session, request);
    if (sealed === undefined) return;
    this.send("protected", sealed);
    this.stepDueMs = nowMs + STEP_TIMEOUT_MS;
  }

  private hear(message: Message, nowMs: number): void {
    if (message.kind === "challenge") return this.hearChallenge(message.body, nowMs);
    if (this.state.kind === "handshaking") {
      if (message.kind === "protected") this.hearLatePush(message.body, this.state.previous);
      else this.hearMessage2(message, this.state.handshake, nowMs);
    } else if (this.state.kind !== "session") this.fail("damaged");
    else if (message.kind === "protected") this.hearProtected(message.body, this.state.session, nowMs);
    else this.hearRefusal(message, this.state.session, nowMs);
  }

  /** Once a link; whoever forges one costs this phone its ticket, and a full handshake. */
  private hearChallenge(challenge: Uint8Array, nowMs: number): void {
    if (this.challenge !== undefined || challenge.length !== CHALLENGE_BYTES) return this.fail("damaged");
    this.challenge = challenge.slice();
    if (this.state.kind !== "awaitingChallenge") return;
    this.state = { kind: "idle" };
    this.stepDueMs = undefined;
    this.beginFast(this.inFlight!, challenge, nowMs);
    this.run(nowMs);
  }

  private hearLatePush(body: Uint8Array, previous: Session | undefined): void {
    const opened = previous?.channel.open(body);
    const message = opened?.ok === true ? decodeCarMessage(opened.value) : undefined;
    if (previous === undefined || message?.ok !== true || message.value.kind !== "latches") return this.fail("damaged");
    this.hearLatches(message.value.latches, previous);
  }

  private hearMessage2(message: Message, handshake: PhoneHandshake, nowMs: number): void {
    if (message.kind !== "edhoc") return this.fail(message.kind === "refused" ? "refused" : "damaged");
    const done = handshake.answer(message.body);
    if (!done.ok) return this.fail(done.error);
    const session = fullSession(this.options.crypto, done.value, this.options.unixS);
    this.state = { kind: "session", session };
    this.freshUntilMs = nowMs + SESSION_FRESH_MS;
    this.sendMessage3(session, done.value.message3, nowMs);
  }

  /** The first command rides along where the car can still take it as a stranger's message; else it follows at once. */
  private sendMessage3(session: Session, message3: Uint8Array, nowMs: number): void {
    this.stepDueMs = undefined;
    const sealed = this.inFlight && this.seal(session, this.inFlight);
    const fits = sealed !== undefined && message3.length + sealed.length <= STRANGER_MESSAGE_BYTES_MAX;
    this.send("edhoc", fits ? concat(message3, sealed) : message3);
    if (sealed !== undefined && !fits) this.send("protected", sealed);
    if (sealed !== undefined) this.stepDueMs = nowMs + STEP_TIMEOUT_MS;
    else this.run(nowMs);
  }

  /** A flat refusal, or an EDHOC error, before the car has answered under these keys. Neither is authenticated. */
  private hearRefusal(message: Message, session: Session, nowMs: number): void {
    const refused = message.kind === "refused" || (message.kind === "edhoc" && isEdhocError(message.body));
    if (!refused || session.confirmed || this.inFlight === undefined) return this.fail("damaged");
    this.inFlight.sent = false;
    if (session.path === "full") return this.fail("keyRefused");
    this.state = { kind: "idle" };
    this.beginHandshake(nowMs);
  }

  private hearProtected(body: Uint8Array, session: Session, nowMs: number): void {
    const opened = session.channel.open(body);
    const message = opened.ok ? decodeCarMessage(opened.value) : opened;
    if (!message.ok) return this.fail("damaged");
    if (!session.confirmed) {
      session.confirmed = true;
      if (session.car.kind === "known") this.effects.push({ kind: "connected", vehicleId: session.car.vehicleId, path: session.path });
    }
    if (message.value.kind === "latches") this.hearLatches(message.value.latches, session);
    else this.hearReply(message.value, session, nowMs);
  }

  private hearLatches(latches: LatchStates, session: Session): void {
    if (session.use !== undefined && session.car.kind === "known") {
      this.saveWallet(learnFromLatches(this.options.holder.wallet, session.car.vehicleId, latches, session.use));
    }
    this.effects.push({ kind: "latches", latches });
  }

  private hearReply(reply: Reply, session: Session, nowMs: number): void {
    const request = this.inFlight;
    if (request === undefined) return this.fail("damaged");
    if (request.command.kind === "pairing") return this.hearPairing(reply, session, request);
    assert(session.car.kind === "known", "only a known car is asked for anything but a pairing");
    const { vehicleId } = session.car;
    const answered = { command: request.command, reply, use: request.use, ticket: ticketFrom(session, reply) };
    this.saveWallet(learnFromReply(this.options.holder.wallet, vehicleId, answered));
    this.stepDueMs = undefined;
    this.freshUntilMs = nowMs + SESSION_FRESH_MS;
    if (reply.code === REASONS.usedUp.code && this.renumber(request, session)) return this.begin(request, nowMs);
    this.inFlight = undefined;
    const reason = reply.code === 0 ? undefined : reasonName(reply.code);
    this.effects.push({ kind: "reply", requestId: request.id, command: request.command, reply, reason });
    this.run(nowMs);
  }

  /** Whether a request whose number was consumed already is worth sending with the next one: once, and where one is left. */
  private renumber(request: Request, { car }: Session): boolean {
    const uses = car.kind === "known" ? findCar(this.options.holder.wallet, car.vehicleId)?.grant?.uses : undefined;
    if (request.renumbered || request.use === undefined || uses === undefined || uses.next > uses.usesMax) return false;
    request.renumbered = true;
    request.sent = false;
    return true;
  }

  private hearPairing(reply: Reply, session: Session, request: Request): void {
    const { crypto, holder } = this.options;
    const { task, car } = this.pairingWith(session);
    const mirror = task.secret && mirrorProof(crypto, task.secret, session.exporter);
    const end = completePairing(crypto, holder.wallet, { task, car, mirror, reply });
    this.saveWallet(end.wallet);
    if (end.kind === "failed") return this.fail(end.why);
    this.inFlight = undefined;
    if (end.kind === "paired") {
      this.effects.push({ kind: "paired", requestId: request.id, vehicleId: end.vehicleId, ownersKit: end.ownersKit });
    } else {
      const command = pairCommand(crypto, holder.wallet.name, task, session.exporter);
      this.effects.push({ kind: "reply", requestId: request.id, command, reply, reason: reasonName(reply.code) });
    }
    this.close("done");
  }

  /** The protected bytes of a request, numbered and saved as far as it must be before it leaves; undefined where it failed. */
  private seal(session: Session, request: Request): Uint8Array | undefined {
    const command = request.command.kind === "pairing" ? this.beginPair(session) : this.numbered(session, request, request.command);
    if (command === undefined) {
      this.inFlight = undefined;
      this.failRequest(request, "usesSpent");
      return undefined;
    }
    request.sent = true;
    return session.channel.seal(encodeCommand(command));
  }

  /** The command with its use number, where a counted grant needs one. */
  private numbered(session: Session, request: Request, command: Command): Command | undefined {
    const numbered = session.car.kind === "known" ? numberUse(this.options.holder.wallet, session.car.vehicleId, command) : undefined;
    if (numbered === undefined) return command;
    if (numbered === "spent") return undefined;
    this.saveWallet(numbered.wallet);
    request.use = numbered.use;
    session.use = numbered.use.use;
    return numbered.command;
  }

  /** The pairing is stored before it is asked for, so that an answer that gets lost loses neither the car nor the owner's kit. */
  private beginPair(session: Session): Command {
    const { crypto, holder } = this.options;
    const { task, car } = this.pairingWith(session);
    this.saveWallet({ ...holder.wallet, pairing: { ...task.pending, carKey: car.carKey } });
    return pairCommand(crypto, holder.wallet.name, task, session.exporter);
  }

  private pairingWith({ car }: Session): Pick<PairingAnswer, "task" | "car"> {
    const { target } = this.options;
    assert(target.kind === "pairing" && car.kind === "announced", "a pairing is asked of an announced car");
    return { task: target.task, car };
  }

  private saveWallet(wallet: Wallet): void {
    if (wallet === this.options.holder.wallet) return;
    this.options.holder.wallet = wallet;
    this.effects.push({ kind: "saveWallet", wallet });
  }

  private send(kind: MessageKind, body: Uint8Array): void {
    for (const frame of fragment(kind, body, this.attPayloadBytes)) this.effects.push({ kind: "send", frame });
  }

  /** Ends the link; every request still open fails. */
  private fail(why: LinkFailureName): void {
    const open = this.inFlight === undefined ? this.queue : [this.inFlight, ...this.queue];
    this.inFlight = undefined;
    this.queue = [];
    for (const request of open) this.failRequest(request, why);
    this.close(why);
  }

  private failRequest(request: Request, why: LinkFailureName): void {
    const { temporary } = LINK_FAILURES[why];
    this.effects.push({ kind: "failed", requestId: request.id, why, mayHaveSucceeded: request.sent, temporary });
  }

  private close(why: LinkFailureName | "done"): void {
    this.state = { kind: "closed" };
    this.stepDueMs = undefined;
    this.effects.push({ kind: "close", why });
  }

  private drain(): readonly KeyEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}

/** What a fast session serves. */
function isFastCommand({ command }: Request): boolean {
  return command.kind === "unlock" || command.kind === "lock";
}

function serves(session: Session, request: Request): boolean {
  return !session.channel.exhausted && (session.path === "full" || isFastCommand(request));
}

/** ERR_CODE 1 to 3 (RFC 9528 section 6); a message begins with a byte string. */
function isEdhocError(body: Uint8Array): boolean {
  return body[0] !== undefined && body[0] >= 1 && body[0] <= 3;
}
