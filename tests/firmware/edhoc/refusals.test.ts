import { describe, expect, test } from "vitest";
import { concat, err, fromHex, ok, toHex } from "../../../firmware/base/index.ts";
import { encode } from "../../../firmware/cbor/index.ts";
import { idCredOfKid, SUITES, type EdhocFault } from "../../../firmware/edhoc/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { seededRandom } from "../../support/random.ts";
import { craftedInitiator, craftMessage2, craftPlaintext2, type Slips } from "./crafted.ts";
import { C_I, carFor, device, knowing, phoneFor } from "./parties.ts";
import { agreementKey, kindOf, must, readTrace, readVectors } from "./trace.ts";

const crypto = createNodeCrypto({ random: seededRandom("refusals") });
const phone = device(crypto, "phone", "Ed25519");
const car = device(crypto, "car", "Ed25519");
const stranger = device(crypto, "stranger", "Ed25519");

type Fault = EdhocFault<string>;

const UNSPECIFIED = "016772656675736564";
const UNKNOWN_CREDENTIAL = "03f5";

const keyShare = crypto.generateAgreementKey("X25519").publicKey;
const G_X = `5820${toHex(keyShare)}`;

describe("the invalid messages of RFC 9529 section 4 are refused", () => {
  const { cases } = readVectors("rfc9529-invalid.json") as {
    cases: readonly { readonly id: number; readonly structure: string; readonly reason: string; readonly hex: string }[];
  };
  const two = readTrace("rfc9529-trace2-method3-suite2-kid.json");
  const everySuite = SUITES.map((suite) => suite.id);

  /** An initiator of trace 2 that has sent its message_1. */
  function initiatorOfTraceTwo() {
    const key = agreementKey(crypto, "P-256", two.get("SK_I"));
    const own = { idCred: idCredOfKid(Uint8Array.of(0x2b)), credential: two.get("CRED_I"), key };
    const publicKey = two.get("Responder's public authentication key, 'x'-coordinate");
    const peers = () => ok([{ credential: two.get("CRED_R"), publicKey, tag: "R" }]);
    const initiator = phoneFor(crypto, 2, phone, car, { method: 3, own, peers });
    return { initiator, message1: initiator.message1() };
  }

  test("and there are 15 of them", () => {
    expect(cases.map((invalid) => invalid.id)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  const EXPECTED = new Map([
    [8, "unsupported-suite"],
    [9, "bad-key-share"],
    [10, "bad-key-share"],
    [11, "bad-key-share"],
  ]);

  test.each(cases)("$id: $reason", ({ id, structure, hex }) => {
    const bytes = fromHex(hex)!;
    if (structure === "message_1") {
      const answered = carFor(crypto, car, phone, { methods: [0, 3], suites: everySuite }).processMessage1(bytes);
      expect(kindOf(answered)).toBe(EXPECTED.get(id) ?? "malformed");
      return;
    }
    const { initiator, message1 } = initiatorOfTraceTwo();
    const message2 = structure === "message_2" ? bytes : craftPlaintext2(crypto, message1, "P-256", bytes);
    expect(kindOf(initiator.processMessage2(message2))).toBe("malformed");
  });
});

describe("message_1 is refused", () => {
  const answerTo = (hex: string) => carFor(crypto, car, phone).processMessage1(fromHex(hex.replaceAll(" ", ""))!);

  test("unless it is whole: the positive control", () => {
    expect(kindOf(answerTo(`00 04 ${G_X} 00`))).toBe("accepted");
  });

  test.each([
    ["empty", "", "malformed"],
    ["without C_I", `00 04 ${G_X}`, "malformed"],
    ["cut in G_X", `00 04 ${G_X.slice(0, -2)}`, "malformed"],
    ["with an EAD label that is no int", `00 04 ${G_X} 00 6161`, "malformed"],
    ["with an EAD value without a label", `00 04 ${G_X} 00 4100`, "malformed"],
    ["with two EAD values after one label", `00 04 ${G_X} 00 01 4100 4100`, "malformed"],
    ["with critical EAD", `00 04 ${G_X} 00 20`, "critical-ead"],
    ["with critical EAD behind padding", `00 04 ${G_X} 00 00 4400000000 3903e7 41aa`, "critical-ead"],
    ["with more EAD than is read", `00 04 ${G_X} 00 ${"01".repeat(17)}`, "malformed"],
    ["with METHOD as text", `6130 04 ${G_X} 00`, "malformed"],
    ["with METHOD as bytes", `4100 04 ${G_X} 00`, "malformed"],
    ["with METHOD not minimal", `1800 04 ${G_X} 00`, "malformed"],
    ["with a static method", `03 04 ${G_X} 00`, "unsupported-method"],
    ["with method 1", `01 04 ${G_X} 00`, "unsupported-method"],
    ["with a method that nobody knows", `04 04 ${G_X} 00`, "unsupported-method"],
    ["with a negative method", `20 04 ${G_X} 00`, "unsupported-method"],
    ["with no suite", `00 80 ${G_X} 00`, "malformed"],
    ["with an array of one suite", `00 8104 ${G_X} 00`, "malformed"],
    ["with a suite as text", `00 6134 ${G_X} 00`, "malformed"],
    ["with a list that holds text", `00 82613404 ${G_X} 00`, "malformed"],
    ["with more suites than are read", `00 91${"06".repeat(16)}04 ${G_X} 00`, "malformed"],
    ["with suites of indefinite length", `00 9f0604ff ${G_X} 00`, "malformed"],
    ["with a trace suite", `00 00 ${G_X} 00`, "unsupported-suite"],
    ["with G_X as text", `00 04 7820${"61".repeat(32)} 00`, "malformed"],
    ["with G_X too short", `00 04 581f${"11".repeat(31)} 00`, "malformed"],
    ["with G_X too long", `00 04 5821${"11".repeat(33)} 00`, "malformed"],
    ["with an empty G_X", `00 04 40 00`, "malformed"],
    ["with a small-order G_X: zero", `00 04 5820${"00".repeat(32)} 00`, "bad-key-share"],
    ["with a small-order G_X: one", `00 04 582001${"00".repeat(31)} 00`, "bad-key-share"],
    ["with C_I as bytes where the int is due", `00 04 ${G_X} 4100`, "malformed"],
    ["with C_I as an int of two bytes", `00 04 ${G_X} 1818`, "malformed"],
    ["with C_I as text", `00 04 ${G_X} 6100`, "malformed"],
    ["as an array", `84 00 04 ${G_X} 00`, "malformed"],
    ["as an error", `01 60`, "malformed"],
  ])("%s", (_what, hex, kind) => {
    expect(kindOf(answerTo(hex))).toBe(kind);
  });

  test.each(["00", "17", "20", "37", "40", "4118", "4138", "43aabbcc"])("but C_I may be %s", (connectionId) => {
    expect(kindOf(answerTo(`00 04 ${G_X} ${connectionId}`))).toBe("accepted");
  });

  test.each(["00", "00 44deadbeef", "05", "05 4101", "00 00 4100 07 40"])("but EAD %s is ignored", (ead) => {
    expect(kindOf(answerTo(`00 04 ${G_X} 00 ${ead}`))).toBe("accepted");
  });

  test("with the one flat error, whatever was wrong", () => {
    for (const hex of ["", `00 04 ${G_X} 00 20`, `03 04 ${G_X} 00`, `00 04 5820${"00".repeat(32)} 00`]) {
      const { error } = answerTo(hex) as { error: Fault };
      expect(toHex(error.errorMessage!)).toBe(UNSPECIFIED);
    }
  });

  test("before the car's own credential is asked for", () => {
    let asked = 0;
    const own = () => {
      asked++;
      return car.own;
    };
    carFor(crypto, car, phone, { own }).processMessage1(fromHex(`00045820${"00".repeat(32)}00`)!);
    expect(asked).toBe(0);
    carFor(crypto, car, phone, { own }).processMessage1(fromHex(`0004${G_X}00`)!);
    expect(asked).toBe(1);
  });
});

const kid = (who: typeof car): Uint8Array => (who.own.idCred.kind === "kid" ? who.own.idCred.kid : new Uint8Array(0));
const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;

/** What is wrong with a plaintext, for either message; `who` made it. */
const PLAINTEXT_SLIPS: readonly (readonly [what: string, kind: string, slips: (who: typeof car) => Slips])[] = [
  ["with a map where the lone kid is due", "malformed", (who) => ({ compact: encode(new Map([[4, kid(who)]])) })],
  ["with an empty identifier map", "malformed", () => ({ compact: hex("a0") })],
  ["with a one-byte kid as bytes where the int is due", "malformed", () => ({ compact: hex("4105") })],
  ["with a kid as an int of two bytes", "malformed", () => ({ compact: hex("1818") })],
  ["with a kid as text", "malformed", () => ({ compact: hex("6161") })],
  ["with an identifier map whose keys repeat", "malformed", () => ({ compact: hex("a2 04 4105 04 4106") })],
  ["with a CWT that is no array", "malformed", () => ({ compact: hex("a1 0d 4105") })],
  ["with a CCS that is no map", "malformed", () => ({ compact: hex("a1 0e 80") })],
  ["with a kid in the map inside the covered map as well", "unproven", (who) => ({ idCred: encode(new Map([[4, encode(kid(who))]])) })],
  ["with a signature of 63 bytes", "malformed", () => ({ proof: (signature) => signature.subarray(1) })],
  ["with a signature of 65 bytes", "malformed", () => ({ proof: (signature) => concat(signature, C_I) })],
  ["with a MAC for a signature", "malformed", () => ({ proof: (signature) => signature.subarray(32) })],
  ["with a signature of zeros", "unproven", () => ({ proof: () => new Uint8Array(64) })],
  ["signed by another key", "unproven", () => ({ signer: stranger })],
  ["with EAD that is not covered by MAC and signature", "unproven", () => ({ ead: hex("00 4101"), coveredEad: hex("") })],
  ["with covered EAD that is not sent", "unproven", () => ({ coveredEad: hex("00 4101") })],
  ["with critical EAD", "critical-ead", () => ({ ead: hex("20") })],
  ["with an EAD label that is no int", "malformed", () => ({ ead: hex("6161") })],
  ["with a trailing value", "malformed", () => ({ ead: hex("4101") })],
  ["with a cut item at the end", "malformed", () => ({ ead: hex("18") })],
  ["with more EAD than is read", "malformed", () => ({ ead: new Uint8Array(17).fill(1) })],
  ["that is cut", "malformed", () => ({ plaintext: (genuine) => genuine.subarray(0, genuine.length - 1) })],
  ["that is an array", "malformed", () => ({ plaintext: (genuine) => concat(hex("83"), genuine) })],
];

describe("message_2 is refused", () => {
  function judge(slips: Slips, changes: Parameters<typeof phoneFor>[4] = {}) {
    const initiator = phoneFor(crypto, 4, phone, car, changes);
    const outcome = initiator.processMessage2(craftMessage2(crypto, initiator.message1(), car, slips));
    if (!outcome.ok) {
      expect(() => initiator.message3()).toThrow("verified");
      expect(initiator.established).toBeUndefined();
    }
    return outcome;
  }

  test("unless it is right: the positive control, made by hand", () => {
    expect(kindOf(judge({}))).toBe("accepted");
    expect(kindOf(judge({ ead: hex("00 4101 07") }))).toBe("accepted");
    expect(kindOf(judge({ connectionId: hex("4118") }))).toBe("accepted");
  });

  test.each(PLAINTEXT_SLIPS)("with a plaintext %s", (_what, kind, slips) => {
    expect(kindOf(judge(slips(car)))).toBe(kind);
  });

  test.each<[string, string, Slips]>([
    ["without C_R in context_2", "unproven", { inContext: hex("") }],
    ["with another C_R in context_2", "unproven", { inContext: hex("02") }],
    ["with C_R as bytes where the int is due", "malformed", { connectionId: hex("4101") }],
    ["with C_R as an int of two bytes", "malformed", { connectionId: hex("1818") }],
    ["of a keystream and no more", "malformed", { ciphertext: () => hex("") }],
  ])("%s", (_what, kind, slips) => {
    expect(kindOf(judge(slips))).toBe(kind);
  });

  test("with C_R in TH_2, whatever its plaintext then looks like", () => {
    expect(judge({ inTranscript2: hex("01") }).ok).toBe(false);
  });

  test("whose plaintext is longer than one keystream", () => {
    const filler = (length: number): Slips => ({ ead: concat(hex("00 59"), Uint8Array.of(length >> 8, length & 0xff), new Uint8Array(length)) });
    const rest = 1 + 9 + 66 + 4;
    expect(kindOf(judge(filler(8160 - rest)))).toBe("accepted");
    expect(kindOf(judge(filler(8161 - rest)))).toBe("malformed");
  });

  test.each([
    ["empty", "", "malformed"],
    ["a byte string of nothing", "40", "malformed"],
    ["no byte string", "80", "malformed"],
    ["shorter than G_Y and one byte", `5820${"11".repeat(32)}`, "malformed"],
    ["a text", `7821${"61".repeat(33)}`, "malformed"],
    ["of indefinite length", `5f5821${"11".repeat(33)}ff`, "malformed"],
    ["with a small-order G_Y", `5870${"00".repeat(112)}`, "bad-key-share"],
    ["ERR_CODE 0", "0060", "malformed"],
    ["an error without information", "01", "malformed"],
    ["an error with more", "016000", "malformed"],
    ["error 1 without text", "01f5", "malformed"],
    ["error 2 with an array of one", "028104", "malformed"],
    ["error 2 with text", "026134", "malformed"],
    ["error 3 with false", "03f4", "malformed"],
    ["an unknown error", "0460", "malformed"],
    ["a negative error", "2060", "malformed"],
  ])("when it is %s", (_what, bytes, kind) => {
    const initiator = phoneFor(crypto, 4, phone, car);
    initiator.message1();
    expect(kindOf(initiator.processMessage2(fromHex(bytes)!))).toBe(kind);
  });

  test("with a byte after it", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const message2 = must(carFor(crypto, car, phone).processMessage1(initiator.message1()));
    expect(kindOf(initiator.processMessage2(concat(message2, C_I)))).toBe("malformed");
  });

  test.each([
    ["016161", { code: 1 }],
    ["0204", { code: 2, suites: [4] }],
    ["02820405", { code: 2, suites: [4, 5] }],
    ["03f5", { code: 3 }],
  ])("when it is the error %s, which is told as one", (bytes, error) => {
    const initiator = phoneFor(crypto, 4, phone, car);
    initiator.message1();
    expect(initiator.processMessage2(fromHex(bytes)!)).toEqual({ ok: false, error: { kind: "peer-error", error } });
  });

  test("from a car that the phone does not know, or does not want", () => {
    expect(kindOf(judge({}, { peers: () => ok([]) }))).toBe("unknown-peer");
    expect(judge({}, { peers: () => err("not this car") })).toMatchObject({ error: { kind: "peer-refused", reason: "not this car" } });
  });

  test("when the phone's own messages come back to it", () => {
    // The phone is made to accept its own key as that of a car; only the reflection rule stands in between.
    const initiator = phoneFor(crypto, 4, phone, car, { peers: knowing(phone) });
    const mirror = carFor(crypto, phone, phone);
    const message2 = must(mirror.processMessage1(initiator.message1()));
    expect(kindOf(initiator.processMessage2(message2))).toBe("reflection");
    expect(() => initiator.message3()).toThrow("verified");
  });

  test("that answers another message_1", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    initiator.message1();
    const other = phoneFor(crypto, 4, phone, car);
    const message2 = must(carFor(crypto, car, phone).processMessage1(other.message1()));
    expect(initiator.processMessage2(message2).ok).toBe(false);
  });
});

describe("message_3 is refused", () => {
  function judge(slips: Slips, changes: Parameters<typeof carFor>[3] = {}) {
    const initiator = craftedInitiator(crypto, phone, car);
    const responder = carFor(crypto, car, phone, changes);
    const message2 = must(responder.processMessage1(initiator.message1));
    const outcome = responder.processMessage3(initiator.message3(message2, slips));
    if (!outcome.ok) expect(responder.established).toBeUndefined();
    return outcome;
  }

  test("unless it is right: the positive control, made by hand", () => {
    expect(kindOf(judge({}))).toBe("accepted");
    expect(kindOf(judge({ ead: hex("00 4101 07") }))).toBe("accepted");
  });

  test.each(PLAINTEXT_SLIPS)("with a plaintext %s", (_what, kind, slips) => {
    expect(kindOf(judge(slips(phone)))).toBe(kind);
  });

  test.each<[string, string, Slips]>([
    ["with C_I in context_3", "unproven", { inContext: hex("00") }],
    ["with an empty ciphertext", "forged", { ciphertext: () => hex("") }],
    ["with a cut tag", "forged", { ciphertext: (genuine) => genuine.subarray(0, -1) }],
    ["with a longer ciphertext", "forged", { ciphertext: (genuine) => concat(genuine, C_I) }],
  ])("%s", (_what, kind, slips) => {
    expect(kindOf(judge(slips))).toBe(kind);
  });

  test.each([
    ["empty", "", "malformed"],
    ["a text", "6161", "malformed"],
    ["not minimal", "5801aa", "malformed"],
    ["an error", "016161", "peer-error"],
    ["ERR_CODE 0", "0060", "malformed"],
  ])("when it is %s", (_what, bytes, kind) => {
    const responder = carFor(crypto, car, phone);
    must(responder.processMessage1(phoneFor(crypto, 4, phone, car).message1()));
    expect(kindOf(responder.processMessage3(fromHex(bytes)!))).toBe(kind);
  });

  test("with a byte after it", () => {
    const initiator = craftedInitiator(crypto, phone, car);
    const responder = carFor(crypto, car, phone);
    const message3 = initiator.message3(must(responder.processMessage1(initiator.message1)));
    expect(kindOf(responder.processMessage3(concat(message3, C_I)))).toBe("malformed");
  });

  test("from somebody whom the car does not know: error 3", () => {
    const outcome = judge({}, { peers: () => ok([]) }) as { error: Fault };
    expect(outcome.error.kind).toBe("unknown-peer");
    expect(toHex(outcome.error.errorMessage!)).toBe(UNKNOWN_CREDENTIAL);
  });

  test("from somebody whom the car refuses, with the reason for the car alone", () => {
    const outcome = judge({}, { peers: () => err("revoked") }) as { error: Fault };
    expect(outcome.error).toMatchObject({ kind: "peer-refused", reason: "revoked" });
    expect(toHex(outcome.error.errorMessage!)).toBe(UNKNOWN_CREDENTIAL);
  });

  test("from too many at once", () => {
    expect(kindOf(judge({}, { peers: () => ok(new Array(17).fill(phone.peer)) }))).toBe("too-many-candidates");
  });

  test("for a credential other than the one that was signed over", () => {
    const peers = () => ok([{ ...phone.peer, credential: stranger.peer.credential }]);
    expect(kindOf(judge({}, { peers }))).toBe("unproven");
  });

  test("from the car's own key", () => {
    // Made by hand: an honest initiator would notice first.
    const mirror = craftedInitiator(crypto, car, car);
    const responder = carFor(crypto, car, phone, { peers: knowing(car) });
    const message3 = mirror.message3(must(responder.processMessage1(mirror.message1)));
    expect(kindOf(responder.processMessage3(message3))).toBe("reflection");
  });

  test("of another session", () => {
    const first = craftedInitiator(crypto, phone, car);
    const responder = carFor(crypto, car, phone);
    const recorded = first.message3(must(responder.processMessage1(first.message1)));
    must(responder.processMessage3(recorded));
    const again = carFor(crypto, car, phone);
    must(again.processMessage1(first.message1));
    expect(kindOf(again.processMessage3(recorded))).toBe("forged");
  });
});
