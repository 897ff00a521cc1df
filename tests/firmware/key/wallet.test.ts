import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { decode, encode, type CborValue } from "../../../firmware/cbor/index.ts";
import {
  CAR_COUNT_MAX,
  CARRIED_LIST_COUNT_MAX,
  createWallet,
  CWT_BYTES_MAX,
  decodeWallet,
  encodeWallet,
  ISSUED_GRANT_COUNT_MAX,
  NEW_ISSUER,
  ownKeyId,
  recogniseCar,
  WALLET_BYTES_MAX,
  type CarRecord,
  type IssuedGrant,
  type Wallet,
} from "../../../firmware/key/index.ts";
import { rotatingIdentity } from "../../../firmware/session/index.ts";
import { ACTIONS, ROLES, type Action, type Role } from "../../../firmware/wire/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { FakeCar } from "./fake-car.ts";
import { Phone } from "./phone.ts";

const crypto = testCrypto("wallet");
const created = createWallet(crypto, { algorithm: "ES256", name: "phone" });
if (!created.ok) throw new Error(created.error);
const empty = created.value;

const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max });
const hex = (length: number) => bytes(length).map(toHex);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const name = fc.string({ unit: fc.constantFrom(..."aZ0 éŽ☎🚐'&"), minLength: 1, maxLength: 12 });
const time = fc.nat();
const action = fc.constantFrom(...(Object.keys(ACTIONS) as Action[]));

const uses = fc.record({
  usesMax: fc.integer({ min: 1, max: 1000 }),
  next: fc.integer({ min: 1, max: 1001 }),
  open: maybe(fc.record({ use: fc.integer({ min: 1, max: 1000 }), action })),
});
const issued: fc.Arbitrary<IssuedGrant> = fc.record({
  grantId: hex(8),
  holder: hex(32),
  name,
  role: fc.constantFrom("guest", "valet"),
  actions: fc.uniqueArray(action, { maxLength: 5 }),
  expiresAtS: maybe(time),
  usesMax: maybe(fc.integer({ min: 1, max: 1000 })),
  revoked: fc.boolean(),
});
const car: fc.Arbitrary<CarRecord> = fc.record({
  label: name,
  vehicleId: hex(32),
  carKeys: fc.record({ ed25519: bytes(40), es256: bytes(75) }),
  role: fc.constantFrom(...(Object.keys(ROLES) as Role[])),
  grant: maybe(fc.record({ grantId: hex(8), cwt: bytes(1, 300), notBeforeS: maybe(time), expiresAtS: maybe(time), uses: maybe(uses) })),
  resolvingKey: maybe(bytes(16)),
  auditHead: maybe(fc.record({ sequence: time, hash: bytes(32) })),
  issuer: fc.record({
    epoch: time,
    listVersion: time,
    list: maybe(bytes(1, 300)),
    deliveredVersion: time,
    grants: fc.array(issued, { maxLength: 5 }),
  }),
  carried: fc.array(fc.record({ issuerId: hex(8), version: time, list: bytes(1, 300) }), { maxLength: CARRIED_LIST_COUNT_MAX }),
  ticket: maybe(
    fc.record({ id: bytes(8), carNonce: bytes(16), exporterSecret: bytes(32), useNumber: fc.integer({ min: 1, max: 64 }), staleAfterS: maybe(time) }),
  ),
  recoverySeed: maybe(bytes(32)),
});
const wallet: fc.Arbitrary<Wallet> = fc.record({
  name,
  key: fc.constant(empty.key),
  cars: fc.uniqueArray(car, { maxLength: 4, selector: (it) => it.vehicleId }),
  pairing: maybe(fc.record({ carKeysHash: bytes(32), label: name, recoverySeed: bytes(32), carKey: maybe(bytes(40)) })),
});

