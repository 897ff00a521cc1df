import { describe, expect, it } from "vitest";
import { AuditChain, decodeEntry, decodeHead, encodeEntry, encodeHead, linesFromCbor, linesToCbor, verifyLog } from "../../../firmware/audit/index.ts";
import type { AuditEvent, AuditLimits, AuditLine, AuditPage, ChainHead, LogToVerify } from "../../../firmware/audit/index.ts";
import { concat, utf8Encode } from "../../../firmware/base/index.ts";
import { decode, encode } from "../../../firmware/cbor/index.ts";
import { mountRecords, TABLES, type RecordChange, type RecordStore } from "../../../firmware/records/index.ts";
import { SimFlash } from "../../../sim/flash/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { seededRandom } from "../../support/random.ts";

const crypto = testCrypto("audit");
const carKey = crypto.generateSigningKey("Ed25519");
const strangerKey = crypto.generateSigningKey("Ed25519");
const ANNA = "0102030405060708";
const BEN = "1112131415161718";
const DAY_S = 86_400;

const signWith = (key: typeof carKey) => (payload: Uint8Array) => concat(crypto.sign(key, payload), payload);
const openHead = (signed: Uint8Array): Uint8Array | undefined => {
  const payload = signed.slice(64);
  return crypto.verify("Ed25519", carKey.publicKey, payload, signed.subarray(0, 64)) ? payload : undefined;
};

const event = (who: string, what = "unlock", more: Partial<AuditEvent> = {}): AuditEvent => ({ who, what, outcome: "done", why: "", atS: undefined, ...more });

/** A car that keeps its log in a record store; `restart` loads it anew from the flash. */
class Car {
  flash = new SimFlash({ geometry: { sectorCount: 16, sectorBytes: 16384, writeAlignBytes: 4, erasedByte: 0xff } });
  signatures = 0;
  store!: RecordStore;
  chain!: AuditChain;
  faults: string[] = [];

  constructor(private readonly limits: Partial<AuditLimits> = {}) {
    this.restart();
  }

  restart(image = this.flash.image()): this {
    this.flash = this.flash.restart(image);
    const mounted = mountRecords(this.flash);
    if (!mounted.ok) throw new Error(mounted.error.detail);
    this.store = mounted.value.store;
    const signHead = (payload: Uint8Array): Uint8Array => {
      this.signatures++;
      return signWith(carKey)(payload);
    };
    this.chain = new AuditChain({ crypto, random: seededRandom("salt"), signHead }, this.limits);
    this.faults = [];
    for (const [key, value] of this.store.entries(TABLES.audit)) {
      const fault = this.chain.apply({ table: TABLES.audit, key, value });
      if (fault !== undefined) this.faults.push(fault.what);
    }
    this.store.durable();
    return this;
  }

  commit(changes: readonly RecordChange[]): void {
    expect(this.store.commit(changes)).toEqual({ ok: true });
    this.flash.sync();
    this.store.durable();
    for (const change of changes) expect(this.chain.apply(change)).toBeUndefined();
  }

  tell(...events: AuditEvent[]): void {
    this.commit(this.chain.plan(events));
  }

  roll(nowS?: number): void {
    while (this.chain.rollDue(nowS)) this.commit(this.chain.roll(nowS));
  }

  all(fromSequence: number, reader = "all"): AuditPage {
    const lines: AuditLine[] = [];
    let page = this.chain.read({ fromSequence, countMax: 1000, reader });
    const { anchor } = page;
    for (; page.lines.length > 0; page = this.chain.read({ fromSequence: lines.at(-1)!.sequence + 1, countMax: 1000, reader })) lines.push(...page.lines);
    return { lines, head: page.head, anchor };
  }

  verify(seen?: ChainHead, reader = "all", change: Partial<LogToVerify> = {}) {
    return verifyLog({ ...this.all((seen?.sequence ?? 0) + 1, reader), seen, openHead, sha256: (data) => crypto.sha256(data), ...change });
  }
}

