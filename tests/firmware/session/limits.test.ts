import { describe, expect, it } from "vitest";
import { encodeSequence } from "../../../firmware/cbor/index.ts";
import { fragment, SESSION_LIMITS } from "../../../firmware/session/index.ts";
import { benchWithPhone, quickCrypto, TestPhone } from "./bench.ts";

const fresh = (name: string): ReturnType<typeof benchWithPhone> => benchWithPhone(name, {}, quickCrypto(name));
const newPhone = (bench: TestPhone["bench"]): TestPhone => {
  const key = bench.newKey();
  bench.enrol(key);
  return new TestPhone(bench, key);
};
const MESSAGE_1 = encodeSequence(0, 4, new Uint8Array(32).fill(9), 0);

describe("a stranger's link", () => {
  it("is closed without a word 2 s after it was opened where nothing came", () => {
    const { bench } = fresh("silent");
    const link = bench.connect();
    expect(bench.sessions.nextDeadlineMs()).toBe(bench.nowMs + 2000);
    bench.advance(1999);
    expect(link.closed).toBe(false);
    bench.advance(1);
    expect([link.closed, link.heard]).toEqual([true, ""]);
    expect(bench.of("refusedStranger")).toMatchObject([{ why: "too slow" }]);
  });

  it("is closed 5 s after it was opened where no key was proved, whatever was sent", () => {
    const { bench, phone } = fresh("slow");
    const link = bench.connect();
    bench.advance(1500);
    link.say("edhoc", phone.message1());
    bench.advance(3000);
    const other = new TestPhone(bench, phone.key);
    link.say("edhoc", other.message1());
    bench.advance(499);
    expect(link.closed).toBe(false);
    bench.advance(1);
    expect(link.closed).toBe(true);
  });

  it("is not saved by a message_3 that comes when its time is over but nobody has looked", () => {
    const { bench, phone } = fresh("overdue");
    const link = bench.connect();
    link.say("edhoc", phone.message1());
    bench.nowMs += 5000;
    link.say("edhoc", phone.message3(link.messages[0]!.body, { kind: "unlock" }));
    expect(link.closed).toBe(true);
    expect(bench.of("request")).toEqual([]);
  });

  it("that drips its frames is closed 2 s after the first of them", () => {
    const { bench } = fresh("drip");
    const link = bench.connect({ attPayloadBytes: 20 });
    const frames = fragment("edhoc", new Uint8Array(1000), 20);
    let sent = 0;
    while (!link.closed && sent < frames.length) {
      link.frame(frames[sent++]!);
      bench.advance(300);
    }
    expect([link.closed, sent]).toEqual([true, 7]);
  });
});