/** Byte strings by value, so that copies compare equal to views. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, it: unknown) => (it instanceof Uint8Array ? `h'${toHex(it)}'` : it)));

describe("the bytes of a wallet", () => {
  it("give back the wallet, whatever is in it", () => {
    fc.assert(
      fc.property(wallet, (it) => {
        const back = decodeWallet(crypto, encodeWallet(crypto, it));
        expect(back.ok && plain(back.value)).toEqual(plain(it));
      }),
      { seed: 2024, numRuns: 150 },
    );
  });

  it("are the same for the same wallet", () => {
    expect(encodeWallet(crypto, empty)).toEqual(encodeWallet(crypto, { ...empty }));
  });

  it("with any bit flipped, cut off or extended are refused", () => {
    const good = encodeWallet(crypto, empty);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeWallet(crypto, bad).ok).toBe(false);
    }
    for (let length = 0; length < good.length; length++) expect(decodeWallet(crypto, good.subarray(0, length)).ok).toBe(false);
    expect(decodeWallet(crypto, Uint8Array.of(...good, 0)).ok).toBe(false);
  });

  it("of noise are refused without an exception", () => {
    fc.assert(
      fc.property(bytes(0, 200), (noise) => {
        expect(decodeWallet(crypto, noise).ok).toBe(false);
      }),
      { seed: 7, numRuns: 300 },
    );
    expect(decodeWallet(crypto, new Uint8Array(WALLET_BYTES_MAX + 1))).toEqual({ ok: false, error: { kind: "notAWallet" } });
  });

  it("of another version are refused by its number", () => {
    expect(decodeWallet(crypto, encode(["latchkey wallet", 2, new Uint8Array(1), new Uint8Array(8)]))).toEqual({
      ok: false,
      error: { kind: "otherVersion", version: 2 },
    });
    expect(decodeWallet(crypto, encode(["other", 1, new Uint8Array(1), new Uint8Array(8)]))).toEqual({ ok: false, error: { kind: "notAWallet" } });
  });

  const reframed = (change: (content: Map<number, CborValue>) => void): Uint8Array => {
    const [mark, version, content] = frameOf(encodeWallet(crypto, withOneCar()));
    const inner = decode(content);
    if (!inner.ok) throw new Error(inner.error);
    const map = new Map(inner.value as ReadonlyMap<number, CborValue>);
    change(map);
    const next = encode(map);
    return encode([mark, version, next, crypto.sha256(next).subarray(0, 8)]);
  };
  const whereOf = (data: Uint8Array) => {
    const result = decodeWallet(crypto, data);
    return result.ok ? "taken" : result.error.kind === "damaged" ? result.error.where : result.error.kind;
  };
  const firstCar = (map: Map<number, CborValue>) => new Map((map.get(3) as readonly ReadonlyMap<number, CborValue>[])[0]);

  it("name the place of what is wrong, never the value", () => {
    expect(whereOf(reframed(() => undefined))).toBe("taken");
    expect(whereOf(reframed((map) => map.delete(1)))).toBe("wallet.name");
    expect(whereOf(reframed((map) => map.set(9, 1)))).toBe("wallet");
    expect(whereOf(reframed((map) => map.set(1, "a\u0007")))).toBe("wallet.name");
    expect(whereOf(reframed((map) => map.set(3, [firstCar(map).set(2, new Uint8Array(31))])))).toBe("wallet.cars[0].vehicleId");
    expect(whereOf(reframed((map) => map.set(3, [firstCar(map).set(4, 17)])))).toBe("wallet.cars[0].role");
    expect(whereOf(reframed((map) => map.set(3, [firstCar(map).set(10, new Map())])))).toBe("wallet.cars[0].ticket.id");
    expect(whereOf(reframed((map) => map.set(3, [firstCar(map).set(8, 5)])))).toBe("wallet.cars[0].issuer");
    expect(whereOf(reframed((map) => map.set(3, [firstCar(map), firstCar(map)])))).toBe("wallet.cars");
    expect(whereOf(reframed((map) => map.set(3, Array.from({ length: CAR_COUNT_MAX + 1 }, () => firstCar(map)))))).toBe("wallet.cars");
    expect(whereOf(reframed((map) => map.set(2, new Map([...(map.get(2) as ReadonlyMap<number, CborValue>)].map(([k, v]) => [k, k === 2 ? new Uint8Array(5) : v])))))).toBe("wallet.key");
    expect(whereOf(reframed((map) => map.set(2, new Map([...(map.get(2) as ReadonlyMap<number, CborValue>)].map(([k, v]) => [k, k === 1 ? -19 : v])))))).toBe("wallet.key");
  });

  it("of the fullest wallet are below the bound", () => {
    const grant: IssuedGrant = {
      grantId: "ff".repeat(8),
      holder: "ff".repeat(32),
      name: "x".repeat(64),
      role: "valet",
      actions: Object.keys(ACTIONS) as Action[],
      expiresAtS: 2 ** 40,
      usesMax: 1000,
      revoked: true,
    };
    const list = new Uint8Array(4096);
    const full = (i: number): CarRecord => ({
      ...withOneCar().cars[0]!,
      vehicleId: i.toString(16).padStart(64, "0"),
      grant: { grantId: "ff".repeat(8), cwt: new Uint8Array(CWT_BYTES_MAX), notBeforeS: 2 ** 40, expiresAtS: 2 ** 40, uses: undefined },
      issuer: { epoch: 2 ** 32, listVersion: 2 ** 32, list, deliveredVersion: 2 ** 32, grants: Array.from({ length: ISSUED_GRANT_COUNT_MAX }, () => grant) },
      carried: Array.from({ length: CARRIED_LIST_COUNT_MAX }, () => ({ issuerId: "ff".repeat(8), version: 2 ** 32, list })),
    });
    const encoded = encodeWallet(crypto, { ...empty, cars: Array.from({ length: CAR_COUNT_MAX }, (_, i) => full(i)) });
    expect(encoded.length).toBeLessThan(WALLET_BYTES_MAX);
    expect(decodeWallet(crypto, encoded).ok).toBe(true);
  });
});

describe("a wallet", () => {
  it("takes a name that can be shown", () => {
    for (const bad of ["", "x".repeat(65), "a\nb", "\u202eevil"]) {
      expect(createWallet(crypto, { algorithm: "Ed25519", name: bad })).toEqual({ ok: false, error: "unacceptableName" });
    }
    expect(ownKeyId(crypto, empty)).toMatch(/^[0-9a-f]{16}$/);
  });

  it("recognises its cars by what they advertise, and no others", () => {
    const car = new FakeCar("recognised");
    const other = new FakeCar("other");
    const phone = new Phone("recognises").know(other).know(car);
    const knows = { ...phone.wallet, cars: phone.wallet.cars.map((it) => ({ ...it, resolvingKey: it.vehicleId === car.vehicleId ? car.resolvingKey : other.resolvingKey })) };
    const nonce = Uint8Array.of(1, 2, 3, 4);
    expect(recogniseCar(crypto, knows, rotatingIdentity(crypto, car.resolvingKey, nonce))?.vehicleId).toBe(car.vehicleId);
    expect(recogniseCar(crypto, phone.wallet, rotatingIdentity(crypto, car.resolvingKey, nonce))).toBeUndefined();
    expect(recogniseCar(crypto, knows, new Uint8Array(8))).toBeUndefined();
    expect(recogniseCar(crypto, knows, new Uint8Array(3))).toBeUndefined();
  });
});

function withOneCar(): Wallet {
  const record: CarRecord = {
    label: "van",
    vehicleId: "ab".repeat(32),
    carKeys: { ed25519: fromHex("00".repeat(40))!, es256: fromHex("00".repeat(75))! },
    role: "owner",
    grant: undefined,
    resolvingKey: undefined,
    auditHead: undefined,
    issuer: NEW_ISSUER,
    carried: [],
    ticket: undefined,
    recoverySeed: undefined,
  };
  return { ...empty, cars: [record] };
}

function frameOf(data: Uint8Array): [string, number, Uint8Array] {
  const outer = decode(data);
  if (!outer.ok) throw new Error(outer.error);
  const [mark, version, content] = outer.value as [string, number, Uint8Array];
  return [mark, version, content];
}
