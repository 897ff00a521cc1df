/**
 * What `begin` answers through its callback; undefined where it does not within `timeoutMs`, or `cancelled` says so before.
 * What comes later is ignored: noble may answer late, twice or never.
 */
export function within<T>(timeoutMs: number, begin: (done: (value: T) => void) => void, onCancel?: (cancel: () => void) => () => void): Promise<T | undefined> {
  return new Promise((resolve) => {
    const finish = (value: T | undefined): void => {
      clearTimeout(timer);
      release?.();
      resolve(value);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    const release = onCancel?.(() => finish(undefined));
    begin(finish);
  });
}
