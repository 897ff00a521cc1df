import { describe, expect, test } from "vitest";
import { fromHex } from "../../../firmware/base/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { seededRandom } from "../../support/random.ts";
import { C_I, carFor, device, phoneFor } from "./parties.ts";
import { kindOf, must } from "./trace.ts";

const crypto = createNodeCrypto({ random: seededRandom("order of work") });
const phone = device(crypto, "phone", "Ed25519");
const car = device(crypto, "car", "Ed25519");

describe("a handshake is over", () => {
  const message1 = () => phoneFor(crypto, 4, phone, car).message1();

  test("for the responder after a bad message_1", () => {
    const responder = carFor(crypto, car, phone);
    expect(responder.processMessage1(C_I).ok).toBe(false);
    expect(kindOf(responder.processMessage1(message1()))).toBe("out-of-turn");
  });

  test("for the responder after a repeated message_1", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const responder = carFor(crypto, car, phone);
    const first = initiator.message1();
    must(initiator.processMessage2(must(responder.processMessage1(first))));
    expect(responder.processMessage1(first)).toEqual({ ok: false, error: { kind: "out-of-turn" } });
    expect(kindOf(responder.processMessage3(initiator.message3()))).toBe("out-of-turn");
  });

  test("for the responder after message_3 out of turn", () => {
    const responder = carFor(crypto, car, phone);
    expect(kindOf(responder.processMessage3(fromHex("41aa")!))).toBe("out-of-turn");
    expect(kindOf(responder.processMessage1(message1()))).toBe("out-of-turn");
  });

  test("for the responder after a bad message_3, even if the right one follows", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const responder = carFor(crypto, car, phone);
    must(initiator.processMessage2(must(responder.processMessage1(initiator.message1()))));
    expect(kindOf(responder.processMessage3(fromHex("41aa")!))).toBe("forged");
    expect(kindOf(responder.processMessage3(initiator.message3()))).toBe("out-of-turn");
    expect(responder.established).toBeUndefined();
  });

  test("for the responder after a repeated message_3", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const responder = carFor(crypto, car, phone);
    must(initiator.processMessage2(must(responder.processMessage1(initiator.message1()))));
    const message3 = initiator.message3();
    must(responder.processMessage3(message3));
    expect(kindOf(responder.processMessage3(message3))).toBe("out-of-turn");
    expect(responder.established).toBeUndefined();
  });

  test("for the initiator after a bad message_2, even if the right one follows", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const message2 = must(carFor(crypto, car, phone).processMessage1(initiator.message1()));
    expect(initiator.processMessage2(C_I).ok).toBe(false);
    expect(kindOf(initiator.processMessage2(message2))).toBe("out-of-turn");
  });

  test("for the initiator after a repeated or early message_2", () => {
    const initiator = phoneFor(crypto, 4, phone, car);
    const message2 = must(carFor(crypto, car, phone).processMessage1(initiator.message1()));
    must(initiator.processMessage2(message2));
    expect(kindOf(initiator.processMessage2(message2))).toBe("out-of-turn");
    expect(() => initiator.message3()).toThrow("verified");
    const early = phoneFor(crypto, 4, phone, car);
    expect(kindOf(early.processMessage2(message2))).toBe("out-of-turn");
    expect(() => early.message1()).toThrow("once");
  });

  test("for the initiator that makes a message twice, or too early", () => {
    const twice = phoneFor(crypto, 4, phone, car);
    twice.message1();
    expect(() => twice.message1()).toThrow("once");
    expect(() => phoneFor(crypto, 4, phone, car).message3()).toThrow("verified");
    const done = phoneFor(crypto, 4, phone, car);
    must(done.processMessage2(must(carFor(crypto, car, phone).processMessage1(done.message1()))));
    done.message3();
    expect(() => done.message3()).toThrow("once");
    expect(done.established).toBeUndefined();
  });
});

describe("message_4", () => {
  function ends() {
    const initiator = phoneFor(crypto, 4, phone, car);
    const responder = carFor(crypto, car, phone);
    must(initiator.processMessage2(must(responder.processMessage1(initiator.message1()))));
    return { car: must(responder.processMessage3(initiator.message3())), phone: initiator.established! };
  }

  test("belongs to the responder to make and to the initiator to take", () => {
    const { car: atCar, phone: atPhone } = ends();
    expect(() => atPhone.message4()).toThrow("by the responder");
    expect(kindOf(atCar.processMessage4(fromHex("41aa")!))).toBe("out-of-turn");
  });

  test("may carry padding", () => {
    const { car: atCar, phone: atPhone } = ends();
    expect(atPhone.processMessage4(atCar.message4(fromHex("004101")!)).ok).toBe(true);
  });

  test.each([
    ["critical EAD", "20", "critical-ead"],
    ["anything but EAD", "41aa", "malformed"],
    ["half an item", "18", "malformed"],
  ])("with %s is refused", (_what, ead, kind) => {
    const { car: atCar, phone: atPhone } = ends();
    expect(kindOf(atPhone.processMessage4(atCar.message4(fromHex(ead)!)))).toBe(kind);
  });

  test.each([
    ["an empty tag", "40", "forged"],
    ["a forged tag over nothing", "50" + "00".repeat(16), "forged"],
    ["an error", "03f5", "peer-error"],
    ["nothing", "", "malformed"],
  ])("that is %s is refused, and the keys are gone", (_what, bytes, kind) => {
    const { phone: atPhone } = ends();
    // Keys that were in use already go as well.
    expect(atPhone.exporter(32768, C_I, 32)).toHaveLength(32);
    expect(kindOf(atPhone.processMessage4(fromHex(bytes)!))).toBe(kind);
    expect(() => atPhone.exporter(32768, C_I, 32)).toThrow("failed session");
  });

  test("is taken once", () => {
    const { car: atCar, phone: atPhone } = ends();
    const message4 = atCar.message4();
    expect(atPhone.processMessage4(message4).ok).toBe(true);
    expect(kindOf(atPhone.processMessage4(message4))).toBe("out-of-turn");
    expect(() => atPhone.keyUpdate(C_I)).toThrow("failed session");
  });
});
