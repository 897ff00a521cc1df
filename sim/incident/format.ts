import type { Action } from "../../firmware/wire/index.ts";
import type { CloudMode } from "../cloud/index.ts";
import type { RadioHang } from "../world/index.ts";

/** What somebody can show to a car. Times in Unix seconds. */
export type Means =
  /** An owner's key on their phone. */
  | { readonly kind: "phoneKey" }
  /** Of a phone with an app for Tesla's cars, enrolled like any other key. */
  | { readonly kind: "teslaKey" }
  /** A key lent for a time by the car's owner or operator; without a start, from when the replay begins. */
  | { readonly kind: "guestKey"; readonly notBeforeS?: number; readonly expiresAtS: number; readonly actions: readonly Action[] }
  /** A key card of the car, which answers whatever reader it lies at. */
  | { readonly kind: "card" }
  /** A login at the maker's servers and nothing else. */
  | { readonly kind: "account" }
  /** Named in the facts and not played: this build has no such part yet. */
  | { readonly kind: "pending"; readonly what: string };

/** Somebody in the story, each with a car of their own unless they name the same one. */
export interface CastMember {
  readonly who: string;
  readonly car: string;
  /** What they hold in the cloud-dependent world, and what they hold with Latchkey; the facts say why these differ. */
  readonly baseline: readonly Means[];
  readonly latchkey: readonly Means[];
}

/** One thing that happens. Data only, so that an incident can live in a file. */
export type Step =
  | { readonly do: "say"; readonly text: string }
  | { readonly do: "cloud"; readonly mode: CloudMode }
  /** The servers sign apps out: those of `who`, or all. */
  | { readonly do: "logOut"; readonly who?: readonly string[] }
  /** Mobile coverage of a person's phone or of a car comes or goes. */
  | { readonly do: "coverage"; readonly of: string; readonly present: boolean }
  /** The car's anti-theft module gains or loses its satellite. */
  | { readonly do: "satellite"; readonly car: string; readonly present: boolean }
  /** A clock tells the car a time. */
  | { readonly do: "clock"; readonly car: string; readonly source: "rtc" | "gps"; readonly unixS: number }
  | { readonly do: "supply"; readonly car: string; readonly millivolts: number; readonly overMs: number }
  /** A power cut that ends at once. */
  | { readonly do: "restart"; readonly car: string }
  /** The car's radio falls silent without a word, until its adapter is reset or the process that drives it starts anew. */
  | { readonly do: "radioHangs"; readonly car: string; readonly until: RadioHang }
  /** Goes out of everybody's radio range, or back to the driver's door. */
  | { readonly do: "walk"; readonly who: string; readonly to: "car" | "away" }
  /** The phone (or fob) with the key stays in the cabin when its owner goes. */
  | { readonly do: "leaveKeyInCar"; readonly who: string }
  | { readonly do: "getOut"; readonly who: string }
  /** Goes to the driver's door, and in through it where it opens. */
  | { readonly do: "getIn"; readonly who: string }
  /** Every latch of the car is turned to locked by its knob or blade. */
  | { readonly do: "lockByHand"; readonly car: string }
  /** The card readers of the car fall silent, or speak again. */
  | { readonly do: "cardReaders"; readonly car: string; readonly working: boolean }
  /** The radio of the car is dead, or works again. */
  | { readonly do: "carRadio"; readonly car: string; readonly working: boolean }
  /** A child is put in through the passenger door, which is then closed. */
  | { readonly do: "child"; readonly car: string }
  /** An anonymous box beside the car sends again, in order and then backwards, whatever it has heard of earlier sessions. */
  | { readonly do: "replay"; readonly car: string }
  /** Attackers forward the radio of `who` to the driver's door; with `phaseMetres` they forge what phase-based ranging shows as well. */
  | { readonly do: "relay"; readonly who: string; readonly addedMs: number; readonly phaseMetres?: number }
  | { readonly do: "relayEnds" }
  | SideStep;

/**
 * What an update is: one for another model; one that starts and opens nothing; a sound one in whose delivery the power fails; a
 * sound one.
 */
export type ReleaseKind = "wrongModel" | "failsSelfTest" | "powerFails" | "good";

