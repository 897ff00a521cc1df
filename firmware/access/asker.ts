import type { Action } from "../wire/index.ts";

/** Who asks, after EDHOC has shown possession of the private key. Key ids as lower-case hex. */
export type Asker =
  | { readonly kind: "key"; readonly keyId: string }
  | { readonly kind: "grant"; readonly grant: Grant }
  /** An unknown key while pairing is open: may pair, nothing else. */
  | { readonly kind: "newcomer"; readonly keyId: string; readonly publicKey: Uint8Array };

/** The claims of a guest's CWT whose signature and shape were verified; whether it is good *now* is decided for each request. */
export interface Grant {
  /** cti, lower-case hex. */
  readonly grantId: string;
  readonly issuerId: string;
  readonly issuerEpoch: number;
  readonly name: string;
  /** `guest` or `valet`, from the subject's prefix. */
  readonly role: "guest" | "valet";
  /** The holder's COSE_Key as encoded, and its key id. */
  readonly holderKey: Uint8Array;
  readonly holderId: string;
  readonly actions: ReadonlySet<Action>;
  readonly notBeforeS: number | undefined;
  readonly expiresAtS: number | undefined;
  readonly usesMax: number | undefined;
}
