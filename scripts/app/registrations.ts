import { EXIT, type ExitCode, type OptionValues, type Subcommand } from "../cli/command.ts";
import { shown, type Output } from "../cli/output.ts";
import { FILE_OPTION } from "../key/options.ts";
import { tokenIn, withSession } from "./session.ts";
import { replaceableTokenFile, TOKEN_FILE_OPTION, writeToken } from "./token-file.ts";
import { vehicleNamed } from "./vehicles.ts";

/** What becomes of a car's registration later on. Neither asks the car, nor changes anything about it or its keys. */
export const REGISTRATION_SUBCOMMANDS: readonly Subcommand[] = [
  { name: "app remove", summary: "take a car out of your account; its keys work on", positionals: ["NAME"], options: FILE_OPTION, examples: ["latchkey app remove van"], run: remove },
  {
    name: "app uplink-token",
    summary: "a new token for a car's uplink; the old one dies at once",
    positionals: ["NAME"],
    options: { ...FILE_OPTION, ...TOKEN_FILE_OPTION },
    examples: ["latchkey app uplink-token van --token-file uplink.token"],
    run: renewToken,
  },
];

function remove(values: OptionValues, [name]: readonly string[], output: Output): Promise<ExitCode> {
  return withSession(values, async (cloud) => {
    const { vehicle, label } = await vehicleNamed(cloud, name!);
    await cloud.demand("DELETE", `/v1/vehicles/${vehicle}`);
    output.answer({ ok: true, car: label, vehicle }, `${shown(label)}: no longer in your account, and its uplink's token is dead. The car and its keys are as before.`);
    return EXIT.ok;
  });
}

async function renewToken(values: OptionValues, [name]: readonly string[], output: Output): Promise<ExitCode> {
  const tokenFile = replaceableTokenFile(values);
  return withSession(values, async (cloud) => {
    const { vehicle, label } = await vehicleNamed(cloud, name!);
    const answer = await cloud.demand("POST", `/v1/vehicles/${vehicle}/uplink-token`);
    writeToken(tokenFile, tokenIn(answer, "uplinkToken"), "The old token is dead: ask again with another --token-file.");
    output.answer({ ok: true, car: label, vehicle, tokenFile }, `${shown(label)}: a new token is in ${tokenFile}. An uplink that reads this file goes on by itself; another one is started with it.`);
    return EXIT.ok;
  });
}
