/** Arrays up to this long lie in the heap of the engine (V8's `typed_array_max_size_in_heap`), and cost little. */
const CHEAP_BYTES_MAX = 64;
const POOL_BYTES = 8192;

let pool = new Uint8Array(POOL_BYTES);
let used = 0;

/**
 * `length` zeroed bytes for something that is let go of soon, such as a frame on its way out: a view of a larger array, which stays in memory as
 * long as any view of it. An array of its own would be allocated outside the engine's heap, ten times as costly as a view.
 */
export function shortLived(length: number): Uint8Array {
  if (length <= CHEAP_BYTES_MAX || length > POOL_BYTES / 4) return new Uint8Array(length);
  if (used + length > POOL_BYTES) {
    pool = new Uint8Array(POOL_BYTES);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}
