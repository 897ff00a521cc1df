import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import type { CryptoPort } from "../../../firmware/ports/index.ts";
import { resolvesIdentity } from "../../../firmware/session/index.ts";
import { Bench, benchWithPhone, quickCrypto, TestPhone, type TestLink } from "./bench.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const total = (frames: readonly Uint8Array[]): number => frames.reduce((sum, frame) => sum + frame.length, 0);

/** A phone that has unlocked once and left; `bench` has forgotten its own log of that. */
function afterFirstVisit(seed: string, crypto?: CryptoPort): ReturnType<typeof benchWithPhone> {
  const parts = benchWithPhone(seed, {}, crypto);
  const link = parts.bench.connect();
  parts.phone.cold(link, { kind: "unlock" });
  link.hangUp();
  parts.bench.log.length = 0;
  return parts;
}

const refusedOnce = (link: TestLink): void => {
  expect(link.heard).toBe("refused");
  expect(link.closed).toBe(false);
};

describe("a fast reconnect", () => {
  it("is confirmed in one round trip", () => {
    const { bench, phone, asker } = afterFirstVisit("one");
    const link = bench.connect();
    expect(phone.fast(link, { kind: "unlock" })).toMatchObject({ kind: "reply", code: 0 });
    expect([link.sent.length, link.received.length]).toEqual([1, 1]);
    expect({ toCar: total(link.sent), toPhone: total(link.received) }).toEqual({ toCar: 56, toPhone: 60 });
    expect(bench.of("request")).toMatchObject([{ asker, command: { kind: "unlock" }, path: "fast" }]);
    expect(bench.of("authenticated")).toMatchObject([{ asker, path: "fast" }]);
  });

  it("costs no asymmetric operation, one expansion, one open and one seal", () => {
    const { bench, phone } = afterFirstVisit("cost");
    const link = bench.connect();
    const body = phone.fastBody({ kind: "unlock" }, link);
    const counts: Record<string, number> = {};
    const crypto = bench.crypto as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const name of ["sign", "verify", "agree", "generateAgreementKey", "hkdfExpand", "aeadOpen", "aeadSeal"]) {
      const original = crypto[name]!.bind(crypto);
      crypto[name] = (...args) => ((counts[name] = (counts[name] ?? 0) + 1), original(...args));
    }
    link.say("fast", body);
    expect(bench.of("request")).toHaveLength(1);
    expect(counts).toEqual({ hkdfExpand: 1, aeadOpen: 1, aeadSeal: 1 });
  });

  it("hands out the ticket for the next, 64 times from one full handshake", () => {
    const { bench, phone } = afterFirstVisit("sixty-four");
    for (let use = 1; use <= 64; use++) {
      const link = bench.connect();
      expect(phone.fast(link, { kind: "unlock" }), `use ${use}`).toMatchObject({ code: 0 });
      expect(phone.ticket === undefined).toBe(use === 64);
      link.hangUp();
    }
  });

  it("serves a ticket once: the same bytes again are refused, and a full handshake still works", () => {
    const { bench, phone } = afterFirstVisit("reuse");
    const first = bench.connect();
    const body = phone.fastBody({ kind: "unlock" }, first);
    first.say("fast", body);
    const link = bench.connect();
    link.say("fast", body);
    refusedOnce(link);
    expect(bench.of("request")).toHaveLength(1);
    expect(phone.cold(link, { kind: "unlock" })).toMatchObject({ code: 0 });
  });

  it("serves a ticket to the last millisecond of 24 hours and not after", () => {
    for (const [ageMs, served] of [[DAY_MS - 1, true], [DAY_MS, false], [DAY_MS + 1, false]] as const) {
      const { bench, phone } = afterFirstVisit("a day");
      bench.nowMs += ageMs;
      const link = bench.connect();
      expect(phone.fast(link, { kind: "unlock" }) !== undefined, `${ageMs} ms`).toBe(served);
    }
  });

  it("counts the 24 hours from the full handshake, not from the last ticket", () => {
    const { bench, phone } = afterFirstVisit("from the full one");
    bench.nowMs += DAY_MS - 1;
    phone.fast(bench.connect(), { kind: "unlock" });
    expect(phone.ticket).toBeDefined();
    bench.nowMs += 1;
    refusedOnce(((link) => (phone.fast(link, { kind: "unlock" }), link))(bench.connect()));
  });

  it("is refused to a key whose sessions were closed, and so is its open link", () => {
    const { bench, phone, asker } = benchWithPhone("revoked");
    const live = bench.connect();
    phone.cold(live, { kind: "unlock" });
    bench.take(bench.sessions.closeSessionsOf((other) => other === asker));
    expect(live.closed).toBe(true);
    expect(bench.of("ended")).toEqual([{ kind: "ended", link: live.id, asker }]);
    const link = bench.connect();
    phone.fast(link, { kind: "unlock" });
    refusedOnce(link);
    expect(bench.of("request")).toHaveLength(1);
  });

  it("leaves the sessions and tickets of other keys alone when one is revoked", () => {
    const { bench, phone, asker } = benchWithPhone("bystander");
    const otherKey = bench.newKey();
    bench.enrol(otherKey);
    const other = new TestPhone(bench, otherKey);
    const live = bench.connect();
    other.cold(live, { kind: "unlock" });
    phone.cold(bench.connect(), { kind: "unlock" });
    bench.take(bench.sessions.closeSessionsOf((who) => who === asker));
    expect(live.closed).toBe(false);
    expect(other.fast(bench.connect(), { kind: "unlock" })).toMatchObject({ code: 0 });
  });

  it("is refused under wrong keys, and ends what the handshake left over", () => {
    const { bench, phone } = benchWithPhone("wrong keys");
    const visit = bench.connect();
    phone.cold(visit, { kind: "unlock" });
    const older = phone.ticket!;
    phone.ask(visit, { kind: "lock", forced: false });
    const link = bench.connect();
    const body = phone.fastBody({ kind: "unlock" }, link);
    body[body.length - 1]! ^= 1;
    link.say("fast", body);
    refusedOnce(link);
    phone.ticket = older;
    phone.useNumber = 0;
    const again = bench.connect();
    phone.fast(again, { kind: "unlock" });
    refusedOnce(again);
  });

  it("is refused with any single bit flipped, and nothing is asked for", () => {
    const { bench, phone } = afterFirstVisit("fast flips", quickCrypto("fast flips"));
    const bits = phone.fastBody({ kind: "unlock" }, bench.connect()).length * 8;
    for (let bit = 0; bit < bits; bit++) {
      const parts = afterFirstVisit("fast flips", quickCrypto("fast flips"));
      const link = parts.bench.connect();
      const body = parts.phone.fastBody({ kind: "unlock" }, link);
      body[bit >> 3]! ^= 1 << (bit & 7);
      link.say("fast", body);
      expect(parts.bench.of("request"), `bit ${bit}`).toEqual([]);
      expect(link.heard, `bit ${bit}`).toBe("refused");
      if (bit % 97 === 0) expect(parts.phone.cold(link, { kind: "unlock" })).toMatchObject({ code: 0 });
    }
    expect(bench.of("request")).toEqual([]);
  });

  it("counts for the link whose challenge it was made for: kept back, it opens nothing on any other, and its own has long ended", () => {
    for (const [delayMs, proximity] of [[1000, "local"], [60_000, "local"], [3_600_000, "local"], [0, "remote"]] as const) {
      const { bench, phone } = afterFirstVisit("kept back");
      const link = bench.connect();
      const body = phone.fastBody({ kind: "unlock" }, link);
      if (proximity === "local") bench.advance(delayMs);
      const other = bench.connect({ proximity });
      other.say("fast", body);
      refusedOnce(other);
      if (delayMs > 2000) {
        expect(link.closed).toBe(true);
        link.say("fast", body);
      }
      expect(bench.of("request"), `${delayMs} ms, ${proximity}`).toEqual([]);
      expect(phone.cold(bench.connect(), { kind: "unlock" })).toMatchObject({ code: 0 });
    }
  });

  it("challenges are 8 bytes that never come again", () => {
    const { bench } = afterFirstVisit("challenges");
    const challenges = Array.from({ length: 50 }, () => {
      const link = bench.connect();
      link.hangUp();
      return link.challenges.map(toHex);
    });
    expect(challenges.every((each) => each.length === 1 && each[0]!.length === 16)).toBe(true);
    expect(new Set(challenges.flat()).size).toBe(50);
  });

  it("may be tried once on a link", () => {
    const { bench, phone } = afterFirstVisit("twice");
    const link = bench.connect();
    const unknown = phone.fastBody({ kind: "unlock" }, link).fill(7, 1, 9);
    link.say("fast", unknown);
    link.say("fast", unknown);
    expect(link.heard).toBe("refused refused");
    expect(link.closed).toBe(true);
  });

  it("may not be tried after a message_1", () => {
    const { bench, phone } = afterFirstVisit("after");
    const link = bench.connect();
    const body = phone.fastBody({ kind: "unlock" }, link);
    link.say("edhoc", new TestPhone(bench, phone.key).message1());
    link.say("fast", body);
    expect(link.heard).toBe("edhoc refused");
    expect(link.closed).toBe(true);
  });

  it.each([[0], [1], [26], [27]])("with a body of %i bytes is refused", (length) => {
    const { bench, phone } = afterFirstVisit("short");
    const whole = bench.connect();
    const full = phone.fastBody({ kind: "unlock" }, whole);
    const body = full.subarray(0, length);
    const link = bench.connect();
    if (length === 0) link.frame(Uint8Array.of(0xc3));
    else link.say("fast", body);
    expect(bench.of("request")).toEqual([]);
    expect(link.heard).toBe(length === 0 ? "" : "refused");
    whole.say("fast", full);
    expect(whole.heard, "a body without a command spends no ticket").toBe(length <= 26 ? "protected" : "refused");
  });

  it("says over which path a command came, so that drive can be refused", () => {
    const { bench, phone } = afterFirstVisit("drive");
    phone.fast(bench.connect(), { kind: "drive" });
    expect(bench.of("request")).toMatchObject([{ command: { kind: "drive" }, path: "fast" }]);
  });

  it("may be followed by a full handshake on the same link", () => {
    const { bench, phone } = afterFirstVisit("upgrade");
    const link = bench.connect();
    phone.fast(link, { kind: "unlock" });
    expect(phone.cold(link, { kind: "drive" })).toMatchObject({ code: 0 });
    expect(bench.of("request").map(({ path }) => path)).toEqual(["fast", "full"]);
    expect(bench.log.filter(({ kind }) => kind !== "send").map(({ kind }) => kind)).toEqual(
      ["authenticated", "request", "ended", "authenticated", "request"],
    );
  });

  it("given up for a handshake makes the phone a stranger with 5 s of its own, in the place of the oldest other", () => {
    const { bench, phone } = afterFirstVisit("a stranger again");
    const link = bench.connect();
    phone.fast(link, { kind: "unlock" });
    bench.advance(10_000);
    const others = Array.from({ length: 4 }, () => bench.connect());
    link.say("edhoc", new TestPhone(bench, phone.key).message1());
    expect(others.map(({ closed }) => closed)).toEqual([true, false, false, false]);
    expect(bench.sessions.snapshot()).toEqual({ strangers: 4, authenticated: [] });
    bench.advance(4999);
    expect(link.closed).toBe(false);
    bench.advance(1);
    expect(link.closed).toBe(true);
  });

  it("may not be given up for a handshake while a command waits for its reply", () => {
    const { bench, phone } = afterFirstVisit("waiting");
    bench.answer = () => undefined;
    const link = bench.connect();
    phone.fast(link, { kind: "unlock" });
    link.say("edhoc", new TestPhone(bench, phone.key).message1());
    expect(link.closed).toBe(true);
  });
});

