import { describe, expect, test } from "vitest";
import { concat, fromHex, toBase64Url, toHex } from "../../../firmware/base/index.ts";
import { CborRaw, encode, type CborKey, type CborValue } from "../../../firmware/cbor/index.ts";
import { keyIdOf, publicKeyOf, signSign1 } from "../../../firmware/cose/index.ts";
import { parseGrant, signGrant, verifyGrantSignature, type CwtFault, type GrantClaims } from "../../../firmware/cwt/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { seededRandom } from "../../support/random.ts";

const crypto = createNodeCrypto({ random: seededRandom("grants") });
const random = seededRandom("grants values");
const owner = crypto.generateSigningKey("Ed25519");
const ownerKey = publicKeyOf("Ed25519", owner.publicKey);
const ownerKid = keyIdOf(crypto, ownerKey);
const guestKey = publicKeyOf("Ed25519", crypto.generateSigningKey("Ed25519").publicKey);
const vehicleId = random.bytes(32);

const claims: GrantClaims = {
  role: "guest",
  name: "Anna",
  audience: vehicleId,
  expiresAtS: 1_800_086_400,
  notBeforeS: 1_800_000_000,
  issuedAtS: 1_799_999_000,
  cti: random.bytes(8),
  holder: guestKey,
  scope: 0b11,
  uses: 5,
  issuerEpoch: 3,
};

/** The claims set of `claims` as plain CBOR values, for tests to break. */
function plainClaims(): Map<CborKey, CborValue> {
  return new Map<CborKey, CborValue>([
    [2, "guest:Anna"],
    [3, toBase64Url(vehicleId)],
    [4, claims.expiresAtS!],
    [5, claims.notBeforeS!],
    [6, claims.issuedAtS],
    [7, claims.cti],
    [8, new Map([[1, new CborRaw(guestKey.coseKey)]])],
    [9, Uint8Array.of(0b11)],
    [-65537, 5],
    [-65538, 3],
  ]);
}

function signed(set: Map<CborKey, CborValue>, kid = ownerKid): Uint8Array {
  return signSign1(crypto, owner, { kid, payload: encode(set) });
}

function faultOf(bytes: Uint8Array): CwtFault | undefined {
  const grant = parseGrant(crypto, bytes);
  return grant.ok ? undefined : grant.error;
}

function with_(claim: CborKey, value: CborValue | undefined): Uint8Array {
  const set = plainClaims();
  if (value === undefined) set.delete(claim);
  else set.set(claim, value);
  return signed(set);
}

function parsedGrant(bytes: Uint8Array) {
  const grant = parseGrant(crypto, bytes);
  if (!grant.ok) throw new Error(JSON.stringify(grant.error));
  return grant.value;
}

