import { TelemetryFeed, type Uplink } from "../cloud/index.ts";
import type { PhoneOutcome } from "../phone/index.ts";
import type { Car } from "./car.ts";
import type { BootController, CreateCrypto } from "./controller-like.ts";
import { claimCar, SetupFailed } from "./preparation.ts";
import { World } from "./world.ts";

/**
 * What may become of a car's network. `none`: it has no coverage. `flooding`: servers push as many commands as they can, and the car's
 * own telemetry is a hundredfold. `hanging`: answers come later than anybody waits. `dead`: nobody answers, for ever.
 */
export const NETWORKS = ["none", "up", "flooding", "hanging", "dead"] as const;
export type Network = (typeof NETWORKS)[number];

export interface NetworkDay {
  /** Over every event, effect, frame and moment of the car and its people; the cloud's own doings are not in it. */
  readonly traceHash: string;
  /** Virtual milliseconds from asking to the answer, of each visit's unlock. */
  readonly unlockMs: readonly number[];
  /** What people were told, and whether the car drove. */
  readonly outcomes: readonly string[];
  /** Requests that the network had to bear meanwhile. */
  readonly requests: number;
}

const VISITS = 12;
const FLOOD_EVERY_MS = 50;
const FLOOD_LINES = 5;

/** The same visits of one owner to one car under `network`: unlock, get in, drive, park, lock. */
export function playNetworkDay(network: Network, { createCrypto, boot, seed = "network day" }: { readonly createCrypto: CreateCrypto; readonly boot: (uplink: Uplink) => BootController; readonly seed?: string }): NetworkDay {
  const world = new World({ seed, createCrypto, keepLines: false });
  const uplink = world.cloud.addUplink();
  const car = world.addCar({ name: "car", boot: boot(uplink) });
  const feed = new TelemetryFeed(uplink, car.name);
  car.onNote((note) => feed.offer(`${note.what} ${note.outcome}`));
  world.clock.advance(1_000);
  const owner = world.addPhone({ name: "owner", place: { position: car.placeAt("driverDoor") } });
  const vehicleId = claimCar(world, car, owner);
  for (const { id } of car.body.description.latches) car.body.turnByHand(id, "locked");
  const before = requestsIn(world);
  begin(world, car, { uplink, feed, network });
  const unlockMs: number[] = [];
  const outcomes: string[] = [];
  const ask = (kind: "unlock" | "drive" | "lock"): number => {
    const ended: PhoneOutcome[] = [];
    const startMs = world.clock.monotonicMs();
    owner.ask(vehicleId, kind === "lock" ? { kind, forced: false } : { kind }, (outcome) => ended.push(outcome));
    if (!world.clock.runUntil(() => ended.length > 0, 60_000)) throw new SetupFailed(`${kind} was never answered`);
    outcomes.push(`${kind} ${ended[0]!.kind}`);
    return world.clock.monotonicMs() - startMs;
  };
  for (let visit = 0; visit < VISITS; visit++) {
    unlockMs.push(ask("unlock"));
    world.clock.advance(2_000);
    car.body.pullOutsideHandle("driverDoor");
    car.body.enter("owner", "driverDoor");
    car.body.close("driverDoor");
    ask("drive");
    outcomes.push(`starts ${car.body.start()}`);
    world.clock.advance(60_000);
    car.body.stopPowertrain();
    car.body.leave("owner", "driverDoor");
    car.body.close("driverDoor");
    ask("lock");
    // Every other visit begins with a new connection.
    if (visit % 2 === 0) owner.disconnect(vehicleId);
    world.clock.advance(20_000);
  }
  return { traceHash: world.trace.hash(), unlockMs, outcomes, requests: requestsIn(world) - before };
}

function requestsIn({ cloud }: World): number {
  return cloud.counts.served + cloud.counts.failed;
}

function begin(world: World, car: Car, { uplink, feed, network }: { readonly uplink: Uplink; readonly feed: TelemetryFeed; readonly network: Network }): void {
  if (network === "none") uplink.online = false;
  if (network === "hanging") world.cloud.mode = "slow";
  if (network === "dead") world.cloud.mode = "gone";
  if (network === "flooding") flood(world, car, uplink, feed);
}

function flood(world: World, car: Car, uplink: Uplink, feed: TelemetryFeed): void {
  world.cloud.addAccount("flood", [car.name]);
  const session = world.cloud.openSession("flood")!;
  const sender = world.cloud.addUplink();
  world.cloud.wakeFor(car.name, uplink, () => uplink.request({ kind: "fetchCommands", car: car.name }, () => undefined));
  const burst = (): void => {
    for (let line = 0; line < FLOOD_LINES; line++) feed.offer("flood");
    sender.request({ kind: "sendCommand", session, car: car.name, command: new Uint8Array(1_000) }, () => undefined);
    world.clock.after(FLOOD_EVERY_MS, "flood", burst);
  };
  burst();
}
