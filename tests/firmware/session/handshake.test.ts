import { describe, expect, it } from "vitest";
import { concat, equalBytes, toHex } from "../../../firmware/base/index.ts";
import { encode, encodeSequence } from "../../../firmware/cbor/index.ts";
import { credentialOf } from "../../../firmware/cose/index.ts";
import { resolvesIdentity } from "../../../firmware/session/index.ts";
import { REASONS } from "../../../firmware/wire/index.ts";
import { Bench, benchWithPhone, TestPhone } from "./bench.ts";

const total = (frames: readonly Uint8Array[]): number => frames.reduce((sum, frame) => sum + frame.length, 0);

describe("a cold connection", () => {
  it("is confirmed in two round trips, the command riding on message_3", () => {
    const { bench, phone, asker } = benchWithPhone("cold");
    const link = bench.connect();
    expect(phone.cold(link, { kind: "unlock" })).toMatchObject({ kind: "reply", code: 0 });
    expect(link.heard).toBe("edhoc protected");
    expect(link.sent).toHaveLength(2);
    expect(bench.log.filter((outcome) => outcome.kind !== "send").map((outcome) => outcome.kind)).toEqual(["authenticated", "request"]);
    expect(bench.of("request")[0]).toMatchObject({ asker, command: { kind: "unlock" }, path: "full", proximity: "local" });
    expect(link.closed).toBe(false);
  });

  it("takes 243 bytes for the handshake with 8-byte kids, frame headers included", () => {
    const { bench, phone } = benchWithPhone("bytes");
    const link = bench.connect();
    phone.cold(link);
    const [message1, message3] = link.sent;
    const [message2] = link.received;
    expect([message1!.length, message2!.length, message3!.length]).toEqual([38, 111, 94]);
    expect(total([...link.sent, ...link.received])).toBe(243);
  });

  it("takes a known number of bytes with the first command and its reply", () => {
    const { bench, phone } = benchWithPhone("command bytes");
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    expect({ toCar: total(link.sent), toPhone: total(link.received) }).toEqual({ toCar: 161, toPhone: 189 });
  });

  it("serves a P-256 phone by suite 5", () => {
    const bench = new Bench("p256");
    const key = bench.newKey("ES256");
    bench.enrol(key);
    const link = bench.connect();
    expect(new TestPhone(bench, key).cold(link, { kind: "lock", forced: false })).toMatchObject({ code: 0 });
  });

  it("serves a guest by the grant it carries", () => {
    const bench = new Bench("guest");
    const key = bench.newKey();
    const cwt = encode([encode(1), new Map(), bench.crypto.sha256(key.keyId), new Uint8Array(64)]);
    const asker = bench.grant(key, cwt);
    const link = bench.connect();
    expect(new TestPhone(bench, key, { cwt }).cold(link, { kind: "unlock" })).toMatchObject({ code: 0 });
    expect(bench.of("request")[0]!.asker).toEqual(asker);
  });

  it("refuses a grant that no owner has signed like any stranger", () => {
    const bench = new Bench("forged grant");
    const cwt = encode([encode(1), new Map(), new Uint8Array(9), new Uint8Array(64)]);
    const link = bench.connect();
    new TestPhone(bench, bench.newKey(), { cwt }).cold(link, { kind: "unlock" });
    expect(link.heard).toBe("edhoc refused");
    expect(bench.of("refusedStranger")).toMatchObject([{ why: "badSignature" }]);
  });

  it("gives a remote link's requests their lack of proximity", () => {
    const { bench, phone } = benchWithPhone("remote");
    phone.cold(bench.connect({ proximity: "remote" }), { kind: "status" });
    expect(bench.of("request")[0]!.proximity).toBe("remote");
  });

  it("answers the command after message_3 even where it makes no sense, by saying malformed", () => {
    const { bench, phone } = benchWithPhone("malformed");
    const link = bench.connect();
    phone.cold(link);
    link.say("protected", phone.channel!.seal(Uint8Array.of(0x81, 0x18, 99)));
    expect(phone.hear(link)).toMatchObject({ code: REASONS.malformed.code });
    expect(phone.ask(link, { kind: "status" })).toMatchObject({ code: 0 });
    expect(bench.of("request")).toHaveLength(1);
  });
});

