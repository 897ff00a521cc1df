import type { TeslaOptions } from "../../firmware/controller/index.ts";

/** Of virtual cars that are given none: no maker's, and one that passes every check of form. */
export const VIRTUAL_VIN = "LKVRTCAR000000001";

/** What a board says of the Tesla dialect. The protobuf library is loaded by cars alone that speak it. */
export async function teslaOptionsFor(options: Omit<TeslaOptions, "codec">): Promise<TeslaOptions> {
  const { createTeslaCodec } = await import("../../hal/tesla-codec/index.ts");
  return { ...options, codec: createTeslaCodec() };
}
