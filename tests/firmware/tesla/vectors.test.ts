import { describe, expect, it } from "vitest";
import { toHex, utf8Encode } from "../../../firmware/base/index.ts";
import type { CryptoPort, RandomPort } from "../../../firmware/ports/index.ts";
import { localNameOf, TeslaSessions, type Domain, type ReplyTo } from "../../../firmware/tesla/index.ts";
import { DomainSession } from "../../../firmware/tesla/domain-session.ts";
import { metadata } from "../../../firmware/tesla/metadata.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { createPortableCrypto } from "../../../hal/crypto-portable/index.ts";
import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { seededRandom } from "../../support/random.ts";
import * as V from "./vectors.ts";

const { hex } = V;
const codec = createTeslaCodec();

/** Gives `draws` one after the other, whatever the length asked for. */
function scripted(...draws: readonly string[]): RandomPort {
  const left = [...draws];
  return { bytes: (length) => (left.length > 0 ? hex(left.shift()!) : new Uint8Array(length)) };
}

describe.each([
  ["node:crypto", createNodeCrypto({ random: seededRandom("vectors") })],
  ["portable crypto", createPortableCrypto({ random: seededRandom("vectors") })],
] as const)("the published sessions of the Tesla dialect, over %s", (_name, crypto: CryptoPort) => {
  const domainOf = (domain: Domain, options: { scalar?: string; epoch?: string; vin?: string; random?: RandomPort; startMs?: number } = {}) =>
    new DomainSession({
      crypto,
      random: options.random ?? scripted(options.epoch ?? V.EPOCH),
      codec,
      vin: Uint8Array.from(options.vin ?? V.VIN, (character) => character.charCodeAt(0)),
      domain,
      key: crypto.importAgreementKey("P-256", hex(options.scalar ?? V.VEHICLE_SCALAR))!,
      nowMs: options.startMs ?? 0,
    });

  it("agree on the keys", () => {
    const peer = domainOf(3).peerOf(hex(V.CLIENT_POINT), "client", 0)!;
    expect([peer.sharedKey, peer.sessionInfoKey, peer.commandKey].map(toHex)).toEqual([V.SHARED_KEY, V.SESSION_INFO_KEY, V.COMMAND_KEY]);
  });

  it("keep the leading zeros of a shared secret", () => {
    const scalar = "00".repeat(30) + "013f";
    expect(toHex(domainOf(3, { scalar: V.ZERO_SCALAR }).peerOf(hex(V.ZERO_POINT), "client", 0)!.sharedKey)).toBe(V.ZERO_SHARED_KEY);
    expect(toHex(domainOf(3, { scalar }).peerOf(hex(V.PADDED_POINT), "client", 0)!.sharedKey)).toBe(V.PADDED_SHARED_KEY);
  });

  it("sign the session info", () => {
    const session = domainOf(3);
    const peer = session.peerOf(hex(V.CLIENT_POINT), "client", 0)!;
    peer.counters.take(6);
    const { info, tag } = session.sessionInfo(peer, 0, hex(V.SESSION_INFO_UUID), 2_650_000);
    expect(toHex(info)).toBe(V.SESSION_INFO);
    expect(toHex(tag)).toBe(V.SESSION_INFO_TAG);
  });

  it.each([0, 2] as const)("open the command HVAC on with flags %i, by AES-GCM and by HMAC", (flags) => {
    for (const signatureData of [
      { aesGcmPersonalized: { epoch: hex(V.EPOCH), nonce: hex(V.HVAC_GCM.nonce), counter: 7, expiresAt: 2655, tag: hex(V.HVAC_GCM.tags[flags]) } },
      { hmacPersonalized: { epoch: hex(V.EPOCH), counter: 7, expiresAt: 2655, tag: hex(V.HVAC_HMAC_TAGS[flags]) } },
    ]) {
      const session = domainOf(3);
      const payload = "hmacPersonalized" in signatureData ? V.HVAC_ON : V.HVAC_GCM.ciphertext;
      const verified = session.verify({ protobufMessageAsBytes: hex(payload), signatureData, flags }, session.peerOf(hex(V.CLIENT_POINT), "client", 0)!, 2_650_000);
      expect(verified.ok && toHex(verified.value.plaintext)).toBe(V.HVAC_ON);
    }
  });

  it("bind the HMAC unlock to the doors, its long tag cut in the hash that replies are bound to", () => {
    const session = domainOf(2);
    const message = { protobufMessageAsBytes: hex("1000"), flags: 2, signatureData: { hmacPersonalized: { epoch: hex(V.EPOCH), counter: 7, expiresAt: 2655, tag: hex(V.UNLOCK_HMAC_TAG) } } };
    const verified = session.verify(message, session.peerOf(hex(V.CLIENT_POINT), "client", 0)!, 2_650_000);
    expect(verified.ok && toHex(verified.value.requestHash)).toBe("08e0cede2a2334202a97a4db0f74dd9f94");
  });

  it("open the message of Tesla's own tests, whose fields nobody knows any more, and begin a new epoch after the last counter", () => {
    const session = domainOf(2, { scalar: V.KNOWN.vehicleScalar, epoch: V.KNOWN.epoch, vin: V.KNOWN.name });
    const message = codec.decode("RoutableMessage", hex(V.KNOWN.message))!;
    const peer = session.peerOf(hex(V.KNOWN.clientPoint), "client", 0)!;
    const verified = session.verify(message, peer, 0);
    expect(verified.ok && toHex(verified.value.plaintext)).toBe(V.KNOWN.plaintext);
    expect(session.verify(message, peer, 0)).toEqual({ ok: false, error: { fault: "incorrectEpoch", withSessionInfo: true } });
  });

  describe("in whole messages", () => {
    const point = hex(V.CLIENT_POINT);
    const car = (options: { epoch?: string; draws?: readonly string[]; counter?: number } = {}) => {
      const key = crypto.importAgreementKey("P-256", hex(V.VEHICLE_SCALAR))!;
      const sessions = new TeslaSessions({
        crypto,
        random: scripted(options.epoch ?? V.EPOCH, options.epoch ?? V.EPOCH, ...(options.draws ?? [])),
        codec,
        vin: V.VIN,
        keys: { 2: key, 3: key },
        known: (publicKey) => (toHex(publicKey) === toHex(point.subarray(1)) ? { keyId: "client" } : undefined),
        handleOf: () => 6,
        nowMs: 0,
      });
      if (options.counter !== undefined) {
        (sessions as unknown as { domains: Record<Domain, DomainSession> }).domains[2].peerOf(point, "client", 0)!.counters.take(options.counter);
      }
      return sessions;
    };

    it("answer the handshake", () => {
      const heard = car({ counter: 6 }).heard(hex(V.HANDSHAKE), 2_650_000);
      expect(heard.kind === "answer" && toHex(heard.message)).toBe(V.HANDSHAKE_REPLY);
    });

    it("hear the unlock and answer it, alone or after a status", () => {
      const sessions = car({ counter: 6, draws: [V.EMPTY_REPLY_NONCE, "000102030405060708090a0b", V.EMPTY_REPLY_NONCE] });
      const heard = sessions.heard(hex(V.UNLOCK), 2_650_000);
      if (heard.kind !== "request") throw new Error("no request");
      expect(toHex(heard.payload)).toBe("1000");
      const reply: ReplyTo = heard.reply;
      expect(toHex(sessions.answer(reply, new Uint8Array(0)))).toBe(V.EMPTY_REPLY);
      expect(toHex(sessions.answer(reply, hex(V.STATUS_PAYLOAD)))).toBe(V.STATUS_REPLY);
      expect(toHex(sessions.answer(reply, new Uint8Array(0), 1))).toBe(V.SECOND_EMPTY_REPLY);
    });

    it("refuse the unlock of another epoch with the session info of this one, bound to that unlock", () => {
      const key = crypto.importAgreementKey("P-256", hex(V.VEHICLE_SCALAR))!;
      const epoch = "00112233445566778899aabbccddeeff";
      const sessions = new TeslaSessions({ crypto, random: scripted(epoch, epoch), codec, vin: V.VIN, keys: { 2: key, 3: key }, known: () => ({ keyId: "client" }), handleOf: () => 0, nowMs: 0 });
      const heard = sessions.heard(hex(V.UNLOCK), 12_000);
      expect(heard.kind === "answer" && toHex(heard.message)).toBe(V.INCORRECT_EPOCH_REPLY);
    });

    it("read the request to add a key", () => {
      const heard = car().heard(hex(V.KEY_REQUEST), 0);
      if (heard.kind !== "keyRequest") throw new Error("no key request");
      expect(heard.reply).toBeUndefined();
      expect(heard.message.whitelistOperation).toEqual({ addKeyToWhitelistAndAddPermissions: { key: { publicKeyRaw: point }, keyRole: 2 }, metadataForKey: { keyFormFactor: 9 } });
    });

    it("broadcast what becomes of a key, and how the car is", () => {
      expect(toHex(car().broadcast(codec.encode("FromVcsecMessage", { commandStatus: { whitelistOperationStatus: { signerOfOperation: { publicKeySha1: hex(V.CLIENT_KEY_ID) } } } })))).toBe(V.WHITELIST_BROADCAST);
      const vehicleStatus = { closureStatuses: {}, vehicleLockState: 1, vehicleSleepStatus: 2, userPresence: 1 };
      expect(toHex(car().broadcast(codec.encode("FromVcsecMessage", { vehicleStatus })))).toBe(V.STATUS_BROADCAST);
    });
  });
});

