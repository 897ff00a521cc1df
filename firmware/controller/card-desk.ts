import { CardExchange, type CardStep, type KnownCards, type ProvedCard } from "../card/index.ts";
import { PIN_WINDOW_MS, type Asker } from "../access/index.ts";
import { earliest, utf8Encode } from "../base/index.ts";
import type { LockEvent } from "../lock/index.ts";
import type { AgreementKey } from "../ports/index.ts";
import { TABLES, type RecordChange } from "../records/index.ts";
import { IDENTITY_NONCE_BYTES, rotatingIdentity } from "../session/index.ts";
import type { Action, Command, ReasonName } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import type { CardPlace, ReaderId } from "./events.ts";
import { drawAgreementKey, resolvingKeyOf } from "./identity.ts";
import { actorOf, type Request } from "./request.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { Turn } from "./turn.ts";

/** Readers of one car. */
export const READER_COUNT_MAX = 4;

/** How long an owner has to tap the card that is to be enrolled. */
export const ENROL_WINDOW_MS = 30_000;

/** A card that has said nothing for this long is let go: readers time out earlier by themselves. */
export const CARD_SILENCE_MS = 3000;

const READER_KEY = utf8Encode("card-reader");

/** A card in a reader's field; `exchange` is gone once the tap has done what it can do: one tap, one act. */
interface Tap {
  readonly place: CardPlace;
  readonly exchange: CardExchange | undefined;
  readonly dueMs: number | undefined;
}

/** Where cards are heard: each tap is one exchange, and one act that the one decision allows. Needs no phone, no cloud and no clock. */
export class CardDesk {
  private readonly car: Controller;
  private readonly desk: RequestDesk;
  private readonly taps = new Map<ReaderId, Tap>();
  private enrolment: { readonly by: Asker; readonly name: string; readonly untilMs: number } | undefined;
  /** A card that waits for the PIN to drive. */
  private drive: { readonly keyId: string; readonly untilMs: number } | undefined;
  private cachedReaderKey: { readonly key: AgreementKey; readonly stored: Uint8Array } | undefined;

  constructor(car: Controller, desk: RequestDesk) {
    this.car = car;
    this.desk = desk;
  }

  get dueMs(): number | undefined {
    let first = this.enrolment?.untilMs;
    for (const tap of this.taps.values()) first = earliest(first, tap.dueMs);
    return first;
  }

  entered(turn: Turn, reader: ReaderId, place: CardPlace): void {
    if (!this.taps.has(reader) && this.taps.size >= READER_COUNT_MAX) return turn.do({ kind: "releaseCard", reader });
    const exchange = this.exchange();
    this.taps.set(reader, { place, exchange, dueMs: turn.nowMs + CARD_SILENCE_MS });
    turn.do({ kind: "askCard", reader, bytes: exchange.start() });
  }

  answered(turn: Turn, reader: ReaderId, bytes: Uint8Array, elapsedMs: number): void {
    const tap = this.taps.get(reader);
    if (tap?.exchange === undefined) return;
    this.proceed(turn, reader, tap, tap.exchange.answered(bytes, elapsedMs));
  }

  left(reader: ReaderId): void {
    this.taps.delete(reader);
  }

  /** `enrolCard`: from now on, for half a minute, the next card tapped becomes the car's. Always its own act, never part of a tap. */
  expect(turn: Turn, request: Request, { name }: Extract<Command, { kind: "enrolCard" }>): void {
    this.enrolment = { by: request.asker, name, untilMs: turn.nowMs + ENROL_WINDOW_MS };
    turn.note({ what: "enrolCard", ...actorOf(request.asker), outcome: "info", why: `waits for the card of ${name}` });
    this.desk.answer(turn, request, 0);
  }

  /** The PIN to drive was entered: the card that waited for it drives. */
  pinEntered(turn: Turn): void {
    const { drive } = this;
    this.drive = undefined;
    if (drive !== undefined && turn.nowMs < drive.untilMs) this.act(turn, drive.keyId, "drive");
  }

  serve(turn: Turn): void {
    if (this.enrolment !== undefined && this.enrolment.untilMs <= turn.nowMs) {
      turn.note({ what: "enrolCard", who: "car", outcome: "info", why: "no card was tapped in time" });
      this.enrolment = undefined;
    }
    for (const [reader, tap] of this.taps) {
      if (tap.dueMs !== undefined && tap.dueMs <= turn.nowMs) this.end(turn, reader, tap);
    }
  }

  private proceed(turn: Turn, reader: ReaderId, tap: Tap, step: CardStep): void {
    if (step.kind === "ask") {
      this.taps.set(reader, { ...tap, dueMs: turn.nowMs + CARD_SILENCE_MS });
      return turn.do({ kind: "askCard", reader, bytes: step.command });
    }
    this.end(turn, reader, tap);
    if (step.kind === "ended") return void this.refuse(turn, "", step.why === "wrongProof" ? "wrongProof" : "unknownKey");
    this.proved(turn, tap.place, step);
  }

