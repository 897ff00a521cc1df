/** Every bound of the service in one place. Counts are per whole service unless they say of what. */
export const LIMITS = {
  accountCount: 10_000,
  sessionsPerAccount: 8,
  sessionLifeMs: 30 * 24 * 3_600_000,
  vehiclesPerAccount: 16,
  challengesPerAccount: 4,
  challengeLifeMs: 10 * 60_000,
  /** Account names that were tried, known or not. */
  triedNameCount: 20_000,
  releaseCount: 32,
  releaseBytes: 16 * 1024 * 1024,
  reportBytes: 8 * 1024,
  listBytes: 8 * 1024,
  linksPerVehicle: 4,
  linkIdleMs: 30_000,
  frameBytes: 512,
  framesWaiting: 32,
  inboxItems: 256,
  itemsPerAnswer: 64,
  pollMs: 25_000,
  /** One body of JSON: 64 frames of 512 bytes in base64url, with room. */
  bodyBytes: 64 * 1024,
  connectionCount: 1_024,
} as const;
