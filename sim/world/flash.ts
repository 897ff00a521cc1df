import type { FlashGeometry } from "../../firmware/ports/index.ts";
import { SimFlash } from "../flash/index.ts";
import type { WorldFlash } from "./controller-like.ts";

/** Memory of a virtual car: 128 KiB of raw flash with 4 KiB sectors, as small serial NOR chips have them. */
export const CAR_FLASH: FlashGeometry = { sectorCount: 32, sectorBytes: 4_096, writeAlignBytes: 1, erasedByte: 0xff };

/** Makes flashes of one geometry. Erased sectors are shared until a car writes them, so that a thousand cars cost little. */
export function flashFactory(geometry: FlashGeometry = CAR_FLASH): () => WorldFlash {
  const erased = new SimFlash({ geometry });
  return () => {
    let flash = erased.branch();
    return {
      get port() {
        return flash;
      },
      sync: () => flash.sync(),
      losePower: () => {
        flash = flash.restart(flash.durableImage());
      },
    };
  };
}
