/** Stated bounds of the car's memory of keys. At a bound the car refuses to add; it never drops a revocation to make room. */

/** Enrolled keys: a large fleet, a gate. About 4 MB of memory and 1.5 MB of flash. */
export const KEY_COUNT_MAX = 12_288;
/** Enrolled and revoked keys together. Checked when a key is enrolled, so that there always is room to revoke it. */
export const KEY_HISTORY_COUNT_MAX = 32_768;
/** Owners: each may remove things and is told about all of them; more are drivers. */
export const OWNER_COUNT_MAX = 16;
/** Keys that ever were owners. Their list version and epoch outlive them. */
export const ISSUER_COUNT_MAX = 1024;
/** Revocations that arrived in lists: 16 owners at twice as many as one list holds, rounded down to a power of two. */
export const LISTED_REVOCATION_COUNT_MAX = 4096;
/** Counted grants whose uses are remembered. */
export const GRANT_USE_COUNT_MAX = 4096;
/** Removals and resets that wait: one for each owner, the recovery key and a reset. */
export const PENDING_COUNT_MAX = 18;
/** Verified grants kept so that a guest who comes back costs no signature check; also the grants whose use in this boot is remembered. */
export const ADMITTED_GRANT_COUNT_MAX = 256;
/** Grants last 90 days at most: a guest who keeps away from every revocation list is out by then. */
export const GRANT_WINDOW_S_MAX = 90 * 86_400;
/** A use may be repeated for this long, or until its latch has reported. */
export const USE_REPEAT_MS = 120_000;
/** A pairing secret that is not used dies after this. */
export const PAIRING_OPEN_MS = 600_000;
/** Wrong proofs that burn a pairing secret. */
export const PAIRING_FAILURE_COUNT_MAX = 5;
/** Bytes of the one-time pairing secret: 128 bits. */
export const PAIRING_SECRET_BYTES = 16;
/** The remaining time of a pending change goes to flash in steps of this much; a restart repeats one step at most. */
export const PENDING_STEP_S = 900;
/** Dead records removed in one go, so that one event stays short. */
export const SWEEP_COUNT_MAX = 32;