function good(result: ReturnType<typeof verifyLog>) {
  if (!result.ok) throw new Error(`${result.error.kind} at ${result.error.sequence}: ${result.error.detail}`);
  return result.value;
}

function bad(result: ReturnType<typeof verifyLog>): string {
  if (result.ok) throw new Error("verified");
  return `${result.error.kind} ${result.error.sequence}`;
}

describe("an audit entry", () => {
  it("is deterministic CBOR and comes back as it was", () => {
    const entry = { ...event(ANNA, "trunk", { outcome: "refused", why: "roleForbids", atS: 1_800_000_000 }), sequence: 7, salt: new Uint8Array(8).fill(1) };
    const bytes = encodeEntry(entry);
    expect(Buffer.from(bytes).toString("hex")).toBe("8707480102030405060708657472756e6b016b726f6c65466f72626964731a6b49d200480101010101010101");
    expect(decodeEntry(bytes)).toEqual(entry);
  });

  it("is refused in any other form", () => {
    const entry = { ...event("car"), sequence: 1, salt: new Uint8Array(8) };
    const bytes = encodeEntry(entry);
    expect(decodeEntry(bytes)).toEqual(entry);
    for (let cut = 0; cut < bytes.length; cut++) expect(decodeEntry(bytes.subarray(0, cut))).toBeUndefined();
    expect(decodeEntry(concat(bytes, Uint8Array.of(0)))).toBeUndefined();
    for (const fields of [[0, "car", "x", 0, "", null, entry.salt], [1, "car", "x", 4, "", null, entry.salt], [1, "car", "x", 0, "", null, new Uint8Array(7)], [1, "car", "x", 0, "", -1, entry.salt], [1, new Uint8Array(7), "x", 0, "", null, entry.salt]]) {
      expect(decodeEntry(encode(fields))).toBeUndefined();
    }
  });

  it("clips texts that are too long instead of standing in the way", () => {
    const car = new Car();
    car.tell(event(`guest:${"é".repeat(200)}#1`, "w".repeat(99), { why: "y".repeat(99) }));
    const [entry] = good(car.verify()).entries;
    expect([entry!.who.length, entry!.what.length, entry!.why.length]).toEqual([6 + 47, 40, 64]);
    expect(utf8Encode(entry!.who)).toHaveLength(100);
  });
});

