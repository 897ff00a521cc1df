import { describe, expect, test } from "vitest";
import { concat, err, fromHex, ok, toHex } from "../../../firmware/base/index.ts";
import { encode } from "../../../firmware/cbor/index.ts";
import { credentialOf, keyIdOf, parseCredential } from "../../../firmware/cose/index.ts";
import { parseGrant, signGrant, verifyGrantSignature, type GrantClaims } from "../../../firmware/cwt/index.ts";
import {
  CANDIDATES_MAX,
  idCredOfCcs,
  idCredOfCwt,
  idCredOfKid,
  METHODS,
  SUITES,
  type IdCred,
  type Initiator,
  type OwnCredential,
  type Responder,
} from "../../../firmware/edhoc/index.ts";
import type { AgreementKey, SigningKey } from "../../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { seededRandom } from "../../support/random.ts";
import { C_I, C_R, carFor, device, knowing, ON_AIR, phoneFor, type Device } from "./parties.ts";
import { must, recording } from "./trace.ts";

const crypto = createNodeCrypto({ random: seededRandom("handshakes") });

/** Runs a handshake to its end and gives both ends. */
function complete(initiator: Initiator<string, string>, responder: Responder<string, string>) {
  const message1 = initiator.message1();
  const message2 = must(responder.processMessage1(message1));
  must(initiator.processMessage2(message2));
  const message3 = initiator.message3();
  const car = must(responder.processMessage3(message3));
  return { message1, message2, message3, phone: initiator.established!, car };
}

describe.each(ON_AIR)("a handshake with suite $suite", ({ suite, algorithm }) => {
  const phone = device(crypto, "phone", algorithm);
  const car = device(crypto, "car", algorithm);

  test("gives both ends the same keys and each the other's identity", () => {
    const ends = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone));
    expect([ends.phone.suite, ends.car.suite]).toEqual([suite, suite]);
    expect([ends.phone.peer.tag, ends.car.peer.tag]).toEqual(["car", "phone"]);
    expect(ends.car.peerIdCred).toEqual(phone.own.idCred);
    for (const [label, context, length] of [[32768, "", 88], [32769, "4101", 88], [32770, "00", 32]] as const) {
      const atPhone = ends.phone.exporter(label, fromHex(context)!, length);
      expect(atPhone).toHaveLength(length);
      expect(ends.car.exporter(label, fromHex(context)!, length)).toEqual(atPhone);
    }
  });

  test("gives other keys for another label, context or length, and in the next session", () => {
    const first = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone)).car;
    const second = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone)).car;
    const keys = [
      first.exporter(32768, C_I, 32),
      first.exporter(32769, C_I, 32),
      first.exporter(32768, C_R, 32),
      first.exporter(32768, C_I, 33).subarray(0, 32),
      second.exporter(32768, C_I, 32),
    ];
    expect(new Set(keys.map(toHex)).size).toBe(keys.length);
  });

  test("costs the bytes that the profile states", () => {
    const { message1, message2, message3 } = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone));
    expect([message1.length, message2.length, message3.length]).toEqual([37, 110, 93]);
  });

  test("costs the car one key pair, one agreement, one signature and one verification, and few hashes", () => {
    const recorder = recording(crypto);
    complete(phoneFor(crypto, suite, phone, car), carFor(recorder.crypto, car, phone));
    const counts = Object.fromEntries([...new Set(recorder.operations)].map((name) => [name, recorder.operations.filter((o) => o === name).length]));
    expect(counts).toEqual({
      generateAgreementKey: 1,
      agree: 1,
      sign: 1,
      verify: 1,
      aeadOpen: 1,
      // H(message_1), TH_2, TH_3, TH_4.
      sha256: 4,
      // PRK_2e.
      hmacSha256: 1,
      // MAC_2, KEYSTREAM_2, K_3, IV_3, MAC_3, PRK_out.
      hkdfExpand: 6,
    });
  });

  test("is confirmed by message_4, once, from the responder to the initiator", () => {
    const ends = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone));
    const message4 = ends.car.message4();
    expect(message4).toHaveLength(17);
    expect(ends.phone.processMessage4(message4)).toEqual({ ok: true, value: undefined });
    expect(ends.phone.exporter(32768, C_I, 32)).toEqual(ends.car.exporter(32768, C_I, 32));
    expect(() => ends.car.message4()).toThrow("made once");
  });

  test("does not survive a changed bit in any byte of any message", () => {
    const genuine = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone));
    const flip = (message: Uint8Array, bit: number): Uint8Array => {
      const flipped = message.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      return flipped;
    };
    for (let bit = 0; bit < 8 * genuine.message1.length; bit++) {
      const initiator = phoneFor(crypto, suite, phone, car);
      const answer = carFor(crypto, car, phone).processMessage1(flip(initiator.message1(), bit));
      expect(answer.ok && initiator.processMessage2(answer.value).ok).toBe(false);
    }
    for (let bit = 0; bit < 8 * genuine.message2.length; bit++) {
      const initiator = phoneFor(crypto, suite, phone, car);
      const message2 = must(carFor(crypto, car, phone).processMessage1(initiator.message1()));
      expect(initiator.processMessage2(flip(message2, bit)).ok).toBe(false);
      expect(initiator.established).toBeUndefined();
    }
    for (let bit = 0; bit < 8 * genuine.message3.length; bit++) {
      const initiator = phoneFor(crypto, suite, phone, car);
      const responder = carFor(crypto, car, phone);
      must(initiator.processMessage2(must(responder.processMessage1(initiator.message1()))));
      expect(responder.processMessage3(flip(initiator.message3(), bit)).ok).toBe(false);
      expect(responder.established).toBeUndefined();
    }
    for (let bit = 0; bit < 8 * 17; bit++) {
      const ends = complete(phoneFor(crypto, suite, phone, car), carFor(crypto, car, phone));
      expect(ends.phone.processMessage4(flip(ends.car.message4(), bit)).ok).toBe(false);
    }
  });
});