describe("a grant", () => {
  test("carries its claims, its issuer and the bytes it came in", () => {
    const bytes = signGrant(crypto, owner, ownerKid, claims);
    const grant = parsedGrant(bytes);
    expect(grant.claims).toEqual(claims);
    expect(grant.issuerKid).toEqual(ownerKid);
    expect(grant.bytes).toEqual(bytes);
    expect(grant.claims.holder.coseKey).toEqual(guestKey.coseKey);
  });

  test("is the CWT that the protocol page describes", () => {
    expect(toHex(signGrant(crypto, owner, ownerKid, claims))).toBe(toHex(signed(plainClaims())));
    expect(toHex(signed(plainClaims())).slice(0, 32)).toBe(`844da2013204` + `48${toHex(ownerKid)}a0`.padEnd(20).slice(0, 20));
  });

  test.each<[string, Partial<GrantClaims>]>([
    ["for a valet", { role: "valet" }],
    ["that is counted and has no window", { expiresAtS: undefined, notBeforeS: undefined, uses: 1 }],
    ["that is counted and has an end only", { notBeforeS: undefined, uses: 1000 }],
    ["that is not counted", { uses: undefined }],
    ["of every bit of scope", { scope: 0xff }],
    ["whose name is 64 bytes", { name: "\u00e4".repeat(32) }],
    ["whose name has a colon", { name: "a:b" }],
    ["of the first moment of all", { notBeforeS: 0, expiresAtS: 1, issuedAtS: 0, issuerEpoch: 0 }],
    ["for a P-256 holder", { holder: publicKeyOf("ES256", crypto.generateSigningKey("ES256").publicKey) }],
  ])("%s is read as it was made", (_what, change) => {
    const changed = { ...claims, ...change };
    expect(parsedGrant(signGrant(crypto, owner, ownerKid, changed)).claims).toEqual(changed);
  });

  test("verifies under its issuer's key alone", () => {
    const grant = parsedGrant(signGrant(crypto, owner, ownerKid, claims));
    expect(verifyGrantSignature(crypto, grant, ownerKey)).toBe(true);
    expect(verifyGrantSignature(crypto, grant, guestKey)).toBe(false);
  });

  test("by a P-256 issuer verifies too", () => {
    const issuer = crypto.generateSigningKey("ES256");
    const issuerKey = publicKeyOf("ES256", issuer.publicKey);
    const grant = parsedGrant(signGrant(crypto, issuer, keyIdOf(crypto, issuerKey), claims));
    expect(verifyGrantSignature(crypto, grant, issuerKey)).toBe(true);
    expect(verifyGrantSignature(crypto, grant, ownerKey)).toBe(false);
  });

  test("to the issuer itself is neither made nor verified", () => {
    expect(() => signGrant(crypto, owner, ownerKid, { ...claims, holder: ownerKey })).toThrow("granting key");
    const grant = parsedGrant(with_(8, new Map([[1, new CborRaw(ownerKey.coseKey)]])));
    expect(verifyGrantSignature(crypto, grant, ownerKey)).toBe(false);
  });

  test("does not survive a changed bit anywhere", () => {
    const bytes = signGrant(crypto, owner, ownerKid, claims);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << (at & 7);
      const grant = parseGrant(crypto, flipped);
      // A flip inside the kid names another issuer: then no key of ours is asked.
      expect(grant.ok && verifyGrantSignature(crypto, grant.value, ownerKey)).toBe(false);
    }
  });
});

