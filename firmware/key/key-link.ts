import { assert, concat } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { PLAINTEXT_BYTES_MAX, rangingKeys, Reassembler, type Message, type MessageKind, type RangingKeys } from "../session/index.ts";
import { encodeCommand, MESSAGE_BYTES_MAX, type Command } from "../wire/index.ts";
import { Exchange } from "./exchange.ts";
import { CHALLENGE_TIMEOUT_MS, FastReconnect } from "./fast-reconnect.ts";
import { PhoneHandshake, type LinkTarget } from "./handshake.ts";
import { LINK_FAILURES, type KeyEffect, type LinkFailureName, type Reply, type RequestId } from "./key-effects.ts";
import { fullSession, type Session } from "./link-session.ts";
import { Outbox } from "./outbox.ts";
import { isFastCommand, Requests, type Request } from "./requests.ts";
import type { WalletHolder } from "./wallet.ts";

/** One step of the protocol, from the last byte sent to the whole answer: 2 s of reassembly, the car's own work, a slow radio. */
export const STEP_TIMEOUT_MS = 5000;
/** How long after the car's last reply a session is used; the car's 30 s, less more than a step may take. */
const SESSION_FRESH_MS = 20_000;
/** What the car reads of a peer that it does not know yet. */
const STRANGER_MESSAGE_BYTES_MAX = 1024;

export interface KeyLinkOptions {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly holder: WalletHolder;
  readonly target: LinkTarget;
  /** Wall time, as far as this phone knows it. Only ever saves a round trip for a ticket that is too old. */
  readonly unixS?: number;
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
  private readonly out: Outbox;
  private readonly fast: FastReconnect;
  private readonly exchange: Exchange;
  private readonly requests = new Requests();
  private state: State = { kind: "unopened" };
  private freshUntilMs = 0;
  private stepDueMs: number | undefined;

  constructor(options: KeyLinkOptions) {
    this.options = options;
    this.out = new Outbox(options.holder);
    this.fast = new FastReconnect(options, this.out);
    this.exchange = new Exchange(options, this.out);
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
    return this.out.drain();
  }

  /** A new MTU; for the next message. */
  attPayloadChanged(attPayloadBytes: number): void {
    this.out.attPayloadChanged(attPayloadBytes);
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
    return this.out.drain();
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
    return this.out.drain();
  }

  /** The radio link is gone. */
  closed(): readonly KeyEffect[] {
    if (this.state.kind !== "closed") this.fail("linkLost");
    return this.out.drain().filter((effect) => effect.kind !== "close");
  }

  private take(command: Request["command"], nowMs: number): { readonly requestId: RequestId; readonly effects: readonly KeyEffect[] } {
    const request = this.requests.create(command);
    const refusal = this.refusalOf(request);
    if (refusal !== undefined) this.failRequest(request, refusal);
    else {
      this.requests.add(request);
      this.run(nowMs);
    }
    return { requestId: request.id, effects: this.out.drain() };
  }

  private refusalOf({ command }: Request): LinkFailureName | undefined {
    if (this.state.kind === "closed") return "linkLost";
    if (this.requests.isFull) return "tooManyRequests";
    if (command.kind === "pairing") return undefined;
    if (this.options.target.kind === "pairing") return "notHere";
    return encodeCommand(command).length > PLAINTEXT_BYTES_MAX ? "tooLarge" : undefined;
  }

  /** Begins the next request where nothing is under way. */
  private run(nowMs: number): void {
    while (this.requests.underWay === undefined && (this.state.kind === "idle" || this.state.kind === "session")) {
      const request = this.requests.next();
      if (request === undefined) return;
      this.begin(request, nowMs);
    }
  }

  private begin(request: Request, nowMs: number): void {
    const fresh = nowMs < this.freshUntilMs;
    if (fresh && this.state.kind === "session" && serves(this.state.session, request)) {
      const sealed = this.seal(this.state.session, request);
      if (sealed !== undefined) this.ask("protected", sealed, nowMs);
      return;
    }
    if (fresh && this.state.kind === "session" && this.state.session.path === "full") return this.fail("linkLost");
    if (this.state.kind === "idle" && isFastCommand(request) && this.fast.hasTicket) {
      if (this.fast.isChallenged) return this.beginFast(request, nowMs);
      this.state = { kind: "awaitingChallenge" };
      this.stepDueMs = nowMs + CHALLENGE_TIMEOUT_MS;
      return;
    }
    this.beginHandshake(nowMs);
  }

  private beginFast(request: Request, nowMs: number): void {
    const opened = this.fast.open();
    if (opened === undefined) return this.beginHandshake(nowMs);
    const { session, prefix } = opened;
    this.enter(session, nowMs);
    const sealed = this.seal(session, request);
    if (sealed === undefined) this.state = { kind: "idle" };
    else this.ask("fast", concat(prefix, sealed), nowMs);
  }

  private beginHandshake(nowMs: number): void {
    const { crypto, target } = this.options;
    const handshake = new PhoneHandshake(crypto, this.out.wallet, target);
    const previous = this.state.kind === "session" && this.state.session.confirmed ? this.state.session : undefined;
    this.state = { kind: "handshaking", handshake, previous };
    this.ask("edhoc", handshake.message1(), nowMs);
  }