describe("a proven key's link", () => {
  it("stays open and idle for a day", () => {
    const { bench, phone } = fresh("idle");
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    bench.advance(24 * 60 * 60 * 1000);
    expect(link.closed).toBe(false);
    expect(bench.sessions.snapshot().authenticated).toHaveLength(1);
    expect(phone.cold(link, { kind: "lock", forced: false })).toMatchObject({ code: 0 });
  });

  it("takes a command to the last millisecond of 30 s after the car's last reply", () => {
    const { bench, phone } = fresh("fresh");
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    for (let round = 0; round < 3; round++) {
      bench.nowMs += 29_999;
      expect(phone.ask(link, { kind: "unlock" })).toMatchObject({ code: 0 });
    }
  });

  it("is closed, and nothing is asked, where a command was held back for 30 s", () => {
    const { bench, phone } = fresh("held");
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    bench.nowMs += 30_000;
    phone.ask(link, { kind: "unlock" });
    expect(link.closed).toBe(true);
    expect(bench.of("request")).toHaveLength(1);
  });

  it("may prove itself anew as often as it likes", () => {
    const { bench, phone } = fresh("anew");
    const link = bench.connect();
    for (let round = 0; round < 6; round++) {
      expect(phone.cold(link, { kind: "unlock" })).toMatchObject({ code: 0 });
      bench.advance(60_000);
    }
  });

  it("is closed where a message stays unfinished for 2 s", () => {
    const { bench, phone } = fresh("unfinished");
    const link = bench.connect();
    phone.cold(link);
    link.frame(Uint8Array.of(0x82, 1));
    bench.advance(2000);
    expect(link.closed).toBe(true);
  });

  it("is closed where a fifth command comes before the first reply", () => {
    const { bench, phone } = fresh("pending");
    bench.answer = () => undefined;
    const link = bench.connect();
    phone.cold(link);
    for (let i = 0; i < 4; i++) phone.ask(link, { kind: "status" });
    expect(link.closed).toBe(false);
    phone.ask(link, { kind: "status" });
    expect(link.closed).toBe(true);
    expect(bench.of("request")).toHaveLength(4);
  });

  it("takes one reply per request: an unasked one is a fault of the caller", () => {
    const { bench, phone } = fresh("unasked");
    const link = bench.connect();
    phone.cold(link);
    const reply = { kind: "reply", code: 0, body: new Map() } as const;
    expect(() => bench.sessions.reply(link.id, reply, { handOutTicket: false }, bench.nowMs)).toThrow();
  });

  it("gives way only to a third link of the same key, the oldest first", () => {
    const { bench, phone } = fresh("third");
    const links = [0, 1, 2].map(() => {
      bench.nowMs += 1000;
      const link = bench.connect();
      new TestPhone(bench, phone.key).cold(link);
      return link;
    });
    expect(links.map(({ closed }) => closed)).toEqual([true, false, false]);
    expect(bench.of("ended")).toMatchObject([{ link: links[0]!.id }]);
  });
});

