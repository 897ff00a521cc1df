import type { Asker, EnrolledKey } from "../access/index.ts";
import { assert, earliest, equalBytes } from "../base/index.ts";
import type { AgreementKey } from "../ports/index.ts";
import { DOMAIN, localNameOf, MessageStream, TeslaSessions, toPieces, type Domain, type FaultName, type Heard, type KnownKey, type Misbehaviour, type ReplyTo, type TeslaCodec } from "../tesla/index.ts";
import { reasonName, type Action, type Command, type ReasonName } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import type { LinkEvent, LinkId, Proximity } from "./events.ts";
import type { Answered, Request } from "./request.ts";
import type { RequestDesk } from "./request-desk.ts";
import { TeslaDoors } from "./tesla-doors.ts";
import { TeslaInfotainment } from "./tesla-infotainment.ts";
import { TeslaKeyIds } from "./tesla-key-ids.ts";
import { TeslaKeys } from "./tesla-keys.ts";
import { TeslaSlots } from "./tesla-slots.ts";
import { faultOf } from "./tesla-words.ts";
import type { Turn } from "./turn.ts";

/** Links of this dialect at once; while there are so many, the car's name says that it takes no more. */
export const TESLA_LINK_COUNT_MAX = 3;

/** A link on which nothing is written or read for this long is closed. */
export const TESLA_IDLE_MS = 40_000;

/** Messages that a slow car holds; more are dropped. */
const DELAYED_COUNT_MAX = 32;

/** What a car is told so that it speaks this dialect. */
export interface TeslaOptions {
  /** 17 characters. */
  readonly vin: string;
  readonly codec: TeslaCodec;
  /** Tells the list of keys to whoever asks, as real cars do. */
  readonly openKeyList?: boolean;
  /** Virtual boards alone: what to do wrong on purpose. */
  readonly misbehave?: (domain: Domain) => Misbehaviour | undefined;
}

export interface TeslaParts extends TeslaOptions {
  readonly keys: Readonly<Record<Domain, AgreementKey>>;
}

interface TeslaLink {
  readonly id: LinkId;
  readonly proximity: Proximity;
  readonly stream: MessageStream;
  pieceBytes: number;
  idleDueMs: number;
  /** Whose command came over it last. */
  asker: Asker | undefined;
}

/** A request of this dialect on its way: who asked, over which link, and where the answer goes. */
export interface TeslaRequest {
  readonly link: LinkId;
  readonly proximity: Proximity;
  readonly reply: ReplyTo;
  readonly payload: Uint8Array;
  /** Undefined: a stranger. */
  readonly signer: KnownKey | undefined;
}

/** Where the Tesla dialect meets the car: its links, what comes over them, and answers. What a key may do is decided where it always is. */
export class TeslaDesk {
  readonly car: Controller;
  readonly options: TeslaParts;
  readonly sessions: TeslaSessions;
  readonly slots: TeslaSlots;
  readonly keyIds: TeslaKeyIds;
  readonly keys: TeslaKeys;
  readonly doors: TeslaDoors;
  readonly infotainment: TeslaInfotainment;
  private readonly desk: RequestDesk;
  private readonly localName: string;
  private readonly links = new Map<LinkId, TeslaLink>();
  /** Messages that a car under test was told to hear later. */
  private delayed: readonly { readonly link: LinkId; readonly message: Uint8Array; readonly dueMs: number }[] = [];

  constructor(car: Controller, desk: RequestDesk, options: TeslaParts) {
    this.car = car;
    this.desk = desk;
    this.options = options;
    const { crypto, random, clock, access } = car.parts;
    this.slots = new TeslaSlots(access);
    this.keyIds = new TeslaKeyIds(crypto);
    this.keys = new TeslaKeys(this, desk);
    this.doors = new TeslaDoors(this);
    this.infotainment = new TeslaInfotainment(this);
    this.localName = localNameOf(crypto, options.vin);
    this.sessions = new TeslaSessions({
      crypto,
      random,
      codec: options.codec,
      vin: options.vin,
      keys: options.keys,
      known: (publicKey) => this.knownAs(publicKey),
      handleOf: (keyId) => this.slots.of(keyId) ?? 0,
      ...(options.misbehave && { misbehave: options.misbehave }),
      nowMs: clock.monotonicMs(),
    });
  }

