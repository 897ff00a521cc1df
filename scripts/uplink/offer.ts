import { toHex } from "../../firmware/base/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { Call } from "../console/index.ts";
import { deliver, type Ask, type Told } from "../update/car.ts";
import type { UpdatePackage } from "../update/package.ts";

/** Between two looks at whether an owner has consented: nobody is in a hurry. */
const CONSENT_POLL_MS = 5_000;

/** Asks the console at `path` about updates, one call at a time. */
export function consoleAt(path: string): Ask {
  return async (request) => {
    const call = await Call.open(path, { do: "update", ...request });
    const told = await call?.next();
    call?.close();
    if (told === undefined) throw new CommandFailure("the car's console does not answer");
    if (told["ok"] !== true) throw new CommandFailure(String(told["message"]), String(told["wayOut"]));
    return told;
  };
}

/** Offers an update, waits for an owner's consent as long as `goesOn`, delivers it. Gives the state it came to; fails with what the car says. */
export async function offer(ask: Ask, update: UpdatePackage, pause: (waitMs: number) => Promise<void>, goesOn: () => boolean): Promise<string> {
  let told: Told = await ask({ act: "offer", manifest: update.envelope });
  const isOurs = (): boolean => told["id"] === toHex(update.parsed.id);
  while (told["state"] === "offered" && isOurs() && goesOn()) {
    await pause(CONSENT_POLL_MS);
    told = await ask({ act: "status" });
  }
  if (!isOurs() || !goesOn()) return "replaced by another";
  return String((await deliver(ask, update, told))["state"]);
}
