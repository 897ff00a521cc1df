import type { RunningCar } from "../board/running-car.ts";
import { serveChannel, type Caller, type ChannelServer } from "./channel.ts";
import { socketPathFor } from "./paths.ts";
import { serveUpdate } from "./update-door.ts";

/** What the console says of the car it belongs to. */
export interface CarFacts {
  /** Path of the flash file, or a word for a car in memory. */
  readonly flash: string;
  readonly address: string | undefined;
}

/**
 * The car's own console: a socket that only this user reaches. It alone gives the first owner's code away; nothing of it is
 * printed or logged by the car.
 */
export function openConsole(car: RunningCar, carId: string, facts: CarFacts): Promise<ChannelServer> {
  return serveChannel(socketPathFor(carId, "console"), (request, caller) => {
    switch (request["do"]) {
      case "hello":
        caller.say({ ok: true, ...facts, claimed: car.isClaimed });
        return caller.end();
      case "claim":
        return claim(car, caller, request);
      case "keyRequest":
        caller.say(answerKeyRequest(car, request["answer"]));
        return caller.end();
      case "update":
        return serveUpdate(car, caller, request);
      case "cancelClaim":
        car.dispatch({ kind: "claimCancelled" });
        caller.say({ ok: true });
        return caller.end();
      default:
        caller.say({ ok: false, message: "the console does not know this request", wayOut: "Use the latchkey command of the same version as the car." });
        return caller.end();
    }
  });
}

/** Shows the key that waits for a yes, and takes the answer where there is one. */
function answerKeyRequest(car: RunningCar, answer: unknown): object {
  const shown = car.keyRequest;
  if (shown === undefined) return { ok: false, message: "no key waits for an answer", wayOut: "A client asks first, then a card is tapped inside; within half a minute after that comes the answer." };
  if (answer === "yes" || answer === "no") car.dispatch({ kind: "keyRequestAnswered", accept: answer === "yes" });
  return { ok: true, name: shown.name, role: shown.role, id: shown.id };
}

/** Opens the pairing, or shows the code of the one that is open, and stays with it where asked to. */
function claim(car: RunningCar, caller: Caller, request: Record<string, unknown>): void {
  const wait = request["wait"] === true;
  const releaseKey = request["releaseKey"];
  if (car.isClaimed) {
    caller.say({ ok: false, message: "the car has an owner already", wayOut: "An owner enrols further keys (latchkey key enrol) or hands the car over (latchkey key transfer)." });
    return caller.end();
  }
  let shown = false;
  const show = (): void => {
    const open = car.claim;
    if (open === undefined || shown) return;
    shown = true;
    const nowMs = car.board.enter(() => car.board.ports.clock.monotonicMs());
    caller.say({ ok: true, uri: open.uri, expiresInS: Math.max(0, Math.floor((open.expiresAtMs - nowMs) / 1000)) });
    if (!wait) leave();
  };
  const leave = (): void => {
    unwatch();
    caller.end();
  };
  const unwatch = car.watch({
    claimShown: show,
    claimHidden: (why) => {
      caller.say({ ok: why === "claimed", ended: why });
      leave();
    },
    noted: ({ what, who, outcome, why }) => {
      if (shown || what !== "claim" || who !== "console" || outcome !== "refused") return;
      caller.say({ ok: false, message: `no pairing can be opened: ${why}`, wayOut: "" });
      leave();
    },
  });
  caller.onGone = unwatch;
  if (car.claim !== undefined && releaseKey instanceof Uint8Array) {
    caller.say({ ok: false, message: "a pairing is open already, without this release key", wayOut: "Wait for it to end, then claim again." });
    return leave();
  }
  if (car.claim === undefined) car.dispatch({ kind: "claimRequested", ...(releaseKey instanceof Uint8Array && { releaseKey: new Uint8Array(releaseKey) }) });
  show();
}