/** What each of the two worlds does in its own way. */
export type SideStep =
  /** The maker's update comes to the car; `who`, its owner and beside it, consents. */
  | { readonly do: "update"; readonly who: string; readonly release: ReleaseKind }
  /** The car sends this much telemetry, whoever listens. */
  | { readonly do: "telemetry"; readonly car: string; readonly perSecond: number; readonly forMs: number }
  /** An owner lends the car to `to`, who may be without any key so far. */
  | { readonly do: "lend"; readonly who: string; readonly to: string; readonly expiresAtS: number }
  /** On the owner's phone, wherever that is: the key of `whom` is to be dead. */
  | { readonly do: "revoke"; readonly who: string; readonly whom: string }
  /** The newest revocation list of `from` reaches the phone of `who`. */
  | { readonly do: "carryList"; readonly who: string; readonly from: string }
  /** The owner switches the key of `whom` off and on again. */
  | { readonly do: "toggle"; readonly who: string; readonly whom: string }
  /** The card of `who` answers the reader at the driver's door; with `addedMs` through a relay, wherever the card is, each answer that much later. */
  | { readonly do: "tapCard"; readonly who: string; readonly addedMs: number }
  | { readonly do: "valet"; readonly who: string; readonly on: boolean }
  /** `who` wants a key of their own for the car, with no more than a stolen login, or a moment in which the car is open. */
  | { readonly do: "addKey"; readonly who: string; readonly by: "login" | "open car" }
  /** The maker ends a kind of key by remote control. */
  | { readonly do: "makerDropsKey"; readonly who: string }
  /** The maker moves the car to another hub or server. */
  | { readonly do: "newUplink"; readonly car: string }
  /** The owner, inside, puts the car back to its factory state and makes it theirs again. */
  | { readonly do: "resetAndClaim"; readonly who: string }
  /** Whoever can get at the controller stops the car and keeps a copy of its whole memory. */
  | { readonly do: "exportMemory"; readonly who: string }
  /** Another controller is put into the car of `who`, with the newest copy of its memory if there is one. */
  | { readonly do: "replaceController"; readonly who: string };

export interface TimedStep {
  /** From the beginning of the incident. */
  readonly atMs: number;
  readonly step: Step;
}

export type Outcome = "in" | "out" | "drives" | "stands" | "locked" | "unlocked" | "warned" | "silent" | "tracked" | "unlinkable" | "leaves" | "trapped" | "not played";

/** What somebody tries, or what a car shows, and how it has to end with Latchkey. */
export interface Expectation {
  readonly atMs: number;
  /** A member of the cast; for `locks` and `warning` a car. */
  readonly who: string;
  /**
   * leave: from inside, by a handle that is a switch and moves nothing by itself.
   * enter: from outside to an open door. drive: from where they are to a running powertrain. lock: asks the car to lock.
   * tracking: whether somebody who listened nearby all the time could tell that it is one car.
   * locks: what the locks are. warning: whether the car has warned of its supply by then.
   */
  readonly action: "enter" | "drive" | "lock" | "leave" | "locks" | "warning" | "tracking";
  readonly expect: Outcome;
  /** How it ended for such people in the reports, where they say. The baseline is checked against it. */
  readonly reported?: Outcome;
  readonly because: string;
}

/** A public failure as a scenario. JSON-serialisable. */
export interface Incident {
  readonly id: string;
  /** Local date of the beginning, ISO 8601. */
  readonly date: string;
  readonly title: string;
  /** Where it happened, in a few words. */
  readonly place?: string;
  /** Who reported it, each with a colon and its address where that is known. */
  readonly sources: readonly string[];
  /** What was reported, and what this replay sets up and leaves out. */
  readonly facts: readonly string[];
  /** Unix time at the beginning of the replay. */
  readonly startUnixS: number;
  readonly durationMs: number;
  /** Traits of the cloud-dependent caricature; see BaselineSettings. */
  readonly baseline: {
    readonly phoneKeyTiedToLogin?: boolean;
    readonly leaseMs?: number;
    readonly immobiliseAfterLinkLossMs?: number;
    readonly autoLockMs?: number;
  };
  /** Owners have switched passive entry on: the cloud-dependent car goes by signal strength, Latchkey by Channel Sounding. */
  readonly passiveEntry?: boolean;
  readonly cast: readonly CastMember[];
  readonly steps: readonly TimedStep[];
  readonly expectations: readonly Expectation[];
}