describe("metadata", () => {
  it("is that of Tesla's tests and document", () => {
    const items = metadata({ signatureType: 5, domain: 2, vin: utf8Encode("testVIN"), epoch: hex("aada928a4f215f55f9e6e45e66b6521e"), expiresAt: 0xe74, counter: 0x53a });
    expect(toHex(createNodeCrypto({ random: seededRandom("m") }).sha256(items))).toBe("abab04d804499813382efd74a06791ce2de777439603246dfbaa8392ca05868e");
    expect(toHex(metadata({ vin: utf8Encode("abc"), counter: 100 }))).toBe("0203616263050400000064ff");
  });

  it("has the message that it is signed with behind it", () => {
    expect(toHex(metadata({ vin: utf8Encode("abc"), flags: 2, fault: 3 }, Uint8Array.of(1, 2)))).toBe("0203616263070400000002090400000003ff0102");
  });

  it("is refused with values too long, which would be read as something else", () => {
    expect(() => metadata({ vin: new Uint8Array(256) })).toThrow("255");
  });
});

describe("the name of a car", () => {
  it("is the published one", () => {
    const crypto = createNodeCrypto({ random: seededRandom("name") });
    expect(localNameOf(crypto, "5YJS0000000000000")).toBe("S1a87a5a75f3df858C");
    expect(localNameOf(crypto, V.VIN)).toBe("Sade9a822faa374f8C");
  });
});
