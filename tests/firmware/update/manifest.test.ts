import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { concat, utf8Encode } from "../../../firmware/base/index.ts";
import { CborTag, decode, encode, type CborValue } from "../../../firmware/cbor/index.ts";
import { signSign1 } from "../../../firmware/cose/index.ts";
import { ENVELOPE_BYTES_MAX, parseManifest, signManifest, verifyManifest, type ParsedManifest } from "../../../firmware/update/index.ts";
import { bundleOf, Maker, MODEL } from "./maker.ts";

const maker = new Maker();
const { crypto } = maker;
const bundle = bundleOf("manifest");
const AAD = utf8Encode("latchkey-update");

function parsed(envelope: Uint8Array): ParsedManifest {
  const result = parseManifest(crypto, envelope);
  if (!result.ok) throw new RangeError(result.error);
  return result.value;
}

/** An envelope around any payload, signed by the right key. */
const around = (payload: CborValue): Uint8Array => signSign1(crypto, maker.key, { payload: encode(payload), externalAad: AAD });
const FIELDS = [[1, 1], [2, 7], [3, MODEL], [4, "1.0.0"], [5, 3000], [6, crypto.sha256(bundle)]] as const satisfies readonly (readonly [number, CborValue])[];
const withField = (key: number, value: CborValue): CborValue => new Map<number, CborValue>([...FIELDS.filter(([other]) => other !== key), [key, value]]);

describe("a manifest", () => {
  it("comes back as it was signed, with and without a next release key", () => {
    for (const nextReleaseKey of [undefined, new Maker("next", "ES256").publicKey.coseKey]) {
      const release = maker.release(bundle, { sequenceNumber: 0xffffffff, version: "2.0.0-ß", nextReleaseKey });
      expect(parsed(release.envelope).manifest).toEqual(release.manifest);
      expect(verifyManifest(crypto, parsed(release.envelope), maker.publicKey)).toBe(true);
    }
  });

  it("is refused as unsigned by any other key, of the same algorithm or another", () => {
    const { envelope } = maker.release(bundle);
    for (const other of [new Maker("other"), new Maker("other", "ES256")]) expect(verifyManifest(crypto, parsed(envelope), other.publicKey)).toBe(false);
  });

  it("has no bit that can be turned without being noticed", () => {
    const { envelope } = maker.release(bundle);
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const flipped = envelope.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const result = parseManifest(crypto, flipped);
      expect(result.ok && verifyManifest(crypto, result.value, maker.publicKey), `bit ${bit}`).toBe(false);
    }
  });

  it("is no signature for anything else: its context keeps it apart from lists, grants and log heads", () => {
    const { manifest, envelope } = maker.release(bundle);
    const { payload } = parsed(envelope).sign1;
    const foreign = signSign1(crypto, maker.key, { payload, externalAad: utf8Encode("latchkey-revocations") });
    expect(parsed(foreign).manifest).toEqual(manifest);
    expect(verifyManifest(crypto, parsed(foreign), maker.publicKey)).toBe(false);
  });

  it("cut anywhere or extended is none", () => {
    const { envelope } = maker.release(bundle);
    for (let cut = 0; cut < envelope.length; cut++) expect(parseManifest(crypto, envelope.subarray(0, cut)).ok).toBe(false);
    expect(parseManifest(crypto, concat(envelope, Uint8Array.of(0))).ok).toBe(false);
    expect(parseManifest(crypto, new Uint8Array(ENVELOPE_BYTES_MAX + 1)).ok).toBe(false);
  });

  const wrong: readonly (readonly [string, CborValue])[] = [
    ["another structure version", withField(1, 2)],
    ["sequence number 0", withField(2, 0)],
    ["a sequence number beyond 32 bits", withField(2, 2 ** 32)],
    ["a model with an escape", withField(3, "a\u001b[2J")],
    ["no model", new Map<number, CborValue>(FIELDS.filter(([key]) => key !== 3))],
    ["an empty version", withField(4, "")],
    ["size 0", withField(5, 0)],
    ["a size beyond all bundles", withField(5, 2 ** 31)],
    ["a short digest", withField(6, new Uint8Array(31))],
    ["a text for a digest", withField(6, "x".repeat(32))],
    ["a short next key", withField(7, new Uint8Array(39))],
    ["an unknown field", withField(8, 1)],
    ["an array", [1, 2, 3]],
    ["a tag around it", new CborTag(107, new Map<number, CborValue>(FIELDS))],
  ];
  it.each(wrong)("is refused with %s, though its signature is good", (_what, payload) => {
    expect(parseManifest(crypto, around(payload))).toEqual({ ok: false, error: "malformed" });
  });

  it("is refused with a kid: a release key is not looked up by what its bearer says", () => {
    const { payload } = parsed(maker.release(bundle).envelope).sign1;
    expect(parseManifest(crypto, signSign1(crypto, maker.key, { payload, kid: new Uint8Array(8), externalAad: AAD })).ok).toBe(false);
  });

  it.each(["Ed25519", "ES256"] as const)("signed with %s verifies by node:crypto over a Sig_structure built by hand (RFC 9052 section 4.4)", (algorithm) => {
    const signer = new Maker("independent", algorithm);
    const envelope = signManifest(signer.crypto, signer.key, signer.release(bundle).manifest);
    const item = decode(envelope);
    const [header, , payload, signature] = (item.ok ? item.value : []) as [Uint8Array, unknown, Uint8Array, Uint8Array];
    const lengthOf = (bytes: Uint8Array): number[] => (bytes.length < 24 ? [0x40 + bytes.length] : [0x58, bytes.length]);
    const toBeSigned = Buffer.concat([Buffer.from([0x84, 0x6a]), Buffer.from("Signature1"), Buffer.from(lengthOf(header)), header, Buffer.from(lengthOf(AAD)), AAD, Buffer.from(lengthOf(payload)), payload]);
    const raw = Buffer.from(signer.publicKey.raw);
    const jwk = algorithm === "Ed25519" ? { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") } : { kty: "EC", crv: "P-256", x: raw.subarray(0, 32).toString("base64url"), y: raw.subarray(32).toString("base64url") };
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const check = (bytes: Uint8Array): boolean => verify(algorithm === "Ed25519" ? null : "sha256", bytes, { key, dsaEncoding: "ieee-p1363" }, signature);
    expect(check(toBeSigned)).toBe(true);
    expect(check(toBeSigned.subarray(1))).toBe(false);
  });
});
