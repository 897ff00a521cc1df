import { describe, expect, it } from "vitest";
import { findCar, listsToDeliver, withCar } from "../../../firmware/key/index.ts";
import { BODY, REASONS } from "../../../firmware/wire/index.ts";
import { acquainted } from "./acquainted.ts";
import { Connection } from "./phone.ts";

describe("what the wallet learns from replies", () => {
  it("is that the car has the newest revocation list, also where it had a newer one", () => {
    for (const code of [0, REASONS.olderList.code]) {
      const { car, phone } = acquainted(`delivered ${code}`);
      const list = Uint8Array.of(1, 2, 3);
      phone.wallet = withCar(phone.wallet, car.vehicleId, (it) => ({
        ...it,
        issuer: { ...it.issuer, list, listVersion: 4 },
        carried: [{ issuerId: "0011223344556677", version: 1, list: Uint8Array.of(4) }],
      }));
      car.answer = () => ({ code });
      const connection = new Connection(phone, car);
      for (const waiting of listsToDeliver(phone.wallet, car.vehicleId)) connection.request({ kind: "deliverList", list: waiting });
      connection.run();
      expect(connection.of("reply")).toHaveLength(2);
      expect(listsToDeliver(phone.wallet, car.vehicleId)).toEqual([]);
      expect(findCar(phone.wallet, car.vehicleId)?.issuer.deliveredVersion).toBe(4);
    }
  });

  it("is nothing where the car was busy; the list is carried on", () => {
    const { car, phone } = acquainted("busy");
    const carried = [{ issuerId: "0011223344556677", version: 1, list: Uint8Array.of(4) }];
    phone.wallet = withCar(phone.wallet, car.vehicleId, (it) => ({ ...it, carried }));
    car.answer = () => ({ code: REASONS.busy.code });
    const connection = new Connection(phone, car);
    connection.request({ kind: "deliverList", list: carried[0]!.list });
    connection.run();
    expect(listsToDeliver(phone.wallet, car.vehicleId)).toHaveLength(1);
  });

  it("is the next issuer epoch, in which nothing is issued or listed yet", () => {
    const { car, phone } = acquainted("epoch");
    phone.wallet = withCar(phone.wallet, car.vehicleId, (it) => ({ ...it, issuer: { ...it.issuer, list: Uint8Array.of(1), listVersion: 2 } }));
    const connection = new Connection(phone, car);
    connection.request({ kind: "newIssuerEpoch" });
    connection.run();
    expect(findCar(phone.wallet, car.vehicleId)?.issuer).toMatchObject({ epoch: 1, list: undefined, listVersion: 2, grants: [] });
  });

  it("is the epoch that the car names, where it names one", () => {
    const { car, phone } = acquainted("named epoch");
    car.answer = () => ({ code: 0, body: new Map([[BODY.issuerEpoch, 9]]) });
    const connection = new Connection(phone, car);
    connection.request({ kind: "newIssuerEpoch" });
    connection.run();
    expect(findCar(phone.wallet, car.vehicleId)?.issuer.epoch).toBe(9);
  });

  it("is left to the caller where it is a body", () => {
    const { car, phone } = acquainted("body");
    car.answer = () => ({ code: 0, body: new Map([[BODY.pendingId, 7]]) });
    const connection = new Connection(phone, car);
    connection.request({ kind: "revoke", keyId: new Uint8Array(8) });
    connection.run();
    expect(connection.of("reply")[0]?.reply.body.get(BODY.pendingId)).toBe(7);
  });
});
