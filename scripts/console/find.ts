import { CommandFailure } from "../cli/command.ts";
import { defaultFlashPath } from "../config/flash-path.ts";
import { Call } from "./channel.ts";
import { allSocketPaths, carIdOf, socketPathsOf, type Door } from "./paths.ts";

/** How long a car may take to say that it is there. */
const HELLO_TIMEOUT_MS = 5_000;

/**
 * Asks a running car of this user: the one on `flashPath`, else the one on the default flash, else the only one there is.
 * Fails with what to do where there is none, or where it cannot be told which.
 */
export async function callCar(door: Door, flashPath: string | undefined, request: object): Promise<Call> {
  for (const path of socketPathsOf(carIdOf(flashPath ?? defaultFlashPath()), door)) {
    if ((await greet(path)) === undefined) continue;
    const call = await Call.open(path, request);
    if (call !== undefined) return call;
  }
  const what = door === "world" ? "virtual car" : "car";
  if (flashPath !== undefined) throw new CommandFailure(`no ${what} runs on ${flashPath}`, `Start one with: latchkey car --flash ${flashPath}`);
  const running = await runningCars(door);
  if (running.length === 0) throw new CommandFailure(`no ${what} is running`, "Start one in another terminal: latchkey car, or npm start.");
  if (running.length > 1) {
    const names = running.map(({ flash }) => flash).join(", ");
    throw new CommandFailure(`several cars are running: ${names}`, "Say which with --flash FILE; one of npm start has no file, so end the others.");
  }
  const call = await Call.open(running[0]!.path, request);
  if (call === undefined) throw new CommandFailure(`the ${what} has just stopped`);
  return call;
}

async function runningCars(door: Door): Promise<readonly { readonly path: string; readonly flash: string }[]> {
  const found: { path: string; flash: string }[] = [];
  for (const path of allSocketPaths(door)) {
    const answer = await greet(path);
    if (answer !== undefined) found.push({ path, flash: String(answer["flash"]) });
  }
  return found;
}

/** What the car at `path` says of itself; undefined where none listens. Fails where one listens and keeps silent. */
async function greet(path: string): Promise<Record<string, unknown> | undefined> {
  const call = await Call.open(path, { do: "hello" });
  if (call === undefined) return undefined;
  const waited = { long: false };
  const timer = setTimeout(() => {
    waited.long = true;
    call.close();
  }, HELLO_TIMEOUT_MS);
  const answer = await call.next();
  clearTimeout(timer);
  call.close();
  if (waited.long) throw new CommandFailure(`the car at ${path} does not answer`, "It may have been stopped with Ctrl-Z: let it go on with fg, or end it.");
  return answer;
}