describe("tickets", () => {
  it("are handed out only where the caller says so", () => {
    const { bench, phone } = benchWithPhone("none");
    bench.answer = () => ({ code: 0, options: { handOutTicket: false } });
    phone.cold(bench.connect(), { kind: "unlock" });
    expect(phone.ticket).toBeUndefined();
  });

  it("of a session that a newer full handshake of the same key has replaced are gone", () => {
    const { bench, phone } = benchWithPhone("replaced");
    const old = bench.connect();
    phone.cold(old, { kind: "unlock" });
    const again = new TestPhone(bench, phone.key);
    again.cold(bench.connect(), { kind: "unlock" });
    const link = bench.connect();
    phone.fast(link, { kind: "unlock" });
    refusedOnce(link);
    expect(again.fast(bench.connect(), { kind: "unlock" })).toMatchObject({ code: 0 });
  });

  it("are four per key: the oldest gives way", () => {
    const { bench, phone } = benchWithPhone("four");
    const link = bench.connect();
    phone.cold(link, { kind: "unlock" });
    const tickets = [phone.ticket!];
    for (let i = 0; i < 4; i++) {
      phone.ask(link, { kind: "status" });
      tickets.push(phone.ticket!);
    }
    const served = tickets.map((ticket) => {
      Object.assign(phone, { ticket, useNumber: 0 });
      const next = bench.connect();
      const reply = phone.fast(next, { kind: "lock", forced: false });
      next.hangUp();
      return reply !== undefined;
    });
    expect(served).toEqual([false, true, true, true, true]);
  });

  it("are kept for a bounded number of keys: the one used longest ago gives way", () => {
    const bench = new Bench("families", { ticketFamiliesMax: 3 });
    const phones = [0, 1, 2].map(() => {
      const key = bench.newKey();
      bench.enrol(key);
      return new TestPhone(bench, key);
    });
    const visit = (phone: TestPhone, fast: boolean): boolean => {
      const link = bench.connect();
      const reply = fast ? phone.fast(link, { kind: "unlock" }) : phone.cold(link, { kind: "unlock" });
      link.hangUp();
      return reply !== undefined;
    };
    for (const phone of phones) visit(phone, false);
    expect(visit(phones[0]!, true)).toBe(true);
    const key = bench.newKey();
    bench.enrol(key);
    visit(new TestPhone(bench, key), false);
    expect(phones.map((phone) => visit(phone, true))).toEqual([true, false, true]);
  });
});