  /** What clients look for. */
  get advertisement(): { readonly localName: string; readonly connectable: boolean } {
    return { localName: this.localName, connectable: this.links.size < TESLA_LINK_COUNT_MAX };
  }

  /** Until one of these moments nothing happens by itself. */
  get dueMs(): number | undefined {
    let due = earliest(this.keys.dueMs, this.infotainment.pins.dueMs);
    for (const { idleDueMs } of this.links.values()) due = earliest(due, idleDueMs);
    for (const { dueMs } of this.delayed) due = earliest(due, dueMs);
    return due;
  }

  /** Whether `event` is one of a link of this dialect. */
  owns(event: LinkEvent): boolean {
    return event.kind === "linkOpened" ? event.dialect === "tesla" : this.links.has(event.link);
  }

  take(turn: Turn, event: LinkEvent): void {
    switch (event.kind) {
      case "linkOpened":
        return this.open(turn, event);
      case "attPayloadChanged": {
        const link = this.links.get(event.link);
        if (link !== undefined) link.pieceBytes = event.attPayloadBytes;
        return;
      }
      case "frameReceived":
        return this.receive(turn, event.link, event.bytes);
      case "linkClosed":
        this.links.delete(event.link);
        return this.keys.linkGone(event.link);
    }
  }

  /** Whoever is behind that link is still there. */
  used(turn: Turn, id: LinkId): void {
    const link = this.links.get(id);
    if (link !== undefined) link.idleDueMs = turn.nowMs + TESLA_IDLE_MS;
  }

  serve(turn: Turn): void {
    this.keys.serve(turn);
    this.infotainment.pins.serve(turn);
    this.serveDelayed(turn);
    for (const link of this.links.values()) {
      if (link.idleDueMs <= turn.nowMs) this.close(turn, link);
    }
  }

  /** Infotainment has gone to sleep, or begins anew: what was sent before that is worth nothing to it. */
  infotainmentChanged(turn: Turn): void {
    const { infotainment } = this.car.comfort;
    if (this.sessions.infotainment === "asleep" && infotainment !== "asleep") this.sessions.beginEpoch(DOMAIN.infotainment, turn.nowMs);
    this.sessions.infotainment = infotainment;
    this.doors.lookAgain();
  }

  /** Last of every turn: clients hear of what has changed. */
  settle(turn: Turn): void {
    this.doors.tellChanges(turn);
  }

  /** Ends the links over which these askers have proved themselves; what else they send is judged anew each time. */
  closeSessions(turn: Turn, matches: (asker: Asker) => boolean): void {
    for (const link of this.links.values()) {
      if (link.asker !== undefined && matches(link.asker)) this.close(turn, link);
    }
  }

  hasLinks(): boolean {
    return this.links.size > 0;
  }

  /** A command of the native dialect in the name of `request`: same desk, same decision, same log; `answered` hears how it ended. */
  serveCommand(turn: Turn, request: TeslaRequest, command: Command, answered: (turn: Turn, reason: ReasonName | undefined) => void): void {
    const { signer, link, proximity } = request;
    if (signer === undefined) return this.refuse(turn, request, "insufficientPrivileges");
    const native: Request = {
      kind: "request",
      link,
      proximity,
      command,
      path: "full",
      asker: { kind: "key", keyId: signer.keyId },
      exporter: noExporter,
      answered: ((later, code) => answered(later, code === 0 ? undefined : reasonName(code))) satisfies Answered,
    };
    this.desk.serve(turn, native);
  }

  /** Whether the signer may do `action` now; refused, and written down, where not. */
  mayDo(turn: Turn, request: TeslaRequest, action: Action, what: string): boolean {
    const { signer, proximity } = request;
    const decision =
      signer === undefined
        ? ({ allowed: false, reason: "unknownKey" } as const)
        : this.car.parts.access.decide({ asker: { kind: "key", keyId: signer.keyId }, action, proximity, path: "full", nowMs: turn.nowMs });
    if (decision.allowed) return true;
    if (signer === undefined) turn.note({ what, who: "stranger", outcome: "refused", why: decision.reason });
    else this.car.recordRefusal(turn, { what, who: signer.keyId, outcome: "refused", why: decision.reason });
    this.refuse(turn, request, signer === undefined ? "insufficientPrivileges" : faultOf(decision.reason));
    return false;
  }

  answer(turn: Turn, request: Pick<TeslaRequest, "link" | "reply">, payload: Uint8Array): void {
    this.send(turn, request.link, this.sessions.answer(request.reply, payload));
  }