  private proved(turn: Turn, place: CardPlace, { type, keyId, coseKey, answerMs }: ProvedCard): void {
    const { settings } = this.car.parts.access;
    const known = this.coseKeyOf(keyId) === undefined ? "" : keyId;
    if (type !== "own" && settings.ownCardsAlone) return void this.refuse(turn, known, "cardTooWeak");
    if (answerMs > (type === "own" ? settings.ownCardAnswerMs : settings.cardAnswerMs)) return void this.refuse(turn, known, "cardTooSlow");
    if (this.enrolment !== undefined) return this.enrol(turn, this.enrolment, coseKey);
    if (known !== "" && this.car.tesla?.keys.cardTapped(turn, place, keyId) === true) return;
    if (place === "inside") return this.driveBy(turn, keyId);
    // As cars do; where the car does not know, whoever stands there wants in.
    this.act(turn, keyId, this.car.lock.isAnyDoorUnlocked() ? "lock" : "unlock");
  }

  private driveBy(turn: Turn, keyId: string): void {
    if (this.act(turn, keyId, "drive") === "pinRequired") this.drive = { keyId, untilMs: turn.nowMs + PIN_WINDOW_MS };
  }

  /** Decided, planned, committed with its line, done: as a request of a phone, but that nobody hears an answer. */
  private act(turn: Turn, keyId: string, action: Extract<Action, "unlock" | "lock" | "drive">): ReasonName | undefined {
    const { access } = this.car.parts;
    const decision = access.decide({ asker: { kind: "key", keyId }, action, proximity: "tap", path: "full", nowMs: turn.nowMs });
    if (!decision.allowed) return this.refuse(turn, keyId, decision.reason, action);
    const { authorisation, limited } = decision;
    const event: LockEvent =
      action === "unlock" ? { kind: "unlockAuthorised", authorisation, scope: "cabin" } : action === "lock" ? { kind: "lockOrdered", forced: false, by: keyId } : { kind: "driveAuthorised", authorisation, limited };
    const step = this.car.lock.plan(event, turn.nowMs);
    if (step.refused !== undefined) return step.refused === "nothingToDo" ? undefined : this.refuse(turn, keyId, step.refused, action);
    const line = { what: action, who: keyId, outcome: "done", why: "tapped" } as const;
    if (!this.car.store(turn, decision.consumes, [line])) {
      // As with a phone's key: a worn-out flash locks nobody out, and nobody drives unseen.
      if (action === "drive") return this.refuse(turn, keyId, "storageFault", action);
      this.car.noteLine(turn, line);
    }
    this.car.lock.adopt(turn, step);
    if (action === "drive") access.pin.spend();
    return undefined;
  }

  private enrol(turn: Turn, { by, name }: { readonly by: Asker; readonly name: string }, coseKey: Uint8Array): void {
    this.enrolment = undefined;
    const plan = this.car.parts.access.planEnrol(by, { role: "card", name, publicKey: coseKey }, turn.nowMs);
    if (!plan.ok) return void this.refuse(turn, "", plan.error, "enrolCard");
    const reader: RecordChange = { table: TABLES.identity, key: READER_KEY, value: this.readerKey().stored };
    this.desk.commit(turn, { changes: [reader, ...plan.value.changes], line: { what: "enrolCard", ...actorOf(by), outcome: "done", why: `${name} as card` } });
  }

  private refuse(turn: Turn, keyId: string, reason: ReasonName, what = "tap"): ReasonName {
    // A card that the car does not know fills no log: anybody can hold one to the reader.
    if (keyId === "" && what === "tap") turn.note({ what, who: "card", outcome: "refused", why: reason });
    else this.car.recordRefusal(turn, { what, who: keyId === "" ? "card" : keyId, outcome: "refused", why: reason });
    return reason;
  }

  private end(turn: Turn, reader: ReaderId, { place }: Tap): void {
    this.taps.set(reader, { place, exchange: undefined, dueMs: undefined });
    turn.do({ kind: "releaseCard", reader });
  }

  private exchange(): CardExchange {
    const { crypto, random, identity, store } = this.car.parts;
    const cards: KnownCards = {
      isEnrolling: () => this.enrolment !== undefined,
      coseKeyOf: (keyId) => this.coseKeyOf(keyId),
    };
    return new CardExchange({
      crypto,
      random,
      identity,
      readerKey: this.readerKey().key,
      rotatingIdentity: () => rotatingIdentity(crypto, resolvingKeyOf(store), random.bytes(IDENTITY_NONCE_BYTES)),
      cards,
    });
  }

  private coseKeyOf(keyId: string): Uint8Array | undefined {
    const key = this.car.parts.access.key(keyId);
    return key?.role === "card" ? key.publicKey : undefined;
  }

  /** One key towards cards for the life of the car; it is on flash from the first enrolment on. */
  private readerKey(): { readonly key: AgreementKey; readonly stored: Uint8Array } {
    if (this.cachedReaderKey !== undefined) return this.cachedReaderKey;
    const { crypto, random, store } = this.car.parts;
    const stored = store.get(TABLES.identity, READER_KEY);
    const key = stored && crypto.importAgreementKey("P-256", stored);
    if (stored !== undefined && key !== undefined) return (this.cachedReaderKey = { key, stored });
    const drawn = drawAgreementKey(crypto, random);
    return (this.cachedReaderKey = { key: drawn.key, stored: drawn.scalar });
  }
}
