import { describe, expect, it } from "vitest";
import { encode } from "../../../firmware/cbor/index.ts";
import { fragment, REPLY_BODY_BYTES_MAX, SEQUENCE_COUNT_MAX } from "../../../firmware/session/index.ts";
import { encodeCommand } from "../../../firmware/wire/index.ts";
import { seededRandom } from "../../support/random.ts";
import { benchWithPhone, quickCrypto, TestPhone, type Bench, type TestLink } from "./bench.ts";

/** A fresh car and phone that repeat the same run for the same name. */
const fresh = (): ReturnType<typeof benchWithPhone> => benchWithPhone("tampering", {}, quickCrypto("tampering"));

/** What a link shows when nothing was served: no request, and the link gone or still a stranger's. */
function expectNothingServed(bench: Bench, what: string): void {
  expect(bench.of("request"), what).toEqual([]);
}

describe("every bit of every frame", () => {
  it("of message_1 matters: flipped on the way, the phone's message_3 or the car refuses", () => {
    const { phone } = fresh();
    const bits = (phone.message1().length + 1) * 8;
    for (let bit = 0; bit < bits; bit++) {
      const { bench, phone } = fresh();
      const link = bench.connect();
      const [frame] = fragment("edhoc", phone.message1(), 244);
      frame![bit >> 3]! ^= 1 << (bit & 7);
      link.frame(frame!);
      const message2 = link.messages.at(-1);
      if (message2?.kind === "edhoc") expect(() => phone.message3(message2.body), `bit ${bit}`).toThrow();
      expectNothingServed(bench, `bit ${bit}`);
    }
  });

  it("of message_2 matters: the phone refuses the car", () => {
    const { bench, phone } = fresh();
    const link = bench.connect();
    link.say("edhoc", phone.message1());
    const bits = link.messages[0]!.body.length * 8;
    for (let bit = 0; bit < bits; bit++) {
      const { bench, phone } = fresh();
      const link = bench.connect();
      link.say("edhoc", phone.message1());
      const body = link.messages[0]!.body;
      body[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => phone.message3(body), `bit ${bit}`).toThrow(/message_2/);
    }
  });

  it("of message_3 and its command matters: no request, link gone", () => {
    const bodyOf = ({ bench, phone }: ReturnType<typeof fresh>): { link: TestLink; frame: Uint8Array } => {
      const link = bench.connect();
      link.say("edhoc", phone.message1());
      return { link, frame: fragment("edhoc", phone.message3(link.messages[0]!.body, { kind: "unlock" }), 244)[0]! };
    };
    const bits = bodyOf(fresh()).frame.length * 8;
    for (let bit = 0; bit < bits; bit++) {
      const parts = fresh();
      const { link, frame } = bodyOf(parts);
      frame[bit >> 3]! ^= 1 << (bit & 7);
      link.frame(frame);
      parts.bench.advance(5000);
      expectNothingServed(parts.bench, `bit ${bit}`);
      expect(link.closed, `bit ${bit}`).toBe(true);
      expect(link.messages.filter(({ kind }) => kind === "refused").length, `bit ${bit}`).toBeLessThanOrEqual(1);
    }
  });

  it("of a protected command matters: no request, link gone without a word", () => {
    for (let bit = 0; bit < 30 * 8; bit++) {
      const { bench, phone, asker } = fresh();
      const link = bench.connect();
      phone.cold(link);
      const heard = link.messages.length;
      const [frame] = fragment("protected", phone.channel!.seal(encodeCommand({ kind: "unlock" })), 244);
      expect(frame).toHaveLength(30);
      frame![bit >> 3]! ^= 1 << (bit & 7);
      link.frame(frame!);
      bench.advance(5000);
      expectNothingServed(bench, `bit ${bit}`);
      expect(link.closed, `bit ${bit}`).toBe(true);
      expect(link.messages.length, `bit ${bit}`).toBe(heard);
      expect(bench.of("ended")).toEqual([{ kind: "ended", link: link.id, asker }]);
    }
  });
});

