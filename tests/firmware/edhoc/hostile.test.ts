import fc from "fast-check";
import { expect, test } from "vitest";
import { idCredOfCcs, idCredOfCwt, idCredOfMap } from "../../../firmware/edhoc/index.ts";
import { encode } from "../../../firmware/cbor/index.ts";
import { openEncrypt0, parseCredential, parsePublicKey, parseSign1, sealEncrypt0 } from "../../../firmware/cose/index.ts";
import { parseGrant } from "../../../firmware/cwt/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { seededRandom } from "../../support/random.ts";
import { craftedInitiator, craftPlaintext2 } from "./crafted.ts";
import { carFor, device, phoneFor } from "./parties.ts";
import { kindOf, must } from "./trace.ts";

const crypto = createNodeCrypto({ random: seededRandom("hostile") });
const phone = device(crypto, "phone", "Ed25519");
const car = device(crypto, "car", "Ed25519");
const options = { seed: 9528, numRuns: 400 };

/** Bytes that look like CBOR more often than chance would have it. */
const hostileBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.constantFrom(0x00, 0x01, 0x04, 0x0d, 0x0e, 0x20, 0x40, 0x41, 0x58, 0x81, 0x84, 0xa1, 0xf5, 0xff), { maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
);

test("no bytes whatever make a reader throw or a handshake succeed", () => {
  const keys = { key: new Uint8Array(32), iv: new Uint8Array(12) };
  fc.assert(
    fc.property(hostileBytes, (bytes) => {
      expect(parseSign1(bytes).ok).toBe(false);
      expect(parseGrant(crypto, bytes).ok).toBe(false);
      expect(parsePublicKey(crypto, bytes).ok).toBe(false);
      expect(parseCredential(crypto, bytes).ok).toBe(false);
      expect(openEncrypt0(crypto, keys, 0, bytes).ok).toBe(false);
      expect(carFor(crypto, car, phone).processMessage1(bytes).ok).toBe(false);
      const initiator = phoneFor(crypto, 4, phone, car);
      const responder = carFor(crypto, car, phone);
      must(responder.processMessage1(initiator.message1()));
      expect(initiator.processMessage2(bytes).ok).toBe(false);
      expect(responder.processMessage3(bytes).ok).toBe(false);
    }),
    options,
  );
});

test("no plaintext whatever makes either end throw or believe", () => {
  fc.assert(
    fc.property(hostileBytes.filter((bytes) => bytes.length > 0), (plaintext) => {
      const initiator = phoneFor(crypto, 4, phone, car);
      const message2 = craftPlaintext2(crypto, initiator.message1(), "X25519", plaintext);
      expect(kindOf(initiator.processMessage2(message2))).toMatch(/^(malformed|critical-ead|unknown-peer|unproven)$/);
      const crafted = craftedInitiator(crypto, phone, car);
      const responder = carFor(crypto, car, phone);
      const message3 = crafted.message3(must(responder.processMessage1(crafted.message1)), { plaintext: () => plaintext });
      expect(kindOf(responder.processMessage3(message3))).toMatch(/^(malformed|critical-ead|unknown-peer|unproven)$/);
    }),
    options,
  );
});

test("a truncated or lengthened genuine message is refused at every length", () => {
  const run = () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const responder = carFor(crypto, car, phone);
    return { initiator, responder, message1: initiator.message1() };
  };
  for (let length = 0; length < 37; length++) {
    const { responder, message1 } = run();
    expect(responder.processMessage1(message1.subarray(0, length)).ok).toBe(false);
  }
  for (let length = 0; length < 110; length++) {
    const { initiator, responder, message1 } = run();
    expect(initiator.processMessage2(must(responder.processMessage1(message1)).subarray(0, length)).ok).toBe(false);
  }
  for (let length = 0; length < 93; length++) {
    const { initiator, responder, message1 } = run();
    must(initiator.processMessage2(must(responder.processMessage1(message1))));
    expect(responder.processMessage3(initiator.message3().subarray(0, length)).ok).toBe(false);
  }
});

test("what was received may be overwritten once it was read", () => {
  const initiator = phoneFor(crypto, 4, phone, car);
  const responder = carFor(crypto, car, phone);
  const spoiled = (message: Uint8Array, take: (bytes: Uint8Array) => void): void => {
    const buffer = message.slice();
    take(buffer);
    buffer.fill(0xee);
  };
  let message2 = new Uint8Array(0);
  spoiled(initiator.message1(), (bytes) => (message2 = Uint8Array.from(must(responder.processMessage1(bytes)))));
  spoiled(message2, (bytes) => must(initiator.processMessage2(bytes)));
  spoiled(initiator.message3(), (bytes) => must(responder.processMessage3(bytes)));
  const atCar = responder.established!.exporter(32768, new Uint8Array(0), 88);
  expect(initiator.established!.exporter(32768, new Uint8Array(0), 88)).toEqual(atCar);
  expect(responder.established!.peerIdCred).toEqual(phone.own.idCred);
});

test("identifiers by value are the map around the bytes that were given", () => {
  const credential = encode(new Map([[8, new Map()]]));
  expect(idCredOfCcs(credential).encoded).toEqual(encode(new Map([[14, new Map([[8, new Map()]])]])));
  expect(idCredOfCwt(encode([1, 2])).encoded).toEqual(encode(new Map([[13, [1, 2]]])));
  const x5t = encode(new Map([[34, [-15, new Uint8Array(8)]]]));
  expect(idCredOfMap(x5t)).toEqual({ kind: "other", encoded: x5t });
});

test("a sealed message does not depend on its caller's buffers afterwards", () => {
  const keys = { key: new Uint8Array(32), iv: new Uint8Array(12) };
  const text = Uint8Array.of(1, 2, 3);
  const sealed = sealEncrypt0(crypto, keys, 0, text);
  text.fill(9);
  expect(openEncrypt0(crypto, keys, 0, sealed)).toEqual({ ok: true, value: Uint8Array.of(1, 2, 3) });
});
