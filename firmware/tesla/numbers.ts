/** The subsystems that answer messages. */
export const DOMAIN = { broadcast: 0, vehicleSecurity: 2, infotainment: 3 } as const;
export type Domain = typeof DOMAIN.vehicleSecurity | typeof DOMAIN.infotainment;

/** How an operation stands (`OperationStatus`). */
export const OPERATION = { ok: 0, wait: 1, error: 2 } as const;

/** Why a message was not carried out (`MessageFault_E`), as clients read it. */
export const FAULTS = {
  busy: 1,
  timeout: 2,
  unknownKeyId: 3,
  inactiveKey: 4,
  invalidSignature: 5,
  invalidTokenOrCounter: 6,
  insufficientPrivileges: 7,
  invalidDomains: 8,
  invalidCommand: 9,
  decoding: 10,
  internal: 11,
  wrongPersonalization: 12,
  badParameter: 13,
  keychainIsFull: 14,
  incorrectEpoch: 15,
  ivIncorrectLength: 16,
  timeExpired: 17,
  notProvisionedWithIdentity: 18,
  couldNotHashMetadata: 19,
  timeToLiveTooLong: 20,
  remoteAccessDisabled: 21,
  remoteServiceAccessDisabled: 22,
  commandRequiresAccountCredentials: 23,
  requestMtuExceeded: 24,
  responseMtuExceeded: 25,
  repeatedCounter: 26,
  invalidKeyHandle: 27,
  requiresResponseEncryption: 28,
} as const;
export type FaultName = keyof typeof FAULTS;

/** How a message is signed (`SignatureType`). */
export const SIGNATURE = { aesGcmPersonalized: 5, hmac: 6, hmacPersonalized: 8, aesGcmResponse: 9 } as const;

/** Mask of the flag by which a client asks for an encrypted reply. */
export const ENCRYPT_RESPONSE = 2;

/** `SessionInfo.status`. */
export const SESSION_STATUS = { ok: 0, keyNotOnWhitelist: 1 } as const;

/** Remote keyless entry (`RKEAction_E`). */
export const RKE = { unlock: 0, lock: 1, remoteDrive: 20, autoSecure: 29, wake: 30 } as const;

/** What is wanted of a closure (`ClosureMoveType_E`), and how one is (`ClosureState_E`). */
export const MOVE = { none: 0, move: 1, stop: 2, open: 3, close: 4 } as const;
export const CLOSURE = { closed: 0, open: 1, unknown: 3 } as const;

export const INFORMATION = { status: 0, whitelist: 5, whitelistEntry: 6 } as const;
export const LOCK_STATE = { unlocked: 0, locked: 1 } as const;
export const SLEEP = { unknown: 0, awake: 1, asleep: 2 } as const;
export const PRESENCE = { unknown: 0, notPresent: 1, present: 2 } as const;

/** Why a proven request came to nothing (`GenericError_E`). */
export const NOMINAL = { unknown: 1, closuresOpen: 2, alreadyOn: 3, disabled: 4, notInPark: 5, unauthorized: 6, notOverThisTransport: 7 } as const;

/** What became of a change of keys (`WhitelistOperation_information_E`). */
export const WHITELIST = {
  ok: 0,
  undocumented: 1,
  mayNotRemoveSelf: 2,
  full: 4,
  noPermissionToAdd: 5,
  invalidPublicKey: 6,
  noPermissionToRemove: 7,
  noPermissionToChange: 8,
  notOnWhitelist: 12,
  alreadyOnWhitelist: 13,
  storageFull: 18,
  keyWithoutRole: 19,
  deniedOnScreen: 24,
  noTapInTime: 25,
  notConfirmedInTime: 26,
  valetMode: 27,
} as const;

/** Who a key is (`Keys.Role`) and what carries it (`KeyFormFactor`). */
export const KEY_ROLE = { none: 0, service: 1, owner: 2, driver: 3, fleetManager: 4, vehicleMonitor: 5, chargingManager: 6, guest: 8 } as const;
export const FORM_FACTOR = { unknown: 0, nfcCard: 1, iosDevice: 6, androidDevice: 7, cloudKey: 9 } as const;

/** `SignedMessage.signatureType` of a request that a key card is to approve. */
export const PRESENT_KEY = 2;
