import { CommandFailure } from "../cli/command.ts";
import { defaultFlashPath } from "../config/flash-path.ts";
import { Call } from "./channel.ts";
import { allSocketPaths, carIdOf, socketPathsOf, type Door } from "./paths.ts";

/**
 * Asks a running car of this user: the one on `flashPath`, else the one on the default flash, else the only one there is.
 * Fails with what to do where there is none, or where it cannot be told which.
 */
export async function callCar(door: Door, flashPath: string | undefined, request: object): Promise<Call> {
  for (const path of socketPathsOf(carIdOf(flashPath ?? defaultFlashPath()), door)) {
    const call = await Call.open(path, request);
    if (call !== undefined) return call;
  }
  const what = door === "world" ? "virtual car" : "car";
  if (flashPath !== undefined) throw new CommandFailure(`no ${what} runs on ${flashPath}`, `Start one with: latchkey car --flash ${flashPath}`);
  const running = await runningCars(door);
  if (running.length === 0) throw new CommandFailure(`no ${what} is running`, "Start one in another terminal: latchkey car, or npm start.");
  if (running.length > 1) {
    const names = running.map(({ flash }) => flash).join(", ");
    throw new CommandFailure(`several cars are running: ${names}`, "Say which with --flash FILE.");
  }
  const call = await Call.open(running[0]!.path, request);
  if (call === undefined) throw new CommandFailure(`the ${what} has just stopped`);
  return call;
}

async function runningCars(door: Door): Promise<readonly { readonly path: string; readonly flash: string }[]> {
  const found: { path: string; flash: string }[] = [];
  for (const path of allSocketPaths(door)) {
    const call = await Call.open(path, { do: "hello" });
    const answer = await call?.next();
    call?.close();
    if (answer !== undefined) found.push({ path, flash: String(answer["flash"]) });
  }
  return found;
}
