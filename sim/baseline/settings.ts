/**
 * What the caricature of a cloud-dependent car depends on. Each setting is one behaviour that a public incident report
 * describes, and each incident names the ones it needs; no real product has all of them.
 */
export interface BaselineSettings {
  /** The phone key belongs to the app's login: signed out, the phone has no key (tesla-logout-2019). */
  readonly phoneKeyTiedToLogin: boolean;
  /** Will not start once it has not reached the server for this long; undefined: no lease (gig-2020). */
  readonly leaseMs: number | undefined;
  /** Immobilises and locks once the satellite link has been lost for this long; undefined: it does not care (porsche-vts-2025). */
  readonly immobiliseAfterLinkLossMs: number | undefined;
  /** Locks this long after the last door was closed, whoever and whatever is inside, at any supply voltage. */
  readonly autoLockMs: number;
}

export const DEFAULT_BASELINE: BaselineSettings = {
  phoneKeyTiedToLogin: false,
  leaseMs: undefined,
  immobiliseAfterLinkLossMs: undefined,
  autoLockMs: 30_000,
};
