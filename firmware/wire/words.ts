/** The words both ends of the protocol share. The numbers are what goes over the air: never reuse one. */

/** What a key may be. `recovery` is the printed key of the owner's kit: it manages keys and opens nothing. `card`: a key card, which is tapped and has no radio. `monitor`: sees how the car is. `charger`: sees to its charging. */
export const ROLES = { owner: 0, driver: 1, guest: 2, valet: 3, service: 4, recovery: 5, card: 6, monitor: 7, charger: 8 } as const;
export type Role = keyof typeof ROLES;

/** What a key may ask for; the rows of the role table and the bits of a grant's scope (1 << number, for the first five). */
export const ACTIONS = {
  unlock: 0,
  lock: 1,
  trunk: 2,
  drive: 3,
  status: 4,
  enrol: 5,
  revoke: 6,
  listKeys: 7,
  readLog: 8,
  issueGrant: 9,
  deliverList: 10,
  valetMode: 11,
  changeSettings: 12,
  cancelPending: 13,
  transfer: 14,
  reset: 15,
  setTime: 16,
  readPosition: 17,
  setPin: 18,
  enterPin: 19,
  update: 23,
  /** Comfort systems: charging; climate, lights and the like; what guards the car. */
  charge: 24,
  comfort: 25,
  guard: 26,
  /** A card at its reader agrees to a key that somebody at the car has asked for. */
  approveKey: 27,
} as const;
export type Action = keyof typeof ACTIONS;

/** Actions a grant can carry; owners can delegate no others. */
export const GRANTABLE = ["unlock", "lock", "trunk", "drive", "status"] as const satisfies readonly Action[];

/** Bytes of a key id: the first bytes of the COSE Key thumbprint (RFC 9679) of its public key. Also its kid. */
export const KEY_ID_BYTES = 8;

/** Longest protected message, command or reply, before fragmentation. */
export const MESSAGE_BYTES_MAX = 4096;

/** EDHOC exporter labels of this profile (private use range 32768 to 65535, RFC 9528 section 10.1). */
export const EXPORTER_LABELS = {
  commandKeys: 32768,
  fastKeys: 32769,
  pairingProof: 32770,
  ranging: 32776,
  card: 32780,
} as const;

/** CWT claims of this profile (private use, below -65536; RFC 8392 section 9.1). */
export const CLAIM_USES = -65537;
/** The issuer epoch that a grant was signed in. */
export const CLAIM_EPOCH = -65538;
