/** A rule that something on this phone broke, and what the person can do. */
interface Fault {
  readonly rule: string;
  readonly wayOut: string;
}

const fault = (rule: string, wayOut: string): Fault => ({ rule, wayOut });

/** Why the phone itself does not do what was asked. No text ever carries a secret. */
export const KEY_FAULTS = {
  malformedText: fault("The text is not what this step takes.", "Copy the whole text again, without anything around it."),
  unacceptableName: fault("A name is 1 to 64 bytes of text without control characters.", "Choose another name."),
  unacceptableKey: fault("The public key is not one that signatures can be checked with.", "Create a new key on that phone."),
  unsupportedKey: fault("This device cannot hold the recovery key.", "Restore on a phone with keys in software."),
  walletFull: fault("This phone is at its limit of cars.", "Forget a car that is no longer used."),
  unknownCar: fault("This phone has no key for that car.", "Pair with the car, or accept a share of it."),
  knownCar: fault("This phone has a key of its own for that car already.", "Use it, or forget the car first."),
  otherCarKeys: fault("The text names other public keys for a car that this phone knows.", "Do not use it; ask where it came from."),
  notAnOwner: fault("Only an owner's phone can do this.", "Ask an owner."),
  otherHolder: fault("The grant was made for another key.", "Ask the owner to share with this phone's key."),
  otherVehicle: fault("The grant names another car than the text around it.", "Ask the owner to share again."),
  ownKey: fault("A key shares nothing with itself.", "Take the invitation of the other phone."),
  badScope: fault("A grant gives at least one of unlock, lock, trunk, drive, status, and nothing else.", "Choose from these."),
  badWindow: fault("A grant ends after it starts; only a counted one goes without both.", "Give a start and an end, or a number of uses."),
  tooLong: fault("Grants last 90 days at most.", "Share for a shorter time."),
  badUses: fault("A counted grant has 1 to 1000 uses.", "Choose a number in that range."),
  issuerFull: fault("This phone remembers as many grants of this car as one revocation list holds.", "Revoke all grants at once with a new issuer epoch."),
  unknownGrant: fault("This phone has issued no such grant.", "List the grants and try again."),
  alreadyRevoked: fault("The grant is revoked already.", "Deliver the list to the car."),
  olderList: fault("A newer list of this issuer is carried already.", "Nothing to do."),
} as const satisfies Record<string, Fault>;

export type KeyFault = keyof typeof KEY_FAULTS;
