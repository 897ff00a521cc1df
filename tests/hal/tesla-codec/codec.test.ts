import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { createTeslaCodec } from "../../../hal/tesla-codec/index.ts";
import { SCHEMA_PATH, schemaModule } from "../../../scripts/build/tesla-schema.ts";

const codec = createTeslaCodec();
const hex = (text: string): Uint8Array => fromHex(text)!;

describe("the codec of the Tesla dialect", () => {
  it("is made from the schema files as they are now", () => {
    expect(readFileSync(SCHEMA_PATH, "utf8"), "run: npm run schema").toBe(schemaModule());
  });

  it("tells a member of a oneof that is zero from one that is not there", () => {
    expect(codec.decode("UnsignedMessage", hex("1000"))).toEqual({ rkeAction: 0 });
    expect(codec.decode("UnsignedMessage", hex(""))).toEqual({});
    expect(toHex(codec.encode("UnsignedMessage", { rkeAction: 0 }))).toBe("1000");
    expect(toHex(codec.encode("UnsignedMessage", { informationRequest: {} }))).toBe("0a00");
    expect(toHex(codec.encode("RoutableMessage", { protobufMessageAsBytes: new Uint8Array(0) }))).toBe("5200");
    expect(toHex(codec.encode("RoutableMessage", { toDestination: { domain: 0 } }))).toBe("32020800");
  });

  it("skips fields that it does not know, of every wire type", () => {
    expect(codec.decode("UnsignedMessage", hex("1001" + "c03e05" + "c23e0161" + "c53e00000000" + "c13e0000000000000000"))).toEqual({ rkeAction: 1 });
  });

  it("reads fields in any order", () => {
    const listKeys = hex("320208023a1212100a7962c10d38b61dd2a7722780a4f0969a031005514f57616bcc81a8ce0f9d7b48322952040a020805");
    const message = codec.decode("RoutableMessage", listKeys)!;
    expect(message.toDestination).toEqual({ domain: 2 });
    expect(codec.decode("UnsignedMessage", message.protobufMessageAsBytes!)).toEqual({ informationRequest: { informationRequestType: 5 } });
  });

  it("answers undefined to what is no message: truncated, overlong, or groups that never close", () => {
    for (const bad of ["3202", "ff", "0a05", "0b", "0c", "12ffffffff0f"]) {
      expect(codec.decode("RoutableMessage", hex(bad)), bad).toBeUndefined();
    }
    expect(codec.decode("RoutableMessage", new Uint8Array(1024).fill(0x0b))).toBeUndefined();
  });

  it("keeps 32-bit numbers unsigned", () => {
    const bytes = codec.encode("SessionInfo", { counter: 0xffffffff, clockTime: 0xffffffff });
    expect(toHex(bytes)).toBe("08ffffffff0f25ffffffff");
    expect(codec.decode("SessionInfo", bytes)).toEqual({ counter: 0xffffffff, clockTime: 0xffffffff });
  });

  it("gives plain byte arrays, whose slices are copies", () => {
    const message = codec.decode("RoutableMessage", Buffer.from("520161", "hex"))!;
    expect(message.protobufMessageAsBytes!.constructor).toBe(Uint8Array);
    expect(codec.encode("UnsignedMessage", { rkeAction: 1 }).constructor).toBe(Uint8Array);
  });

  it("gives a field that was not on the wire no value at all", () => {
    const message = codec.decode("RoutableMessage", hex("3200"))!;
    expect([message.flags, message.uuid, message.signatureData, message.toDestination!.domain]).toEqual([undefined, undefined, undefined, undefined]);
    expect(Object.keys(message)).toEqual(["toDestination"]);
  });

  it("counts the last of several members of a oneof", () => {
    const payload = "520101";
    const info = "7a0102";
    expect(Object.keys(codec.decode("RoutableMessage", hex(payload + info))!)).toEqual(["sessionInfo"]);
    expect(Object.keys(codec.decode("RoutableMessage", hex(info + payload))!)).toEqual(["protobufMessageAsBytes"]);
    expect(Object.keys(codec.decode("RoutableMessage", hex(payload + info + payload))!)).toEqual(["protobufMessageAsBytes"]);
    const [domain, address] = ["0802", "120201ff"];
    expect(codec.decode("RoutableMessage", hex("3206" + domain + address))!.toDestination).toEqual({ routingAddress: hex("01ff") });
    // A message that comes in pieces is one message, whatever comes between them.
    expect(codec.decode("RoutableMessage", hex("3202" + domain + "3a02" + domain + "3204" + address))).toEqual({ toDestination: { routingAddress: hex("01ff") }, fromDestination: { domain: 2 } });
  });

  it("reads 64-bit numbers as numbers", () => {
    const removed = { vehicleAction: { removeChargeScheduleAction: { id: 1_700_000_000_123 } } };
    expect(codec.decode("Action", codec.encode("Action", removed))).toEqual(removed);
  });

  it("goes on after a message that it could not write", () => {
    const broken = {
      toDestination: {
        get domain(): number {
          throw new Error("no number");
        },
      },
    };
    expect(() => codec.encode("RoutableMessage", broken)).toThrow("no number");
    expect(toHex(codec.encode("RoutableMessage", { flags: 2 }))).toBe("a00302");
  });
});
