import type { ControllerEvent, LinkId, TeslaAdvertisement } from "../../firmware/controller/index.ts";

export type { TeslaAdvertisement };

/** What is spoken on a link: this project's own protocol, or Tesla's. */
export const DIALECTS = ["native", "tesla"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What the radio of a car tells: for each link one `linkOpened`, any frames, one `linkClosed`. Link numbers are the radio's own and grow. */
export type CarRadioEvent = Extract<ControllerEvent, { readonly link: LinkId }>;

/** The radio of a car. A link that is gone is left alone by every call. */
export interface CarRadio {
  /** Sends one frame; false where the link is gone, or is dropped now because its peer does not read. */
  send(link: LinkId, bytes: Uint8Array): boolean;
  /** Delivers what was sent, then closes; `linkClosed` follows. */
  closeLink(link: LinkId): void;
  /**
   * What keys in reach see from now on, 0 to 31 bytes. Not connectable: no new links, the open ones stay. `tesla`: the same for clients of
   * that dialect, on its own; absent: it is not spoken. A radio that cannot carry it leaves it out.
   */
  advertise(identity: Uint8Array, connectable: boolean, tesla?: TeslaAdvertisement): void;
  /** Closes every link; no event comes after this call. */
  close(): Promise<void>;
}

/** What the radio of a key tells of its one link. */
export type KeyRadioEvent =
  | { readonly kind: "advertised"; readonly identity: Uint8Array; readonly connectable: boolean }
  | { readonly kind: "frameReceived"; readonly bytes: Uint8Array }
  /** The last event; it comes once, also after `close`. */
  | { readonly kind: "closed"; readonly why: string };

/** A key's link to a car. */
export interface KeyRadioLink {
  /** What both sides can take: frames have 1 to so many bytes. */
  readonly attPayloadBytes: number;
  /** False where the link is gone. */
  send(bytes: Uint8Array): boolean;
  /** Delivers what was sent, then closes. */
  close(): void;
}
