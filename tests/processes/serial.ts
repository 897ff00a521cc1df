import { spawnSync } from "node:child_process";
import { describe, it } from "vitest";
import { serialFault } from "../../hal/serial-line/index.ts";

/** Why these tests cannot run here, if they cannot. */
function missing(): string | undefined {
  if (spawnSync("socat", ["-V"]).error !== undefined) return "socat is not installed: sudo apt-get install socat";
  return serialFault()?.found;
}

/** Tests with serial ports and pseudo-terminals; where these cannot be had they count as not run, and fail with LATCHKEY_PEERS=required. */
export function describeWithSerial(name: string, tests: () => void): void {
  const why = missing();
  if (why === undefined) return void describe(name, tests);
  describe(name, () => {
    if (process.env["LATCHKEY_PEERS"] !== "required") return void it.skip(`not run: ${why}`, () => undefined);
    it(why, () => {
      throw new Error(why);
    });
  });
}
