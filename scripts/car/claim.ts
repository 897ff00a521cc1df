import { renderUnicodeCompact } from "uqr";
import { fromBase64Url } from "../../firmware/base/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { requireCarConfig } from "../config/car-config.ts";
import { callCar } from "../console/find.ts";
import { speaksUtf8 } from "../terminal/locale.ts";
import { FLASH_OPTIONS, flashPathOf } from "./options.ts";

export const CLAIM_SUBCOMMAND: Subcommand = {
  name: "car claim",
  summary: "show the first owner's code of the running car, here and nowhere else",
  positionals: [],
  options: { ...FLASH_OPTIONS, wait: { type: "boolean", help: "stay until a phone has paired or the code is dead" }, "release-key": { type: "string", value: "KEY", help: "who signs this car's updates from now on, as latchkey update keygen prints it" } },
  examples: ["latchkey car claim", "latchkey car claim --json | jq -r .uri | latchkey key pair"],
  run,
};

async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const config = values["config"];
  const named = values["flash"] !== undefined || config !== undefined;
  const flash = named ? flashPathOf(values, await requireCarConfig(typeof config === "string" ? config : undefined)) : undefined;
  const call = await callCar("console", flash, { do: "claim", wait: values["wait"] === true, ...releaseKeyOf(values) });
  try {
    const opened = await call.next();
    if (opened === undefined) throw new CommandFailure("the car has stopped before it answered");
    if (opened["ok"] !== true) throw new CommandFailure(String(opened["message"]), String(opened["wayOut"]));
    const uri = String(opened["uri"]);
    const expiresInS = Number(opened["expiresInS"]);
    output.answer({ ok: true, uri, expiresInS }, claimText(uri, expiresInS));
    if (values["wait"] !== true) return EXIT.ok;
    output.say("Waiting for a phone...");
    const ended = await call.next();
    if (ended?.["ended"] === "claimed") {
      output.say("Paired: the car has its first owner.");
      return EXIT.ok;
    }
    throw new CommandFailure(ended === undefined ? "the car has stopped" : `the code is dead: ${String(ended["ended"])}`, "Open a new one with: latchkey car claim");
  } finally {
    call.close();
  }
}

function releaseKeyOf(values: OptionValues): { readonly releaseKey?: Uint8Array } {
  const text = values["release-key"];
  if (typeof text !== "string") return {};
  const releaseKey = fromBase64Url(text);
  if (releaseKey === undefined) throw new UsageError("--release-key is not what latchkey update keygen prints");
  return { releaseKey };
}

/**
 * The code as lines for an 80x24 terminal: QR of half blocks where the terminal can show them, the URI, what to do. Where lines are cut
 * at `columns`, a longer URI gives way to where to find it: half a code would be none.
 */
export function claimText(uri: string, expiresInS: number, columns: number = Infinity): string {
  const picture = speaksUtf8(process.env) ? [renderUnicodeCompact(uri, { ecc: "L", border: 1 })] : [];
  return [...picture, uri.length <= columns ? uri : "The code as text, in another terminal: latchkey car claim", `Good for ${Math.ceil(expiresInS / 60)} min and one phone. On this machine: latchkey key pair`].join("\n");
}
