import { describe, expect, it } from "vitest";
import { concat, equalBytes } from "../../../firmware/base/index.ts";
import type { CborValue } from "../../../firmware/cbor/index.ts";
import { beginPairing, CAR_COUNT_MAX, findCar, forgetOwnersKit, ownersKit, restoreFromKit, resumePairing, transferCode, type PairingTask } from "../../../firmware/key/index.ts";
import { recoveryPublicKey } from "../../../firmware/key/owners-kit.ts";
import { BODY, parsePairingUri, REASONS } from "../../../firmware/wire/index.ts";
import { FakeCar } from "./fake-car.ts";
import { Connection, Phone } from "./phone.ts";

function begin(phone: Phone, uri: string, label = "van"): PairingTask {
  const task = beginPairing(phone, phone.wallet, { uri, label });
  if (!task.ok) throw new Error(task.error);
  return task.value;
}

function connect(phone: Phone, car: FakeCar, task: PairingTask): Connection {
  return new Connection(phone, car, { target: { kind: "pairing", task } });
}

function pair(phone: Phone, car: FakeCar, task: PairingTask): Connection {
  const connection = connect(phone, car, task);
  connection.pair();
  return connection.run();
}

describe("pairing as the first owner", () => {
  for (const algorithm of ["Ed25519", "ES256"] as const) {
    it(`stores the car and gives the owner's kit, with an ${algorithm} key`, () => {
      const car = new FakeCar("pair");
      const phone = new Phone("pair", algorithm);
      const task = begin(phone, car.openPairing());
      const connection = pair(phone, car, task);
      const [paired] = connection.of("paired");
      expect(paired).toMatchObject({ vehicleId: car.vehicleId });
      expect(connection.of("close")).toEqual([{ kind: "close", why: "done" }]);
      expect(findCar(phone.wallet, car.vehicleId)).toMatchObject({ label: "van", role: "owner", grant: undefined });
      expect(phone.wallet.pairing).toBeUndefined();
      expect(car.asked[0]?.command).toMatchObject({ recoveryKey: recoveryPublicKey(phone.crypto, task.pending.recoverySeed) });

      const unlock = new Connection(phone, car);
      unlock.request({ kind: "unlock" });
      unlock.run();
      expect(unlock.of("reply")).toMatchObject([{ reason: undefined }]);
    });
  }

  it("learns in which epoch its grants count", () => {
    const car = new FakeCar("epoch");
    const phone = new Phone("epoch");
    car.pairAnswer = (command, asker, exporter) => {
      const body = new Map<number | string, CborValue>(car.pairHonestly(command, asker, exporter).body);
      return { code: 0, body: body.set(BODY.issuerEpoch, 4) };
    };
    pair(phone, car, begin(phone, car.openPairing()));
    expect(findCar(phone.wallet, car.vehicleId)?.issuer.epoch).toBe(4);
  });

  it("may begin with the code of a transfer", () => {
    const car = new FakeCar("transfer");
    const uri = car.openPairing();
    const invitation = parsePairingUri(uri);
    if (!invitation.ok) throw new Error(invitation.error);
    const announced = concat(invitation.value.carKeysHash, invitation.value.secret);
    const reply = (secret: CborValue) => ({ kind: "reply", code: 0, body: new Map([[BODY.secret, secret]]) }) as const;
    expect(transferCode(reply(announced))).toEqual({ ok: true, value: uri });
    expect(transferCode(reply(announced.subarray(1))).ok).toBe(false);
    expect(transferCode(reply("text")).ok).toBe(false);
  });

  it("checks the mirror proof before the car is stored", () => {
    for (const mirror of [undefined, new Uint8Array(32), Uint8Array.of(1), "text"]) {
      const car = new FakeCar("false mirror");
      const phone = new Phone("false mirror");
      car.pairAnswer = (command, asker, exporter) => {
        const body = new Map<number | string, CborValue>(car.pairHonestly(command, asker, exporter).body);
        body.delete(BODY.mirrorProof);
        if (mirror !== undefined) body.set(BODY.mirrorProof, mirror);
        return { code: 0, body };
      };
      const connection = pair(phone, car, begin(phone, car.openPairing()));
      expect(connection.of("failed")).toMatchObject([{ why: "wrongProof", mayHaveSucceeded: true }]);
      expect(phone.wallet.cars).toEqual([]);
      expect(phone.wallet.pairing).toBeUndefined();
      expect(connection.of("paired")).toEqual([]);
    }
  });

  it("refuses keys that the code did not announce", () => {
    const other = new FakeCar("other keys");
    const shown = [[other.carKeys.ed25519, other.carKeys.es256], "swapped", "mixed"] as const;
    for (const keys of shown) {
      const car = new FakeCar("own keys");
      const phone = new Phone("own keys");
      const { ed25519, es256 } = car.carKeys;
      const list = keys === "swapped" ? [es256, ed25519] : keys === "mixed" ? [ed25519, other.carKeys.es256] : keys;
      car.pairAnswer = (command, asker, exporter) => {
        const body = new Map<number | string, CborValue>(car.pairHonestly(command, asker, exporter).body);
        return { code: 0, body: body.set(BODY.carKeys, list) };
      };
      const connection = pair(phone, car, begin(phone, car.openPairing()));
      expect(connection.of("failed")).toMatchObject([{ why: "otherCarKeys" }]);
      expect(phone.wallet.cars).toEqual([]);
    }
  });

  it("shows nothing to a car that the code does not announce", () => {
    const car = new FakeCar("announced");
    const other = new FakeCar("not announced");
    other.openPairing();
    const phone = new Phone("announced");
    const connection = connect(phone, other, begin(phone, car.openPairing()));
    connection.pair();
    connection.run();
    expect(connection.of("failed")).toMatchObject([{ why: "notTheCar", mayHaveSucceeded: false }]);
    expect(connection.of("send")).toHaveLength(1);
  });

  it("tells that the car found the proof wrong, and forgets the attempt", () => {
    const car = new FakeCar("wrong secret");
    const phone = new Phone("wrong secret");
    const uri = car.openPairing();
    const task = { ...begin(phone, uri), secret: new Uint8Array(16) };
    const connection = pair(phone, car, task);
    expect(connection.of("reply")).toMatchObject([{ reason: "wrongProof" }]);
    expect(phone.wallet).toMatchObject({ cars: [], pairing: undefined });
  });

  it("serves nothing else on its link", () => {
    const car = new FakeCar("only pair");
    const phone = new Phone("only pair");
    const connection = connect(phone, car, begin(phone, car.openPairing()));
    connection.request({ kind: "unlock" });
    expect(connection.of("failed")).toMatchObject([{ why: "notHere" }]);
    expect(() => connection.link.request({ kind: "pair", name: "x", proof: new Uint8Array(32), recoveryKey: new Uint8Array(40) }, 0)).toThrow();
  });

  it("takes only a code, a name that can be shown, and room in the wallet", () => {
    const car = new FakeCar("code");
    const phone = new Phone("code");
    const uri = car.openPairing();
    const refused = (text: string, label = "van") => {
      const task = beginPairing(phone, phone.wallet, { uri: text, label });
      return task.ok ? "taken" : task.error;
    };
    expect(refused(`  ${uri}\n`)).toBe("taken");
    expect(refused(uri.replace("latchkey:1", "latchkey:2"))).toBe("malformedText");
    expect(refused(uri.slice(0, -1))).toBe("malformedText");
    expect(refused(`${uri}&t=1`)).toBe("malformedText");
    expect(refused(uri, "a\u001b[2J")).toBe("unacceptableName");
    const sealed = { random: phone.random, crypto: { ...phone.crypto, importSigningKey: () => undefined } };
    expect(beginPairing(sealed, phone.wallet, { uri, label: "van" })).toEqual({ ok: false, error: "unsupportedKey" });
    const car1 = new Phone("full").know(car).wallet.cars[0]!;
    phone.wallet = { ...phone.wallet, cars: Array.from({ length: CAR_COUNT_MAX }, (_, i) => ({ ...car1, vehicleId: i.toString(16).padStart(64, "0") })) };
    expect(refused(uri)).toBe("walletFull");
  });
});

