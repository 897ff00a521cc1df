/** Order of the base point, L (RFC 8032 section 5.1), little endian. */
const ORDER = [
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/** The field prime 2^255 - 19 (RFC 8032 section 5.1). */
const P = 2n ** 255n - 19n;

/** The curve constant d = -121665 / 121666 modulo p (RFC 8032 section 5.1). */
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/** One y of the points of order 8; the other is its negative. */
const ORDER_8_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;

/** The y-coordinates of the points whose order divides 8; the sign bit may be 0 or 1. */
const SMALL_ORDER_Y = new Set([0n, 1n, ORDER_8_Y, P - ORDER_8_Y, P - 1n]);

/** Whether S, the second half of a 64-byte signature, is below L; without that, signatures are malleable (RFC 8032 section 5.1.7). */
export function isSBelowOrder(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = signature[32 + i]!;
    if (byte !== ORDER[i]!) return byte < ORDER[i]!;
  }
  return false;
}

/** Whether 32 bytes encode y below p and no point of small order; cheap, and says nothing about being on the curve. */
export function isSoundEd25519Encoding(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const y = yOf(publicKey);
  return y < P && !SMALL_ORDER_Y.has(y);
}

/** Whether `publicKey` encodes a point of the curve: x^2 = (y^2 - 1) / (d y^2 + 1) has a root (RFC 8032 section 5.1.3). */
export function isOnEd25519(publicKey: Uint8Array): boolean {
  const y = yOf(publicKey);
  const ySquared = (y * y) % P;
  // u / v and u * v are squares together, which spares the inversion.
  const product = ((ySquared - 1n + P) * (D * ySquared + 1n)) % P;
  return product === 0n || powerModulo(product, (P - 1n) / 2n) === 1n;
}

function yOf(publicKey: Uint8Array): bigint {
  let y = BigInt(publicKey[31]! & 0x7f);
  for (let i = 30; i >= 0; i--) y = (y << 8n) | BigInt(publicKey[i]!);
  return y;
}

function powerModulo(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % P;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}
