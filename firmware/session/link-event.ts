/** A radio link as the board numbers it; never reused within a boot. */
export type LinkId = number;

/** `remote`: the link proves no proximity (a forwarded socket, a courier). */
export type Proximity = "local" | "remote";

/** What the board reports of its links. */
export type LinkEvent =
  /** `dialect`: absent for links of the native protocol. Frames of a Tesla link are raw pieces of its byte stream. */
  | { readonly kind: "linkOpened"; readonly link: LinkId; readonly attPayloadBytes: number; readonly proximity: Proximity; readonly dialect?: "tesla" }
  | { readonly kind: "attPayloadChanged"; readonly link: LinkId; readonly attPayloadBytes: number }
  | { readonly kind: "frameReceived"; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly kind: "linkClosed"; readonly link: LinkId };
