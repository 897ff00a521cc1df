import { expect, it } from "vitest";
import { toHex, utf8Encode } from "../../../firmware/base/index.ts";
import { hashPin } from "../../../hal/pin-hash/index.ts";

/** RFC 7914 section 12, third vector: N = 16384, r = 8, p = 1; its first 32 bytes, which do not depend on the length asked for. */
it("is scrypt as RFC 7914 has it", async () => {
  const hash = await hashPin(utf8Encode("pleaseletmein"), utf8Encode("SodiumChloride"), 14);
  expect(toHex(hash!)).toBe("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
});