describe("a session", () => {
  const inSession = (): ReturnType<typeof fresh> & { link: TestLink } => {
    const parts = fresh();
    const link = parts.bench.connect();
    parts.phone.cold(link);
    return { ...parts, link };
  };
  const sealed = (phone: TestPhone): Uint8Array => phone.channel!.seal(encodeCommand({ kind: "unlock" }));

  it("serves a replayed command never", () => {
    const { bench, phone, link } = inSession();
    const message = sealed(phone);
    link.say("protected", message);
    link.say("protected", message);
    expect(bench.of("request")).toHaveLength(1);
    expect(link.closed).toBe(true);
  });

  it("serves commands in their order only", () => {
    const { bench, phone, link } = inSession();
    const [, second] = [sealed(phone), sealed(phone)];
    link.say("protected", second);
    expect(bench.of("request")).toEqual([]);
    expect(link.closed).toBe(true);
  });

  it("serves no command of another session of the same key", () => {
    const { bench, phone, link } = inSession();
    const other = new TestPhone(bench, phone.key);
    other.cold(bench.connect());
    link.say("protected", sealed(other));
    expect(bench.of("request")).toEqual([]);
    expect(link.closed).toBe(true);
  });

  it("serves nothing of a whole recorded run played again", () => {
    const { bench, phone } = fresh();
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    const recorded = [...link.sent];
    const replay = bench.connect();
    for (const frame of recorded) replay.frame(frame);
    expect(bench.of("request")).toHaveLength(1);
    expect(replay.closed).toBe(true);
    expect(replay.heard).toBe("edhoc refused");
  });

  it("takes nothing on a link it has closed", () => {
    const { bench, phone, link } = inSession();
    link.say("protected", new Uint8Array(30));
    expect(link.closed).toBe(true);
    link.say("protected", sealed(phone));
    expect(bench.of("request")).toEqual([]);
    expect(bench.sessions.push(link.id, { kind: "latches", latches: new Map([["door", "locked"]]) })).toEqual([]);
    const reply = { kind: "reply", code: 0, body: new Map() } as const;
    expect(bench.sessions.reply(link.id, reply, { handOutTicket: true }, bench.nowMs)).toEqual([]);
  });

  it.each([["fast"], ["refused"], ["edhoc"]] as const)("ends at a message of kind %s", (kind) => {
    const { bench, link } = inSession();
    link.say(kind, new Uint8Array(kind === "refused" ? 0 : 60));
    expect(link.closed).toBe(true);
    expect(bench.of("ended")).toHaveLength(1);
  });

  it("pushes what latches did, after and between replies", () => {
    const { bench, phone, link } = inSession();
    bench.take(bench.sessions.push(link.id, { kind: "latches", latches: new Map([["driverDoor", "unlocked"]]) }));
    expect(phone.hear(link)).toEqual({ kind: "latches", latches: new Map([["driverDoor", "unlocked"]]) });
    expect(phone.ask(link, { kind: "status" })).toMatchObject({ code: 0 });
  });

  it("ends without a word when the car has no sequence number left for a reply", () => {
    const { bench, phone, link } = inSession();
    const states = new Map([["door", "locked"]] as const);
    for (let i = 0; i < SEQUENCE_COUNT_MAX - 1; i++) bench.sessions.push(link.id, { kind: "latches", latches: states });
    bench.answer = () => ({ code: 0, options: { handOutTicket: false } });
    link.say("protected", sealed(phone));
    expect(link.closed).toBe(false);
    const heard = link.messages.length;
    link.say("protected", sealed(phone));
    expect([link.closed, link.messages.length]).toEqual([true, heard]);
    expect(bench.of("ended")).toHaveLength(1);
  });

  it("says a reply of the longest body with all that may come along", () => {
    const { bench, phone, link } = inSession();
    bench.answer = () => undefined;
    phone.ask(link, { kind: "listKeys" });
    const notice = { pendingId: 0xffffffff, what: "removeOwner", target: new Uint8Array(32), dueInS: 0xffffffff } as const;
    const body = new Map([[1, new Uint8Array(REPLY_BODY_BYTES_MAX - 5)]]);
    expect(encode(body)).toHaveLength(REPLY_BODY_BYTES_MAX);
    const reply = { kind: "reply", code: 999, body, notices: Array.from({ length: 16 }, () => notice) } as const;
    bench.take(bench.sessions.reply(link.id, reply, { handOutTicket: true, handOutResolvingKey: true }, bench.nowMs));
    expect(phone.hear(link)).toMatchObject({ code: 999, notices: { length: 16 } });
    expect(phone.ticket).toBeDefined();
  });

  it("takes a list of 4000 bytes, which a stranger could not have sent", () => {
    const { bench, phone, link } = inSession();
    const list = new Uint8Array(4000).fill(3);
    expect(phone.ask(link, { kind: "deliverList", list })).toMatchObject({ code: 0 });
    expect(bench.of("request")[0]!.command).toEqual({ kind: "deliverList", list });
    const other = bench.connect();
    other.say("edhoc", new Uint8Array(1025));
    expect(other.closed).toBe(true);
    expect(other.heard).toBe("");
  });
});

