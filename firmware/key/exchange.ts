import { assert } from "../base/index.ts";
import type { CryptoPort } from "../ports/index.ts";
import { decodeCarMessage, encodeCommand, REASONS, reasonName, type CarMessage, type Command } from "../wire/index.ts";
import type { LinkTarget } from "./handshake.ts";
import type { LatchStates, LinkFailureName, Reply } from "./key-effects.ts";
import { learnFromLatches, learnFromReply, numberUse } from "./learning.ts";
import { ticketFrom, type Session } from "./link-session.ts";
import type { Outbox } from "./outbox.ts";
import { askPairing, completePairing, pairCommand } from "./pairing-answer.ts";
import type { PairingTask } from "./pairing.ts";
import type { Request } from "./requests.ts";
import { findCar } from "./wallet.ts";

/** What is said under a session: a request leaves as the command that it needs, and the wallet learns from what comes back. */
export class Exchange {
  private readonly crypto: CryptoPort;
  private readonly target: LinkTarget;
  private readonly out: Outbox;

  constructor({ crypto, target }: { readonly crypto: CryptoPort; readonly target: LinkTarget }, out: Outbox) {
    this.crypto = crypto;
    this.target = target;
    this.out = out;
  }

  /** The protected bytes of a request, numbered and saved as far as it must be before it leaves; undefined where no use is left. */
  seal(session: Session, request: Request): Uint8Array | undefined {
    const command = request.command.kind === "pairing" ? askPairing(this.crypto, this.out, this.task(), session) : this.numbered(session, request, request.command);
    if (command === undefined) return undefined;
    request.sent = true;
    return session.channel.seal(encodeCommand(command));
  }

  /** What the car says in `body`; undefined where it does not follow. The first that does follow proves that the car takes this key. */
  open(session: Session, body: Uint8Array): CarMessage | undefined {
    const opened = session.channel.open(body);
    const message = opened.ok ? decodeCarMessage(opened.value) : opened;
    if (!message.ok) return undefined;
    if (!session.confirmed) {
      session.confirmed = true;
      if (session.car.kind === "known") this.out.do({ kind: "connected", vehicleId: session.car.vehicleId, path: session.path });
    }
    return message.value;
  }

  /** Tells the reply to `command`, a request's own. False where the request is to be sent again, with another use number. */
  replied(session: Session, request: Request, command: Command, reply: Reply): boolean {
    assert(session.car.kind === "known", "only a known car is asked for anything but a pairing");
    const answered = { command, reply, use: request.use, ticket: ticketFrom(session, reply) };
    this.out.save(learnFromReply(this.out.wallet, session.car.vehicleId, answered));
    if (reply.code === REASONS.usedUp.code && this.renumber(session, request)) return false;
    const reason = reply.code === 0 ? undefined : reasonName(reply.code);
    this.out.do({ kind: "reply", requestId: request.id, command, reply, reason });
    return true;
  }

  /** Tells how the pairing has ended; gives why the link fails instead, where it does. */
  pairingReplied(session: Session, { id }: Request, reply: Reply): LinkFailureName | undefined {
    const task = this.task();
    const end = completePairing(this.crypto, this.out.wallet, { task, session, reply });
    this.out.save(end.wallet);
    if (end.kind === "failed") return end.why;
    if (end.kind === "paired") this.out.do({ kind: "paired", requestId: id, vehicleId: end.vehicleId, ownersKit: end.ownersKit });
    else this.out.do({ kind: "reply", requestId: id, command: pairCommand(this.crypto, this.out.wallet.name, task, session), reply, reason: reasonName(reply.code) });
    return undefined;
  }

  latchesReported({ use, car }: Session, latches: LatchStates): void {
    if (use !== undefined && car.kind === "known") this.out.save(learnFromLatches(this.out.wallet, car.vehicleId, latches, use));
    this.out.do({ kind: "latches", latches });
  }

  /** The command with its use number, where a counted grant needs one. */
  private numbered(session: Session, request: Request, command: Command): Command | undefined {
    const numbered = session.car.kind === "known" ? numberUse(this.out.wallet, session.car.vehicleId, command) : undefined;
    if (numbered === undefined) return command;
    if (numbered === "spent") return undefined;
    this.out.save(numbered.wallet);
    request.use = numbered.use;
    session.use = numbered.use.use;
    return numbered.command;
  }

  /** Whether a request whose number was consumed already is worth sending with the next one: once, and where one is left. */
  private renumber({ car }: Session, request: Request): boolean {
    const uses = car.kind === "known" ? findCar(this.out.wallet, car.vehicleId)?.grant?.uses : undefined;
    if (request.renumbered || request.use === undefined || uses === undefined || uses.next > uses.usesMax) return false;
    request.renumbered = true;
    request.sent = false;
    return true;
  }

  private task(): PairingTask {
    assert(this.target.kind === "pairing", "a link pairs only where it was made for that");
    return this.target.task;
  }
}
