import { noteText } from "../car/reporter.ts";
import { claimText } from "../car/claim.ts";
import type { ShownCar } from "../car/run.ts";
import type { Output } from "../cli/output.ts";
import type { RunningCar } from "../board/running-car.ts";
import type { VirtualBoard } from "../board/virtual/index.ts";
import { readKeys } from "../terminal/keyboard.ts";
import { speaksUtf8 } from "../terminal/locale.ts";
import { Screen } from "../terminal/screen.ts";
import type { CarView, LogLine } from "../terminal/view.ts";
import { act } from "../world/acts.ts";
import { CLOUD_MODES } from "../world/act.ts";
import { WorldRefusal } from "../world/surroundings.ts";
import { lookAt, logLine } from "./look.ts";
import { Phones } from "./phones.ts";
import { RemoteKeys } from "./remote-keys.ts";

/** Lines kept for the screen. */
const LOG_LINES_MAX = 200;
/** The clock on the screen and the seconds of a long operation move this often. */
const TICK_MS = 500;
/** Changes within this time are one drawing. */
const DRAW_DELAY_MS = 20;

const HELP: CarView["help"] = [
  ["u", "unlock"], ["l", "lock"], ["t", "trunk"], ["d", "drive"], ["o", "door"], ["h", "handle"], ["c", "cloud"],
  ["a", "phone"], ["←→", "move"], ["w", "card"], ["k", "keypad"], ["m", "remote app"], ["g", "share"], ["r", "revoke"], ["v", "log"], ["y", "bad update"], ["?", "help"], ["q", "quit"],
];

const HELP_PAGE: readonly string[] = [
  "", " The selected phone asks the car over the (simulated) radio:",
  "   u unlock    l lock    t trunk    d drive    L lock by force",
  "   a selects the other phone; arrows bring it nearer or take it away",
  "   (0 m: it lies in the cabin; from about 48 m the car is out of reach)",
  "", " At the car:",
  "   o pulls the driver's door open, or shuts it    h pulls the handle inside",
  "   i somebody gets in or out    s starts and drives off, or parks",
  "   b battery: full, weak, nearly empty    x crash signal",
  "   w taps the card from the wallet at the door pillar, W inside",
  "   k types a PIN at the keypad (enter sends it)",
  "   c cloud: up, down, slow, lying, gone. Watch what changes: nothing.",
  "   y somebody pushes a bad update, each time another kind. Then unlock.",
  "", " The owner's remote app: a real cloud, an uplink and the app, as processes:",
  "   m enrols a second factor, logs in with it, then unlocks through the cloud",
  "   M logs out    f makes that cloud fail, each time in another way",
  "", " Sharing, signed by the owner's phone, no cloud:",
  "   g guest key for 2 hours    G for 3 uses    r revoke it",
  "   e enrols the card from the wallet, E one of our own type; w taps that one",
  "   n sets the PIN to drive, or clears it (enter alone); drive then asks for it",
  "   v who did what, read and verified by the owner's phone",
  "   p the first owner's code, while the car has none (enter: the phone scans it)",
  "", " From another terminal: latchkey key --help, latchkey world --help",
];

/** What the two cards of this terminal are called: one of the Tesla type, one of our own. */
const CARDS = { e: "wallet", E: "badge" } as const;

/** Digits that a keypad takes. */
const DIGITS_MAX = 16;

const BATTERY_STEPS = ["12.6", "11.5", "10.2"] as const;

/** What `y` pushes, in turn: signed by nobody, for another model, not what its manifest promises, crashing. */
const BAD_UPDATES = ["bad", "wrong-model", "truncated", "crashing"] as const;

export interface TerminalCarOptions {
  readonly board: VirtualBoard;
  readonly car: RunningCar;
  readonly address: string;
  readonly name: string;
  readonly output: Output;
  readonly greeting: string;
  readonly terminal: { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream };
}

/** The car on this terminal until the person quits. `close` gives the terminal back; it is also given back when the process ends. */
export function showTerminalCar(options: TerminalCarOptions): ShownCar {
  return new TerminalCar(options);
}