describe("every method over every suite of the table", () => {
  const combinations = SUITES.flatMap((suite) => METHODS.map((roles, method) => ({ suite, roles, method: method as 0 | 1 | 2 | 3 })));
  test.each(combinations)("completes: suite $suite.id, method $method", ({ suite, roles, method }) => {
    const partyOf = (name: string, authentication: "signature" | "static", kid: number): Device => {
      const key: SigningKey | AgreementKey =
        authentication === "signature" ? crypto.generateSigningKey(suite.signature) : crypto.generateAgreementKey(suite.curve);
      const credential = encode(new Map([[8, new Map([[1, key.publicKey]])]]));
      const own: OwnCredential = { idCred: idCredOfKid(Uint8Array.of(kid)), credential, key };
      return { own, peer: { credential, publicKey: key.publicKey, tag: name } } as unknown as Device;
    };
    const phone = partyOf("phone", roles.initiator, 0x2b);
    const car = partyOf("car", roles.responder, 0x32);
    const initiator = phoneFor(crypto, suite.id, phone, car, { method });
    const responder = carFor(crypto, car, phone, { methods: [method], suites: [suite.id] });
    const ends = complete(initiator, responder);
    expect(ends.phone.exporter(32768, C_I, 16)).toEqual(ends.car.exporter(32768, C_I, 16));
    expect(ends.phone.processMessage4(ends.car.message4()).ok).toBe(true);
  });
});

