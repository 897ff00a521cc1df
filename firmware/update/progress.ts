/**
 * How far an update has come.
 *
 * - `idle`: none is known.
 * - `offered`: a release key has signed it; an owner is to consent.
 * - `consented`: both signatures are there; pieces may come.
 * - `downloading`: some pieces are durable in the other slot. A restart keeps them.
 * - `staged`: all of it is there and has the promised digest; the boot loader tries it at the next start.
 * - `trial`: it runs, and has not proved itself yet.
 * - `confirmed`: it has proved itself; the anti-rollback counter stands at its sequence number.
 * - `rolledBack`: it failed its trial; the one before runs.
 */
export type UpdateState = "idle" | "offered" | "consented" | "downloading" | "staged" | "trial" | "confirmed" | "rolledBack";

/** What can happen to an update. */
export type UpdateStep =
  | "offer"
  | "consent"
  /** The key that gave the consent is no owner's any more. */
  | "consentEnded"
  | "pieceStored"
  /** All is there, but it is not what the manifest promised, or the slot failed: begin again with the pieces. */
  | "spoiled"
  | "complete"
  /** This very release was started by the boot loader, on trial. */
  | "trialStarted"
  /** The boot loader has made it the one it starts. */
  | "proved"
  /** Another release than the one on trial was started. */
  | "otherStarted";

type Row = Readonly<Partial<Record<UpdateStep, UpdateState>>>;

/** What each step leads to; where a state has no entry for a step, the step is refused and nothing changes. */
export const UPDATE_TABLE: Readonly<Record<UpdateState, Row>> = {
  idle: { offer: "offered" },
  offered: { offer: "offered", consent: "consented" },
  consented: { offer: "offered", consentEnded: "offered", pieceStored: "downloading", spoiled: "consented" },
  downloading: { offer: "offered", consentEnded: "offered", pieceStored: "downloading", spoiled: "consented", complete: "staged" },
  // The trial may begin, end and be undone while nobody can write it down: a start tells only what runs now.
  staged: { consentEnded: "offered", spoiled: "consented", trialStarted: "trial", proved: "confirmed", otherStarted: "rolledBack" },
  trial: { trialStarted: "trial", proved: "confirmed", otherStarted: "rolledBack" },
  confirmed: { offer: "offered" },
  rolledBack: { offer: "offered" },
};

/** The state after `step`, or undefined where the step is refused. */
export function nextUpdateState(state: UpdateState, step: UpdateStep): UpdateState | undefined {
  return UPDATE_TABLE[state][step];
}

/** Numbers on flash: never reuse one. */
export const STATE_NUMBERS: Readonly<Record<UpdateState, number>> = { idle: 0, offered: 1, consented: 2, downloading: 3, staged: 4, trial: 5, confirmed: 6, rolledBack: 7 };

/** The table as the state picture of docs/update.md. */
export function describeUpdates(): string {
  const arrows = (Object.keys(UPDATE_TABLE) as UpdateState[]).flatMap((state) =>
    Object.entries(UPDATE_TABLE[state]).map(([step, to]) => `  ${state} --> ${to}: ${step}`),
  );
  return ["stateDiagram-v2", "  [*] --> idle", ...arrows].join("\n");
}