describe("the slots", () => {
  it("hold four strangers: a fifth takes the place of the oldest", () => {
    const { bench } = fresh("five");
    const links = Array.from({ length: 5 }, () => bench.connect());
    expect(links.map(({ closed }) => closed)).toEqual([true, false, false, false, false]);
    expect(bench.sessions.snapshot().strangers).toBe(4);
  });

  it("let an owner in whatever a thousand strangers do", () => {
    const { bench, phone } = fresh("thousand");
    const owner = newPhone(bench);
    const present = bench.connect();
    owner.cold(present, { kind: "unlock" });
    for (let i = 0; i < 1000; i++) {
      const link = bench.connect();
      if (i % 3 === 0) link.say("edhoc", MESSAGE_1);
      if (i % 7 === 0) link.frame(Uint8Array.of(0x81, 0));
      if (i % 11 === 0) link.say("fast", new Uint8Array(60));
      bench.advance(10);
      const { strangers, authenticated } = bench.sessions.snapshot();
      expect(strangers).toBeLessThanOrEqual(SESSION_LIMITS.strangerCountMax);
      expect(authenticated).toHaveLength(1);
    }
    bench.advance(1000);
    expect(phone.cold(bench.connect(), { kind: "unlock" })).toMatchObject({ code: 0 });
    expect(owner.ask(present, { kind: "status" })).toMatchObject({ code: 0 });
    expect(present.closed).toBe(false);
  });

  it("keep one free for a stranger: an eighth key takes that of the one quiet for longest", () => {
    const { bench } = fresh("eight");
    const phones = Array.from({ length: 8 }, () => newPhone(bench));
    const links = phones.map((phone, i) => {
      bench.advance(1000);
      if (i === 7) phones[0]!.ask(bench.links.get(1)!, { kind: "status" });
      const link = bench.connect();
      expect(phone.cold(link, { kind: "status" }), `key ${i}`).toMatchObject({ code: 0 });
      return link;
    });
    expect(links.map(({ closed }) => closed)).toEqual([false, true, false, false, false, false, false, false]);
    expect(bench.sessions.snapshot()).toMatchObject({ strangers: 0, authenticated: { length: 7 } });
    const strangers = [bench.connect(), bench.connect()];
    expect(strangers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(bench.sessions.snapshot()).toMatchObject({ strangers: 1, authenticated: { length: 7 } });
  });

  it("keep keys before newcomers, who have two and give way first", () => {
    const { bench } = fresh("newcomers");
    const keys = Array.from({ length: 5 }, () => newPhone(bench)).map((phone) => {
      const link = bench.connect();
      phone.cold(link, { kind: "status" });
      return link;
    });
    bench.directory.open = true;
    const arrive = (): ReturnType<typeof bench.connect> => {
      bench.advance(1000);
      const link = bench.connect();
      new TestPhone(bench, bench.newKey(), "newcomer").cold(link);
      return link;
    };
    const newcomers = Array.from({ length: 6 }, arrive);
    expect(keys.map(({ closed }) => closed)).toEqual([false, false, false, false, false]);
    expect(newcomers.map(({ closed }) => closed)).toEqual([true, true, true, true, false, false]);
    const late = bench.connect();
    newPhone(bench).cold(late, { kind: "status" });
    expect([late.closed, ...keys.map(({ closed }) => closed)]).toEqual([false, false, false, false, false, false]);
    expect(newcomers.map(({ closed }) => closed)).toEqual([true, true, true, true, true, false]);
  });

  it("are freed by links that close, and a link opened again under its number starts from nothing", () => {
    const { bench, phone, asker } = fresh("freed");
    const link = bench.connect();
    phone.cold(link);
    bench.take(bench.sessions.handle({ kind: "linkOpened", link: link.id, attPayloadBytes: 100, proximity: "local" }, bench.nowMs));
    expect(bench.of("ended")).toEqual([{ kind: "ended", link: link.id, asker }]);
    expect(bench.sessions.snapshot()).toEqual({ strangers: 1, authenticated: [] });
    link.hangUp();
    expect(bench.sessions.snapshot()).toEqual({ strangers: 0, authenticated: [] });
    link.hangUp();
    link.frame(Uint8Array.of(0xc1, 0));
    expect(bench.of("ended")).toHaveLength(1);
  });
});

describe("a flood of message_1", () => {
  it("costs at most 8 key agreements at once and 8 a second after that, however many links it uses", () => {
    const { bench } = fresh("flood");
    let agreements = 0;
    const crypto = bench.crypto as { -readonly [K in keyof typeof bench.crypto]: (typeof bench.crypto)[K] };
    const original = crypto.agree;
    crypto.agree = (own, peer) => (agreements++, original(own, peer));
    for (let i = 0; i < 100; i++) bench.connect().say("edhoc", MESSAGE_1);
    expect(agreements).toBe(8);
    for (let ms = 0; ms < 10_000; ms += 5) {
      bench.nowMs += 5;
      bench.connect().say("edhoc", MESSAGE_1);
    }
    expect(agreements).toBeLessThanOrEqual(8 + 80);
    expect(agreements).toBeGreaterThanOrEqual(80);
  });

  it("is answered by the flat refusal beyond the budget, and does not hold up who has a ticket", () => {
    const { bench, phone } = fresh("flood and ticket");
    const visit = bench.connect();
    phone.cold(visit, { kind: "unlock" });
    visit.hangUp();
    for (let i = 0; i < 20; i++) bench.connect().say("edhoc", MESSAGE_1);
    const refused = bench.connect();
    refused.say("edhoc", MESSAGE_1);
    expect([refused.heard, refused.closed]).toEqual(["refused", true]);
    expect(phone.fast(bench.connect(), { kind: "unlock" })).toMatchObject({ code: 0 });
  });

  it("leaves no state behind: what is due ends with the last link", () => {
    const { bench } = fresh("nothing left");
    for (let i = 0; i < 50; i++) bench.connect().frame(Uint8Array.of(0x81, 0));
    bench.advance(10_000);
    expect(bench.sessions.nextDeadlineMs()).toBeUndefined();
    expect(bench.sessions.snapshot()).toEqual({ strangers: 0, authenticated: [] });
  });
});
