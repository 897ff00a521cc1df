import type { Asker } from "../access/index.ts";
import { Approaches, judge, RoundBook, type Nearness, type RangeMeasurement } from "../ranging/index.ts";
import type { Controller } from "./controller.ts";
import type { LinkId } from "./events.ts";
import type { Zone } from "./presence.ts";
import { actorOf, guestName, whoOf } from "./request.ts";
import type { Turn } from "./turn.ts";

/** Who walks up is near in some rounds and not yet in others: too few near rounds are written down once that has gone on this long. */
const LASTING_MS = 3_000;

interface Ranged {
  readonly asker: Asker;
  readonly book: RoundBook;
  movedAtMs: number | undefined;
  /** Since when each rule has refused it; undefined once that is written down. */
  readonly refusedSinceMs: Map<string, number | undefined>;
}

/**
 * Keys that come near. Measurements of the board's own receivers, by the rules of firmware/ranging, are the only way to an unlock
 * that nobody asked for; what they allow is decided and planned like any other unlock. Off unless owners switch it on.
 */
export class PassiveEntry {
  private readonly car: Controller;
  private readonly links = new Map<LinkId, Ranged>();
  private readonly approaches = new Approaches();

  constructor(car: Controller) {
    this.car = car;
  }

  /** A key has proved itself over a link that proves proximity: the board is asked to measure how far it is. */
  begin(turn: Turn, link: LinkId, asker: Asker): void {
    const { passiveEntry, rangedDrive } = this.car.parts.access.settings;
    const keys = this.car.sessions.rangingKeys(link);
    if (keys === undefined || !(passiveEntry || rangedDrive)) return;
    this.links.set(link, { asker, book: new RoundBook(keys.binding), movedAtMs: undefined, refusedSinceMs: new Map() });
    turn.do({ kind: "startRanging", link, key: keys.key, binding: keys.binding });
  }

  /** Links whose rounds are kept: those of live sessions alone. */
  get linkCount(): number {
    return this.links.size;
  }

  end(link: LinkId): void {
    this.links.delete(link);
  }

  /** The phone says inside the session whether it has moved since it last said so; believed only where it denies. */
  moved(link: LinkId, still: boolean, nowMs: number): void {
    const ranged = this.links.get(link);
    if (ranged !== undefined) ranged.movedAtMs = still ? undefined : nowMs;
  }

  /** Whoever locks and stays beside the car does not want it open again at once. */
  hasLocked(asker: Asker, nowMs: number): void {
    this.approaches.spend(whoOf(asker), nowMs);
  }

  /** Whether what was measured for `link` puts its key inside the cabin now. */
  isInside(link: LinkId, zone: Zone, nowMs: number): boolean {
    const ranged = this.links.get(link);
    return ranged !== undefined && this.nearness(ranged, { purpose: "drive", zone, nowMs }).kind === "near";
  }

  measured(turn: Turn, link: LinkId, measurement: RangeMeasurement, zone: Zone): void {
    const ranged = this.links.get(link);
    if (ranged === undefined) return;
    ranged.book.add(measurement, turn.nowMs);
    if (!this.car.parts.access.settings.passiveEntry) return;
    const holder = whoOf(ranged.asker);
    const nearness = this.nearness(ranged, { purpose: "unlock", zone, nowMs: turn.nowMs });
    if (nearness.kind === "far" && nearness.left) this.approaches.left(holder);
    else if (!this.approaches.isNew(holder, turn.nowMs)) this.approaches.stays(holder, turn.nowMs);
    else if (nearness.kind === "refused") this.refuse(turn, ranged, nearness);
    else if (nearness.kind === "near") this.open(turn, ranged, nearness.metres);
  }

  private nearness(ranged: Ranged, about: { readonly purpose: "unlock" | "drive"; readonly zone: Zone; readonly nowMs: number }): Nearness {
    const { passiveEntry } = this.car.parts.access.settings;
    const { book, movedAtMs } = ranged;
    return judge({ ...about, rounds: book.rounds, movedAtMs, switchedOn: passiveEntry || about.purpose === "drive" });
  }

  private open(turn: Turn, ranged: Ranged, metres: number): void {
    const { access } = this.car.parts;
    const { asker } = ranged;
    if (access.settings.autoRelockMs === 0) return this.refuse(turn, ranged, { rule: "R6 decays", why: "automatic relock is off" });
    const decision = access.decide({ asker, action: "unlock", proximity: "local", path: "full", nowMs: turn.nowMs });
    if (!decision.allowed) return this.refuse(turn, ranged, { rule: "access", why: decision.reason });
    const step = this.car.lock.plan({ kind: "unlockAuthorised", authorisation: decision.authorisation, scope: "cabin" }, turn.nowMs);
    this.approaches.spend(whoOf(asker), turn.nowMs);
    ranged.refusedSinceMs.clear();
    if (step.refused !== undefined) return;
    const guest = asker.kind === "grant" ? `${guestName(asker.grant)}, ` : "";
    const line = { what: "passiveEntry", ...actorOf(asker), outcome: "done", why: `${guest}measured ${metres.toFixed(1)} m` } as const;
    // Nobody stands there having asked: on a flash that stores nothing the key is for asking with.
    if (this.car.store(turn, decision.consumes, [line])) this.car.lock.adopt(turn, step);
  }

  /** Each rule once for each session; a board that measures for ever fills no log. */
  private refuse(turn: Turn, ranged: Ranged, { rule, why }: { readonly rule: string; readonly why: string }): void {
    const { refusedSinceMs } = ranged;
    if (!refusedSinceMs.has(rule)) refusedSinceMs.set(rule, turn.nowMs);
    const sinceMs = refusedSinceMs.get(rule);
    if (sinceMs === undefined || turn.nowMs - sinceMs < (rule === "R4 k of n" ? LASTING_MS : 0)) return;
    refusedSinceMs.set(rule, undefined);
    this.car.recordRefusal(turn, { what: "passiveEntry", ...actorOf(ranged.asker), outcome: "refused", why: `${rule}: ${why}` });
  }
}
