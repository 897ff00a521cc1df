import { describe, expect, it } from "vitest";
import { AuditChain, linesToCbor, signAuditHead } from "../../../firmware/audit/index.ts";
import type { CborValue } from "../../../firmware/cbor/index.ts";
import { checkLog, findCar, nextLogCommand, readLogPage, type LogPage } from "../../../firmware/key/index.ts";
import type { SigningKey } from "../../../firmware/ports/index.ts";
import { BODY, type Command } from "../../../firmware/wire/index.ts";
import { seededRandom } from "../../support/random.ts";
import { FakeCar } from "./fake-car.ts";
import { Connection, Phone } from "./phone.ts";

/** A car with a log that it shows in pages of ten. */
class LoggingCar extends FakeCar {
  chain: AuditChain;
  private readonly signer: SigningKey;

  constructor(seed: string, signer?: SigningKey) {
    super(seed);
    this.signer = signer ?? this.signingKey;
    this.chain = this.newChain();
    this.answer = ({ command }) => (command.kind === "readLog" ? { code: 0, body: this.page(command) } : { code: 0 });
  }

  newChain(): AuditChain {
    return new AuditChain({
      crypto: this.crypto,
      random: seededRandom("salt"),
      signHead: (payload) => signAuditHead(this.crypto, this.signer, payload),
    });
  }

  log(count: number, who = "owner"): this {
    for (let i = 0; i < count; i++) {
      for (const change of this.chain.plan([{ who, what: "unlock", outcome: "done", why: "", atS: undefined }])) this.chain.apply(change);
    }
    return this;
  }

  private page({ fromSequence, countMax }: Extract<Command, { kind: "readLog" }>): Map<number, CborValue> {
    const { lines, head, anchor } = this.chain.read({ fromSequence, countMax: Math.min(countMax, 10), reader: "all" });
    const body = new Map<number, CborValue>([[BODY.lines, linesToCbor(lines)], [BODY.head, head]]);
    return anchor === undefined ? body : body.set(BODY.anchor, anchor);
  }
}

function readAll(phone: Phone, car: FakeCar, from: "seen" | "start" = "seen"): LogPage[] {
  const pages: LogPage[] = [];
  const connection = new Connection(phone, car);
  for (;;) {
    const command = nextLogCommand(phone.crypto, phone.wallet, { vehicleId: car.vehicleId, from, pages });
    if (command === undefined) return pages;
    connection.request(command);
    connection.run();
    const page = readLogPage(connection.of("reply").at(-1)!.reply);
    if (!page.ok) throw new Error(page.error);
    pages.push(page.value);
  }
}

function check(phone: Phone, car: FakeCar, pages = readAll(phone, car)): string | number {
  const checked = checkLog(phone.crypto, phone.wallet, car.vehicleId, pages);
  if (!checked.ok) return checked.error.kind;
  phone.wallet = checked.value.wallet;
  return checked.value.log.entries.length;
}

describe("the car's log on a phone", () => {
  it("is read in pages up to its head, checked, and remembered", () => {
    const car = new LoggingCar("log").log(25);
    const phone = new Phone("log").know(car, "owner");
    expect(check(phone, car)).toBe(25);
    expect(findCar(phone.wallet, car.vehicleId)?.auditHead?.sequence).toBe(25);
    car.log(5);
    expect(check(phone, car)).toBe(5);
    expect(check(phone, car, readAll(phone, car, "start"))).toBe(30);
    expect(check(phone, car)).toBe(0);
  });

  it("shows that the flash was put back, also when the car has gone on since", () => {
    const car = new LoggingCar("restored").log(30);
    const phone = new Phone("restored").know(car, "owner");
    expect(check(phone, car)).toBe(30);
    const seen = findCar(phone.wallet, car.vehicleId)?.auditHead;
    car.chain = car.newChain();
    car.log(20);
    expect(check(phone, car)).toBe("restored");
    car.log(20, "thief");
    expect(["mismatch", "rewritten"]).toContain(check(phone, car));
    expect(check(phone, car, readAll(phone, car, "start"))).toBe("rewritten");
    expect(findCar(phone.wallet, car.vehicleId)?.auditHead).toEqual(seen);
  });

  it("is not believed where another car signed it", () => {
    const thief = new LoggingCar("thief");
    const car = new LoggingCar("signed by another", thief.signingKey).log(3);
    const phone = new Phone("signed by another").know(car, "owner");
    expect(check(phone, car)).toBe("signature");
  });

  it("is not believed with a line left out, changed, or short of the head", () => {
    const car = new LoggingCar("changed").log(12);
    const phone = new Phone("changed").know(car, "owner");
    const pages = readAll(phone, car);
    const [first, second] = pages as [LogPage, LogPage];
    expect(check(phone, car, [first])).toBe("gap");
    expect(check(phone, car, [first, { ...second, lines: second.lines.slice(1) }])).toBe("gap");
    const line = first.lines[3]!;
    const changed = { ...line, kind: "digest", digest: new Uint8Array(32) } as const;
    expect(check(phone, car, [{ ...first, lines: first.lines.map((it, i) => (i === 3 ? changed : it)) }, second])).toBe("mismatch");
    expect(check(phone, car, [])).toBe("nothingRead");
    expect(checkLog(phone.crypto, phone.wallet, "00".repeat(32), pages)).toEqual({ ok: false, error: { kind: "unknownCar" } });
  });

  it("begins at the signed anchor where old lines have rolled", () => {
    const car = new LoggingCar("rolled").log(10);
    const phone = new Phone("rolled").know(car, "owner");
    car.chain = new AuditChain(
      { crypto: car.crypto, random: seededRandom("salt"), signHead: (payload) => signAuditHead(car.crypto, car.signingKey, payload) },
      { linesMax: 40 },
    );
    car.log(60);
    for (const change of car.chain.roll(undefined)) car.chain.apply(change);
    expect(check(phone, car)).toBe(28);
  });

  it("in a reply of another form is refused", () => {
    const reply = (body: Map<number, CborValue>, code = 0) => readLogPage({ kind: "reply", code, body }).ok;
    const good = () => new Map<number, CborValue>([[BODY.lines, [1, [0, new Uint8Array(32)]]], [BODY.head, new Uint8Array(3)]]);
    expect(reply(good())).toBe(true);
    expect(reply(good(), 202)).toBe(false);
    expect(reply(good().set(BODY.lines, [[0]]))).toBe(false);
    expect(reply(good().set(BODY.head, 1))).toBe(false);
    expect(reply(good().set(BODY.anchor, 1))).toBe(false);
    expect(reply(new Map())).toBe(false);
  });
});