describe("who the peer is", () => {
  const phone = device(crypto, "phone", "Ed25519");
  const car = device(crypto, "car", "Ed25519");
  const others = Array.from({ length: CANDIDATES_MAX }, (_, i) => device(crypto, `other ${i}`, "Ed25519"));

  test("is found among all candidates of one kid, at both ends", () => {
    const carIdentity = { ...car.own, idCred: idCredOfKid(Uint8Array.of(9, 9, 9)) };
    const candidatesWith = (last: Device) => () => ok([...others.slice(1), last].map((other) => other.peer));
    const ends = complete(
      phoneFor(crypto, 4, phone, car, { peers: candidatesWith(car) }),
      carFor(crypto, car, phone, { own: () => carIdentity, peers: candidatesWith(phone) }),
    );
    expect([ends.phone.peer.tag, ends.car.peer.tag]).toEqual(["car", "phone"]);
  });

  test("is not looked for among more candidates than the limit", () => {
    const peers = () => ok([...others, car].map((other) => other.peer));
    const initiator = phoneFor(crypto, 4, phone, car, { peers });
    const message2 = must(carFor(crypto, car, phone).processMessage1(initiator.message1()));
    expect(initiator.processMessage2(message2)).toMatchObject({ ok: false, error: { kind: "too-many-candidates" } });
  });

  test("decides who the initiator is to it", () => {
    const guest = device(crypto, "guest", "Ed25519");
    const initiator = phoneFor(crypto, 4, phone, car, { own: (verified) => (verified.tag === "car" ? guest.own : phone.own) });
    expect(complete(initiator, carFor(crypto, car, guest)).car.peer.tag).toBe("guest");
  });

  test("may be a newcomer by value", () => {
    const ccs = credentialOf(phone.publicKey.coseKey);
    const own = { ...phone.own, idCred: idCredOfCcs(ccs), credential: ccs };
    const responder = carFor(crypto, car, phone, {
      peers: (idCred) => {
        if (idCred.kind !== "kccs") return err("not by value");
        const key = must(parseCredential(crypto, idCred.credential));
        return ok([{ credential: idCred.credential, publicKey: key.raw, tag: "newcomer" }]);
      },
    });
    const ends = complete(phoneFor(crypto, 4, phone, car, { own }), responder);
    expect(ends.car.peer.tag).toBe("newcomer");
    expect(ends.message3).toHaveLength(130);
  });

  test("may be a guest with a grant by value", () => {
    const owner = device(crypto, "owner", "Ed25519");
    const claims: GrantClaims = {
      role: "guest",
      name: "Anna",
      audience: new Uint8Array(32),
      expiresAtS: 2,
      notBeforeS: 1,
      issuedAtS: 1,
      cti: new Uint8Array(8),
      holder: phone.publicKey,
      scope: 1,
      issuerEpoch: 0,
    };
    const cwt = signGrant(crypto, owner.key, keyIdOf(crypto, owner.publicKey), claims);
    const own = { ...phone.own, idCred: idCredOfCwt(cwt), credential: cwt };
    const responder = carFor(crypto, car, phone, {
      peers: (idCred) => {
        if (idCred.kind !== "kcwt") return err("no grant");
        const grant = must(parseGrant(crypto, idCred.credential));
        if (!verifyGrantSignature(crypto, grant, owner.publicKey)) return err("not by the owner");
        return ok([{ credential: grant.bytes, publicKey: grant.claims.holder.raw, tag: grant.claims.name }]);
      },
    });
    const ends = complete(phoneFor(crypto, 4, phone, car, { own }), responder);
    expect(ends.car.peer.tag).toBe("Anna");
    expect(ends.car.peer.credential).toEqual(cwt);
    const thief = device(crypto, "thief", "Ed25519");
    const stolen = phoneFor(crypto, 4, thief, car, { own: { ...own, key: thief.key } });
    const again = carFor(crypto, car, phone, { peers: () => ok([{ ...phone.peer, credential: cwt }]) });
    must(stolen.processMessage2(must(again.processMessage1(stolen.message1()))));
    expect(again.processMessage3(stolen.message3())).toMatchObject({ ok: false, error: { kind: "unproven" } });
  });

  test("is told to the look-up with the suite, before anything is verified", () => {
    const asked: [IdCred, number][] = [];
    const responder = carFor(crypto, car, phone, {
      peers: (idCred, suite) => {
        asked.push([idCred, suite]);
        return knowing(phone)(idCred);
      },
    });
    complete(phoneFor(crypto, 4, phone, car), responder);
    expect(asked).toEqual([[phone.own.idCred, 4]]);
  });
});

