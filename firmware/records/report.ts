/** What a mount found. Everything that was skipped is counted here: nothing is left out silently. */
export interface RecoveryReport {
  /** The flash held nothing at all, or only the remains of a first write that was never acknowledged. */
  readonly blank: boolean;
  /** Live records after recovery. */
  readonly recordCount: number;
  /** Batches that make up the recovered state. */
  readonly batchesApplied: number;
  /**
   * Acknowledged batches that can no longer be read: data that was promised is gone, removals and revocations perhaps among it.
   * Told again at every mount until the log has turned past the damage.
   */
  readonly batchesLost: number;
  /** Whole batches that were left out: never acknowledged, and a batch before them did not survive. */
  readonly batchesDropped: number;
  /**
   * Programmed bytes within the log that belong to no readable batch: writes cut off by power loss, or damage. The newest batch,
   * if it decayed before another one was written, cannot be told from a write cut off, and counts only here.
   */
  readonly tornBytes: number;
  /** Sectors with content but without a readable header: erases cut off, or damage. They are erased before they are used. */
  readonly sectorsUnreadable: readonly number[];
}

/**
 * Why a flash was not mounted; nothing was changed on it. `geometry`: the device, or the image, has other dimensions.
 * `version`: written by another generation of this format. `foreign`: full of something else. `damaged`: records of this
 * format, but not one state of them is left.
 */
export interface MountFailure {
  readonly kind: "geometry" | "version" | "foreign" | "damaged";
  /** What was found, in one sentence. */
  readonly detail: string;
  /** What a person can do about it, in one sentence. */
  readonly wayOut: string;
}