describe("the audit chain", () => {
  it("tells owners everything and leads to the head that the car signed", () => {
    const car = new Car();
    car.tell(event(ANNA), event("car", "autoRelock"));
    car.tell(event(BEN, "enrol", { outcome: "refused", why: "roleForbids", atS: 1000 }));
    const { head, entries, hiddenCount, missed } = good(car.verify());
    expect(entries.map(({ sequence, who, what, outcome, why, atS }) => [sequence, who, what, outcome, why, atS])).toEqual([
      [1, ANNA, "unlock", "done", "", undefined],
      [2, "car", "autoRelock", "done", "", undefined],
      [3, BEN, "enrol", "refused", "roleForbids", 1000],
    ]);
    expect(head.sequence).toBe(3);
    expect([hiddenCount, missed]).toEqual([0, undefined]);
  });

  it("follows h(n) = SHA-256(h(n-1) || SHA-256(entry)) from 32 zero bytes", () => {
    const car = new Car();
    car.tell(event(ANNA), event(BEN));
    let hash = new Uint8Array(32);
    for (const [, value] of car.store.entries(TABLES.audit)) hash = crypto.sha256(concat(hash, crypto.sha256(value))) as Uint8Array<ArrayBuffer>;
    expect(car.chain.head()).toEqual({ sequence: 2, hash });
    expect(decodeHead(encodeHead(car.chain.head()))).toEqual({ sequence: 2, hash });
  });

  it("shows a key its own lines only, and still verifies for it", () => {
    const car = new Car();
    car.tell(event(ANNA), event(BEN), event(ANNA), event("car"));
    const page = car.all(1, BEN);
    expect(page.lines.map(({ kind }) => kind)).toEqual(["digest", "entry", "digest", "digest"]);
    expect(page.lines.some((line) => line.kind === "digest" && line.digest.length !== 32)).toBe(false);
    const { entries, hiddenCount } = good(car.verify(undefined, BEN));
    expect(entries.map(({ who }) => who)).toEqual([BEN]);
    expect(hiddenCount).toBe(3);
  });

  it("does not let an event be guessed from its digest", () => {
    const car = new Car();
    car.tell(event(ANNA), event(ANNA));
    const salts = good(car.verify()).entries.map(({ salt }) => Buffer.from(salt).toString("hex"));
    expect(new Set([...salts, "0000000000000000"]).size).toBe(3);
    const digests = car.all(1, BEN).lines.map((line) => (line.kind === "digest" ? Buffer.from(line.digest).toString("hex") : ""));
    expect(new Set(digests).size).toBe(2);
  });

  it("is the same after a restart, and goes on from there", () => {
    const car = new Car();
    car.tell(event(ANNA), event(BEN));
    const before = car.chain.head();
    car.restart();
    expect(car.faults).toEqual([]);
    expect(car.chain.head()).toEqual(before);
    car.tell(event(ANNA));
    expect(good(car.verify(before)).entries.map(({ sequence }) => sequence)).toEqual([3]);
  });

  it("does not move by a plan that was not committed", () => {
    const car = new Car();
    car.tell(event(ANNA));
    const before = car.chain.head();
    car.chain.plan([event(BEN)]);
    expect(car.chain.head()).toEqual(before);
    car.tell(event(BEN));
    expect(car.chain.lastSequence).toBe(2);
  });

  it("costs no signature per line, and one per head that is asked for", () => {
    const car = new Car();
    for (let i = 0; i < 50; i++) car.tell(event(ANNA));
    expect(car.signatures).toBe(0);
    car.chain.signedHead();
    car.chain.signedHead();
    expect(car.signatures).toBe(1);
  });

  it("ignores the records of other tables", () => {
    const car = new Car();
    expect(car.chain.apply({ table: TABLES.keys, key: Uint8Array.of(1), value: Uint8Array.of(1) })).toBeUndefined();
    expect(car.chain.lastSequence).toBe(0);
  });
});

describe("old lines", () => {
  it("roll by count, a bounded number at a time, and leave a signed anchor that the rest hangs on", () => {
    const car = new Car({ linesMax: 100 });
    for (let i = 0; i < 100; i++) car.tell(event(i % 2 ? ANNA : BEN));
    expect(car.chain.rollDue(undefined)).toBe(false);
    car.tell(event(ANNA));
    const changes = car.chain.roll(undefined);
    expect(changes).toHaveLength(33);
    car.commit(changes);
    expect(car.chain.lineCount).toBe(69);
    expect(good(car.verify())).toMatchObject({ missed: { from: 1, to: 32 }, head: { sequence: 101 } });
    const head = car.chain.head();
    car.restart();
    expect(car.faults).toEqual([]);
    expect(car.chain.head()).toEqual(head);
    expect(good(car.verify()).entries).toHaveLength(69);
  });

  it("roll again and again over restarts without breaking for a phone that looks in now and then", () => {
    const car = new Car({ linesMax: 60 });
    let seen: ChainHead | undefined;
    for (let i = 1; i <= 400; i++) {
      car.tell(event(ANNA));
      car.roll();
      if (i % 50 === 0) car.restart();
      if (i % 20 === 0) seen = good(car.verify(seen)).head;
      if (i % 90 === 0) good(car.verify());
    }
    expect(car.chain.lineCount).toBeLessThanOrEqual(60);
    expect(seen?.sequence).toBe(400);
  });

  it("roll by days when the time is trusted; a line without a time goes with the next that has one", () => {
    const car = new Car({ daysMax: 90 });
    car.tell(event(ANNA, "unlock", { atS: 1000 }), event(ANNA), event(ANNA, "unlock", { atS: 2000 }), event(ANNA), event(ANNA, "unlock", { atS: 100 * DAY_S }), event(ANNA));
    car.roll(undefined);
    expect(car.chain.lineCount).toBe(6);
    car.roll(91 * DAY_S);
    expect(car.chain.lineCount).toBe(3);
    expect(good(car.verify()).missed).toEqual({ from: 1, to: 3 });
    car.roll(191 * DAY_S);
    expect(car.chain.lineCount).toBe(1);
  });

  it("may all roll: the head stays verifiable", () => {
    const car = new Car({ daysMax: 1 });
    car.tell(event(ANNA, "unlock", { atS: 1000 }));
    const seen = good(car.verify()).head;
    car.roll(3 * DAY_S);
    expect(car.chain.lineCount).toBe(0);
    expect(good(car.verify(seen)).entries).toEqual([]);
    expect(good(car.verify()).missed).toEqual({ from: 1, to: 1 });
    expect(good(car.verify(seen, "all", car.all(1))).missed).toBeUndefined();
    expect(bad(car.verify({ sequence: 1, hash: new Uint8Array(32) }, "all", car.all(1)))).toBe("rewritten 1");
    car.restart();
    car.tell(event(BEN));
    expect(good(car.verify(seen)).head.sequence).toBe(2);
  });
});