describe("frames of any size", () => {
  it("serve cold and fast at every payload of 20 to 512 bytes", () => {
    const { bench, phone } = fresh();
    for (let attPayloadBytes = 20; attPayloadBytes <= 512; attPayloadBytes += attPayloadBytes < 130 ? 1 : 19) {
      bench.nowMs += 1000;
      const cold = bench.connect({ attPayloadBytes });
      expect(phone.cold(cold, { kind: "unlock" }), `cold at ${attPayloadBytes}`).toMatchObject({ code: 0 });
      const fast = bench.connect({ attPayloadBytes });
      expect(phone.fast(fast, { kind: "unlock" }), `fast at ${attPayloadBytes}`).toMatchObject({ code: 0 });
      for (const frame of [...cold.received, ...fast.received]) expect(frame.length).toBeLessThanOrEqual(attPayloadBytes);
      cold.hangUp();
      fast.hangUp();
    }
  });

  it("follow a change of the payload size", () => {
    const { bench, phone } = fresh();
    const link = bench.connect({ attPayloadBytes: 20 });
    bench.take(bench.sessions.handle({ kind: "attPayloadChanged", link: link.id, attPayloadBytes: 600 }, bench.nowMs));
    link.attPayloadBytes = 512;
    phone.cold(link, { kind: "unlock" });
    expect(link.received).toHaveLength(2);
    bench.take(bench.sessions.handle({ kind: "attPayloadChanged", link: link.id, attPayloadBytes: 19 }, bench.nowMs));
    expect(link.closed).toBe(true);
  });

  it("cannot be had below 20 bytes", () => {
    const { bench } = fresh();
    const link = bench.connect({ attPayloadBytes: 19 });
    expect(link.closed).toBe(true);
    expect(bench.sessions.snapshot().strangers).toBe(0);
  });

  it("lost one at a time leave nothing served twice and a car that serves the next connection", () => {
    const run = (lost: number): { frames: number; requests: number } => {
      const { bench, phone } = fresh();
      const link = bench.connect({ attPayloadBytes: 20 });
      let count = 0;
      const lossy = (kind: "edhoc", body: Uint8Array): void => {
        for (const frame of fragment(kind, body, 20)) if (count++ !== lost) link.frame(frame);
      };
      lossy("edhoc", phone.message1());
      const message2 = link.messages.at(-1);
      if (message2?.kind === "edhoc") lossy("edhoc", phone.message3(message2.body, { kind: "unlock" }));
      const requests = bench.of("request").length;
      bench.advance(5000);
      expect(requests === 1 || link.closed, `frame ${lost}`).toBe(true);
      expect(phone.cold(bench.connect(), { kind: "unlock" }), `after frame ${lost}`).toMatchObject({ code: 0 });
      return { frames: count, requests };
    };
    const whole = run(-1);
    expect(whole).toEqual({ frames: 9, requests: 1 });
    for (let lost = 0; lost < whole.frames; lost++) expect(run(lost).requests, `frame ${lost}`).toBe(0);
  });

  it("cut off by a disconnect after any of them lead to one request or none", () => {
    for (let kept = 0; kept <= 9; kept++) {
      const { bench, phone } = fresh();
      const link = bench.connect({ attPayloadBytes: 20 });
      const frames = fragment("edhoc", phone.message1(), 20);
      for (const frame of frames.slice(0, kept)) link.frame(frame);
      if (kept >= frames.length) {
        const rest = fragment("edhoc", phone.message3(link.messages[0]!.body, { kind: "unlock" }), 20);
        for (const frame of rest.slice(0, kept - frames.length)) link.frame(frame);
      }
      link.hangUp();
      expect(bench.of("request")).toHaveLength(kept === 9 ? 1 : 0);
      expect(bench.of("ended")).toHaveLength(kept === 9 ? 1 : 0);
      expect(bench.sessions.snapshot()).toEqual({ strangers: 0, authenticated: [] });
    }
  });

  it("of noise never throw and never become a request", () => {
    const { bench } = fresh();
    const random = seededRandom("noise");
    for (let i = 0; i < 5000; i++) {
      if (i % 5 === 0) bench.connect();
      const [link, length, header] = random.bytes(3);
      const bytes = random.bytes(length! % 60);
      if (bytes.length > 0 && header! % 2 === 0) bytes[0] = 0xc1 + (header! % 3);
      const id = Math.max(1, Math.floor(i / 5) + 1 - (link! % 5));
      bench.take(bench.sessions.handle({ kind: "frameReceived", link: id, bytes }, bench.nowMs));
      bench.advance(20);
    }
    expectNothingServed(bench, "noise");
    expect(bench.of("authenticated")).toEqual([]);
  });
});