describe("a pairing whose answer is lost", () => {
  it("is finished later by the key the car has enrolled, with the same owner's kit", () => {
    const car = new FakeCar("lost answer");
    const phone = new Phone("lost answer");
    const task = begin(phone, car.openPairing());
    const first = connect(phone, car, task);
    first.dieAt = (effect) => effect.kind === "paired" || (effect.kind === "saveWallet" && effect.wallet.cars.length > 0);
    first.pair();
    first.run();
    expect(first.dead).toBe(true);
    expect(phone.wallet.cars).toEqual([]);

    const resumed = resumePairing(phone.wallet);
    expect(resumed?.secret).toBeUndefined();
    const second = pair(phone, car, resumed!);
    expect(second.of("paired")).toMatchObject([{ vehicleId: car.vehicleId }]);
    expect(findCar(phone.wallet, car.vehicleId)?.recoverySeed).toEqual(task.pending.recoverySeed);
    expect(phone.wallet.pairing).toBeUndefined();
  });

  it("is begun again with the same recovery key when the car never heard of it", () => {
    const car = new FakeCar("never heard");
    const phone = new Phone("never heard");
    const uri = car.openPairing();
    const task = begin(phone, uri);
    const first = connect(phone, car, task);
    first.pair();
    first.deliverToCar();
    first.deliverToPhone();
    first.toCar = [];
    expect(phone.wallet.pairing).toMatchObject({ label: "van" });
    const again = begin(phone, uri);
    expect(again.pending.recoverySeed).toEqual(task.pending.recoverySeed);
    expect(pair(phone, car, again).of("paired")).toHaveLength(1);
  });

  it("is saved, durably, before the proof leaves", () => {
    const car = new FakeCar("saved first");
    const phone = new Phone("saved first");
    const connection = connect(phone, car, begin(phone, car.openPairing()));
    connection.pair();
    connection.deliverToCar();
    connection.effects.splice(0);
    connection.deliverToPhone();
    expect(connection.effects.map((effect) => effect.kind).slice(0, 2)).toEqual(["saveWallet", "send"]);
  });

  it("is not finished by a car that says so but still takes newcomers", () => {
    const car = new FakeCar("says so");
    const phone = new Phone("says so");
    car.pairAnswer = () => ({
      code: REASONS.alreadyEnrolled.code,
      body: new Map<number, CborValue>([[BODY.carKeys, [car.carKeys.ed25519, car.carKeys.es256]]]),
    });
    const connection = pair(phone, car, begin(phone, car.openPairing()));
    expect(connection.of("reply")).toMatchObject([{ reason: "alreadyEnrolled" }]);
    expect(phone.wallet.cars).toEqual([]);
  });
});

