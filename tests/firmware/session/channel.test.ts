import { describe, expect, it } from "vitest";
import { encodeSequence } from "../../../firmware/cbor/index.ts";
import { sealEncrypt0 } from "../../../firmware/cose/index.ts";
import { toHex } from "../../../firmware/base/index.ts";
import {
  CHANNEL_KEY_BYTES,
  channelFromExporter,
  fastChannel,
  mirrorProof,
  pairingProof,
  PLAINTEXT_BYTES_MAX,
  ProtectedChannel,
  resolvesIdentity,
  rotatingIdentity,
  SEQUENCE_COUNT_MAX,
  type Exporter,
} from "../../../firmware/session/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { Draw } from "../wire/generators.ts";

const crypto = testCrypto("channel");
const material = new Draw("material").bytes(CHANNEL_KEY_BYTES);
const pair = (): { phone: ProtectedChannel; car: ProtectedChannel } => ({
  phone: new ProtectedChannel(crypto, material, "phone"),
  car: new ProtectedChannel(crypto, material, "car"),
});
const exporter: Exporter = (label, context, length) =>
  crypto.hkdfExpand(crypto.sha256(material), encodeSequence(label, context, length), length);

describe("a protected channel", () => {
  it("carries messages of every length both ways", () => {
    const { phone, car } = pair();
    const draw = new Draw("plaintexts");
    const lengths = [1, 7, 8, 239, 240, 241, 1000, PLAINTEXT_BYTES_MAX, ...Array.from({ length: 300 }, () => 1 + draw.uint(400))];
    for (const length of lengths) {
      const plaintext = draw.bytes(length);
      expect(car.open(phone.seal(plaintext))).toEqual({ ok: true, value: plaintext });
      expect(phone.open(car.seal(plaintext))).toEqual({ ok: true, value: plaintext });
    }
  });

  it("writes the COSE_Encrypt0 that is written down, 29 bytes for a 2-byte command", () => {
    const { phone } = pair();
    const message = phone.seal(Uint8Array.of(0x81, 1));
    expect(toHex(message.subarray(0, 11))).toBe("8344a1011818a106410052");
    expect(message).toHaveLength(29);
    for (let i = 1; i < 256; i++) phone.seal(Uint8Array.of(1));
    expect(toHex(phone.seal(Uint8Array.of(1)).subarray(8, 11))).toBe("420100");
  });

  it("never fits more than a message into a message", () => {
    const { phone } = pair();
    for (let i = 0; i < 256; i++) phone.seal(Uint8Array.of(1));
    expect(phone.seal(new Uint8Array(PLAINTEXT_BYTES_MAX)).length).toBeLessThanOrEqual(4096);
    expect(() => phone.seal(new Uint8Array(PLAINTEXT_BYTES_MAX + 1))).toThrow();
  });

  it("opens no message longer than a message may be, even a genuine one", () => {
    const keys = { key: material.subarray(0, 32), iv: material.subarray(64, 76) };
    const { car } = pair();
    expect(car.open(sealEncrypt0(crypto, keys, 0, new Uint8Array(4080)))).toEqual({ ok: false, error: "too-long" });
    expect(car.open(sealEncrypt0(crypto, keys, 0, new Uint8Array(PLAINTEXT_BYTES_MAX))).ok).toBe(true);
  });

  it("refuses what came before, what comes twice and what skips one", () => {
    const { phone, car } = pair();
    const messages = Array.from({ length: 300 }, (_, i) => phone.seal(Uint8Array.of(i & 0xff)));
    for (let i = 0; i < messages.length; i++) {
      for (const wrong of [i - 2, i - 1, i + 1, i + 256]) {
        if (messages[wrong] !== undefined) expect(car.open(messages[wrong]).ok, `${wrong} at ${i}`).toBe(false);
      }
      expect(car.open(messages[i]!).ok).toBe(true);
    }
  });

  it("refuses each single flipped bit, and still opens the message itself", () => {
    const { phone, car } = pair();
    const message = phone.seal(new Draw("flip").bytes(40));
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = message.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(car.open(flipped).ok, `bit ${bit}`).toBe(false);
    }
    for (let cut = 0; cut < message.length; cut++) expect(car.open(message.subarray(0, cut)).ok).toBe(false);
    expect(car.open(Uint8Array.of(...message, 0)).ok).toBe(false);
    expect(car.open(message).ok).toBe(true);
  });

  it("does not take back its own messages", () => {
    const { phone, car } = pair();
    expect(phone.open(phone.seal(Uint8Array.of(1)))).toEqual({ ok: false, error: "forged" });
    expect(car.open(car.seal(Uint8Array.of(1)))).toEqual({ ok: false, error: "forged" });
  });

  it("ends before a sequence number could come again, in both directions", () => {
    const cheap = { ...crypto, aeadSeal: () => new Uint8Array(17), aeadOpen: () => Uint8Array.of(1) };
    const phone = new ProtectedChannel(cheap, material, "phone");
    const car = new ProtectedChannel(cheap, material, "car");
    for (let i = 0; i < SEQUENCE_COUNT_MAX - 1; i++) car.open(phone.seal(Uint8Array.of(1)));
    expect([phone.exhausted, car.exhausted]).toEqual([false, false]);
    const last = phone.seal(Uint8Array.of(1));
    expect(car.open(last).ok).toBe(true);
    expect([phone.exhausted, car.exhausted]).toEqual([true, true]);
    expect(() => phone.seal(Uint8Array.of(1))).toThrow();
    expect(car.open(last)).toEqual({ ok: false, error: "exhausted" });
  });
});

