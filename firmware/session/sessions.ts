import type { Asker } from "../access/index.ts";
import { assert, Budget, earliest, equalBytes } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { CHALLENGE_BYTES, decodeCommand, encodeCarMessage, MESSAGE_BYTES_MAX, REASONS, type CarMessage } from "../wire/index.ts";
import { Beacon } from "./beacon.ts";
import { channelFromExporter, fastChannel, type ProtectedChannel } from "./channel.ts";
import { readFastMessage, splitMessage3 } from "./bodies.ts";
import { ATT_PAYLOAD_BYTES_MAX, ATT_PAYLOAD_BYTES_MIN, fragment, Reassembler, type Message, type MessageKind } from "./framing.ts";
import { beginHandshake, isMessage1, type CarKeys } from "./handshake.ts";
import { SESSION_LIMITS, STRANGER_MESSAGE_BYTES_MAX, type SessionLimits } from "./limits.ts";
import { dueMs, isLive, LinkTable, type Link, type LiveLink } from "./link.ts";
import type { LinkEvent, LinkId, Proximity } from "./link-event.ts";
import type { CredentialDirectory, Path, SessionOutcome } from "./outcome.ts";
import { rangingKeys, type RangingKeys } from "./ranging-keys.ts";
import { Tickets, type Family } from "./tickets.ts";

/** What the session room is built from. */
export interface SessionParts {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly identity: CarKeys;
  readonly directory: CredentialDirectory;
  /** The 16 bytes in force now. */
  readonly resolvingKey: () => Uint8Array;
  readonly limits?: Partial<SessionLimits>;
}

export type Reply = Extract<CarMessage, { kind: "reply" }>;

/** What a reply hands out beside its content. */
export interface ReplyOptions {
  /** A ticket for a fast reconnect; only keys that may use one should get one. A newcomer never does. */
  readonly handOutTicket: boolean;
  /**
   * The resolving key, where this session's peer was not given the one in force yet. Default: with code 0 only, so that nobody
   * who was refused learns to recognise the car.
   */
  readonly handOutResolvingKey?: boolean;
}

/** Who is there. */
export interface SessionSnapshot {
  readonly strangers: number;
  readonly authenticated: readonly { readonly link: LinkId; readonly asker: Asker; readonly proximity: Proximity; readonly path: Path }[];
}

/**
 * The car's end of all links: frames in, requests of proven keys out, replies back.
 *
 * A stranger can cause one flat refusal, a bounded number of handshakes, and nothing else. Whatever goes wrong inside a protected
 * session closes its link without a word. A request is only ever made for a command that came, in order, once, under the keys of
 * a verified session; what the key may do is not judged here. All times are monotonic milliseconds and never move back.
 */
