import type { Prng } from "../chance/index.ts";
import { CLOUD_TIMEOUT_MS, Uplink } from "./uplink.ts";
import type { CloudAnswer, CloudMode, CloudRequest } from "./messages.ts";
import type { VirtualClock } from "../time/index.ts";

export const ACCOUNT_COUNT_MAX = 1_000;
export const SESSION_COUNT_MAX = 4_000;
/** Commands that wait for one car; more are refused, so that none is silently lost. */
export const WAITING_COMMAND_COUNT_MAX = 32;
export const COMMAND_BYTES_MAX = 4_096;
/** What waits longer for a car, or for who wrote to it, is dropped: as long as a courier link of `latchkey cloud` may be idle. */
export const WAITING_MS_MAX = 30_000;
/** Telemetry lines kept for all cars together; the oldest goes first. */
export const TELEMETRY_LINE_COUNT_MAX = 1_000;
/** Old answers a lying cloud can choose from. */
const REMEMBERED_ANSWER_COUNT_MAX = 1_000;

/** Round trip over a mobile network on a good day. */
const ROUND_TRIP_MS_MIN = 80;
const ROUND_TRIP_MS_MAX = 400;

interface Session {
  readonly account: string;
  readonly loggedOut: (() => void) | undefined;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly sinceMs: number;
}

type Boxes = Map<string, readonly Waiting[]>;

/**
 * The maker's servers: accounts, app sessions, a courier for commands, an intake for telemetry. Everything in it is bounded.
 * Latchkey's controller never asks it anything; a cloud-dependent car does.
 */
export class Cloud {
  readonly #clock: VirtualClock;
  readonly #prng: Prng;
  readonly #carsOf = new Map<string, Set<string>>();
  readonly #sessions = new Map<string, Session>();
  readonly #waiting: Boxes = new Map();
  readonly #answers: Boxes = new Map();
  readonly #telemetry: string[] = [];
  readonly #remembered = new Map<string, CloudAnswer>();
  #sessionCount = 0;
  #failedCount = 0;
  #servedCount = 0;
  readonly #wake = new Map<string, { readonly uplink: Uplink; readonly wake: () => void }>();
  mode: CloudMode = "up";

  constructor(clock: VirtualClock, prng: Prng) {
    this.#clock = clock;
    this.#prng = prng.fork("cloud");
  }

