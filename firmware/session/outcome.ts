import type { Asker } from "../access/index.ts";
import type { Result } from "../base/index.ts";
import type { PublicKey } from "../cose/index.ts";
import type { Command, ReasonName } from "../wire/index.ts";
import type { Exporter } from "./channel.ts";
import type { LinkId, Proximity } from "./link-event.ts";

/** `full`: by an EDHOC run on this link. `fast`: by a ticket; serves unlock and lock only. */
export type Path = "full" | "fast";

/** What the session room wants done or made known, in order. */
export type SessionOutcome =
  | { readonly kind: "send"; readonly link: LinkId; readonly bytes: Uint8Array }
  | { readonly kind: "closeLink"; readonly link: LinkId }
  /** A key has proved itself on this link. Says nothing about what it may do. */
  | { readonly kind: "authenticated"; readonly link: LinkId; readonly asker: Asker; readonly proximity: Proximity; readonly path: Path }
  /** A command of an authenticated key, to be answered by exactly one `reply`. */
  | {
      readonly kind: "request";
      readonly link: LinkId;
      readonly asker: Asker;
      readonly command: Command;
      readonly path: Path;
      readonly proximity: Proximity;
      /** Of the full handshake; the pairing proof is bound to it. */
      readonly exporter: Exporter;
    }
  /** An authenticated link is gone, by whichever end. */
  | { readonly kind: "ended"; readonly link: LinkId; readonly asker: Asker }
  /** For the car's own log only: somebody was refused before proving a key. The peer is told nothing of `why`. */
  | { readonly kind: "refusedStranger"; readonly link: LinkId; readonly why: string };

/** A public key whose holder, once EDHOC has proved possession, is `asker`. */
export interface Candidate {
  readonly publicKey: PublicKey;
  readonly asker: Asker;
}

/** Who may be at the other end; answered from the access room. Revoked and expired grants still answer, the decision is per command. */
export interface CredentialDirectory {
  /** All enrolled keys whose id starts with these 8 bytes: never only the first. */
  byKeyId(keyId: Uint8Array): readonly Candidate[];
  /** The holder of a grant whose CWT an owner of this car signed. */
  byGrant(cwt: Uint8Array): Result<Candidate, ReasonName>;
  /** A key by value: accepted while a pairing is open. */
  newcomer(coseKey: Uint8Array): Result<Candidate, ReasonName>;
  pairingOpen(): boolean;
}