describe("a newcomer", () => {
  it("is taken by value while a pairing is open, and learns the car's key by value", () => {
    const bench = new Bench("newcomer");
    bench.directory.open = true;
    const key = bench.newKey();
    const phone = new TestPhone(bench, key, "newcomer");
    const link = bench.connect();
    const command = { kind: "pair", name: "phone", proof: new Uint8Array(32), recoveryKey: key.publicKey.coseKey } as const;
    expect(phone.cold(link, command)).toMatchObject({ code: 0 });
    expect(phone.carIdentity!.kind).toBe("kccs");
    expect(bench.of("request")[0]!.asker).toEqual({ kind: "newcomer", keyId: toHex(key.keyId), publicKey: key.publicKey.coseKey });
  });

  it("is given no ticket, whatever the caller asks", () => {
    const bench = new Bench("newcomer ticket");
    bench.directory.open = true;
    const phone = new TestPhone(bench, bench.newKey(), "newcomer");
    phone.cold(bench.connect(), { kind: "status" });
    expect(phone.ticket).toBeUndefined();
  });

  it("is a stranger while no pairing is open", () => {
    const bench = new Bench("closed");
    const link = bench.connect();
    new TestPhone(bench, bench.newKey(), "newcomer").cold(link, { kind: "status" });
    expect(link.heard).toBe("edhoc refused");
    expect(link.closed).toBe(true);
    expect(bench.of("request")).toEqual([]);
  });

  it("is a stranger where its credential is anything but the bare key", () => {
    const bench = new Bench("other ccs");
    bench.directory.open = true;
    const key = bench.newKey();
    const bare = credentialOf(key.publicKey.coseKey);
    const other = bare.slice();
    other[3] = 2;
    for (const [ccs, heard] of [[other, "edhoc refused"], [bare, "edhoc"]] as const) {
      const link = bench.connect();
      new TestPhone(bench, key, { ccs }).cold(link);
      expect(link.heard).toBe(heard);
    }
  });

  it("is a stranger where the pairing closed between message_2 and message_3", () => {
    const bench = new Bench("closing");
    bench.directory.open = true;
    const phone = new TestPhone(bench, bench.newKey(), "newcomer");
    const link = bench.connect();
    link.say("edhoc", phone.message1());
    bench.directory.open = false;
    link.say("edhoc", phone.message3(link.messages[0]!.body, { kind: "status" }));
    expect(link.heard).toBe("edhoc refused");
  });
});