  /** Requests answered with success, and requests that failed or were never answered. */
  get counts(): { readonly served: number; readonly failed: number } {
    return { served: this.#servedCount, failed: this.#failedCount };
  }

  get telemetry(): readonly string[] {
    return this.#telemetry;
  }

  addUplink(): Uplink {
    return new Uplink(this.#clock, this);
  }

  /** Wakes a car through its modem when a command waits for it, as a push message does. */
  wakeFor(car: string, uplink: Uplink, wake: () => void): void {
    this.#wake.set(car, { uplink, wake });
  }

  /** Opens an account, or adds cars to one. False where the limit on accounts is reached. */
  addAccount(account: string, cars: readonly string[]): boolean {
    const known = this.#carsOf.get(account);
    if (known === undefined && this.#carsOf.size >= ACCOUNT_COUNT_MAX) return false;
    this.#carsOf.set(account, new Set([...(known ?? []), ...cars]));
    return true;
  }

  /** A session that exists from the start, as on a phone that logged in last year. `loggedOut`: the app is told so. */
  openSession(account: string, loggedOut?: () => void): string | undefined {
    if (!this.#carsOf.has(account) || this.#sessions.size >= SESSION_COUNT_MAX) return undefined;
    const session = `session-${++this.#sessionCount}`;
    this.#sessions.set(session, { account, loggedOut });
    return session;
  }

  /** Ends every session of `account`, or of everybody; the apps learn it when their servers drop them. */
  logOut(account?: string): void {
    for (const [session, { account: owner, loggedOut }] of [...this.#sessions]) {
      if (account !== undefined && owner !== account) continue;
      this.#sessions.delete(session);
      if (loggedOut !== undefined) this.#clock.after(0, "logged out", loggedOut);
    }
  }

  isLoggedIn(session: string): boolean {
    return this.#sessions.has(session);
  }

  /** For uplinks: answers after the time the present mode takes, or not at all. */
  serve(request: CloudRequest, answer: (answer: CloudAnswer) => void): void {
    const roundTripMs = this.#prng.between(ROUND_TRIP_MS_MIN, ROUND_TRIP_MS_MAX);
    switch (this.mode) {
      case "gone":
        this.#failedCount += 1;
        return;
      case "down":
        this.#failedCount += 1;
        this.#clock.after(roundTripMs, "cloud error", () => answer({ status: 500 }));
        return;
      case "slow":
        this.#failedCount += 1;
        this.#clock.after(roundTripMs + 2 * CLOUD_TIMEOUT_MS, "cloud late", () => answer(this.#answer(request)));
        return;
      case "lying":
        this.#clock.after(roundTripMs, "cloud lie", () => answer(this.#lie(request)));
        return;
      case "up":
        this.#servedCount += 1;
        this.#clock.after(roundTripMs, "cloud answer", () => answer(this.#remember(request, this.#answer(request))));
        return;
    }
  }

  #answer(request: CloudRequest): CloudAnswer {
    switch (request.kind) {
      case "logIn": {
        if (!this.#carsOf.has(request.account)) return { status: 401 };
        const session = this.openSession(request.account);
        return session === undefined ? { status: 429 } : { status: 200, body: { kind: "session", session } };
      }
      case "checkSession":
        return this.#sessions.has(request.session) ? DONE : { status: 401 };
      case "authorise":
        return this.#mayUse(request.session, request.car) ? DONE : { status: 401 };
      case "sendCommand":
        return this.#mayUse(request.session, request.car) ? this.#store(request.car, request.command) : { status: 401 };
      case "fetchCommands":
        return this.#takeAll(this.#waiting, request.car);
      case "sendAnswer":
        return this.#put(this.#answers, request.car, request.answer) ? DONE : { status: 429 };
      case "fetchAnswers":
        return this.#mayUse(request.session, request.car) ? this.#takeAll(this.#answers, request.car) : { status: 401 };
      case "renewLease":
        return DONE;
      case "telemetry":
        this.#telemetry.push(`${request.car}: ${request.line}`);
        if (this.#telemetry.length > TELEMETRY_LINE_COUNT_MAX) this.#telemetry.shift();
        return DONE;
    }
  }

  #mayUse(session: string, car: string): boolean {
    const account = this.#sessions.get(session)?.account;
    return account !== undefined && this.#carsOf.get(account)?.has(car) === true;
  }

  #store(car: string, command: Uint8Array): CloudAnswer {
    if (!this.#put(this.#waiting, car, command)) return { status: 429 };
    const sleeping = this.#wake.get(car);
    if (sleeping !== undefined) {
      this.#clock.after(ROUND_TRIP_MS_MAX, "push", () => {
        if (sleeping.uplink.online) sleeping.wake();
      });
    }
    return DONE;
  }

  /** Keeps bytes for a car, or for who wrote to it; false at a stated limit. */
  #put(boxes: Boxes, car: string, bytes: Uint8Array): boolean {
    const box = this.#fresh(boxes, car);
    if (bytes.length > COMMAND_BYTES_MAX || box.length >= WAITING_COMMAND_COUNT_MAX) return false;
    boxes.set(car, [...box, { bytes, sinceMs: this.#clock.monotonicMs() }]);
    return true;
  }

  #takeAll(boxes: Boxes, car: string): CloudAnswer {
    const commands = this.#fresh(boxes, car).map(({ bytes }) => bytes);
    boxes.delete(car);
    return { status: 200, body: { kind: "commands", commands } };
  }

  #fresh(boxes: Boxes, car: string): readonly Waiting[] {
    return (boxes.get(car) ?? []).filter(({ sinceMs }) => this.#clock.monotonicMs() - sinceMs < WAITING_MS_MAX);
  }

  #remember(request: CloudRequest, answer: CloudAnswer): CloudAnswer {
    const question = questionOf(request);
    if (!this.#remembered.has(question) && this.#remembered.size < REMEMBERED_ANSWER_COUNT_MAX) this.#remembered.set(question, answer);
    return answer;
  }

  /** The first answer it ever gave to this question; a question it never heard gets a confident "done". */
  #lie(request: CloudRequest): CloudAnswer {
    return this.#remembered.get(questionOf(request)) ?? DONE;
  }
}

const DONE: CloudAnswer = { status: 200, body: { kind: "done" } };

function questionOf(request: CloudRequest): string {
  const subject = "session" in request ? request.session : "account" in request ? request.account : request.car;
  return `${request.kind} ${subject} ${"car" in request ? request.car : ""}`;
}