/** Digits of a PIN, as far as they are typed. */
interface Typing {
  readonly what: string;
  readonly digits: string;
  readonly done: (digits: string) => void;
}

/** Lines that cover the picture, for a terminal of so many columns. */
type Overlay = (columns: number) => readonly string[];

class TerminalCar implements ShownCar {
  readonly quit: Promise<undefined>;
  readonly #options: TerminalCarOptions;
  readonly #phones: Phones;
  readonly #remote: RemoteKeys;
  readonly #screen: Screen;
  readonly #log: LogLine[] = [];
  readonly #keys: { close(): void };
  readonly #leave: () => void;
  readonly #resized: () => void;
  readonly #unwatch: () => void;
  readonly #tick: NodeJS.Timeout;
  #status: string;
  #busy: { readonly what: string; readonly sinceMs: number } | undefined;
  #next: { readonly what: string; readonly work: () => Promise<string> } | undefined;
  #overlay: Overlay | undefined;
  #typing: Typing | undefined;
  #scroll = 0;
  /** The card that `w` taps: the one held to the reader last to be enrolled. */
  #card: keyof typeof CARDS = "e";
  #batteryStep = 0;
  #updateStep = -1;
  #drawing: NodeJS.Timeout | undefined;
  #closed = false;
  #asksToQuit: () => void = () => undefined;

