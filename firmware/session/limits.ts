/** The stated bounds of the session room; each has a test. */
export interface SessionLimits {
  readonly linkCountMax: number;
  readonly strangerCountMax: number;
  readonly sessionsPerKeyMax: number;
  readonly newcomerCountMax: number;
  readonly firstFrameTimeoutMs: number;
  readonly authenticationTimeoutMs: number;
  readonly handshakesPerLinkMax: number;
  readonly handshakeBurst: number;
  readonly handshakeIntervalMs: number;
  readonly pendingRequestsMax: number;
  readonly commandFreshMs: number;
  readonly ticketFamiliesMax: number;
  readonly ticketsPerFamilyMax: number;
  readonly ticketUsesMax: number;
  readonly ticketLifetimeMs: number;
  readonly identityPeriodMs: number;
}

/** What a car runs with. A test may tighten one; nothing else changes them. */
export const SESSION_LIMITS: SessionLimits = {
  /** Links at a time; dongles carry 7 to 10. One of them always stays free for somebody who has yet to prove himself. */
  linkCountMax: 8,
  /** Links whose peer is unknown; the next one takes the place of the oldest. */
  strangerCountMax: 4,
  /** A phone that has lost a link may come back before the old one times out; no key takes more than this. */
  sessionsPerKeyMax: 2,
  /** Sessions of keys that are not enrolled, while a pairing is open: the one that pairs, and one that gave up and tries again. */
  newcomerCountMax: 2,
  /** From link to first frame: a phone writes at once, a scanner that only holds the slot does not. */
  firstFrameTimeoutMs: 2000,
  /** From link to proven key: 2 round trips at 20-byte payloads and 30 ms intervals take about 1 s, and one retry fits. */
  authenticationTimeoutMs: 5000,
  /** message_1 of one link: a first try, one after a refused suite, one more. */
  handshakesPerLinkMax: 3,
  /** message_1 of the whole car: a burst of 8, then one each 125 ms. Bounds the asymmetric work a stranger can cause. */
  handshakeBurst: 8,
  handshakeIntervalMs: 125,
  /** Commands of one link that wait for their reply. */
  pendingRequestsMax: 4,
  /** How long after the session began, or after the car's last reply in it, a command may come; the phone re-proves itself earlier. */
  commandFreshMs: 30_000,
  /** Keys whose last full handshake can be continued; the one used longest ago gives way. */
  ticketFamiliesMax: 64,
  /** Unused tickets of one key; the oldest gives way. A phone holds on to the newest. */
  ticketsPerFamilyMax: 4,
  ticketUsesMax: 64,
  ticketLifetimeMs: 24 * 60 * 60 * 1000,
  /** As often as Bluetooth's own private addresses change (Bluetooth Core 5.4 Vol 3 Part C appendix A, T_GAP(private_addr_int)). */
  identityPeriodMs: 15 * 60 * 1000,
};

/** Longest message of a peer that is not authenticated: message_3 with a grant and a command takes 600 bytes at most. */
export const STRANGER_MESSAGE_BYTES_MAX = 1024;

/** Longest encoded body of a reply: what a message holds, less code, ticket, resolving key and 16 notices (790 bytes). */
export const REPLY_BODY_BYTES_MAX = 3200;
