let byExit = false;

/** Something is loaded that keeps the process alive and cannot be closed (noble): the command ends it once it is done. */
export function endByExit(): void {
  byExit = true;
}

export function endsByExit(): boolean {
  return byExit;
}
