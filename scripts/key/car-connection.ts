import {
  KeyLink,
  LINK_FAILURES,
  listsToDeliver,
  type KeyEffect,
  type LatchStates,
  type LinkFailureName,
  type LinkTarget,
  type Reply,
} from "../../firmware/key/index.ts";
import { REASONS, type Command, type ReasonName } from "../../firmware/wire/index.ts";
import { createMonotonicClock, readWallClock } from "../../hal/clock/index.ts";
import type { KeyRadioLink } from "../../hal/radio/index.ts";
import { CommandFailure } from "../cli/command.ts";
import type { Attach } from "./attach.ts";
import { crypto, random, type WalletFile } from "./wallet-file.ts";

/** What the car answered, and why not, if not. */
export interface Answer {
  readonly reply: Reply;
  readonly reason: ReasonName | undefined;
}

/** What became of a pairing. */
export type PairingOutcome = { readonly vehicleId: string; readonly ownersKit: string } | Answer;

/** How long a person waits for latches to report: three attempts of a slow motor. */
export const LATCH_WAIT_MS = 15_000;

interface Waiting {
  readonly resolve: (outcome: Answer | PairingOutcome) => void;
  readonly reject: (fault: CommandFailure) => void;
}

/** One connection of this key to one car, for the length of a command. */
export class CarConnection {
  readonly vehicleIds: readonly string[];
  /** How the car and this key have proved themselves; undefined before. */
  path: "full" | "fast" | undefined;
  private readonly file: WalletFile;
  private readonly link: KeyLink;
  private readonly clock = createMonotonicClock();
  private readonly waiting = new Map<number, Waiting>();
  private radio: KeyRadioLink | undefined;
  private timer: NodeJS.Timeout | undefined;
  private early: Uint8Array[] = [];
  private settled: LatchStates | undefined;
  private onSettled: ((latches: LatchStates | undefined) => void) | undefined;

  private constructor(file: WalletFile, target: LinkTarget) {
    this.file = file;
    this.vehicleIds = target.kind === "cars" ? target.vehicleIds : [];
    const { unixS } = readWallClock();
    this.link = new KeyLink({ crypto, random, holder: file, target, unixS });
  }

  /** Connects, does `work`, lets the car go. */
  static async with<T>(
    file: WalletFile,
    options: { readonly attach: Attach; readonly target: LinkTarget },
    work: (connection: CarConnection) => Promise<T>,
  ): Promise<T> {
    const connection = new CarConnection(file, options.target);
    await connection.open(options.attach, options.target);
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  }

  /** Asks for something. A refusal is an answer; a link that breaks is a failure that says whether the car may have acted. */
  ask(command: Command): Promise<Answer> {
    return this.track(() => this.link.request(command, this.nowMs())) as Promise<Answer>;
  }

  pair(): Promise<PairingOutcome> {
    return this.track(() => this.link.pair(this.nowMs())) as Promise<PairingOutcome>;
  }

  /** What the latches moved by the last act came to; undefined where the car does not tell in time. */
  latches(): Promise<LatchStates | undefined> {
    if (this.settled !== undefined) return Promise.resolve(this.settled);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), LATCH_WAIT_MS);
      this.onSettled = (latches) => {
        clearTimeout(timer);
        resolve(latches);
      };
    });
  }

  /** Hands over the revocation lists this key carries; gives how many the car has taken or had. */
  async deliverLists(): Promise<number> {
    const [vehicleId] = this.vehicleIds;
    if (vehicleId === undefined) return 0;
    let delivered = 0;
    for (const list of listsToDeliver(this.file.wallet, vehicleId)) {
      const { reply } = await this.ask({ kind: "deliverList", list });
      if (reply.code === 0 || reply.code === REASONS.olderList.code) delivered++;
    }
    return delivered;
  }

  private async open(attach: Attach, target: LinkTarget): Promise<void> {
    const radio = await attach({
      target,
      wallet: this.file.wallet,
      crypto,
      onEvent: (event) => {
        if (event.kind === "frameReceived") {
          if (this.radio === undefined) this.early.push(event.bytes);
          else this.perform(this.link.receive(event.bytes, this.nowMs()));
        } else if (event.kind === "closed") {
          this.perform(this.link.closed());
          this.onSettled?.(undefined);
        }
      },
    });
    this.radio = radio;
    this.perform(this.link.open(radio.attPayloadBytes, this.nowMs()));
    for (const frame of this.early.splice(0)) this.perform(this.link.receive(frame, this.nowMs()));
  }

  private close(): void {
    clearTimeout(this.timer);
    this.radio?.close();
  }

  private track(begin: () => { readonly requestId: number; readonly effects: readonly KeyEffect[] }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.settled = undefined;
      const { requestId, effects } = begin();
      this.waiting.set(requestId, { resolve, reject });
      this.perform(effects);
    });
  }

  private perform(effects: readonly KeyEffect[]): void {
    for (const effect of effects) this.performOne(effect);
    clearTimeout(this.timer);
    const dueMs = this.link.nextDeadlineMs;
    if (dueMs === undefined) return;
    this.timer = setTimeout(() => this.perform(this.link.expire(this.nowMs())), Math.max(1, dueMs - this.nowMs()));
  }

  private performOne(effect: KeyEffect): void {
    switch (effect.kind) {
      case "saveWallet":
        return this.file.save(effect.wallet);
      case "send":
        this.radio?.send(effect.frame);
        return;
      case "connected":
        this.path = effect.path;
        return;
      case "latches":
        this.settled = effect.latches;
        this.onSettled?.(effect.latches);
        return;
      case "reply":
        return this.settle(effect.requestId)?.resolve({ reply: effect.reply, reason: effect.reason });
      case "paired":
        return this.settle(effect.requestId)?.resolve({ vehicleId: effect.vehicleId, ownersKit: effect.ownersKit });
      case "failed":
        return this.settle(effect.requestId)?.reject(linkFailure(effect.why, effect.mayHaveSucceeded));
      case "close":
        this.radio?.close();
        return;
    }
  }

  private settle(requestId: number): Waiting | undefined {
    const waiting = this.waiting.get(requestId);
    this.waiting.delete(requestId);
    return waiting;
  }

  private nowMs(): number {
    return this.clock.monotonicMs();
  }
}

function linkFailure(why: LinkFailureName, mayHaveSucceeded: boolean): CommandFailure {
  const { rule, wayOut, temporary } = LINK_FAILURES[why];
  const acted = mayHaveSucceeded ? " The car may have acted all the same." : "";
  return new CommandFailure(`${rule}${acted}`, wayOut, { reason: why, mayHaveSucceeded, temporary });
}

/** The car's refusal as a failure of the command, with its rule and its way out. */
export function refusal(answer: Answer, otherWayOut?: string): CommandFailure {
  const { reason, reply } = answer;
  if (reason === undefined) return new CommandFailure(`the car refused (${reply.code})`, "Update latchkey on this machine.", { reason: reply.code });
  const { rule, wayOut, temporary, code } = REASONS[reason];
  return new CommandFailure(rule, otherWayOut ?? wayOut, { reason, code, mayHaveSucceeded: false, temporary });
}
