import { expect, it } from "vitest";
import { UsageError } from "../../../scripts/cli/command.ts";
import { dialectsOf } from "../../../scripts/cli/dialects.ts";

it("a radio speaks the native dialect alone unless it is told to speak Tesla too", () => {
  expect(dialectsOf({})).toEqual(["native"]);
  expect(dialectsOf({ dialects: "native" })).toEqual(["native"]);
  for (const dialects of ["native,tesla", "tesla,native", "native,tesla,tesla"]) expect(dialectsOf({ dialects })).toEqual(["native", "tesla"]);
});

it.each([
  ["", "an empty name is not known"],
  ["native,", "an empty name is not known"],
  ["native,klingon", "klingon is not known"],
  ["tesla", "native is always spoken"],
])("the dialects %j are refused with the way out", (dialects, why) => {
  expect(() => dialectsOf({ dialects })).toThrow(UsageError);
  expect(() => dialectsOf({ dialects })).toThrow(why);
  expect(() => dialectsOf({ dialects })).toThrow("native,tesla");
});
