/** The bytes of a Buffer as a plain Uint8Array without a copy, because Buffer's own `slice` shares memory where callers expect a copy. */
export function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Unpadded base64url, the form of JWK members (RFC 7515 section 2). */
export function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}
