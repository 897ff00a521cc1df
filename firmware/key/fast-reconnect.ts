import { assert } from "../base/index.ts";
import type { CryptoPort, RandomPort } from "../ports/index.ts";
import { CHALLENGE_BYTES } from "../wire/index.ts";
import type { LinkTarget } from "./handshake.ts";
import { fastSession, isUsable, type FastOpening } from "./link-session.ts";
import type { Outbox } from "./outbox.ts";
import { findCar, withCar, type CarRecord } from "./wallet.ts";

/** How long a phone with a ticket waits for what the car says first; the car itself waits 2 s for a first frame. */
export const CHALLENGE_TIMEOUT_MS = 1000;

export interface FastReconnectOptions {
  readonly crypto: CryptoPort;
  readonly random: RandomPort;
  readonly target: LinkTarget;
  /** Wall time, as far as this phone knows it. */
  readonly unixS?: number;
}

/** The short way back to a car: a ticket of the one car that the link is meant for, and the challenge that the car says first. */
export class FastReconnect {
  private readonly options: FastReconnectOptions;
  private readonly out: Outbox;
  private challenge: Uint8Array | undefined;

  constructor(options: FastReconnectOptions, out: Outbox) {
    this.options = options;
    this.out = out;
  }

  /** Takes the car's challenge, once a link; false where this is none. Whoever forges one costs this phone its ticket, and a full handshake. */
  hear(challenge: Uint8Array): boolean {
    if (this.challenge !== undefined || challenge.length !== CHALLENGE_BYTES) return false;
    this.challenge = challenge.slice();
    return true;
  }

  get isChallenged(): boolean {
    return this.challenge !== undefined;
  }

  get hasTicket(): boolean {
    return this.onlyCar()?.ticket !== undefined;
  }

  /** Spends the ticket: it leaves the wallet, durably, before anything of it is sent. Undefined where it is not worth a try. */
  open(): FastOpening | undefined {
    const { challenge } = this;
    const car = this.onlyCar();
    const ticket = car?.ticket;
    assert(challenge !== undefined, "a ticket is spent on a challenge");
    if (car === undefined || ticket === undefined) return undefined;
    this.out.save(withCar(this.out.wallet, car.vehicleId, (it) => ({ ...it, ticket: undefined })));
    return isUsable(ticket, this.options.unixS) ? fastSession(this.options, car.vehicleId, ticket, challenge) : undefined;
  }

  /** The one car this link is meant for. */
  private onlyCar(): CarRecord | undefined {
    const { target } = this.options;
    return target.kind === "cars" && target.vehicleIds.length === 1 ? findCar(this.out.wallet, target.vehicleIds[0]!) : undefined;
  }
}
