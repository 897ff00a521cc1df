import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { parsePublicKey } from "../../../firmware/cose/index.ts";
import { parseGrant, verifyGrantSignature } from "../../../firmware/cwt/index.ts";
import {
  acceptEnrolment,
  acceptGrant,
  carryList,
  CLOCK_LAG_S_MAX,
  findCar,
  formatKeyInvitation,
  formatList,
  KEY_FAULTS,
  listsToDeliver,
  parseKeyInvitation,
  revokeGrant,
  shareCar,
  shareGrant,
  windowFromNow,
  withCar,
  type GrantRequest,
  type Wallet,
} from "../../../firmware/key/index.ts";
import { parseRevocationList, verifyRevocationList } from "../../../firmware/lists/index.ts";
import { formatGrantBundle } from "../../../firmware/key/bundles.ts";
import { FakeCar } from "./fake-car.ts";
import { Connection, Phone } from "./phone.ts";

const DAY_S = 86_400;
const NOW_S = 1_700_000_000;

function invitationOf(phone: Phone) {
  const invitation = parseKeyInvitation(phone.crypto, formatKeyInvitation(phone.wallet));
  if (!invitation.ok) throw new Error(invitation.error);
  return invitation.value;
}

function requestFor(guest: Phone, change: Partial<GrantRequest> = {}): GrantRequest {
  return {
    holder: invitationOf(guest),
    role: "guest",
    actions: ["unlock", "lock"],
    notBeforeS: NOW_S,
    expiresAtS: NOW_S + 7 * DAY_S,
    uses: undefined,
    issuedAtS: NOW_S,
    ...change,
  };
}

function share(owner: Phone, car: FakeCar, request: GrantRequest) {
  const shared = shareGrant(owner, owner.wallet, car.vehicleId, request);
  if (!shared.ok) throw new Error(shared.error);
  owner.wallet = shared.value.wallet;
  return shared.value;
}

function accept(guest: Phone, text: string): void {
  const accepted = acceptGrant(guest.crypto, guest.wallet, text);
  if (!accepted.ok) throw new Error(accepted.error);
  guest.wallet = accepted.value.wallet;
}

const faultOf = (result: { ok: true } | { ok: false; error: unknown }) => (result.ok ? undefined : result.error);

describe("a key invitation", () => {
  it("carries the public key and the name", () => {
    for (const name of ["Ada", "Ada's phone & co", "Žofie ☎", "100%"]) {
      const phone = new Phone(name);
      expect(invitationOf(phone)).toEqual({ publicKey: phone.wallet.key.publicKey, name });
    }
  });

  it("in any other form is refused", () => {
    const phone = new Phone("Ada");
    const text = formatKeyInvitation(phone.wallet);
    const wrong = [
      "",
      text.replace("latchkey-key", "latchkey-kay"),
      `${text} x`,
      text.replace("?n=Ada", ""),
      text.replace("?n=Ada", "?n="),
      text.replace("Ada", "%41da"),
      text.replace("Ada", "A%"),
      text.replace("Ada", "%c3%a9"),
      text.replace("Ada", "%FF"),
      text.replace(":", ":A"),
      "latchkey-key:".padEnd(10_000, "A"),
    ];
    for (const it of wrong) expect(faultOf(parseKeyInvitation(phone.crypto, it))).toBe("malformedText");
    expect(faultOf(parseKeyInvitation(phone.crypto, text.replace("Ada", "%1B%5B2J")))).toBe("unacceptableName");
    const smallOrder = { ...phone.wallet, key: { ...phone.wallet.key, publicKey: fromHex("a3010120062158200100000000000000000000000000000000000000000000000000000000000000")! } };
    expect(faultOf(parseKeyInvitation(phone.crypto, formatKeyInvitation(smallOrder)))).toBe("unacceptableKey");
  });
});

