/**
 * Why a COSE object is refused.
 *
 * - `malformed`: not exactly the shape of this profile (encoding, labels, types, lengths).
 * - `unsupported-algorithm`: the shape is right, the algorithm is not one of ours.
 * - `unacceptable-key`: a public key that no signature may be checked with (small order, off the curve).
 * - `wrong-sequence`: a protected message that is not the next one of its direction.
 * - `forged`: the AEAD tag does not match.
 */
export type CoseFault = "malformed" | "unsupported-algorithm" | "unacceptable-key" | "wrong-sequence" | "forged";