describe("a phone that remembers the last head", () => {
  function carAndHead(): { readonly car: Car; readonly early: Uint8Array; readonly seen: ChainHead } {
    const car = new Car();
    car.tell(event(ANNA), event(BEN));
    const early = car.flash.image();
    car.tell(event(ANNA), event(BEN), event(ANNA));
    return { car, early, seen: good(car.verify()).head };
  }

  it("reports a restored flash image, at once and after the log has grown past what was seen", () => {
    const { car, early, seen } = carAndHead();
    car.restart(early);
    expect(bad(car.verify(seen))).toBe("restored 2");
    for (let i = 0; i < 3; i++) car.tell(event("console", `other${i}`));
    expect(bad(car.verify(seen))).toBe("rewritten 5");
    car.tell(event(ANNA));
    expect(bad(car.verify(seen, "all", car.all(1)))).toBe("rewritten 5");
    expect(bad(car.verify(seen))).toMatch(/^mismatch/);
  });

  it("reports a line taken out, changed, moved or added", () => {
    const { car } = carAndHead();
    const page = car.all(1);
    const { lines } = page;
    const other = encodeEntry({ ...event(BEN), sequence: 3, salt: new Uint8Array(8) });
    expect(bad(car.verify(undefined, "all", { lines: [...lines.slice(0, 2), ...lines.slice(3)] }))).toBe("gap 3");
    expect(bad(car.verify(undefined, "all", { lines: lines.slice(0, 4) }))).toBe("gap 5");
    expect(bad(car.verify(undefined, "all", { lines: lines.slice(1) }))).toBe("gap 1");
    expect(bad(car.verify(undefined, "all", { lines: lines.map((line) => (line.sequence === 3 ? { kind: "entry", sequence: 3, bytes: other } : line)) }))).toBe("mismatch 5");
    expect(bad(car.verify(undefined, "all", { lines: lines.map((line) => (line.sequence === 3 ? { ...lines[3]!, sequence: 3 } : line)) }))).toBe("malformed 3");
    expect(bad(car.verify(undefined, "all", { lines: [...lines, { kind: "digest", sequence: 6, digest: new Uint8Array(32) }] }))).toBe("gap 7");
  });

  it("takes head and anchor from its own car alone", () => {
    const car = new Car({ linesMax: 10 });
    for (let i = 0; i < 50; i++) car.tell(event(ANNA));
    car.roll();
    const head = encodeHead(car.chain.head());
    expect(bad(car.verify(undefined, "all", { head: signWith(strangerKey)(head) }))).toBe("signature 0");
    expect(bad(car.verify(undefined, "all", { head: signWith(carKey)(Uint8Array.of(1)) }))).toBe("malformed 0");
    const { anchor } = car.all(1);
    expect(bad(car.verify(undefined, "all", { anchor: signWith(strangerKey)(anchor!.slice(64)) }))).toBe("signature 0");
    expect(bad(car.verify(undefined, "all", { anchor: undefined }))).toBe("gap 1");
  });

  it("reads page by page what does not fit one answer", () => {
    const car = new Car();
    for (let i = 0; i < 150; i++) car.tell(event(ANNA));
    expect(car.chain.read({ fromSequence: 1, countMax: 1000, reader: "all" }).lines).toHaveLength(64);
    expect(car.chain.read({ fromSequence: 149, countMax: 1000, reader: "all" }).lines).toHaveLength(2);
    expect(car.chain.read({ fromSequence: 900, countMax: 5, reader: "all" }).lines).toEqual([]);
    expect(good(car.verify()).entries).toHaveLength(150);
  });
});