describe("sharing", () => {
  for (const [ownerKey, guestKey] of [["Ed25519", "Ed25519"], ["Ed25519", "ES256"], ["ES256", "Ed25519"]] as const) {
    it(`lets a guest's phone in by the grant it carries (${ownerKey} owner, ${guestKey} guest)`, () => {
      const car = new FakeCar("share");
      const owner = new Phone("owner", ownerKey).know(car, "owner");
      const guest = new Phone("guest", guestKey);
      const { text, grantId } = share(owner, car, requestFor(guest));
      accept(guest, text);
      const connection = new Connection(guest, car);
      connection.request({ kind: "unlock" });
      connection.run();
      expect(connection.of("reply")).toMatchObject([{ reason: undefined }]);
      expect(car.asked.at(-1)).toMatchObject({ asker: { kind: "grant", grant: { grantId, name: "guest", role: "guest" } } });
      expect(findCar(owner.wallet, car.vehicleId)?.issuer.grants).toMatchObject([{ grantId, name: "guest", revoked: false }]);
    });
  }

  it("hands over nothing secret", () => {
    const car = new FakeCar("nothing secret");
    const owner = new Phone("owner").know(car, "owner");
    const unlocked = new Connection(owner, car);
    unlocked.request({ kind: "unlock" });
    unlocked.run();
    const guest = new Phone("guest");
    const { text } = share(owner, car, requestFor(guest));
    const bytes = toHex(Uint8Array.from(Buffer.from(text.split(":")[1]!, "base64url")));
    const record = findCar(owner.wallet, car.vehicleId)!;
    for (const secret of [owner.wallet.key.stored, record.resolvingKey!, record.ticket!.exporterSecret, record.ticket!.id]) {
      expect(bytes).not.toContain(toHex(secret));
    }
  });

  it("is an owner's, of a car this phone knows, and never to itself", () => {
    const car = new FakeCar("who shares");
    const guest = new Phone("guest");
    const driver = new Phone("driver").know(car, "driver");
    expect(faultOf(shareGrant(driver, driver.wallet, car.vehicleId, requestFor(guest)))).toBe("notAnOwner");
    expect(faultOf(shareGrant(guest, guest.wallet, car.vehicleId, requestFor(driver)))).toBe("unknownCar");
    const owner = new Phone("owner").know(car, "owner");
    expect(faultOf(shareGrant(owner, owner.wallet, car.vehicleId, requestFor(owner)))).toBe("ownKey");
  });

  it("for a while from now begins earlier, for cars whose clock is behind, and never makes a grant too long", () => {
    expect(windowFromNow(NOW_S, 7200)).toEqual({ notBeforeS: NOW_S - CLOCK_LAG_S_MAX, expiresAtS: NOW_S + 7200 });
    const car = new FakeCar("from now");
    const owner = new Phone("owner").know(car, "owner");
    for (const lifetimeS of [1, 90 * DAY_S - 10, 90 * DAY_S]) {
      const request = requestFor(new Phone("guest"), windowFromNow(NOW_S, lifetimeS));
      expect(faultOf(shareGrant(owner, owner.wallet, car.vehicleId, request)), `${lifetimeS}`).toBeUndefined();
    }
    expect(faultOf(shareGrant(owner, owner.wallet, car.vehicleId, requestFor(new Phone("guest"), windowFromNow(NOW_S, 90 * DAY_S + 1))))).toBe("tooLong");
  });

  it("keeps to the limits of a grant", () => {
    const car = new FakeCar("limits");
    const owner = new Phone("owner").know(car, "owner");
    const guest = new Phone("guest");
    const refusal = (change: Partial<GrantRequest>) => faultOf(shareGrant(owner, owner.wallet, car.vehicleId, requestFor(guest, change)));
    expect(refusal({})).toBeUndefined();
    expect(refusal({ expiresAtS: NOW_S + 90 * DAY_S })).toBeUndefined();
    expect(refusal({ expiresAtS: NOW_S + 90 * DAY_S + 1 })).toBe("tooLong");
    expect(refusal({ notBeforeS: NOW_S + 60 * DAY_S, expiresAtS: NOW_S + 100 * DAY_S })).toBe("tooLong");
    expect(refusal({ notBeforeS: NOW_S - DAY_S, expiresAtS: NOW_S + 90 * DAY_S })).toBe("tooLong");
    expect(refusal({ expiresAtS: NOW_S })).toBe("badWindow");
    expect(refusal({ expiresAtS: undefined })).toBe("badWindow");
    expect(refusal({ notBeforeS: undefined })).toBe("badWindow");
    expect(refusal({ notBeforeS: 1.5 })).toBe("badWindow");
    expect(refusal({ expiresAtS: undefined, notBeforeS: undefined, uses: 3 })).toBeUndefined();
    expect(refusal({ uses: 0 })).toBe("badUses");
    expect(refusal({ uses: 1001 })).toBe("badUses");
    expect(refusal({ actions: [] })).toBe("badScope");
    expect(refusal({ actions: ["unlock", "enrol"] })).toBe("badScope");
    expect(refusal({ actions: ["unlock", "unlock"] })).toBe("badScope");
    expect(refusal({ holder: { ...invitationOf(guest), name: "" } })).toBe("unacceptableName");
    expect(refusal({ holder: { ...invitationOf(guest), publicKey: new Uint8Array(40) } })).toBe("unacceptableKey");
  });

  it("remembers as many grants as one list holds, and forgets those that are over", () => {
    const car = new FakeCar("many");
    const owner = new Phone("owner").know(car, "owner");
    const guest = new Phone("guest");
    const issue = (wallet: Wallet, change: Partial<GrantRequest>) => shareGrant(owner, wallet, car.vehicleId, requestFor(guest, change));
    let { wallet } = owner;
    const first = issue(wallet, {});
    if (!first.ok) throw new Error(first.error);
    const grant = findCar(first.value.wallet, car.vehicleId)!.issuer.grants[0]!;
    const grants = Array.from({ length: 128 }, (_, i) => ({ ...grant, grantId: i.toString(16).padStart(16, "0"), revoked: i < 127 }));
    wallet = withCar(wallet, car.vehicleId, (it) => ({ ...it, issuer: { ...it.issuer, grants } }));
    expect(faultOf(issue(wallet, {}))).toBe("issuerFull");
    const later = { issuedAtS: NOW_S + 8 * DAY_S, notBeforeS: NOW_S + 8 * DAY_S, expiresAtS: NOW_S + 9 * DAY_S };
    expect(faultOf(issue(wallet, later))).toBeUndefined();
  });
});