  private enter(session: Session, nowMs: number): void {
    this.state = { kind: "session", session };
    this.freshUntilMs = nowMs + SESSION_FRESH_MS;
  }

  /** Sends what the car is to answer within a step. */
  private ask(kind: MessageKind, body: Uint8Array, nowMs: number): void {
    this.out.send(kind, body);
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

  private hearChallenge(challenge: Uint8Array, nowMs: number): void {
    if (!this.fast.hear(challenge)) return this.fail("damaged");
    if (this.state.kind !== "awaitingChallenge") return;
    this.state = { kind: "idle" };
    this.stepDueMs = undefined;
    this.beginFast(this.requests.underWay!, nowMs);
    this.run(nowMs);
  }

  private hearLatePush(body: Uint8Array, previous: Session | undefined): void {
    const message = previous && this.exchange.open(previous, body);
    if (previous === undefined || message?.kind !== "latches") return this.fail("damaged");
    this.exchange.latchesReported(previous, message.latches);
  }

  private hearMessage2(message: Message, handshake: PhoneHandshake, nowMs: number): void {
    if (message.kind !== "edhoc") return this.fail(message.kind === "refused" ? "refused" : "damaged");
    const done = handshake.answer(message.body);
    if (!done.ok) return this.fail(done.error);
    const session = fullSession(this.options.crypto, done.value, this.options.unixS);
    this.enter(session, nowMs);
    this.sendMessage3(session, done.value.message3, nowMs);
  }

  /** The first command rides along where the car can still take it as a stranger's message; else it follows at once. */
  private sendMessage3(session: Session, message3: Uint8Array, nowMs: number): void {
    this.stepDueMs = undefined;
    const request = this.requests.underWay;
    const sealed = request && this.seal(session, request);
    const fits = sealed !== undefined && message3.length + sealed.length <= STRANGER_MESSAGE_BYTES_MAX;
    this.out.send("edhoc", fits ? concat(message3, sealed) : message3);
    if (sealed !== undefined && !fits) this.out.send("protected", sealed);
    if (sealed !== undefined) this.stepDueMs = nowMs + STEP_TIMEOUT_MS;
    else this.run(nowMs);
  }

  /** A flat refusal, or an EDHOC error, before the car has answered under these keys. Neither is authenticated. */
  private hearRefusal(message: Message, session: Session, nowMs: number): void {
    const request = this.requests.underWay;
    const refused = message.kind === "refused" || (message.kind === "edhoc" && isEdhocError(message.body));
    if (!refused || session.confirmed || request === undefined) return this.fail("damaged");
    request.sent = false;
    if (session.path === "full") return this.fail("keyRefused");
    this.state = { kind: "idle" };
    this.beginHandshake(nowMs);
  }

  private hearProtected(body: Uint8Array, session: Session, nowMs: number): void {
    const message = this.exchange.open(session, body);
    if (message === undefined) return this.fail("damaged");
    if (message.kind === "latches") this.exchange.latchesReported(session, message.latches);
    else this.hearReply(message, session, nowMs);
  }

  private hearReply(reply: Reply, session: Session, nowMs: number): void {
    const request = this.requests.underWay;
    if (request === undefined) return this.fail("damaged");
    const { command } = request;
    if (command.kind === "pairing") {
      const why = this.exchange.pairingReplied(session, request, reply);
      if (why !== undefined) return this.fail(why);
      this.requests.done();
      return this.close("done");
    }
    const isAnswered = this.exchange.replied(session, request, command, reply);
    this.stepDueMs = undefined;
    this.freshUntilMs = nowMs + SESSION_FRESH_MS;
    if (!isAnswered) return this.begin(request, nowMs);
    this.requests.done();
    this.run(nowMs);
  }

  /** The protected bytes of a request; undefined where it failed. */
  private seal(session: Session, request: Request): Uint8Array | undefined {
    const sealed = this.exchange.seal(session, request);
    if (sealed === undefined) {
      this.requests.done();
      this.failRequest(request, "usesSpent");
    }
    return sealed;
  }

  /** Ends the link; every request still open fails. */
  private fail(why: LinkFailureName): void {
    for (const request of this.requests.takeAll()) this.failRequest(request, why);
    this.close(why);
  }

  private failRequest(request: Request, why: LinkFailureName): void {
    const { temporary } = LINK_FAILURES[why];
    this.out.do({ kind: "failed", requestId: request.id, why, mayHaveSucceeded: request.sent, temporary });
  }

  private close(why: LinkFailureName | "done"): void {
    this.state = { kind: "closed" };
    this.stepDueMs = undefined;
    this.out.do({ kind: "close", why });
  }
}

function serves(session: Session, request: Request): boolean {
  return !session.channel.exhausted && (session.path === "full" || isFastCommand(request));
}

/** ERR_CODE 1 to 3 (RFC 9528 section 6); a message begins with a byte string. */
function isEdhocError(body: Uint8Array): boolean {
  return body[0] !== undefined && body[0] >= 1 && body[0] <= 3;
}
