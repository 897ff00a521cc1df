import { renderUnicodeCompact } from "uqr";
import { createNodeCrypto } from "../../hal/crypto-node/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import type { RunningCar } from "../board/running-car.ts";
import type { Phones } from "./phones.ts";
import { RemoteApp } from "./remote-app.ts";

/** What the terminal does for the remote app. */
export interface RemoteScreen {
  /** Shows that something is under way, then the sentence it came to. */
  do(what: string, work: () => Promise<string>): void;
  type(what: string, done: (digits: string) => void): void;
  cover(lines: (() => readonly string[]) | undefined): void;
  say(text: string): void;
  tell(text: string): void;
}

/** The keys of the owner's remote app: `m` goes on from wherever the owner is, `M` logs out, `f` makes the cloud fail. */
export class RemoteKeys {
  readonly #car: RunningCar;
  readonly #phones: Phones;
  readonly #screen: RemoteScreen;
  #app: RemoteApp | undefined;

  constructor(car: RunningCar, phones: Phones, screen: RemoteScreen) {
    this.#car = car;
    this.#phones = phones;
    this.#screen = screen;
  }

  pressed(key: "m" | "M" | "f"): void {
    const { do: busy, say } = this.#screen;
    const app = this.#app;
    if (app === undefined) return key === "m" ? busy("starting a cloud and the app", () => this.#open()) : say("m starts the remote app first");
    if (key === "f") return busy("the real cloud", () => app.nextFault());
    if (app.isEnrolling) return this.#askCode(app);
    if (key === "M") return app.isLoggedIn ? busy("logging out", () => app.logOut()) : say("the app is logged out: m logs in");
    if (!app.isLoggedIn) return this.#askCode(app);
    const owner = this.#phones.owner();
    if (owner === undefined) return say("none of these phones is an owner's");
    busy("unlock through the cloud", () => app.unlock(owner.wallet));
  }

  async close(): Promise<void> {
    await this.#app?.close();
  }

  async #open(): Promise<string> {
    const owner = this.#phones.owner();
    if (owner === undefined) return "only an owner has the app; the car has none among these phones";
    const app = new RemoteApp({ car: this.#car, crypto: createNodeCrypto({ random: createSystemRandom() }), onTrouble: (message) => this.#screen.tell(message), command: [process.execPath, process.argv[1]!] });
    try {
      await app.open(owner.wallet);
    } catch (fault) {
      await app.close();
      return `the remote app does not start: ${(fault as Error).message}`;
    }
    this.#app = app;
    this.#askCode(app);
    return "the account is made: now its second factor";
  }

  /** For the second factor that is being enrolled, or to log in with it. */
  #askCode(app: RemoteApp): void {
    const enrolling = app.isEnrolling;
    if (enrolling) this.#screen.cover(() => ["", " Scan this with an authenticator app, then type its code. Enter alone: this terminal plays the app.", "", ...renderUnicodeCompact(app.uri, { ecc: "L", border: 1 }).split("\n"), ` ${app.uri}`]);
    this.#screen.type("code of the authenticator (enter alone: played here)", (digits) => {
      this.#screen.cover(undefined);
      const code = digits === "" ? app.ownCode(Date.now()) : digits;
      this.#screen.do(enrolling ? "two-factor" : "logging in", () => (enrolling ? app.confirm(code) : app.logIn(code)));
    });
  }
}
