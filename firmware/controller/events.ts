import type { ComfortOrder, ComfortState } from "../comfort/index.ts";
import type { BundleFacts } from "../update/index.ts";
import type { LatchId } from "../lock/index.ts";
import type { RangeMeasurement } from "../ranging/index.ts";
import type { LinkEvent, LinkId, Proximity } from "../session/index.ts";
import type { Role } from "../wire/index.ts";

export type { LinkEvent, LinkId, Proximity };

/** A card reader of the car, and on which side of its doors it is. */
export type ReaderId = number;
export type CardPlace = "outside" | "inside";

/** What the board tells the controller: one at a time, each with everything that is known. */
export type ControllerEvent =
  | LinkEvent
  /** A Tesla client has read a value of the car: it is there, and its link is not idle. */
  | { readonly kind: "linkUsed"; readonly link: LinkId }
  /** Where the board's antennas see the device behind a link. May only deny or wake. */
  | { readonly kind: "deviceLocated"; readonly link: LinkId; readonly zone: "cabin" | "outside" | "unknown" }
  /** One round of ranging by the board's own receiver; see firmware/ranging for what it may prove. */
  | { readonly kind: "rangeMeasured"; readonly link: LinkId; readonly measurement: RangeMeasurement }
  | { readonly kind: "doorChanged"; readonly latch: LatchId; readonly open: boolean }
  | { readonly kind: "insideHandlePulled"; readonly latch: LatchId }
  | { readonly kind: "latchReported"; readonly latch: LatchId; readonly report: "locked" | "unlocked" | "stalled" }
  /** A completed pulse on a wired input. */
  | { readonly kind: "inputPulsed"; readonly input: string; readonly pulseMs: number }
  | { readonly kind: "inputChanged"; readonly input: string; readonly active: boolean }
  | { readonly kind: "occupancyChanged"; readonly occupied: boolean }
  | { readonly kind: "powertrainChanged"; readonly running: boolean; readonly moving: boolean }
  | { readonly kind: "supplyMeasured"; readonly millivolts: number }
  | { readonly kind: "timeReported"; readonly source: "rtc" | "gps"; readonly unixS: number }
  /** A card is in a reader's field, and takes commands. */
  | { readonly kind: "cardEntered"; readonly reader: ReaderId; readonly place: CardPlace }
  /** The card's answer to `askCard`: data and status word. `elapsedMs`: from the command's last byte to it, as the reader measured. */
  | { readonly kind: "cardAnswered"; readonly reader: ReaderId; readonly bytes: Uint8Array; readonly elapsedMs: number }
  | { readonly kind: "cardLeft"; readonly reader: ReaderId }
  /** How the comfort systems are, all of it, whenever something has changed. On the way of no decision. */
  | { readonly kind: "comfortReported"; readonly state: ComfortState }
  /** The answer to a `comfort` effect with a number: whether the PIN in its order was right, which only the comfort systems know. */
  | { readonly kind: "comfortPinChecked"; readonly number: number; readonly right: boolean }
  | { readonly kind: "infotainmentChanged"; readonly state: "awake" | "asleep" | "booting" }
  /** Somebody has answered a shown key request on the car's own screen or console. */
  | { readonly kind: "keyRequestAnswered"; readonly accept: boolean }
  /** Digits typed at a keypad of the car. */
  | { readonly kind: "keypadEntered"; readonly digits: string }
  /** The answer to `hashPin`; undefined: the board could not. */
  | { readonly kind: "pinHashed"; readonly number: number; readonly hash: Uint8Array | undefined }
  /** Where a receiver says that the car is (WGS 84); `accuracyM` undefined where it does not tell. On the way of no decision. */
  | { readonly kind: "positionReported"; readonly latitudeDeg: number; readonly longitudeDeg: number; readonly accuracyM: number | undefined }
  /** A signed revocation list that no key has brought: what carried it need not be trusted. */
  | { readonly kind: "listCarried"; readonly list: Uint8Array }
  /** The car's own console asks to open the pairing of the first owner. `releaseKey`: who signs updates from that claim on, an encoded COSE_Key. */
  | { readonly kind: "claimRequested"; readonly releaseKey?: Uint8Array }
  | { readonly kind: "claimCancelled" }
  | UpdateEvent
  /** The moment that the last `wakeAt` effect named has come. */
  | { readonly kind: "woke" };

/** What the board tells of updates. Only boards with two slots for the firmware do. */
export type UpdateEvent =
  /** The boot loader has started the bundle with this digest. `onTrial`: it is to prove itself; `rolledBack`: what was tried before and undone. */
  | { readonly kind: "releaseStarted"; readonly digest: Uint8Array; readonly onTrial: boolean; readonly rolledBack: Uint8Array | undefined }
  /** A signed manifest that came to the car's own console. */
  | { readonly kind: "updateOffered"; readonly manifest: Uint8Array }
  /** A piece of the bundle for the other slot. */
  | { readonly kind: "updatePieceArrived"; readonly offset: number; readonly bytes: Uint8Array }
  /** What a `writeSlot` wrote is durable. */
  | { readonly kind: "slotWritten"; readonly throughBytes: number }
  | { readonly kind: "slotChecked"; readonly matches: boolean }
  | { readonly kind: "slotFailed"; readonly why: string }
  /** The boot loader will try the other slot at the next start. */
  | { readonly kind: "trialArmed" }
  /** The boot loader starts this release from now on. */
  | { readonly kind: "trialConfirmed" };