describe("a grant is refused", () => {
  test.each([1, 10, 38, 39, 40, 0, -1, -65536, -65539, "exp"])("with the unknown claim %s", (claim) => {
    expect(faultOf(with_(claim, 1))).toEqual({ kind: "unknown-claim", claim });
  });

  test.each([2, 3, 6, 7, 8, 9, -65538])("without claim %d", (claim) => {
    expect(faultOf(with_(claim, undefined))).toEqual({ kind: "missing-claim", claim });
  });

  test.each([4, 5])("without claim %d when it is not counted", (claim) => {
    const set = plainClaims();
    set.delete(-65537);
    expect(faultOf(signed(set))).toBeUndefined();
    set.delete(claim);
    expect(faultOf(signed(set))).toEqual({ kind: "missing-claim", claim });
  });

  const wrong: [number, string, CborValue][] = [
    [2, "a number", 1],
    [2, "bytes", fromHex("67756573743a41")!],
    [2, "no role", "Anna"],
    [2, "no role but a colon", ":Anna"],
    [2, "an owner", "owner:Anna"],
    [2, "a role in capitals", "Guest:Anna"],
    [2, "no name", "guest:"],
    [2, "a name of 65 bytes", `guest:${"a".repeat(65)}`],
    [2, "a name of 66 bytes in 33 characters", `guest:${"\u00e4".repeat(33)}`],
    [2, "a line feed", "guest:An\nna"],
    [2, "an escape", "guest:An\u001bna"],
    [2, "a delete", "guest:An\u007fna"],
    [2, "a C1 control", "guest:An\u0085na"],
    [2, "a line separator", "guest:An\u2028na"],
    [2, "a text reversal", "guest:An\u202ena"],
    [3, "bytes", vehicleId],
    [3, "short", toBase64Url(vehicleId.subarray(1))],
    [3, "long", toBase64Url(concat(vehicleId, Uint8Array.of(0)))],
    [3, "padded", `${toBase64Url(vehicleId)}=`],
    [3, "not canonical", `${"A".repeat(42)}B`],
    [4, "text", "1800086400"],
    [4, "negative", -1],
    [4, "true", true],
    [4, "null", null],
    [4, "beyond the year 9999", 253402300800],
    [4, "the start", claims.notBeforeS!],
    [4, "before the start", claims.notBeforeS! - 1],
    [5, "text", "0"],
    [5, "negative", -1],
    [6, "bytes", Uint8Array.of(1)],
    [6, "negative", -1],
    [7, "short", new Uint8Array(7)],
    [7, "long", new Uint8Array(9)],
    [7, "text", "12345678"],
    [8, "the bare key", new CborRaw(guestKey.coseKey)],
    [8, "empty", new Map()],
    [8, "a kid", new Map([[3, ownerKid]])],
    [8, "a key and a kid", new Map<number, CborValue>([[1, new CborRaw(guestKey.coseKey)], [3, ownerKid]])],
    [8, "a key with a kid", new Map([[1, new Map<number, CborValue>([[1, 1], [2, ownerKid], [-1, 6], [-2, guestKey.raw]])]])],
    [8, "a private key", new Map([[1, new Map<number, CborValue>([[1, 1], [-1, 6], [-2, guestKey.raw], [-4, new Uint8Array(32)]])]])],
    [8, "a list of keys", new Map([[1, [new CborRaw(guestKey.coseKey)]]])],
    [9, "empty", new Uint8Array(0)],
    [9, "two bytes", new Uint8Array(2)],
    [9, "a number", 3],
    [9, "text", "unlock"],
    [-65537, "no uses", 0],
    [-65537, "negative", -1],
    [-65537, "too many", 1001],
    [-65537, "text", "5"],
    [-65538, "negative", -1],
    [-65538, "beyond 32 bits", 0x100000000],
    [-65538, "bytes", Uint8Array.of(3)],
  ];
  test.each(wrong)("whose claim %d is %s", (claim, _what, value) => {
    expect(faultOf(with_(claim, value))).toEqual({ kind: "wrong-claim", claim });
  });

  test("whose holder's key nobody should verify with", () => {
    const weak = publicKeyOf("Ed25519", Uint8Array.of(1, ...new Uint8Array(31)));
    expect(faultOf(with_(8, new Map([[1, new CborRaw(weak.coseKey)]])))).toEqual({ kind: "unacceptable-key" });
  });

  test("whose end is a float", () => {
    const payload = encode(plainClaims());
    const at = toHex(payload).indexOf("041a");
    const hex = toHex(payload);
    const float = fromHex(`${hex.slice(0, at)}04fa4ed693a4${hex.slice(at + 12)}`)!;
    expect(faultOf(signSign1(crypto, owner, { kid: ownerKid, payload: float }))).toEqual({ kind: "malformed" });
  });

  test.each<[string, Uint8Array]>([
    ["a list", encode([1])],
    ["nothing", new Uint8Array(0)],
    ["a claims set and a byte", concat(encode(plainClaims()), Uint8Array.of(0))],
    ["a claims set with a claim twice", concat(Uint8Array.of(0xab), encode(plainClaims()).subarray(1), fromHex("3a0001000103")!)],
  ])("whose payload is %s", (_what, payload) => {
    expect(faultOf(signSign1(crypto, owner, { kid: ownerKid, payload }))).toEqual({ kind: "malformed" });
  });

  test("that names no issuer, or one by another length than a key id's", () => {
    expect(faultOf(signSign1(crypto, owner, { payload: encode(plainClaims()) }))).toEqual({ kind: "malformed" });
    expect(faultOf(signed(plainClaims(), ownerKid.subarray(1)))).toEqual({ kind: "malformed" });
  });

  test("that is tagged as a CWT", () => {
    expect(faultOf(concat(fromHex("d83d")!, signed(plainClaims())))).toEqual({ kind: "malformed" });
    expect(faultOf(concat(fromHex("d2")!, signed(plainClaims())))).toEqual({ kind: "malformed" });
  });

  test("with the polymorphic algorithm -8", () => {
    const header = encode(new Map<number, CborValue>([[1, -8], [4, ownerKid]]));
    const bytes = encode([header, new Map(), encode(plainClaims()), new Uint8Array(64)]);
    expect(faultOf(bytes)).toEqual({ kind: "unsupported-algorithm" });
  });
});

describe("a grant is not signed", () => {
  test.each<[string, Partial<GrantClaims>]>([
    ["without a name", { name: "" }],
    ["with half a character in its name", { name: "a\ud800" }],
    ["for something that is no vehicle id", { audience: new Uint8Array(31) }],
    ["with a cti of 7 bytes", { cti: new Uint8Array(7) }],
    ["with fractions of a second", { expiresAtS: 1_800_086_400.5 }],
    ["without end and count", { expiresAtS: undefined, uses: undefined }],
    ["for no use", { uses: 0 }],
    ["with a scope of two bytes", { scope: 256 }],
  ])("%s", (_what, change) => {
    expect(() => signGrant(crypto, owner, ownerKid, { ...claims, ...change })).toThrow();
  });
});
