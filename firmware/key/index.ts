/** What a phone runs: its wallet, the link to one car, and what people do with keys away from the car. */
export * from "./wallet.ts";
export { decodeWallet, encodeWallet, WALLET_BYTES_MAX, WALLET_VERSION, type WalletFault } from "./wallet-codec.ts";
export * from "./faults.ts";
export { createWallet, ownKeyId } from "./own-key.ts";
export { recogniseCar } from "./car-identity.ts";
export * from "./key-invitation.ts";
export { beginPairing, resumePairing, transferCode, type PairingTask } from "./pairing.ts";
export { forgetOwnersKit, ownersKit, restoreFromKit } from "./owners-kit.ts";
export { acceptEnrolment, acceptGrant, CLOCK_LAG_S_MAX, GRANT_LIFETIME_S_MAX, shareCar, shareGrant, windowFromNow, type Accepted, type EnrolledAs, type GrantRequest, type Shared } from "./sharing.ts";
export { formatList } from "./bundles.ts";
export { signRegistration, type Registration } from "./registration.ts";
export { carryList, listsToDeliver, revokeGrant } from "./revoking.ts";
export { checkLog, LOG_PAGE_COUNT_MAX, nextLogCommand, readLogPage, type LogPage } from "./log-check.ts";
export * from "./key-effects.ts";
export type { LinkTarget } from "./handshake.ts";
export { TICKET_LIFETIME_S, TICKET_USES_MAX } from "./link-session.ts";
export { KeyLink, STEP_TIMEOUT_MS, type KeyLinkOptions } from "./key-link.ts";
export { REQUEST_COUNT_MAX } from "./requests.ts";
