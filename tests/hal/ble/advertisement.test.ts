import { expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { ADVERTISEMENT_BYTES_MAX, advertisingData, scanResponseData } from "../../../hal/ble/index.ts";

it("the advertisement and the scan response have 31 bytes at most, with Tesla's name and without", () => {
  expect(advertisingData(new Uint8Array(8))).toHaveLength(29);
  expect(scanResponseData()).toHaveLength(18);
  const named = scanResponseData("S1a87a5a75f3df858C");
  expect(toHex(named)).toBe("1309533161383761356137356633646638353843");
  for (const data of [advertisingData(new Uint8Array(8)), scanResponseData(), named]) expect(data.length).toBeLessThanOrEqual(ADVERTISEMENT_BYTES_MAX);
});
