/** Reflected polynomial of CRC-32 (IEEE 802.3, ISO/IEC 13239). */
const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/**
 * CRC-32 of `bytes` from `start` to `end` as an unsigned number. `seed` is the CRC of what goes before, 0 at the beginning,
 * so that crc32(b, ..., crc32(a, ...)) is the CRC of a and b together.
 */
export function crc32(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let crc = ~seed;
  for (let i = start; i < end; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