describe("a stranger", () => {
  it("with a key that is not enrolled gets one flat refusal and loses the link", () => {
    const bench = new Bench("stranger");
    const link = bench.connect();
    new TestPhone(bench, bench.newKey()).cold(link, { kind: "unlock" });
    expect(link.heard).toBe("edhoc refused");
    expect(link.messages[1]!.body).toHaveLength(0);
    expect(link.closed).toBe(true);
    expect(bench.of("refusedStranger")).toMatchObject([{ why: "unknown-peer" }]);
    expect(bench.of("authenticated")).toEqual([]);
  });

  it("who shows an enrolled kid without its key is refused", () => {
    const { bench, phone } = benchWithPhone("impostor");
    const impostor = { ...bench.newKey(), keyId: phone.key.keyId };
    const link = bench.connect();
    new TestPhone(bench, impostor).cold(link, { kind: "unlock" });
    expect(link.heard).toBe("edhoc refused");
    expect(bench.of("refusedStranger")).toMatchObject([{ why: "unproven" }]);
  });

  it("with a key of one algorithm under the kid of the other is nobody", () => {
    const { bench, phone } = benchWithPhone("crossed algorithms");
    const link = bench.connect();
    new TestPhone(bench, { ...bench.newKey("ES256"), keyId: phone.key.keyId }).cold(link, { kind: "unlock" });
    expect(bench.of("refusedStranger")).toMatchObject([{ why: "unknown-peer" }]);
  });

  it("who shares a kid with an enrolled key does not shut that key out: all of a kid are tried", () => {
    const { bench, phone, asker } = benchWithPhone("one kid");
    bench.directory.keys.unshift({ publicKey: bench.newKey().publicKey, asker: { ...asker } });
    phone.cold(bench.connect(), { kind: "unlock" });
    expect(bench.of("request")[0]!.asker).toBe(asker);
  });

  it("is told nothing but the list of suites, and may then start again", () => {
    const { bench, phone } = benchWithPhone("suites");
    const link = bench.connect();
    link.say("edhoc", encodeSequence(0, 2, new Uint8Array(32).fill(9), 0));
    expect(toHex(link.messages[0]!.body)).toBe("02820405");
    expect(phone.cold(link, { kind: "unlock" })).toMatchObject({ code: 0 });
  });

  it.each([
    ["method 3", encodeSequence(3, 4, new Uint8Array(32).fill(9), 0)],
    ["a short key share", encodeSequence(0, 4, new Uint8Array(31).fill(9), 0)],
    ["an all-zero key share", encodeSequence(0, 4, new Uint8Array(32), 0)],
    ["a critical EAD item", encodeSequence(0, 4, new Uint8Array(32).fill(9), 0, -1)],
    ["a cut message", encodeSequence(0, 4)],
    ["an EDHOC error", encodeSequence(1, "no")],
    ["a number too long for its value", Uint8Array.of(0x18, 0x00)],
    ["text", encode("hello")],
    ["a message_3 out of the blue", encode(new Uint8Array(90))],
  ])("who opens with %s gets one flat refusal and loses the link", (_what, body) => {
    const { bench } = benchWithPhone("openings");
    const link = bench.connect();
    link.say("edhoc", body);
    expect(link.heard).toBe("refused");
    expect(link.closed).toBe(true);
  });

  it("who sends a protected message first gets one flat refusal and loses the link", () => {
    const { bench } = benchWithPhone("early");
    const link = bench.connect();
    link.say("protected", new Uint8Array(40));
    expect(link.heard).toBe("refused");
    expect(link.closed).toBe(true);
  });

  it("cannot have a command served between message_1 and message_3", () => {
    const { bench, phone } = benchWithPhone("between");
    const link = bench.connect();
    link.say("edhoc", phone.message1());
    phone.message3(link.messages[0]!.body);
    link.say("protected", phone.channel!.seal(Uint8Array.of(0x81, 1)));
    expect(link.heard).toBe("edhoc refused");
    expect(bench.of("request")).toEqual([]);
  });
});

describe("a second message_1 on one link", () => {
  it("ends the first handshake, and the new one works", () => {
    const { bench, phone } = benchWithPhone("second");
    const link = bench.connect();
    const other = new TestPhone(bench, phone.key);
    link.say("edhoc", other.message1());
    const stale = other.message3(link.messages[0]!.body, { kind: "unlock" });
    expect(phone.cold(link, { kind: "unlock" })).toMatchObject({ code: 0 });
    link.say("edhoc", stale);
    expect(link.closed).toBe(true);
    expect(bench.of("request")).toHaveLength(1);
  });

  it("does not leave the first message_3 good", () => {
    const { bench, phone } = benchWithPhone("stale");
    const link = bench.connect();
    link.say("edhoc", phone.message1());
    const stale = phone.message3(link.messages[0]!.body, { kind: "unlock" });
    link.say("edhoc", new TestPhone(bench, phone.key).message1());
    link.say("edhoc", stale);
    expect(link.heard).toBe("edhoc edhoc refused");
    expect(bench.of("request")).toEqual([]);
  });

  it("ends the first even where it is itself refused for its suite", () => {
    const { bench, phone } = benchWithPhone("refused second");
    const link = bench.connect();
    link.say("edhoc", phone.message1());
    const stale = phone.message3(link.messages[0]!.body, { kind: "unlock" });
    link.say("edhoc", encodeSequence(0, 2, new Uint8Array(32).fill(9), 0));
    link.say("edhoc", stale);
    expect(link.heard).toBe("edhoc edhoc refused");
    expect(bench.of("request")).toEqual([]);
  });

  it("is answered twice more; the fourth handshake closes the link", () => {
    const { bench, phone } = benchWithPhone("fourth");
    const link = bench.connect();
    for (let i = 0; i < 4; i++) link.say("edhoc", phone.message1());
    expect(link.heard).toBe("edhoc edhoc edhoc refused");
    expect(link.closed).toBe(true);
  });

  it("in a session of a full handshake ends that session and begins a new handshake", () => {
    const { bench, phone, asker } = benchWithPhone("in session");
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    link.say("edhoc", new TestPhone(bench, phone.key).message1());
    expect(link.closed).toBe(false);
    expect(bench.of("ended")).toEqual([{ kind: "ended", link: link.id, asker }]);
  });
});