  constructor(options: TerminalCarOptions) {
    this.#options = options;
    this.#phones = new Phones(options.board, options.car);
    this.#screen = new Screen(options.terminal.output, { output: options.output, utf8: speaksUtf8(process.env) });
    this.#status = options.greeting;
    this.#remote = new RemoteKeys(options.car, this.#phones, {
      do: (what, work) => this.#do(what, work),
      type: (what, done) => this.#type(what, done),
      cover: (lines) => this.#cover(lines),
      say: (text) => this.#say(text),
      tell: (text) => this.tell(text, "info"),
    });
    this.quit = new Promise((resolve) => (this.#asksToQuit = () => resolve(undefined)));
    this.#leave = () => this.#screen.leave();
    this.#resized = () => {
      this.#screen.forget();
      this.#draw();
    };
    process.on("exit", this.#leave);
    process.on("uncaughtExceptionMonitor", this.#leave);
    options.terminal.output.on("resize", this.#resized);
    this.#unwatch = options.car.watch({
      changed: () => this.#drawSoon(),
      noted: (note) => {
        this.#log.push(logLine(options.board.unixS(), note.outcome, noteText(note).slice(9)));
        if (this.#log.length > LOG_LINES_MAX) this.#log.shift();
        this.#drawSoon();
      },
      claimShown: ({ uri }) => this.#showClaim(uri),
      claimHidden: (why) => {
        this.#cover(undefined);
        this.#say(`the code is gone: ${why}`);
      },
    });
    this.#keys = readKeys(options.terminal.input, (key) => this.#pressed(key));
    this.#tick = setInterval(() => this.#draw(), TICK_MS);
    this.#screen.enter();
    this.#draw();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#remote.close();
    clearInterval(this.#tick);
    clearTimeout(this.#drawing);
    this.#keys.close();
    this.#unwatch();
    this.#options.terminal.output.off("resize", this.#resized);
    process.off("exit", this.#leave);
    process.off("uncaughtExceptionMonitor", this.#leave);
    this.#screen.leave();
  }

  tell(text: string, outcome: LogLine["outcome"] = "failed"): void {
    this.#log.push(logLine(this.#options.board.unixS(), outcome, text));
    this.#drawSoon();
  }

  #pressed(key: string): void {
    if (key === "ctrl-c" || key === "ctrl-d") return this.#asksToQuit();
    if (this.#typing !== undefined) return this.#pressedDigit(key, this.#typing);
    if (this.#overlay !== undefined) return this.#pressedOver(key, this.#overlay(this.#screen.size().columns));
    if (key === "q") return this.#asksToQuit();
    const phones = this.#phones;
    const who = phones.selected.name;
    switch (key) {
      case "u":
        return this.#do(`${who}: unlock`, () => phones.ask({ kind: "unlock" }));
      case "l":
      case "L":
        return this.#do(`${who}: lock`, () => phones.ask({ kind: "lock", forced: key === "L" }));
      case "t":
        return this.#do(`${who}: trunk`, () => phones.ask({ kind: "trunk" }));
      case "d":
        return this.#do(`${who}: drive`, () => phones.ask({ kind: "drive" }));
      case "a":
      case "tab":
        return this.#say(phones.selectNext());
      case "up":
      case "down":
      case "left":
      case "right":
        return this.#say(phones.move(this.#direction(key)));
      case "g":
      case "G":
        return this.#say(phones.share(key === "G"));
      case "r":
        return this.#do("revoke", () => phones.revoke());
      case "v":
        return this.#do("reading the log", () => this.#showLog());
      case "n":
        return this.#type(`${who}'s phone sets the PIN to drive`, (pin) => this.#do(`${who}: PIN`, () => phones.ask({ kind: "setPin", pin })));
      case "e":
      case "E":
        return this.#do(`${who}: enrol the card`, () => this.#enrolCard(key));
      case "w":
      case "W":
        return this.#world("card", CARDS[this.#card], key === "w" ? "outside" : "inside");
      case "m":
      case "M":
      case "f":
        return this.#remote.pressed(key);
      case "k":
        return this.#type("keypad", (digits) => this.#world("keypad", digits));
      case "p":
        return this.#pair();
      case "?":
        this.#cover(() => HELP_PAGE);
        return this.#say("any key goes back, arrows scroll");
      default:
        return this.#pressedWorld(key);
    }
  }

  async #enrolCard(card: keyof typeof CARDS): Promise<string> {
    const said = await this.#phones.ask({ kind: "enrolCard", name: CARDS[card] });
    if (!said.endsWith("accepted")) return said;
    this.#card = card;
    this.#world("card", CARDS[card], "outside", ...(card === "E" ? ["own"] : []));
    return "the card is held to the reader: w taps it from now on";
  }

  /** Digits from now on are a PIN's, shown as dots, until enter; any other key leaves it. */
  #type(what: string, done: (digits: string) => void): void {
    this.#typing = { what, digits: "", done };
    this.#draw();
  }

  #pressedDigit(key: string, typing: Typing): void {
    this.#typing = undefined;
    if (key === "enter") typing.done(typing.digits);
    else if (/^[0-9]$/.test(key)) this.#typing = { ...typing, digits: (typing.digits + key).slice(0, DIGITS_MAX) };
    else this.#say(`${typing.what}: left`);
    this.#drawSoon();
  }

  /** Up is nearer; left and right go where they point, by the side of the car on which the phone is. */
  #direction(key: "up" | "down" | "left" | "right"): 1 | -1 {
    if (key === "up" || key === "down") return key === "up" ? -1 : 1;
    const phones = this.#phones;
    const standsLeft = phones.all.indexOf(phones.selected) % 2 === 0;
    return standsLeft === (key === "left") ? 1 : -1;
  }

  /** Keys for what happens around the car. */
  #pressedWorld(key: string): void {
    const { body, cloud, description } = this.#options.board;
    const door = (description.latches.find(({ kind }) => kind === "door") ?? description.latches[0]!).id;
    switch (key) {
      case "o":
        return this.#world("door", door, body.isOpen(door) ? "close" : "open");
      case "h":
        return this.#world("handle", door);
      case "c":
        return this.#world("cloud", CLOUD_MODES[(CLOUD_MODES.indexOf(cloud.mode) + 1) % CLOUD_MODES.length]!);
      case "b":
        this.#batteryStep = (this.#batteryStep + 1) % BATTERY_STEPS.length;
        return this.#world("battery", BATTERY_STEPS[this.#batteryStep]!);
      case "x":
        return this.#world("crash");
      case "i":
        return this.#world("occupant", body.occupied ? "out" : "in");
      case "y":
        this.#updateStep = (this.#updateStep + 1) % BAD_UPDATES.length;
        return this.#do("pushing an update", async () => (await act(this.#options, ["update", BAD_UPDATES[this.#updateStep]!])).text);
      case "s":
        return this.#world("drive", body.running ? "stop" : "start");
      default:
        return;
    }
  }

  #pressedOver(key: string, lines: readonly string[]): void {
    if (key === "enter" && this.#options.car.claim !== undefined) return this.#do("pairing", () => this.#phones.pair());
    const page = this.#screen.size().rows - 2;
    if (key === "down" || key === "up") {
      this.#scroll = Math.max(0, Math.min(lines.length - page, this.#scroll + (key === "down" ? 1 : -1)));
      return this.#draw();
    }
    this.#cover(undefined);
  }

  #world(...words: readonly string[]): void {
    const { board, car } = this.#options;
    void act({ board, car }, words).then(({ text }) => this.#say(text), (fault: unknown) => {
      if (!(fault instanceof WorldRefusal)) throw fault;
      this.#say(fault.message);
    });
  }

  #pair(): void {
    const { car } = this.#options;
    if (car.isClaimed) return this.#say("the car has an owner already; an owner shares with g");
    if (car.claim === undefined) car.dispatch({ kind: "claimRequested" });
    else this.#showClaim(car.claim.uri);
  }

  #showClaim(uri: string): void {
    const { board, car } = this.#options;
    this.#cover((columns) => {
      const leftMs = (car.claim?.expiresAtMs ?? 0) - board.nowMs();
      return claimText(uri, Math.max(0, Math.floor(leftMs / 1000)), columns).split("\n");
    });
    this.#say(`Enter: ${this.#phones.selected.name}'s phone scans it; any other key goes back`);
  }

  async #showLog(): Promise<string> {
    const lines = await this.#phones.readLog((text) => this.#say(text));
    this.#cover(() => ["", ...lines]);
    this.#scroll = Math.max(0, lines.length + 1 - (this.#screen.size().rows - 2));
    return "who did what; any key goes back, arrows scroll";
  }

  /** Shows that something is under way, then what became of it. One thing at a time: of what is asked meanwhile the last comes next. */
  #do(what: string, work: () => Promise<string>): void {
    if (this.#busy !== undefined) {
      this.#next = { what, work };
      return this.#draw();
    }
    this.#busy = { what, sinceMs: this.#options.board.nowMs() };
    this.#draw();
    void work()
      .catch((fault: unknown) => {
        if (fault instanceof WorldRefusal) return fault.message;
        throw fault;
      })
      .then((text) => {
        const next = this.#next;
        this.#busy = this.#next = undefined;
        this.#say(text);
        if (next !== undefined) this.#do(next.what, next.work);
      });
  }

  #say(text: string): void {
    this.#status = text;
    this.#drawSoon();
  }

  #cover(overlay: Overlay | undefined): void {
    this.#overlay = overlay;
    this.#scroll = 0;
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#closed) return;
    this.#drawing ??= setTimeout(() => this.#draw(), DRAW_DELAY_MS);
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#closed) return;
    const { board, car, name, address } = this.#options;
    const view = board.enter(() => lookAt({ board, car }, this.#phones.selected));
    this.#screen.draw({ ...view, name, address, log: this.#log, help: HELP, status: this.#statusText(), overlay: this.#overlay?.(this.#screen.size().columns).slice(this.#scroll) });
  }

  #statusText(): string {
    if (this.#typing !== undefined) return `${this.#typing.what}: ${"•".repeat(this.#typing.digits.length)} (digits, then enter)`;
    if (this.#busy === undefined) return this.#status;
    const seconds = Math.floor((this.#options.board.nowMs() - this.#busy.sinceMs) / 1000);
    return [`${this.#busy.what}…`, seconds > 0 ? `${seconds} s` : "", this.#next === undefined ? "" : `then ${this.#next.what}`].filter((part) => part !== "").join(" ");
  }
}