describe("taking a grant", () => {
  const setting = (seed: string) => {
    const car = new FakeCar(seed);
    const owner = new Phone(`owner ${seed}`).know(car, "owner");
    const guest = new Phone(`guest ${seed}`);
    return { car, owner, guest, ...share(owner, car, requestFor(guest, { uses: 5 })) };
  };

  it("that was made for another key is refused", () => {
    const { text } = setting("other holder");
    const thief = new Phone("thief");
    expect(faultOf(acceptGrant(thief.crypto, thief.wallet, text))).toBe("otherHolder");
  });

  it("that names another car than its text is refused", () => {
    const { owner, guest, text } = setting("other car");
    const other = new FakeCar("other car, other");
    const { cwt } = findCar(acceptedOf(guest, text), owner.wallet.cars[0]!.vehicleId)!.grant!;
    const moved = formatGrant(other, cwt);
    expect(faultOf(acceptGrant(guest.crypto, guest.wallet, moved))).toBe("otherVehicle");
  });

  it("does not move a phone to other public keys of a car it knows", () => {
    const { car, guest, text } = setting("moved keys");
    accept(guest, text);
    const other = new FakeCar("moved keys, other");
    const { cwt } = findCar(guest.wallet, car.vehicleId)!.grant!;
    const moved = formatGrantBundle({ label: "x", carKeys: { ed25519: car.carKeys.ed25519, es256: other.carKeys.es256 }, cwt });
    expect(faultOf(acceptGrant(guest.crypto, guest.wallet, moved))).toBe("otherCarKeys");
  });

  it("does not take the place of a key that is enrolled", () => {
    const { car, guest, text } = setting("enrolled");
    guest.know(car, "driver");
    expect(faultOf(acceptGrant(guest.crypto, guest.wallet, text))).toBe("knownCar");
  });

  it("twice keeps the numbering of its uses", () => {
    const { car, guest, text } = setting("twice");
    accept(guest, text);
    const connection = new Connection(guest, car);
    connection.request({ kind: "unlock" });
    connection.run();
    const { uses } = findCar(guest.wallet, car.vehicleId)!.grant!;
    expect(uses?.next).toBe(2);
    accept(guest, text);
    expect(findCar(guest.wallet, car.vehicleId)!.grant!.uses).toEqual(uses);
  });

  it("from a damaged text is refused without an exception", () => {
    const { guest, text } = setting("damaged text");
    for (let at = 0; at < text.length; at += 5) {
      const wrong = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      const result = acceptGrant(guest.crypto, guest.wallet, wrong);
      // A flip inside the label or the signature cannot be seen here; the car sees the latter.
      if (!result.ok) expect(Object.keys(KEY_FAULTS)).toContain(result.error);
    }
    for (const wrong of ["", "latchkey-grant:", text.slice(0, -4), `${text}AAAA`, text.replace("grant", "car"), "latchkey-grant:".padEnd(9000, "A")]) {
      expect(faultOf(acceptGrant(guest.crypto, guest.wallet, wrong))).toBe("malformedText");
    }
  });
});

