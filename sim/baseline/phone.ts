import { utf8Decode, utf8Encode } from "../../firmware/base/index.ts";
import type { Air, LinkEnd, Place, Radio } from "../air/index.ts";
import type { Cloud, Uplink } from "../cloud/index.ts";
import type { Task, VirtualClock } from "../time/index.ts";

/** How long the app waits for the car to answer over the air. */
const ANSWER_TIMEOUT_MS = 10_000;

/** A car heard this strongly is taken to be within a few metres. */
const NEAR_DBM = -70;

export interface BaselinePhoneParts {
  readonly clock: VirtualClock;
  readonly air: Air;
  readonly cloud: Cloud;
}

interface Asking {
  readonly request: string;
  readonly answered: (said: string) => void;
  readonly timeout: Task;
}

/** A phone with the app of a cloud-dependent car: an account's session, and perhaps a phone key kept inside that login. */
export class BaselinePhone {
  readonly radio: Radio;
  readonly uplink: Uplink;
  readonly #parts: BaselinePhoneParts;
  #session: string | undefined;
  #token: string | undefined;
  #asking: Asking | undefined;
  #askingOver: LinkEnd | undefined;
  #near: ((radio: Radio) => void) | undefined;

  constructor(name: string, place: Place, parts: BaselinePhoneParts) {
    this.#parts = parts;
    this.uplink = parts.cloud.addUplink();
    this.radio = parts.air.addRadio(name, place, {
      linkOpened: (end) => this.#opened(end),
      received: (end, bytes) => this.#received(end, bytes),
      linkClosed: (end) => {
        if (end === this.#askingOver) this.#answered("the link was lost");
      },
      sighted: (radio, _advertisement, rssiDbm) => {
        if (rssiDbm >= NEAR_DBM) this.#near?.(radio);
      },
    });
  }

  get hasKey(): boolean {
    return this.#token !== undefined;
  }

  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  /** Logs the app in. Signed out by the server, it forgets its session, and the key where that belongs to the login. */
  logIn(account: string, keyTiedToLogin: boolean): boolean {
    this.#session = this.#parts.cloud.openSession(account, () => {
      this.#session = undefined;
      if (keyTiedToLogin) this.#token = undefined;
    });
    return this.#session !== undefined;
  }

  holdKey(token: string): void {
    this.#token = token;
  }

  /** Opens and starts the car whenever it is heard strongly: passive entry that goes by signal strength. */
  stayAround(car: Radio): void {
    this.#near = (radio) => {
      if (radio === car) this.askCar(car, "unlock", () => this.askCar(car, "drive", () => undefined));
    };
    this.#parts.air.setScanning(this.radio, true);
  }

  /** Asks the car over the air with the phone key. `answered` is called exactly once. */
  askCar(car: Radio, action: "unlock" | "lock" | "drive", answered: (said: string) => void): void {
    if (this.#token === undefined || this.#asking !== undefined) {
      const said = this.#token === undefined ? "no key on this phone" : "still asking";
      this.#parts.clock.after(0, "no key", () => answered(said));
      return;
    }
    const timeout = this.#parts.clock.after(ANSWER_TIMEOUT_MS, "baseline timeout", () => this.#answered("no answer"));
    this.#askingOver = undefined;
    this.#asking = { request: `${action} ${this.#token}`, answered, timeout };
    this.#parts.air.connect(this.radio, car, () => this.#answered("car not found"));
  }

  /** Asks the server to pass the request on. `answered` tells what the server said, not what the car did. */
  askCloud(car: string, action: "unlock" | "lock" | "drive", answered: (said: string) => void): void {
    const session = this.#session;
    if (session === undefined) {
      this.#parts.clock.after(0, "not logged in", () => answered("not logged in"));
      return;
    }
    const command = utf8Encode(`${action} ${session}`);
    this.uplink.request({ kind: "sendCommand", session, car, command }, (answer) => {
      answered(answer.status === 200 ? "server accepted" : answer.status === "none" ? "no answer from the server" : `server error ${answer.status}`);
    });
  }

  #opened(end: LinkEnd): void {
    this.#askingOver = end;
    if (this.#asking === undefined) end.close();
    else end.send(utf8Encode(this.#asking.request));
  }

  #received(end: LinkEnd, bytes: Uint8Array): void {
    end.close();
    this.#answered(utf8Decode(bytes) ?? "unreadable answer");
  }

  #answered(said: string): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    this.#asking = undefined;
    this.#parts.clock.cancel(asking.timeout);
    asking.answered(said);
  }
}