  refuse(turn: Turn, request: Pick<TeslaRequest, "link" | "reply">, fault: FaultName): void {
    this.send(turn, request.link, this.sessions.fault(request.reply, fault));
  }

  /** A message for everybody, to every client on a link. */
  broadcast(turn: Turn, message: Uint8Array): void {
    for (const { id } of this.links.values()) this.send(turn, id, message);
  }

  /** The enrolled key that is `publicKey` (x || y); cards among them. */
  enrolledWith(publicKey: Uint8Array): EnrolledKey | undefined {
    const { keyId, coseKey } = this.keyIds.of(publicKey);
    const key = this.car.parts.access.key(keyId);
    return key !== undefined && equalBytes(key.publicKey, coseKey) ? key : undefined;
  }

  private serveDelayed(turn: Turn): void {
    if (this.delayed.length === 0) return;
    const due = this.delayed.filter(({ dueMs }) => dueMs <= turn.nowMs);
    this.delayed = this.delayed.filter(({ dueMs }) => dueMs > turn.nowMs);
    for (const { link: id, message } of due) {
      const link = this.links.get(id);
      if (link !== undefined) this.heard(turn, link, message, this.sessions.heard(message, turn.nowMs, true));
    }
  }

  private open(turn: Turn, event: Extract<LinkEvent, { kind: "linkOpened" }>): void {
    if (this.links.size >= TESLA_LINK_COUNT_MAX) return turn.do({ kind: "closeLink", link: event.link });
    this.links.set(event.link, {
      id: event.link,
      proximity: event.proximity,
      stream: new MessageStream(),
      pieceBytes: event.attPayloadBytes,
      idleDueMs: turn.nowMs + TESLA_IDLE_MS,
      asker: undefined,
    });
  }

  private receive(turn: Turn, id: LinkId, bytes: Uint8Array): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    this.used(turn, id);
    for (const message of link.stream.accept(bytes, turn.nowMs)) this.heard(turn, link, message, this.sessions.heard(message, turn.nowMs));
  }

  private heard(turn: Turn, link: TeslaLink, message: Uint8Array, heard: Heard): void {
    switch (heard.kind) {
      case "nothing":
        return;
      case "later":
        if (this.delayed.length < DELAYED_COUNT_MAX) this.delayed = [...this.delayed, { link: link.id, message, dueMs: turn.nowMs + heard.afterMs }];
        return;
      case "answer":
        if (heard.why !== undefined) turn.note({ what: heard.why === "unknownKeyId" ? "stranger" : "message", who: "", outcome: "refused", why: heard.why });
        return this.send(turn, link.id, heard.message);
      case "keyRequest":
        return this.keys.requested(turn, link, heard.message, heard.reply, heard.full);
      case "request": {
        const { signer, reply, payload } = heard;
        if (signer !== undefined) this.proved(turn, link, signer);
        const request: TeslaRequest = { link: link.id, proximity: link.proximity, reply, payload, signer };
        return reply.domain === DOMAIN.vehicleSecurity ? this.doors.serve(turn, request) : this.infotainment.serve(turn, request);
      }
    }
  }

  /** A key is there: it counts for walk-away lock like any other. */
  private proved(turn: Turn, link: TeslaLink, { keyId }: KnownKey): void {
    if (link.asker?.kind === "key" && link.asker.keyId === keyId) return;
    link.asker = { kind: "key", keyId };
    if (link.proximity === "local") this.car.keyArrived(turn, link.id);
  }

  private close(turn: Turn, link: TeslaLink): void {
    this.links.delete(link.id);
    this.keys.linkGone(link.id);
    this.car.linkEnded(turn, link.id);
    turn.do({ kind: "closeLink", link: link.id });
  }

  private send(turn: Turn, id: LinkId, message: Uint8Array): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    for (const bytes of toPieces(message, link.pieceBytes)) turn.do({ kind: "send", link: id, bytes });
  }

  private knownAs(publicKey: Uint8Array): KnownKey | undefined {
    const key = this.enrolledWith(publicKey);
    // A card is tapped: whoever speaks with its key over a link is none.
    return key === undefined || key.role === "card" ? undefined : key;
  }
}

/** The pairing of first owners is the native dialect's alone. */
function noExporter(): never {
  assert(false, "no command of this dialect is bound to a handshake");
}