describe("exporter keys", () => {
  it("of a full handshake meet at both ends, and are no fast keys", () => {
    const phone = channelFromExporter(crypto, exporter, "phone");
    const car = channelFromExporter(crypto, exporter, "car");
    const fast = fastChannel(crypto, exporter, { carNonce: new Uint8Array(16), phoneNonce: new Uint8Array(16), useNumber: 1, challenge: new Uint8Array(8) }, "car");
    const message = phone.seal(Uint8Array.of(1));
    expect(fast.open(message).ok).toBe(false);
    expect(car.open(message).ok).toBe(true);
  });

  it("of a fast reconnect depend on both nonces, the use number and the link's challenge", () => {
    const input = { carNonce: new Uint8Array(16), phoneNonce: new Uint8Array(16), useNumber: 1, challenge: new Uint8Array(8) };
    const message = fastChannel(crypto, exporter, input, "phone").seal(Uint8Array.of(1));
    const other = new Uint8Array(16).fill(1);
    for (const change of [{ carNonce: other }, { phoneNonce: other }, { useNumber: 2 }, { challenge: new Uint8Array(8).fill(1) }]) {
      expect(fastChannel(crypto, exporter, { ...input, ...change }, "car").open(message).ok).toBe(false);
    }
    expect(fastChannel(crypto, exporter, input, "car").open(message).ok).toBe(true);
  });

  it("take one expansion per channel", () => {
    let calls = 0;
    const counting: Exporter = (label, context, length) => (calls++, exporter(label, context, length));
    channelFromExporter(crypto, counting, "car");
    fastChannel(crypto, counting, { carNonce: new Uint8Array(16), phoneNonce: new Uint8Array(16), useNumber: 1, challenge: new Uint8Array(8) }, "car");
    expect(calls).toBe(2);
  });

  it("prove a pairing secret one way each: a proof is not its mirror", () => {
    const secret = new Uint8Array(16).fill(5);
    const proof = pairingProof(crypto, secret, exporter);
    expect(proof).toHaveLength(32);
    expect(proof).toEqual(crypto.hmacSha256(secret, exporter(32770, Uint8Array.of(0), 32)));
    expect(mirrorProof(crypto, secret, exporter)).toEqual(crypto.hmacSha256(secret, exporter(32770, Uint8Array.of(1), 32)));
    expect(mirrorProof(crypto, secret, exporter)).not.toEqual(proof);
    expect(pairingProof(crypto, new Uint8Array(16), exporter)).not.toEqual(proof);
  });
});

describe("a rotating identity", () => {
  it("is known under its key and under no other", () => {
    const draw = new Draw("identities");
    const key = draw.bytes(16);
    for (let i = 0; i < 50; i++) {
      const identity = rotatingIdentity(crypto, key, draw.bytes(4));
      expect(identity).toHaveLength(8);
      expect(resolvesIdentity(crypto, key, identity)).toBe(true);
      expect(resolvesIdentity(crypto, draw.bytes(16), identity)).toBe(false);
      for (let bit = 0; bit < 64; bit++) {
        const flipped = identity.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(resolvesIdentity(crypto, key, flipped)).toBe(false);
      }
    }
    expect(resolvesIdentity(crypto, key, rotatingIdentity(crypto, key, new Uint8Array(5)))).toBe(false);
  });
});