describe("the suites offered", () => {
  const phone = device(crypto, "phone", "ES256");
  const car = device(crypto, "car", "ES256");

  test("may hold better ones that the car does not have", () => {
    const ends = complete(phoneFor(crypto, 5, phone, car, { suites: [6, 24, 5] }), carFor(crypto, car, phone));
    expect(ends.car.suite).toBe(5);
  });

  test.each([
    ["an earlier one is supported as well", "0082040558"],
    ["the selected one is not supported", "0006" + "58"],
    ["none is supported", "0082181806" + "58"],
    ["the selected one repeats an earlier one", "0082050558"],
  ])("are answered with ours where %s", (_what, head) => {
    const message1 = concat(fromHex(head)!, Uint8Array.of(0x20), crypto.generateAgreementKey("P-256").publicKey, C_I);
    const answer = carFor(crypto, car, phone).processMessage1(message1);
    expect(answer).toEqual({ ok: false, error: { kind: "unsupported-suite", errorMessage: fromHex("02820405") } });
  });

  test("are never changed by the car's error, which is only reported", () => {
    const initiator = phoneFor(crypto, 5, phone, car);
    initiator.message1();
    const heard = initiator.processMessage2(fromHex("02820405")!);
    expect(heard).toEqual({ ok: false, error: { kind: "peer-error", error: { code: 2, suites: [4, 5] } } });
  });

  test("must be ones that this code can run", () => {
    expect(() => phoneFor(crypto, 6, phone, car)).toThrow("can run");
    expect(() => phoneFor(crypto, 6, phone, car, { suites: [] })).toThrow("can run");
    expect(() => carFor(crypto, car, phone, { suites: [4, 6] })).toThrow("can run");
  });
});

test("the same seeds give the same messages and keys", () => {
  const run = () => {
    const seeded = testCrypto("repeatable");
    const phone = device(seeded, "phone", "Ed25519");
    const car = device(seeded, "car", "Ed25519");
    const ends = complete(phoneFor(seeded, 4, phone, car), carFor(seeded, car, phone));
    return [ends.message1, ends.message2, ends.message3, ends.car.exporter(32768, C_I, 88)].map(toHex);
  };
  expect(run()).toEqual(run());
});

test("a key update changes the keys of both ends alike and cannot be followed by message_4", () => {
  const phone = device(crypto, "phone", "Ed25519");
  const car = device(crypto, "car", "Ed25519");
  const ends = complete(phoneFor(crypto, 4, phone, car), carFor(crypto, car, phone));
  const before = ends.car.exporter(32768, C_I, 32);
  for (const end of [ends.phone, ends.car]) end.keyUpdate(Uint8Array.of(7));
  expect(ends.car.exporter(32768, C_I, 32)).not.toEqual(before);
  expect(ends.phone.exporter(32768, C_I, 32)).toEqual(ends.car.exporter(32768, C_I, 32));
  ends.phone.keyUpdate(Uint8Array.of(8));
  expect(ends.phone.exporter(32768, C_I, 32)).not.toEqual(ends.car.exporter(32768, C_I, 32));
  expect(() => ends.car.message4()).toThrow("made once");
});

test("an exported key has at most 8160 bytes", () => {
  const phone = device(crypto, "phone", "Ed25519");
  const car = device(crypto, "car", "Ed25519");
  const ends = complete(phoneFor(crypto, 4, phone, car), carFor(crypto, car, phone));
  expect(ends.car.exporter(32768, C_I, 8160)).toHaveLength(8160);
  expect(() => ends.car.exporter(32768, C_I, 8161)).toThrow("8160");
});
