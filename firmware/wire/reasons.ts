/**
 * Why a request was not carried out. Codes go over the air to authenticated keys and into the audit log; a stranger only ever
 * sees `refused`. Ranges: 1xx session, 2xx access, 3xx lock, 5xx faults of the car itself.
 */
export interface Reason {
  readonly code: number;
  /** The rule that decided, one sentence. */
  readonly rule: string;
  /** What the person can do about it. */
  readonly wayOut: string;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly temporary: boolean;
}

const reason = (code: number, rule: string, wayOut: string, temporary = false): Reason => ({ code, rule, wayOut, temporary });

export const REASONS = {
  malformed: reason(101, "The request does not follow the protocol.", "Update the app on this phone."),
  fullRunNeeded: reason(102, "A fast reconnect serves unlock and lock only.", "Connect again with a full handshake.", true),
  busy: reason(103, "The car is at one of its stated limits.", "Try again in a few seconds.", true),

  unknownKey: reason(200, "This key is not enrolled.", "Ask an owner to enrol it."),
  revokedKey: reason(201, "This key was revoked.", "Ask an owner for a new key."),
  roleForbids: reason(202, "The role of this key does not include this action.", "Ask an owner to do it."),
  outsideScope: reason(203, "The grant does not include this action.", "Ask the owner for a grant that does."),
  notYetValid: reason(204, "The grant is not valid yet.", "Wait for its start.", true),
  expired: reason(205, "The grant has expired.", "Ask the owner for a new one."),
  timeNotTrusted: reason(206, "The car does not trust its clock, so a timed grant cannot be judged.", "An owner sets the time, or shares a counted grant.", true),
  usedUp: reason(207, "All uses of this grant are consumed.", "Ask the owner for a new one."),
  wrongVehicle: reason(208, "The grant names another car.", "Use it at the car it names."),
  issuerNotOwner: reason(209, "The grant was not signed by an owner of this car.", "Ask an owner for a grant."),
  grantRevoked: reason(210, "The owner revoked this grant.", "Ask the owner for a new one."),
  tooManyAttempts: reason(211, "Too many failed attempts.", "Wait; a phone key and the card keep working.", true),
  remoteLink: reason(212, "This is not served over a remote link, or an owner has switched remote links off (remoteAccess).", "Come to the car."),
  alreadyEnrolled: reason(213, "This key is enrolled already.", "Use it, or revoke it first."),
  storeFull: reason(214, "The store of keys, grants or revocations is full.", "Revoke keys that are no longer used."),
  lastOwner: reason(215, "A claimed car keeps at least one owner.", "Enrol another owner first, or transfer the car."),
  delayStarted: reason(216, "This needs a second owner or the recovery key, or a delay that every owner can cancel.", "Wait for the announced delay, or confirm with a second owner.", true),
  physicalInputNeeded: reason(217, "A reset needs the button inside the car.", "Hold the button inside, then repeat.", true),
  olderList: reason(218, "A newer revocation list of this issuer is already in force.", "Nothing to do."),
  pairingClosed: reason(219, "No pairing is open.", "Open one on the car's own console."),
  wrongProof: reason(220, "The pairing secret does not match.", "Scan the code on the car's console again."),
  valetMode: reason(221, "Valet mode is on.", "An owner switches valet mode off."),
  notClaimed: reason(222, "The car has no owner yet.", "Pair the first owner."),
  unknownTarget: reason(223, "There is no such key, grant or pending change.", "List the keys and try again."),
  unacceptableKey: reason(224, "The public key is not one this car accepts.", "Create a new key."),
  badSignature: reason(225, "The signature does not verify.", "Get it again from its issuer."),
  grantTooLong: reason(226, "Grants last 90 days at most.", "Share for a shorter time."),
  timeMovesBack: reason(227, "Time never moves back within an epoch.", "An owner opens a new time epoch."),
  scopeTooWide: reason(228, "The grant gives what owners cannot delegate.", "Share a smaller scope."),
  delegated: reason(229, "A key that was shared cannot share.", "Ask an owner."),
  pinRequired: reason(230, "PIN to drive is on.", "Enter the PIN at the car or with the phone, then drive within a minute.", true),
  wrongPin: reason(231, "The PIN is not right.", "Try again; after three wrong ones each takes longer. An owner's key sets a new one.", true),
  weakPin: reason(232, "A PIN has 4 to 8 digits, and is neither one digit repeated nor a run.", "Choose another one."),
  tapOnly: reason(233, "A card is tapped at a reader, and nothing else is.", "Hold the card to the reader; a phone asks over its radio."),
  cardTooSlow: reason(234, "The card took longer to answer than a card that is there.", "Hold it flat to the reader; if it stays so, an owner raises cardAnswerMs (own type: ownCardAnswerMs)."),
  cardTooWeak: reason(237, "Owners take cards of the car's own type alone.", "Use such a card, or an owner switches ownCardsAlone off."),

  noPosition: reason(235, "The car does not know where it is.", "Its receiver needs a view of the sky.", true),
  noReleaseKey: reason(240, "This car trusts no release key, so it takes no updates.", "Name the maker's release key in the configuration, or at the next claim."),
  badRelease: reason(241, "The release key that this car trusts has not signed this update.", "Get the update from the maker again."),
  wrongModel: reason(242, "The update is for another model.", "Get the update for the model of this car."),
  olderRelease: reason(243, "This release, or a later one, is confirmed already.", "Get a later release."),
  nothingOffered: reason(244, "No such update is offered.", "Offer it to the car first."),
  consentNeeded: reason(245, "An update needs the consent of an owner.", "An owner consents: latchkey key update consent."),
  updateBusy: reason(246, "The update in progress is not at this step.", "Look at its state; a trial ends by itself.", true),

  doorOpen: reason(301, "A door is open.", "Close it, or lock with force.", true),
  keyInside: reason(302, "A key is inside the car.", "Take it out, or lock with force.", true),
  jammed: reason(303, "A latch did not reach its end stop.", "Try again; use the mechanical key.", true),
  lowSupply: reason(304, "The supply voltage is below the reserve for one unlock.", "Charge the battery.", true),
  inMotion: reason(305, "The car is moving.", "Stop first.", true),
  nothingToDo: reason(306, "It is so already.", "Nothing to do."),

  notInside: reason(320, "The key was not measured to be inside, and owners ask for that to drive.", "Get in with the key, or an owner switches rangedDrive off.", true),
  noRanging: reason(321, "This car has no way to measure distance that is bound to a session.", "Ask for each unlock; signal strength alone is never enough."),

  storageFault: reason(501, "The car could not store the change, so it did not act.", "Run latchkey doctor on the car."),
} as const satisfies Record<string, Reason>;

export type ReasonName = keyof typeof REASONS;

const BY_CODE = new Map<number, ReasonName>(
  (Object.keys(REASONS) as ReasonName[]).map((name) => [REASONS[name].code, name]),
);

/** The name behind a code, or undefined for one that this build does not know. */
export function reasonName(code: number): ReasonName | undefined {
  return BY_CODE.get(code);
}
