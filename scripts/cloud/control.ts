import { readFileSync, statSync } from "node:fs";
import { messageOf } from "../../hal/durable-file/index.ts";
import { CommandFailure } from "../cli/command.ts";
import { Call, carIdOf, serveChannel, socketPathFor, socketPathsOf, type ChannelServer } from "../console/index.ts";
import { LIMITS } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import type { Service } from "./service.ts";
import { FAULTS, type Web } from "./web.ts";

/** Opens the door by which the user of this machine steers the service: a unix socket, 0600. */
export function openControl(data: string, service: Service, web: Web): Promise<ChannelServer> {
  return serveChannel(socketPathFor(carIdOf(data), "cloud"), (request, caller) => {
    perform(request, service, web)
      .then((answer) => caller.say({ ok: true, ...answer }))
      .catch((fault: unknown) => caller.say({ ok: false, message: messageOf(fault), wayOut: fault instanceof Refusal || fault instanceof CommandFailure ? fault.wayOut : "" }))
      .finally(() => caller.end());
  });
}

async function perform(request: Readonly<Record<string, unknown>>, service: Service, web: Web): Promise<object> {
  const { act, fault, twoFactor, path } = request;
  if (act === "status") return { fault: web.fault, ...service.status() };
  if (act === "fault") {
    const known = FAULTS.find((name) => name === fault);
    if (known === undefined) throw new CommandFailure(`there is no fault "${String(fault)}"`, `Name one of ${FAULTS.join(", ")}.`);
    await web.fail(known);
    return { fault: known };
  }
  if (act === "roll-out" && typeof twoFactor === "boolean") return { twoFactor, ...(await service.accounts.rollOut(twoFactor)) };
  if (act === "release" && typeof path === "string") return service.addRelease(readRelease(path));
  throw new CommandFailure("the cloud does not know this act", "Use the same version of Latchkey for both.");
}

function readRelease(path: string): Uint8Array {
  let size: number;
  try {
    size = statSync(path).size;
  } catch (fault) {
    throw new CommandFailure(`${path} cannot be read: ${messageOf(fault)}`, "Name a file that latchkey update make has written.");
  }
  if (size > LIMITS.releaseBytes) throw new CommandFailure(`${path} has ${size} bytes, at most ${LIMITS.releaseBytes} are allowed`);
  return new Uint8Array(readFileSync(path));
}

/** Asks the service that runs on `data`. */
export async function askCloud(data: string, request: object): Promise<Readonly<Record<string, unknown>>> {
  for (const path of socketPathsOf(carIdOf(data), "cloud")) {
    const call = await Call.open(path, request);
    if (call === undefined) continue;
    const answer = await call.next();
    call.close();
    if (answer === undefined) throw new CommandFailure("the cloud ended before it answered", "See what it says on its own terminal.");
    if (answer["ok"] !== true) throw new CommandFailure(String(answer["message"]), String(answer["wayOut"]));
    return answer;
  }
  throw new CommandFailure(`no cloud runs on ${data}`, "Start one: latchkey cloud run --data FOLDER");
}