describe("an enrolled phone", () => {
  it("learns the car from the owner's text, and no longer shows a grant", () => {
    const car = new FakeCar("second phone");
    const owner = new Phone("owner").know(car, "owner");
    const second = new Phone("second");
    accept(second, share(owner, car, requestFor(second)).text);
    const text = shareCar(owner.wallet, car.vehicleId, { role: "driver", issuerEpoch: 3 });
    if (!text.ok) throw new Error(text.error);
    const accepted = acceptEnrolment(second.crypto, second.wallet, text.value);
    if (!accepted.ok) throw new Error(accepted.error);
    expect(accepted.value.vehicleId).toBe(car.vehicleId);
    expect(findCar(accepted.value.wallet, car.vehicleId)).toMatchObject({ role: "driver", grant: undefined, carKeys: car.carKeys, issuer: { epoch: 3 } });
    expect(faultOf(shareCar(owner.wallet, "00".repeat(32), { role: "driver", issuerEpoch: 0 }))).toBe("unknownCar");
    expect(faultOf(acceptEnrolment(second.crypto, second.wallet, `${text.value}A`))).toBe("malformedText");
  });
});

describe("revoking", () => {
  it("signs one list of all revoked grants, one version higher each time", () => {
    const car = new FakeCar("revoke");
    const owner = new Phone("owner", "ES256").know(car, "owner");
    const ids = [1, 2, 3].map((i) => share(owner, car, requestFor(new Phone(`guest ${i}`))).grantId);
    for (const [index, grantId] of ids.slice(0, 2).entries()) {
      const revoked = revokeGrant(owner.crypto, owner.wallet, car.vehicleId, { grantId: grantId, signedAtS: NOW_S });
      if (!revoked.ok) throw new Error(revoked.error);
      owner.wallet = revoked.value.wallet;
      const parsed = parseRevocationList(revoked.value.list);
      const key = parsePublicKey(car.crypto, owner.wallet.key.publicKey);
      if (!parsed.ok || !key.ok) throw new Error("malformed");
      expect(verifyRevocationList(car.crypto, parsed.value, key.value)).toBe(true);
      expect(parsed.value.list).toMatchObject({ version: NOW_S + index, issuerEpoch: 0, vehicleId: fromHex(car.vehicleId) });
      const listed = parsed.value.list.entries.map((entry) => entry.kind === "grant" && toHex(entry.grantId));
      expect(new Set(listed)).toEqual(new Set(ids.slice(0, index + 1)));
      expect(listsToDeliver(owner.wallet, car.vehicleId)).toEqual([revoked.value.list]);
    }
    expect(faultOf(revokeGrant(owner.crypto, owner.wallet, car.vehicleId, { grantId: ids[0]!, signedAtS: NOW_S }))).toBe("alreadyRevoked");
    expect(faultOf(revokeGrant(owner.crypto, owner.wallet, car.vehicleId, { grantId: "00".repeat(8), signedAtS: NOW_S }))).toBe("unknownGrant");
    expect(faultOf(revokeGrant(owner.crypto, owner.wallet, "00".repeat(32), { grantId: ids[0]!, signedAtS: NOW_S }))).toBe("unknownCar");
  });

  it("reaches the car by any phone that carries the list", () => {
    const car = new FakeCar("carry");
    const owner = new Phone("owner").know(car, "owner");
    const { grantId } = share(owner, car, requestFor(new Phone("guest")));
    const revoked = revokeGrant(owner.crypto, owner.wallet, car.vehicleId, { grantId: grantId, signedAtS: NOW_S });
    if (!revoked.ok) throw new Error(revoked.error);
    const courier = new Phone("courier").know(car);
    const carried = carryList(courier.wallet, formatList(revoked.value.list));
    if (!carried.ok) throw new Error(carried.error);
    courier.wallet = carried.value.wallet;
    expect(faultOf(carryList(courier.wallet, formatList(revoked.value.list)))).toBe("olderList");
    const connection = new Connection(courier, car);
    for (const list of listsToDeliver(courier.wallet, car.vehicleId)) connection.request({ kind: "deliverList", list });
    connection.run();
    expect(car.asked.at(-1)?.command).toEqual({ kind: "deliverList", list: revoked.value.list });
    expect(listsToDeliver(courier.wallet, car.vehicleId)).toEqual([]);
  });

  it("carries four foreign lists for a car, the newest ones", () => {
    const car = new FakeCar("four lists");
    const courier = new Phone("courier").know(car);
    const lists = [1, 2, 3, 4, 5].map((i) => {
      const owner = new Phone(`owner ${i}`).know(car, "owner");
      const { grantId } = share(owner, car, requestFor(new Phone("guest")));
      const revoked = revokeGrant(owner.crypto, owner.wallet, car.vehicleId, { grantId: grantId, signedAtS: NOW_S });
      if (!revoked.ok) throw new Error(revoked.error);
      const carried = carryList(courier.wallet, formatList(revoked.value.list));
      if (!carried.ok) throw new Error(carried.error);
      courier.wallet = carried.value.wallet;
      return revoked.value.list;
    });
    expect(listsToDeliver(courier.wallet, car.vehicleId)).toEqual(lists.slice(1));
    expect(faultOf(carryList(courier.wallet, "latchkey-list:AAAA"))).toBe("malformedText");
    expect(faultOf(carryList(new Phone("far").wallet, formatList(lists[0]!)))).toBe("unknownCar");
  });
});

describe("a grant's signature", () => {
  it("is the owner's", () => {
    const car = new FakeCar("signature");
    const owner = new Phone("owner").know(car, "owner");
    const guest = new Phone("guest");
    accept(guest, share(owner, car, requestFor(guest)).text);
    const grant = parseGrant(car.crypto, findCar(guest.wallet, car.vehicleId)!.grant!.cwt);
    const key = parsePublicKey(car.crypto, owner.wallet.key.publicKey);
    expect(grant.ok && key.ok && verifyGrantSignature(car.crypto, grant.value, key.value)).toBe(true);
  });
});

function acceptedOf(guest: Phone, text: string): Wallet {
  const accepted = acceptGrant(guest.crypto, guest.wallet, text);
  if (!accepted.ok) throw new Error(accepted.error);
  return accepted.value.wallet;
}

function formatGrant(car: FakeCar, cwt: Uint8Array): string {
  return formatGrantBundle({ label: "x", carKeys: car.carKeys, cwt });
}