describe("a log with records missing", () => {
  function damagedCar(id: number): { readonly car: Car; readonly seen: ChainHead } {
    const car = new Car();
    for (let i = 0; i < 6; i++) car.tell(event(ANNA));
    const seen = good(car.verify()).head;
    expect(car.store.commit([{ table: TABLES.audit, key: Uint8Array.of(0, 0, 0, id), value: undefined }]).ok).toBe(true);
    return { car: car.restart(), seen };
  }

  it("says so at the start, goes on, and breaks visibly for every phone that had seen it", () => {
    const { car, seen } = damagedCar(3);
    expect(car.faults).toEqual(["1 lines of the log before this one are missing"]);
    car.tell(event(BEN));
    expect(car.chain.lastSequence).toBe(7);
    expect(bad(car.verify(seen))).toBe("mismatch 7");
    expect(good(car.verify()).hiddenCount).toBe(1);
  });

  it("without its beginning leaves a gap that no anchor covers", () => {
    const { car } = damagedCar(1);
    expect(bad(car.verify())).toBe("gap 1");
  });

  it("with a line far from all others leaves that one out", () => {
    const car = new Car();
    car.tell(event(ANNA));
    const stray = encodeEntry({ ...event(BEN), sequence: 0x1000000, salt: new Uint8Array(8) });
    expect(car.store.commit([{ table: TABLES.audit, key: Uint8Array.of(1, 0, 0, 0), value: stray }]).ok).toBe(true);
    expect(car.restart().faults).toEqual(["a line of the log belongs to no chain"]);
    expect(car.chain.lastSequence).toBe(1);
  });

  it("with a line that is none says so", () => {
    const car = new Car();
    car.tell(event(ANNA));
    expect(car.store.commit([{ table: TABLES.audit, key: Uint8Array.of(0, 0, 0, 2), value: Uint8Array.of(1) }]).ok).toBe(true);
    expect(car.restart().faults).toEqual(["a line of the log is unreadable"]);
  });
});

describe("lines on the air", () => {
  it("come back as they were sent", () => {
    const car = new Car();
    car.tell(event(ANNA), event(BEN));
    const { lines } = car.all(1, ANNA);
    const sent = decode(encode(linesToCbor(lines)));
    expect(sent.ok && linesFromCbor(sent.value)).toEqual(lines);
    expect(linesFromCbor(linesToCbor([]))).toEqual([]);
  });

  it("are refused in any other form", () => {
    for (const value of [1, [], ["x"], [1, [0, new Uint8Array(31)]], [1, [1, new Uint8Array(257)]], [1, [2, new Uint8Array(32)]], [1, [1]], [1, 5], [-1], [1, ...Array.from({ length: 65 }, () => [0, new Uint8Array(32)])]]) {
      expect(linesFromCbor(value)).toBeUndefined();
    }
  });
});