/** What the controller wants done with the slots; each is answered by an {@link UpdateEvent}. */
export type SlotEffect =
  | { readonly kind: "writeSlot"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "checkSlot"; readonly bundle: BundleFacts }
  | { readonly kind: "armTrial"; readonly bundle: BundleFacts }
  | { readonly kind: "confirmTrial" }
  /** The car stands, with nothing under way: the boot loader may try the release now. */
  | { readonly kind: "restartForTrial" };
export type RangeMeasured = Extract<ControllerEvent, { kind: "rangeMeasured" }>;

/** How a car that speaks the Tesla dialect is found. */
export interface TeslaAdvertisement {
  /** Printable ASCII, 1 to 29 characters (18 for a car: `S`, 16 hexadecimal digits of the VIN's hash, `C`). Tells whoever knows the VIN which car this is. */
  readonly localName: string;
  /** Of this dialect alone: no new links of it, the open ones stay. */
  readonly connectable: boolean;
}

/** What the controller wants done, in order. Effects behind a `commit` wait until the flash is durable. */
export type Effect =
  | { readonly kind: "commit" }
  | { readonly kind: "send"; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly kind: "closeLink"; readonly link: LinkId }
  /** At most 31 bytes of advertisement and 31 of scan response (Bluetooth Core 5.4 Vol 3 Part C section 11). `tesla`: absent where that dialect is not spoken. */
  | { readonly kind: "advertise"; readonly identity: Uint8Array; readonly connectable: boolean; readonly tesla?: TeslaAdvertisement }
  /** The board ends the pulse after `pulseMs` by itself, whatever becomes of this process. */
  | { readonly kind: "driveLatch"; readonly latch: LatchId; readonly toward: "locked" | "unlocked"; readonly pulseMs: number }
  | { readonly kind: "stopLatch"; readonly latch: LatchId }
  | { readonly kind: "setImmobiliser"; readonly released: boolean; readonly limited: boolean }
  /** Sends a command APDU to the card in the reader's field (ISO 7816-4). */
  | { readonly kind: "askCard"; readonly reader: ReaderId; readonly bytes: Uint8Array }
  /** Nothing more is asked of that card; the reader tells when it has left. */
  | { readonly kind: "releaseCard"; readonly reader: ReaderId }
  /**
   * Slow work for another thread: scrypt with N = 2 ** costLog2, r = 8, p = 1, 32 bytes out (RFC 7914). Answered by `pinHashed` with the same
   * number. `pin` is secret: never to be logged or traced.
   */
  | { readonly kind: "hashPin"; readonly number: number; readonly pin: Uint8Array; readonly salt: Uint8Array; readonly costLog2: number }
  | SlotEffect
  /**
   * Measure how far the device of `link` is, until the link closes: `key` (16 bytes, secret, known to that device alone) seeds the rounds,
   * and each is reported with `binding`. A board without such a radio does nothing.
   */
  | { readonly kind: "startRanging"; readonly link: LinkId; readonly key: Uint8Array; readonly binding: Uint8Array }
  /** Replaces the moment named before; undefined: nothing to wake for. */
  | { readonly kind: "wakeAt"; readonly atMs: number | undefined }
  /** For the car's own console only; carries the one-time secret, never to be logged. */
  | { readonly kind: "showClaim"; readonly uri: string; readonly expiresAtMs: number }
  /** A card was tapped for a key that a stranger wants added: for the car's own screen, which answers by `keyRequestAnswered`. */
  | { readonly kind: "showKeyRequest"; readonly name: string; readonly role: Role; readonly id: string }
  | { readonly kind: "hideKeyRequest" }
  /** For the comfort systems, which report what has become of it; `number`: of an order with a PIN, which they answer. May carry a PIN: never to be logged or traced. */
  | { readonly kind: "comfort"; readonly order: ComfortOrder; readonly number?: number }
  /** Wakes what is asleep of the car beside its doors. */
  | { readonly kind: "wakeInfotainment" }
  | { readonly kind: "hideClaim"; readonly why: "claimed" | "expired" | "tooManyFailures" | "cancelled" }
  /** One line for the event log on the terminal: what happened, who, outcome, reason. No secret, no position. */
  | { readonly kind: "note"; readonly note: Note };

export interface Note {
  readonly what: string;
  readonly who: string;
  readonly outcome: "done" | "refused" | "failed" | "info";
  /** A reason name or a short sentence, or empty. */
  readonly why: string;
}