describe("the owner's kit", () => {
  function paired(seed: string) {
    const car = new FakeCar(seed);
    const phone = new Phone(seed);
    const kit = pair(phone, car, begin(phone, car.openPairing())).of("paired")[0]!.ownersKit;
    return { car, phone, kit };
  }

  it("can be had again until it is forgotten", () => {
    const { car, phone, kit } = paired("kit again");
    expect(ownersKit(phone.crypto, phone.wallet, car.vehicleId)).toBe(kit);
    phone.wallet = forgetOwnersKit(phone.wallet, car.vehicleId);
    expect(ownersKit(phone.crypto, phone.wallet, car.vehicleId)).toBeUndefined();
  });

  it("restores a wallet whose key is the recovery key that the car was told", () => {
    const { car, phone, kit } = paired("kit restore");
    const restored = restoreFromKit(phone.crypto, `\n${kit} `, "van");
    if (!restored.ok) throw new Error(restored.error);
    expect(restored.value.cars).toMatchObject([{ vehicleId: car.vehicleId, role: "recovery", carKeys: car.carKeys }]);
    const command = car.asked[0]!.command;
    expect(command.kind === "pair" && equalBytes(command.recoveryKey, restored.value.key.publicKey)).toBe(true);

    const holder = new Phone("kit holder");
    holder.wallet = restored.value;
    car.enrol(restored.value.key.publicKey);
    const connection = new Connection(holder, car);
    connection.request({ kind: "enrol", role: "owner", name: "new", publicKey: new Phone("new").wallet.key.publicKey });
    connection.run();
    expect(connection.of("reply")).toMatchObject([{ reason: undefined }]);
  });

  it("with any wrong letter is told from a good one", () => {
    const { phone, kit } = paired("kit typo");
    for (let at = 0; at < kit.length; at += 11) {
      const wrong = kit.slice(0, at) + (kit[at] === "A" ? "B" : "A") + kit.slice(at + 1);
      expect(restoreFromKit(phone.crypto, wrong, "van")).toEqual({ ok: false, error: "malformedText" });
    }
    expect(restoreFromKit(phone.crypto, "x".repeat(100_000), "van").ok).toBe(false);
  });
});
