import { fromBase64Url, utf8Decode, utf8Encode } from "../base/index.ts";

/** Longest text that people pass between phones: a grant with a long name, in base64url, is below a third of it. */
export const TEXT_LENGTH_MAX = 8192;

/** Unreserved characters of RFC 3986 section 2.3 stay, all else becomes %XX of its UTF-8. */
export function percentEncode(text: string): string {
  let out = "";
  for (const byte of utf8Encode(text)) {
    const character = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

/** The text of {@link percentEncode}, or undefined where `encoded` is not exactly that. */
export function percentDecode(encoded: string): string | undefined {
  const bytes: number[] = [];
  for (let i = 0; i < encoded.length; i++) {
    const character = encoded[i]!;
    if (character !== "%") {
      bytes.push(character.charCodeAt(0) & 0xff);
      continue;
    }
    const digits = encoded.slice(i + 1, i + 3);
    if (!/^[0-9A-F]{2}$/.test(digits)) return undefined;
    bytes.push(parseInt(digits, 16));
    i += 2;
  }
  const text = utf8Decode(Uint8Array.from(bytes));
  return text !== undefined && percentEncode(text) === encoded ? text : undefined;
}

/** The bytes of `<prefix><base64url>` with nothing around it but white space, or undefined. */
export function bytesOfText(prefix: string, text: string): Uint8Array | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const trimmed = text.trim();
  const encoded = trimmed.slice(prefix.length);
  return trimmed.startsWith(prefix) && encoded !== "" ? fromBase64Url(encoded) : undefined;
}
