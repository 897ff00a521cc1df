import type { Asker } from "../access/index.ts";
import { unreachable } from "../base/index.ts";
import type { LatchId } from "../lock/index.ts";
import type { Reply, ReplyOptions, SessionOutcome } from "../session/index.ts";
import type { Controller } from "./controller.ts";
import type { LinkEvent, LinkId } from "./events.ts";
import type { Settled } from "./latch-watch.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { Turn } from "./turn.ts";

/** The links of the native dialect: the session room opens and seals what goes over them, and what comes of that is done here. */
export class NativeDesk {
  private readonly car: Controller;
  private readonly desk: RequestDesk;

  constructor(car: Controller, desk: RequestDesk) {
    this.car = car;
    this.desk = desk;
  }

  get dueMs(): number | undefined {
    return this.car.sessions.nextDeadlineMs();
  }

  take(turn: Turn, event: LinkEvent): void {
    this.takeOutcomes(turn, this.car.sessions.handle(event, turn.nowMs));
  }

  /** Time has passed: what took too long ends. */
  serve(turn: Turn): void {
    const { dueMs } = this;
    if (dueMs !== undefined && dueMs <= turn.nowMs) this.takeOutcomes(turn, this.car.sessions.expire(turn.nowMs));
  }

  /** Answers the request that `link` has made. */
  reply(turn: Turn, link: LinkId, reply: Reply, options: ReplyOptions): void {
    this.takeOutcomes(turn, this.car.sessions.reply(link, reply, options, turn.nowMs));
  }

  /** Everything that the last command of `link` moved has come to rest. */
  tellLatches(turn: Turn, link: LinkId, latches: ReadonlyMap<LatchId, Settled>): void {
    this.takeOutcomes(turn, this.car.sessions.push(link, { kind: "latches", latches }));
  }

  /** Ends every session and ticket of these askers. */
  closeSessions(turn: Turn, matches: (asker: Asker) => boolean): void {
    this.takeOutcomes(turn, this.car.sessions.closeSessionsOf(matches));
  }

  private takeOutcomes(turn: Turn, outcomes: readonly SessionOutcome[]): void {
    for (const outcome of outcomes) this.takeOutcome(turn, outcome);
  }

  private takeOutcome(turn: Turn, outcome: SessionOutcome): void {
    switch (outcome.kind) {
      case "send":
        return turn.do({ kind: "send", link: outcome.link, bytes: outcome.bytes });
      case "closeLink":
        this.car.linkGone(outcome.link);
        return turn.do({ kind: "closeLink", link: outcome.link });
      case "authenticated":
        this.car.passive.begin(turn, outcome.link, outcome.asker);
        // A guest counts as nearby from the first request that the grant allows.
        return outcome.proximity === "local" && outcome.asker.kind === "key" ? this.car.keyArrived(turn, outcome.link) : this.car.tellPresence(turn);
      case "ended":
        return this.car.sessionEnded(turn, outcome.link);
      case "request":
        return this.desk.serve(turn, outcome);
      case "refusedStranger":
        return turn.note({ what: "stranger", who: "", outcome: "refused", why: outcome.why });
      default:
        return unreachable(outcome);
    }
  }
}
