import type { LinkEnd } from "./link.ts";
import type { Place } from "./propagation.ts";

/** What a radio sends out for everyone to hear. */
export interface Advertisement {
  readonly identity: Uint8Array;
  readonly connectable: boolean;
}

/** Why a link ended. */
export type LinkLoss = "closed" | "supervision-timeout" | "switched-off" | "overflow";

/** What a device hears from its radio. Every call comes from a task of the clock, never from inside a call to the air. */
export interface RadioListener {
  /** The service that this device asks for; absent: the native one. */
  readonly dialect?: "tesla";
  linkOpened?(end: LinkEnd): void;
  received?(end: LinkEnd, bytes: Uint8Array): void;
  linkClosed?(end: LinkEnd, why: LinkLoss): void;
  /** The device at the other end of `end` is somewhere else now. */
  peerMoved?(end: LinkEnd): void;
  /** While scanning: an advertisement, once when it comes into range and again when it changes. */
  sighted?(radio: Radio, advertisement: Advertisement, rssiDbm: number): void;
}

/** One antenna with a controller behind it. Made by `Air.addRadio`; only the air changes it. */
export interface Radio {
  readonly name: string;
  /** See {@link RadioListener}. */
  readonly dialect: "tesla" | undefined;
  readonly place: Place;
  readonly on: boolean;
  readonly scanning: boolean;
  readonly advertisement: Advertisement | undefined;
  readonly links: ReadonlySet<LinkEnd>;
}
