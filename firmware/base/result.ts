/** The outcome of something that may be refused or may fail for a stated reason; no exception crosses a module door. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** A success that carries `value`. */
export function ok(): Result<void, never>;
export function ok<T>(value: T): Result<T, never>;
export function ok<T>(value?: T): Result<T | undefined, never> {
  return { ok: true, value };
}

/** An expected failure that carries `error`. */
export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}
