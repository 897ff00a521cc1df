/** A broken invariant: a fault of this program, never of its input. The top level logs it and restarts into a safe state. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Throws {@link InvariantViolation} naming `invariant` unless `condition` holds. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new InvariantViolation(invariant);
}

/** Makes the compiler prove that a switch decided every case. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`undecided case ${JSON.stringify(value)}`);
}
