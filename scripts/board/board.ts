import type { BootPorts, ControllerEvent, Effect, LinkId, ReaderId, TeslaOptions, UpdateSettings } from "../../firmware/controller/index.ts";
import type { ComfortOrder } from "../../firmware/comfort/index.ts";
import type { VehicleDescription } from "../../firmware/lock/index.ts";
import type { CarRadio, CarRadioEvent } from "../../hal/radio/index.ts";
import type { FlashPort, SlotStore } from "../../firmware/ports/index.ts";

/** Flash whose writes can be made durable: hal's flash file, or memory. `done` comes exactly once. */
export interface BoardFlash extends FlashPort {
  sync(done: (error?: Error) => void): void;
  close(): void;
}

/** What a radio tells. Its link numbers are its own; the running car gives each link a number of its own. */
export type RadioEvent = CarRadioEvent;

/** What a wire, a clock or the console tells. */
export type WireEvent = Exclude<ControllerEvent, { readonly link: LinkId } | { readonly kind: "woke" }>;

/** Effects that move or release something. */
export type WireEffect = Extract<Effect, { kind: "driveLatch" | "stopLatch" | "setImmobiliser" }>;

/** One radio of a board. */
export type BoardRadio = CarRadio;

/** Starts a radio that speaks to `onEvent`; fails with a sentence for the person who started the car. */
export type OpenRadio = (onEvent: (event: RadioEvent) => void) => Promise<BoardRadio> | BoardRadio;

/**
 * A board: the bundle of ports that a running car needs. Everything that reaches the car from outside goes through `enter`, so
 * that a board with a time of its own can bring it up to the present first; others just do the work.
 */
export interface Board {
  readonly ports: BootPorts & { readonly flash: BoardFlash };
  readonly description: VehicleDescription;
  /** What the maker says of updates; without it the car takes none. */
  readonly update?: UpdateSettings;
  /** Without it the car speaks the native dialect alone. */
  readonly tesla?: TeslaOptions;
  /** Release key of claims that name none; virtual boards have a maker of their own. */
  readonly claimReleaseKey?: Uint8Array;
  /** Where the boot loader that started this car keeps the firmware; without it an update can be offered and not installed. */
  readonly slots?: SlotStore;
  enter<T>(work: () => T): T;
  /** Calls `wake` once at `atMs` of the board's clock; replaces the moment set before. */
  wakeAt(atMs: number | undefined, wake: () => void): void;
  actuate(effect: WireEffect): void;
  /** Card readers: sends a command to the card in the field, or lets it go. A board without readers is never asked. */
  askCard?(reader: ReaderId, command: Uint8Array): void;
  releaseCard?(reader: ReaderId): void;
  /** Has the comfort systems do something, and answer it where it has a number (`comfortPinChecked`); a board that never reports any is never asked. */
  comfort?(order: ComfortOrder, number?: number): void;
  /** Wakes what is asleep of the car beside its doors; a board where nothing sleeps is never asked. */
  wakeInfotainment?(): void;
  /** From now on what the wires say goes to `tell`; the present reading of each sensor comes at once. */
  connectWires(tell: (event: WireEvent) => void): void;
  /** Radios the board has by itself, besides the socket. */
  readonly radios: readonly OpenRadio[];
  /** Lets every actuator go. */
  close(): void | Promise<void>;
}
