import { createMonotonicClock } from "../../hal/clock/index.ts";
import { tellLiveness } from "../../hal/liveness/index.ts";
import { createSystemRandom } from "../../hal/random/index.ts";
import { CommandFailure, EXIT, UsageError, type ExitCode, type OptionValues } from "../cli/command.ts";
import { shown, type Output } from "../cli/output.ts";
import { readText } from "../key/reading-text.ts";
import { Breaker } from "./breaker.ts";
import { attachCar, type CarPort } from "./car-port.ts";
import { Gate } from "./gate.ts";
import { openCloud, parseCloudUrl } from "./http.ts";
import { KeptDownload } from "./kept-download.ts";
import { consoleAt } from "./offer.ts";
import { Releases, type Tell } from "./releases.ts";
import { parseUplinkToken, tokenInFile } from "./token.ts";
import { Uplink } from "./uplink.ts";

/** Runs until the car is gone or it is told to stop; whatever the cloud does is no reason to end. */
export async function run(values: OptionValues, _positionals: readonly string[], output: Output): Promise<ExitCode> {
  const { car: path, cloud: address, "token-file": tokenFile, console: consolePath } = values;
  if (typeof path !== "string") throw new UsageError("--car PATH is missing: the car's socket for its uplink");
  if (typeof address !== "string") throw new UsageError("--cloud URL is missing");
  if (typeof tokenFile !== "string" || tokenFile === "-") throw new UsageError("--token-file FILE is missing: what latchkey app register wrote");
  const url = parseCloudUrl(address);
  if (!url.ok) throw new UsageError(`--cloud: ${url.error}`);
  const first = parseUplinkToken(await readText("the uplink's token", tokenFile));
  if (first === undefined) throw new CommandFailure(`${tokenFile} holds no token`, "Get one with: latchkey app register");
  const token = tokenInFile(tokenFile, first);

  const tell: Tell = (event, data, text) => (output.json ? output.say(JSON.stringify({ event, ...data })) : output.say(text));
  const clock = createMonotonicClock();
  const random = createSystemRandom();
  const nowMs = (): number => clock.monotonicMs();
  const gate = new Gate({
    cloud: openCloud(url.value),
    breaker: new Breaker(() => chanceOf(random.bytes(4))),
    nowMs,
    onEvent: (event) => (event.kind === "online" ? tell("online", {}, `the cloud answers: ${url.value.host}`) : tell("offline", { why: event.why }, `no cloud: ${shown(event.why)}`)),
  });
  const goneWhy = await new Promise<string | undefined>((resolve) => {
    const car: CarPort = attachCar({ path }, { onReport: (bytes) => uplink.reported(bytes), onGone: (why) => end(why) });
    const uplink = new Uplink({ gate, car, token, nowMs, onRelease: (release) => void releases.take(release) });
    const ask = consoleAt(consolePath === undefined ? path.replace(/\.uplink$/, ".console") : String(consolePath));
    const kept = new KeptDownload(`${tokenFile}.download`, (message) => tell("downloadNotKept", { why: message }, message));
    const releases = new Releases({ gate, token, ask, kept, tell });
    const liveness = tellLiveness();
    liveness.ready();
    const end = (why: string | undefined): void => {
      liveness.stop();
      car.close();
      resolve(why);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end(undefined));
    void uplink.run().then(() => tell("ended", { ...uplink.counts }, `ended: ${Object.entries(uplink.counts).map(([name, count]) => `${name} ${count}`).join(", ")}`));
  });
  gate.close();
  if (goneWhy !== undefined) tell("carGone", { why: goneWhy }, `the car is gone: ${goneWhy}`);
  return EXIT.ok;
}

/** Evenly from 0 up to 1. */
function chanceOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
}
