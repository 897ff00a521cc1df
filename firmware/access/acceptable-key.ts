import { equalBytes, err, ok, toHex, type Result } from "../base/index.ts";
import { parsePublicKey, thumbprint, type PublicKey } from "../cose/index.ts";
import { KEY_ID_BYTES, type ReasonName } from "../wire/index.ts";
import type { AccessOptions } from "./state.ts";

/** Public keys, in the crypto port's form, whose private halves are printed in standards: everybody has them. */
const PUBLISHED_KEYS: ReadonlySet<string> = new Set([
  // RFC 8032 section 7.1, tests 1 to 3
  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
  // RFC 9529 section 2, Responder and Initiator
  "a1db47b95184854ad12a0c1a354e418aace33aa0f2c662c00b3ac55de92f9359",
  "ed06a8ae61a829ba5fa54525c9d07f48dd44a302f43e0f23d8cc20b73085141e",
  // RFC 9529 section 3, Responder and Initiator
  "bbc34960526ea4d32e940cad2a234148ddc21791a12afbcbac93622046dd44f04519e257236b2a0ce2023f0931f1f386ca7afda64fcde0108c224c51eabf6072",
  "ac75e9ece3e50bfc8ed60399889522405c47bf16df96660a41298cb4307f7eb66e5de611388a4b8a8211334ac7d37ecb52a387d257e6db3c2a93df21ff3affc8",
]);

/** A key that may be enrolled or hold a grant. Ids as lower-case hex. */
export interface AcceptedKey {
  readonly publicKey: PublicKey;
  readonly keyId: string;
  readonly thumbprint: Uint8Array;
}

/** Whether `key` may be anybody's at this car: not the car's own, and none whose private half is published. */
export function acceptKey(options: AccessOptions, key: PublicKey): Result<AcceptedKey, ReasonName> {
  if (options.allowTestKeys !== true && PUBLISHED_KEYS.has(toHex(key.raw))) return err("unacceptableKey");
  const print = thumbprint(options.crypto, key);
  if (equalBytes(print, options.vehicleId)) return err("unacceptableKey");
  return ok({ publicKey: key, keyId: toHex(print.subarray(0, KEY_ID_BYTES)), thumbprint: print });
}

/** The same for an encoded COSE_Key; `unacceptableKey` also where it is none that this car verifies with. */
export function acceptCoseKey(options: AccessOptions, coseKey: Uint8Array): Result<AcceptedKey, ReasonName> {
  const parsed = parsePublicKey(options.crypto, coseKey);
  return parsed.ok ? acceptKey(options, parsed.value) : err("unacceptableKey");
}