describe("two handshakes at a time on two links", () => {
  it("do not mix: each message_3 serves its own link only", () => {
    const bench = new Bench("interleaved");
    const phones = [0, 1].map(() => {
      const key = bench.newKey();
      bench.enrol(key);
      return new TestPhone(bench, key);
    });
    const links = phones.map(() => bench.connect());
    phones.forEach((phone, i) => links[i]!.say("edhoc", phone.message1()));
    const thirds = phones.map((phone, i) => phone.message3(links[i]!.messages[0]!.body, { kind: "status" }));
    thirds.forEach((third, i) => links[i]!.say("edhoc", third));
    expect(bench.of("request").map(({ link, asker }) => [link, asker])).toEqual(
      phones.map((phone, i) => [links[i]!.id, { kind: "key", keyId: toHex(phone.key.keyId) }]),
    );
  });

  it("refuse a message_3 made for the other link", () => {
    const { bench, phone } = benchWithPhone("crossed");
    const [a, b] = [bench.connect(), bench.connect()];
    a.say("edhoc", phone.message1());
    const third = phone.message3(a.messages[0]!.body, { kind: "unlock" });
    b.say("edhoc", new TestPhone(bench, phone.key).message1());
    b.say("edhoc", third);
    expect(b.heard).toBe("edhoc refused");
    expect(bench.of("request")).toEqual([]);
  });
});

describe("what listeners and strangers can link", () => {
  it("is nothing: two periods' identities share no part, and resolve under the key only", () => {
    const { bench, phone } = benchWithPhone("unlinkable");
    const first = bench.sessions.advertisement(bench.nowMs).identity;
    phone.cold(bench.connect());
    const firstKid = phone.carIdentity!;
    bench.advance(15 * 60 * 1000);
    const second = bench.sessions.advertisement(bench.nowMs).identity;
    phone.cold(bench.connect());
    const secondKid = phone.carIdentity!;
    expect(firstKid.kind === "kid" && equalBytes(firstKid.kid, first)).toBe(true);
    expect(secondKid.kind === "kid" && equalBytes(secondKid.kid, second)).toBe(true);
    expect(equalBytes(first.subarray(0, 4), second.subarray(0, 4))).toBe(false);
    expect(equalBytes(first.subarray(4), second.subarray(4))).toBe(false);
    for (const identity of [first, second]) {
      expect(resolvesIdentity(bench.crypto, bench.resolvingKey, identity)).toBe(true);
      expect(resolvesIdentity(bench.crypto, new Uint8Array(16), identity)).toBe(false);
    }
  });

  it("is not in the bytes of message_2 either: no 4 of them come again in another handshake", () => {
    const { bench, phone } = benchWithPhone("message_2");
    const bodies = [0, 1].map(() => {
      const link = bench.connect();
      link.say("edhoc", phone.message1());
      return link.messages[0]!.body;
    });
    const seen = new Set<string>();
    for (let i = 2; i + 4 <= bodies[0]!.length; i++) seen.add(toHex(bodies[0]!.subarray(i, i + 4)));
    for (let i = 2; i + 4 <= bodies[1]!.length; i++) expect(seen.has(toHex(bodies[1]!.subarray(i, i + 4)))).toBe(false);
  });

  it("changes with the resolving key at once", () => {
    const { bench } = benchWithPhone("rotation");
    const before = bench.sessions.advertisement(bench.nowMs).identity;
    expect(bench.sessions.advertisement(bench.nowMs).identity).toEqual(before);
    bench.resolvingKey = concat(bench.resolvingKey).fill(1);
    const after = bench.sessions.advertisement(bench.nowMs).identity;
    expect(resolvesIdentity(bench.crypto, bench.resolvingKey, after)).toBe(true);
    expect(equalBytes(before.subarray(0, 4), after.subarray(0, 4))).toBe(false);
  });

  it("asks to be woken for the next change", () => {
    const { bench } = benchWithPhone("wake");
    expect(bench.sessions.nextDeadlineMs()).toBeUndefined();
    bench.sessions.advertisement(bench.nowMs);
    expect(bench.sessions.nextDeadlineMs()).toBe(bench.nowMs + 15 * 60 * 1000);
  });
});