describe("the resolving key", () => {
  it("comes with the first reply, and again only when it has changed", () => {
    const { bench, phone } = benchWithPhone("renewed");
    phone.resolvingKey = bench.resolvingKey;
    const link = bench.connect();
    expect(phone.cold(link, { kind: "unlock" })).toHaveProperty("resolvingKey", bench.resolvingKey);
    expect(phone.ask(link, { kind: "status" })).not.toHaveProperty("resolvingKey");
    bench.resolvingKey = new Uint8Array(16).fill(9);
    expect(phone.ask(link, { kind: "status" })).toHaveProperty("resolvingKey", bench.resolvingKey);
    const fast = bench.connect();
    expect(phone.fast(fast, { kind: "unlock" })).not.toHaveProperty("resolvingKey");
    expect(resolvesIdentity(bench.crypto, phone.resolvingKey, bench.sessions.advertisement(bench.nowMs).identity)).toBe(true);
  });

  it("is not given to who was refused, unless the caller says so", () => {
    const { bench, phone } = benchWithPhone("not to the refused");
    bench.answer = () => ({ code: 205, options: { handOutTicket: false } });
    const link = bench.connect();
    expect(phone.cold(link, { kind: "unlock" })).toEqual({ kind: "reply", code: 205, body: new Map() });
    bench.answer = () => ({ code: 301, options: { handOutTicket: false, handOutResolvingKey: true } });
    expect(phone.ask(link, { kind: "unlock" })).toHaveProperty("resolvingKey");
    bench.resolvingKey = new Uint8Array(16);
    bench.answer = () => ({ code: 0, options: { handOutTicket: false, handOutResolvingKey: false } });
    expect(phone.ask(link, { kind: "status" })).not.toHaveProperty("resolvingKey");
  });
});
