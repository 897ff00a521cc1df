import { describe, expect, it } from "vitest";
import { fromHex } from "../../../firmware/base/index.ts";
import { encode, type CborValue } from "../../../firmware/cbor/index.ts";
import { publicKeyOf, signSign1 } from "../../../firmware/cose/index.ts";
import { LIST_ENTRY_COUNT_MAX, parseRevocationList, signRevocationList, verifyRevocationList, type RevocationEntry } from "../../../firmware/lists/index.ts";
import { toBase64Url, utf8Encode } from "../../../firmware/base/index.ts";
import { testCrypto } from "../../support/crypto.ts";

const crypto = testCrypto("lists");
const signingKey = crypto.generateSigningKey("Ed25519");
const publicKey = publicKeyOf("Ed25519", signingKey.publicKey);
const kid = fromHex("0102030405060708")!;
const vehicleId = crypto.sha256(Uint8Array.of(1));
const key: RevocationEntry = { kind: "key", thumbprint: crypto.sha256(Uint8Array.of(2)) };
const grant = (n: number): RevocationEntry => ({ kind: "grant", grantId: Uint8Array.of(0, 0, 0, 0, 0, 0, n >> 8, n & 0xff) });
const sign = (entries: readonly RevocationEntry[]) => signRevocationList(crypto, signingKey, kid, { vehicleId, version: 3, issuerEpoch: 1, entries });

/** A signed list with any payload. */
function crafted(payload: CborValue, externalAad = "latchkey-revocations"): Uint8Array {
  return signSign1(crypto, signingKey, { kid, payload: encode(payload), externalAad: utf8Encode(externalAad) });
}
const fields = (entries: CborValue, more: [number, CborValue][] = []) => new Map<number, CborValue>([[1, toBase64Url(vehicleId)], [2, 3], [3, 1], [4, entries], ...more]);

describe("a revocation list", () => {
  it("is read back as it was signed, sorted and without repetitions", () => {
    const parsed = parseRevocationList(sign([key, grant(2), grant(1), grant(2)]));
    expect(parsed).toMatchObject({ ok: true, value: { issuerKid: kid, list: { vehicleId, version: 3, issuerEpoch: 1 } } });
    if (parsed.ok) {
      expect(parsed.value.list.entries).toEqual([key, grant(1), grant(2)]);
      expect(verifyRevocationList(crypto, parsed.value, publicKey)).toBe(true);
    }
  });

  it("has the bytes that docs/protocol.md describes", () => {
    const byHand = crafted(fields([[0, crypto.sha256(Uint8Array.of(2))], [1, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5)]]));
    expect(sign([grant(5), key])).toEqual(byHand);
  });

  it("is bound to its purpose and its signer", () => {
    const other = parseRevocationList(crafted(fields([]), "latchkey-audit-head"));
    expect(other.ok && verifyRevocationList(crypto, other.value, publicKey)).toBe(false);
    const mine = parseRevocationList(sign([]));
    const stranger = publicKeyOf("Ed25519", crypto.generateSigningKey("Ed25519").publicKey);
    expect(mine.ok && verifyRevocationList(crypto, mine.value, stranger)).toBe(false);
  });

  it.each([
    ["an unknown field", fields([], [[5, 0]])],
    ["a missing field", new Map<number, CborValue>([[1, toBase64Url(vehicleId)], [2, 3], [4, []]])],
    ["a vehicle id of another length", new Map<number, CborValue>([...fields([]), [1, "AAAA"]])],
    ["a version above 32 bits", new Map<number, CborValue>([...fields([]), [2, 2 ** 32]])],
    ["a negative epoch", new Map<number, CborValue>([...fields([]), [3, -1]])],
    ["an entry of unknown kind", fields([[2, new Uint8Array(8)]])],
    ["a thumbprint cut short", fields([[0, new Uint8Array(31)]])],
    ["a cti of the wrong length", fields([[1, new Uint8Array(9)]])],
    ["an entry with more in it", fields([[1, new Uint8Array(8), 0]])],
    ["entries out of order", fields([[1, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2)], [1, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)]])],
    ["an entry twice", fields([[1, new Uint8Array(8)], [1, new Uint8Array(8)]])],
    ["too many entries", fields(Array.from({ length: LIST_ENTRY_COUNT_MAX + 1 }, (_, i) => [1, Uint8Array.of(0, 0, 0, 0, 0, 0, i >> 8, i & 0xff)]))],
    ["no map", [1, 2]],
  ])("is refused with %s", (_what, payload) => {
    expect(parseRevocationList(crafted(payload))).toEqual({ ok: false, error: "malformed" });
  });

  it("is refused without a kid, and cut off anywhere", () => {
    expect(parseRevocationList(signSign1(crypto, signingKey, { payload: encode(fields([])) }))).toEqual({ ok: false, error: "malformed" });
    const list = sign([key]);
    for (let length = 0; length < list.length; length++) expect(parseRevocationList(list.subarray(0, length)).ok).toBe(false);
  });

  it("takes as many entries as it states and no more", () => {
    const entries = Array.from({ length: LIST_ENTRY_COUNT_MAX + 1 }, (_, i) => grant(i));
    expect(parseRevocationList(sign(entries.slice(1))).ok).toBe(true);
    expect(() => sign(entries)).toThrow("LIST_ENTRY_COUNT_MAX");
  });
});