export class Sessions {
  private readonly parts: SessionParts;
  private readonly limits: SessionLimits;
  private readonly links: LinkTable;
  private readonly tickets: Tickets;
  private readonly budget: Budget;
  private readonly beacon: Beacon;
  private outcomes: SessionOutcome[] = [];

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.limits = { ...SESSION_LIMITS, ...parts.limits };
    this.links = new LinkTable(this.limits);
    this.tickets = new Tickets(parts.random, this.limits);
    this.budget = new Budget(this.limits.handshakeBurst, this.limits.handshakeIntervalMs);
    const { crypto, random, resolvingKey } = parts;
    this.beacon = new Beacon({ crypto, random, resolvingKey, periodMs: this.limits.identityPeriodMs });
  }

  /** What follows from one event. Events of links that are closed already lead to nothing. */
  handle(event: LinkEvent, nowMs: number): SessionOutcome[] {
    switch (event.kind) {
      case "linkOpened":
        this.open(event, nowMs);
        break;
      case "attPayloadChanged":
        this.resize(event.link, event.attPayloadBytes);
        break;
      case "frameReceived":
        this.receive(event.link, event.bytes, nowMs);
        break;
      case "linkClosed":
        this.forget(event.link);
        break;
    }
    return this.drain();
  }

  /** Closes what is due: unfinished messages, and strangers that show nothing or prove nothing in time. */
  expire(nowMs: number): SessionOutcome[] {
    for (const link of this.links.all()) this.closeIfDue(link, nowMs);
    return this.drain();
  }

  /** When {@link expire} or a new {@link advertisement} is wanted next; undefined while nothing is. */
  nextDeadlineMs(): number | undefined {
    let next = this.beacon.deadlineMs;
    for (const link of this.links.all()) next = earliest(next, dueMs(link));
    return next;
  }

  /**
   * Answers the oldest unanswered request of a link. A link that is gone takes no answer. The body must fit
   * REPLY_BODY_BYTES_MAX.
   */
  reply(linkId: LinkId, message: Omit<Reply, "ticket" | "resolvingKey">, options: ReplyOptions, nowMs: number): SessionOutcome[] {
    const link = this.links.get(linkId);
    if (link === undefined || !isLive(link)) return [];
    assert(link.state.pendingRequests > 0, "each request is answered once");
    link.state.pendingRequests--;
    link.state.freshUntilMs = nowMs + this.limits.commandFreshMs;
    const ticket = options.handOutTicket ? this.ticketFor(link, nowMs) : undefined;
    const resolvingKey = (options.handOutResolvingKey ?? message.code === 0) ? this.resolvingKeyFor(link.state.family) : undefined;
    this.say(link, { kind: "reply", code: message.code, body: message.body, notices: message.notices, ticket, resolvingKey });
    return this.drain();
  }

  /** Says something unasked. A link that is gone takes nothing. */
  push(linkId: LinkId, message: Extract<CarMessage, { kind: "latches" }>): SessionOutcome[] {
    const link = this.links.get(linkId);
    if (link !== undefined && isLive(link)) this.say(link, message);
    return this.drain();
  }

  /** Ends every session, and drops every ticket, whose asker `matches`: afterwards only a new full handshake leads back in. */
  closeSessionsOf(matches: (asker: Asker) => boolean): SessionOutcome[] {
    this.tickets.dropWhere(matches);
    for (const link of this.links.live()) if (matches(link.state.asker)) this.close(link);
    return this.drain();
  }

  /** What to advertise now: 8 bytes that change each period and with the resolving key. */
  advertisement(nowMs: number): { readonly identity: Uint8Array } {
    return { identity: this.beacon.identity(nowMs) };
  }

  /** The ranging keys of the full session that `linkId` serves over a local link; undefined where there is none. */
  rangingKeys(linkId: LinkId): RangingKeys | undefined {
    const link = this.links.get(linkId);
    if (link === undefined || !isLive(link) || link.proximity !== "local" || link.state.path !== "full") return undefined;
    return rangingKeys(link.state.family.exporter);
  }

  snapshot(): SessionSnapshot {
    const authenticated = this.links
      .live()
      .map((link) => ({ link: link.id, asker: link.state.asker, proximity: link.proximity, path: link.state.path }));
    return { strangers: this.links.count - authenticated.length, authenticated };
  }

  private open(event: Extract<LinkEvent, { kind: "linkOpened" }>, nowMs: number): void {
    this.forget(event.link);
    const inTheWay = this.links.strangerInTheWay(1);
    if (inTheWay !== undefined) this.dismiss(inTheWay, "made room for a newer link");
    if (event.attPayloadBytes < ATT_PAYLOAD_BYTES_MIN) {
      this.outcomes.push({ kind: "closeLink", link: event.link });
      return;
    }
    const link: Link = {
      id: event.link,
      proximity: event.proximity,
      attPayloadBytes: Math.min(event.attPayloadBytes, ATT_PAYLOAD_BYTES_MAX),
      reassembler: new Reassembler(() => (isLive(link) ? MESSAGE_BYTES_MAX : STRANGER_MESSAGE_BYTES_MAX)),
      firstFrameDueMs: nowMs + this.limits.firstFrameTimeoutMs,
      authenticationDueMs: nowMs + this.limits.authenticationTimeoutMs,
      handshakeCount: 0,
      challenge: this.parts.random.bytes(CHALLENGE_BYTES),
      ticketTried: false,
      state: { kind: "stranger", handshake: undefined },
    };
    this.links.add(link);
    this.send(link, "challenge", link.challenge);
  }

  private resize(linkId: LinkId, attPayloadBytes: number): void {
    const link = this.links.get(linkId);
    if (link === undefined) return;
    if (attPayloadBytes < ATT_PAYLOAD_BYTES_MIN) this.close(link);
    else link.attPayloadBytes = Math.min(attPayloadBytes, ATT_PAYLOAD_BYTES_MAX);
  }

  private receive(linkId: LinkId, frame: Uint8Array, nowMs: number): void {
    const link = this.links.get(linkId);
    if (link === undefined || this.closeIfDue(link, nowMs)) return;
    link.firstFrameDueMs = undefined;
    const taken = link.reassembler.accept(frame, nowMs);
    if (!taken.ok) this.dismiss(link, taken.error);
    else if (taken.value !== undefined && isLive(link)) this.hearKey(link, taken.value, nowMs);
    else if (taken.value !== undefined) this.hearStranger(link, taken.value, nowMs);
  }

  private hearStranger(link: Link, message: Message, nowMs: number): void {
    if (message.kind === "edhoc") this.hearEdhoc(link, message.body, nowMs);
    else if (message.kind === "fast") this.hearTicket(link, message.body, nowMs);
    else this.refuse(link, "a protected message before any handshake");
  }

  private hearKey(link: LiveLink, message: Message, nowMs: number): void {
    link.state.lastHeardMs = nowMs;
    if (message.kind === "protected") this.hearProtected(link, message.body, nowMs);
    else if (message.kind === "edhoc" && link.state.pendingRequests === 0) this.renew(link, message.body, nowMs);
    else this.close(link);
  }

  /** A full handshake on a link of a proven key: the session before ends, and the peer proves itself like anybody else. */
  private renew(link: LiveLink, body: Uint8Array, nowMs: number): void {
    const inTheWay = this.links.strangerInTheWay(0);
    if (inTheWay !== undefined) this.dismiss(inTheWay, "made room for a newer handshake");
    this.outcomes.push({ kind: "ended", link: link.id, asker: link.state.asker });
    const stranger: Link = link;
    stranger.state = { kind: "stranger", handshake: undefined };
    stranger.authenticationDueMs = nowMs + this.limits.authenticationTimeoutMs;
    this.hearEdhoc(stranger, body, nowMs);
  }

  private hearEdhoc(link: Link, body: Uint8Array, nowMs: number): void {
    if (isMessage1(body)) this.hearMessage1(link, body, nowMs);
    else this.hearMessage3(link, body, nowMs);
  }

  private hearMessage1(link: Link, body: Uint8Array, nowMs: number): void {
    link.state = { kind: "stranger", handshake: undefined };
    if (++link.handshakeCount > this.limits.handshakesPerLinkMax) return this.refuse(link, "too many handshakes on one link");
    if (!this.budget.take(nowMs)) return this.refuse(link, "too many handshakes in a short time");
    const begun = beginHandshake(this.parts, this.beacon.identity(nowMs), body);
    if (begun.ok) {
      link.state = { kind: "stranger", handshake: begun.value.handshake };
      this.send(link, "edhoc", begun.value.message2);
    } else if (begun.error.message !== undefined) {
      this.send(link, "edhoc", begun.error.message);
      this.outcomes.push({ kind: "refusedStranger", link: link.id, why: begun.error.why });
    } else this.refuse(link, begun.error.why);
  }

  private hearMessage3(link: Link, body: Uint8Array, nowMs: number): void {
    const handshake = link.state.kind === "stranger" ? link.state.handshake : undefined;
    if (handshake === undefined) return this.refuse(link, "a message_3 without a handshake");
    const split = splitMessage3(body);
    if (split === undefined) return this.refuse(link, "a message_3 that is not one item");
    const finished = handshake.finish(split.message3);
    if (!finished.ok) return this.refuse(link, finished.error);
    const { asker, exporter } = finished.value;
    const channel = channelFromExporter(this.parts.crypto, exporter, "car");
    const family = asker.kind === "newcomer" ? this.tickets.none(asker, exporter, nowMs) : this.tickets.begin(asker, exporter, nowMs);
    const live = this.authenticate(link, { path: "full", channel, family, useNumber: 0 }, nowMs);
    if (split.command.length > 0) this.hearProtected(live, split.command, nowMs);
  }

  private hearTicket(link: Link, body: Uint8Array, nowMs: number): void {
    if (link.ticketTried || link.handshakeCount > 0) return this.refuse(link, "a ticket out of turn");
    link.ticketTried = true;
    const shown = readFastMessage(body);
    const redeemed = shown && this.tickets.redeem(shown.ticketId, nowMs);
    if (shown === undefined || redeemed === undefined) return this.turnDown(link, "an unknown ticket");
    const { family, carNonce, useNumber } = redeemed;
    const channel = fastChannel(this.parts.crypto, family.exporter, { carNonce, phoneNonce: shown.phoneNonce, useNumber, challenge: link.challenge }, "car");
    const opened = channel.open(shown.command);
    if (!opened.ok) {
      this.tickets.drop(family);
      return this.turnDown(link, "a ticket under wrong keys");
    }
    const live = this.authenticate(link, { path: "fast", channel, family, useNumber }, nowMs);
    this.request(live, opened.value);
  }

  private authenticate(
    link: Link,
    session: { readonly path: Path; readonly channel: ProtectedChannel; readonly family: Family; readonly useNumber: number },
    nowMs: number,
  ): LiveLink {
    const asker = session.family.asker;
    const inTheWay = this.links.sessionInTheWay(asker);
    if (inTheWay !== undefined) this.close(inTheWay);
    link.handshakeCount = 0;
    link.state = { kind: "live", asker, ...session, pendingRequests: 0, lastHeardMs: nowMs, freshUntilMs: nowMs + this.limits.commandFreshMs };
    this.outcomes.push({ kind: "authenticated", link: link.id, asker, proximity: link.proximity, path: session.path });
    assert(isLive(link), "a session was just begun");
    return link;
  }

  private hearProtected(link: LiveLink, body: Uint8Array, nowMs: number): void {
    const opened = link.state.channel.open(body);
    if (opened.ok && nowMs < link.state.freshUntilMs) this.request(link, opened.value);
    else this.close(link);
  }

  private request(link: LiveLink, plaintext: Uint8Array): void {
    const { asker, path, family, pendingRequests } = link.state;
    const command = decodeCommand(plaintext);
    if (!command.ok) return this.say(link, { kind: "reply", code: REASONS.malformed.code, body: new Map() });
    if (pendingRequests >= this.limits.pendingRequestsMax) return this.close(link);
    link.state.pendingRequests++;
    const { id, proximity } = link;
    this.outcomes.push({ kind: "request", link: id, asker, command: command.value, path, proximity, exporter: family.exporter });
  }

  private ticketFor(link: LiveLink, nowMs: number): Reply["ticket"] {
    const { family, useNumber } = link.state;
    return this.tickets.issue(family, useNumber, nowMs);
  }

  private resolvingKeyFor(family: Family): Uint8Array | undefined {
    const current = this.parts.resolvingKey();
    if (family.resolvingKey !== undefined && equalBytes(family.resolvingKey, current)) return undefined;
    family.resolvingKey = current.slice();
    return family.resolvingKey;
  }

  private say(link: LiveLink, message: CarMessage): void {
    if (link.state.channel.exhausted) this.close(link);
    else this.send(link, "protected", link.state.channel.seal(encodeCarMessage(message)));
  }

  private send(link: Link, kind: MessageKind, body: Uint8Array): void {
    for (const bytes of fragment(kind, body, link.attPayloadBytes)) this.outcomes.push({ kind: "send", link: link.id, bytes });
  }

  /** The one flat refusal; the link stays for a full handshake. */
  private turnDown(link: Link, why: string): void {
    this.send(link, "refused", new Uint8Array(0));
    this.outcomes.push({ kind: "refusedStranger", link: link.id, why });
  }

  /** The one flat refusal, and the end of the link. */
  private refuse(link: Link, why: string): void {
    this.turnDown(link, why);
    this.close(link);
  }

  /** Closes a link without a word to its peer; a stranger is noted for the car's own log. */
  private dismiss(link: Link, why: string): void {
    if (!isLive(link)) this.outcomes.push({ kind: "refusedStranger", link: link.id, why });
    this.close(link);
  }

  private close(link: Link): void {
    this.outcomes.push({ kind: "closeLink", link: link.id });
    this.forget(link.id);
  }

  private forget(linkId: LinkId): void {
    const link = this.links.get(linkId);
    if (link === undefined) return;
    this.links.remove(linkId);
    if (isLive(link)) this.outcomes.push({ kind: "ended", link: linkId, asker: link.state.asker });
  }

  private closeIfDue(link: Link, nowMs: number): boolean {
    const due = dueMs(link);
    if (due === undefined || nowMs < due) return false;
    this.dismiss(link, "too slow");
    return true;
  }

  private drain(): SessionOutcome[] {
    const outcomes = this.outcomes;
    this.outcomes = [];
    return outcomes;
  }
}
