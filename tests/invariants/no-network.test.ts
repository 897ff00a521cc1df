import { describe, expect, it } from "vitest";
import { TelemetryFeed, type CloudMode, type Uplink } from "../../sim/cloud/index.ts";
import { bootLatchkey, claimCar, World, type BootController, type Car } from "../../sim/world/index.ts";
import type { PhoneOutcome, SimPhone } from "../../sim/phone/index.ts";
import { createCrypto, phoneAt } from "../sim/latchkey.ts";

/** What may happen to a car's network; `modem`: coverage comes and goes every few seconds. */
const NETWORKS = ["up", "down", "slow", "lying", "gone", "none", "modem"] as const;
type Network = (typeof NETWORKS)[number];

/** A car that may use its modem as it likes. */
type Wiring = (car: () => Car, uplink: Uplink, session: string) => BootController;

const GENUINE: Wiring = () => bootLatchkey;

interface Run {
  readonly traceHash: string;
  /** What each person was told, and when. */
  readonly outcomes: readonly string[];
  readonly requests: number;
}

function settled(world: World, begin: (settled: (outcome: PhoneOutcome) => void) => void): string {
  const ended: PhoneOutcome[] = [];
  const startMs = world.clock.monotonicMs();
  begin((outcome) => ended.push(outcome));
  world.clock.runUntil(() => ended.length > 0, 200_000);
  const took = world.clock.monotonicMs() - startMs;
  const outcome = ended[0];
  return `${outcome === undefined ? "nothing" : outcome.kind === "done" ? "done" : outcome.kind === "refused" ? `refused ${outcome.code}` : outcome.kind} after ${took} ms`;
}

/** A day's worth of a car with a modem, an app session and telemetry, under one kind of network. */
function run(network: Network, wiring: Wiring): Run {
  const world = new World({ seed: "no network", createCrypto });
  const uplink = world.cloud.addUplink();
  world.cloud.addAccount("anna@example.org", ["car"]);
  const session = world.cloud.openSession("anna@example.org")!;
  const box: { car?: Car } = {};
  const car = world.addCar({ name: "car", boot: wiring(() => box.car!, uplink, session) });
  box.car = car;
  const feed = new TelemetryFeed(uplink, "car");
  car.onNote((note) => feed.offer(`${note.what} ${note.outcome}`));
  const owner = phoneAt(world, car, "owner");
  world.clock.advance(1_000);
  const vehicleId = claimCar(world, car, owner);
  apply(world, uplink, network);
  const outcomes = day(world, car, { owner, vehicleId });
  const { served, failed } = world.cloud.counts;
  return { traceHash: world.trace.hash(), outcomes, requests: served + failed };
}

function apply(world: World, uplink: Uplink, network: Network): void {
  if (network === "none") uplink.online = false;
  else if (network !== "modem") world.cloud.mode = network satisfies CloudMode;
  else {
    for (let n = 1; n < 40; n++) world.clock.after(n * 3_700, "coverage", () => (uplink.online = n % 2 === 0));
  }
}

function day(world: World, car: Car, { owner, vehicleId }: { owner: SimPhone; vehicleId: string }): readonly string[] {
  const outcomes: string[] = [];
  const ask = (phone: SimPhone, command: Parameters<SimPhone["ask"]>[1]): void => {
    outcomes.push(`${phone.name} ${command.kind}: ${settled(world, (done) => phone.ask(vehicleId, command, done))}`);
    world.clock.advance(5_000);
  };
  const guest = phoneAt(world, car, "guest");
  const stranger = phoneAt(world, car, "stranger");
  const shared = owner.share(vehicleId, guest.invitation, { role: "guest", actions: ["unlock", "lock"], uses: 4, notBeforeS: undefined, expiresAtS: undefined });
  if (!shared.ok || !guest.accept(shared.value.text).ok) throw new RangeError("the guest has no grant");
  const text = owner.carText(vehicleId, "driver", 0);
  if (text.ok) stranger.acceptCar(text.value);
  ask(owner, { kind: "unlock" });
  sitIn(car);
  ask(owner, { kind: "drive" });
  outcomes.push(`starts: ${car.body.start()}`);
  car.body.setMoving(true);
  world.clock.advance(60_000);
  car.body.stopPowertrain();
  car.body.leave("anna", "driverDoor");
  car.body.close("driverDoor");
  ask(owner, { kind: "lock", forced: false });
  ask(guest, { kind: "unlock" });
  ask(stranger, { kind: "unlock" });
  outcomes.push(owner.revoke(vehicleId, shared.value.grantId).ok ? "revoked" : "not revoked");
  owner.disconnect(vehicleId);
  world.clock.advance(2_000);
  ask(owner, { kind: "status" });
  ask(guest, { kind: "lock", forced: false });
  ask(owner, { kind: "lock", forced: false });
  world.clock.advance(120_000);
  return outcomes;
}

/** Anna gets in; her phone stays where it is. */
function sitIn(car: Car): void {
  car.body.pullOutsideHandle("driverDoor");
  car.body.enter("anna", "driverDoor");
  car.body.close("driverDoor");
}

/** How runs under other networks differ from one with everything up. */
function differences(wiring: Wiring): readonly string[] {
  const whole = run("up", wiring);
  const wrong: string[] = [];
  for (const network of NETWORKS) {
    const other = run(network, wiring);
    for (const [index, outcome] of whole.outcomes.entries()) {
      if (other.outcomes[index] !== outcome) wrong.push(`${network}: ${outcome} became ${other.outcomes[index] ?? "nothing"}`);
    }
    if (other.traceHash !== whole.traceHash) wrong.push(`${network}: the trace differs`);
  }
  return wrong;
}

/** Asks the maker whether the person may come in before anything of a radio is looked at. */
const ASKING: Wiring = (car, uplink, session) => (ports) => {
  const booted = bootLatchkey(ports);
  const { controller } = booted;
  return {
    ...booted,
    controller: {
      status: () => controller.status(),
      durable: () => controller.durable(),
      handle: (event) => {
        if (event.kind !== "frameReceived") return controller.handle(event);
        uplink.request({ kind: "authorise", session, car: "car" }, (answer) => {
          if (answer.status === 200) car().board?.performLater(controller.handle(event));
        });
        return [];
      },
    },
  };
};

/** Holds the engine while the maker cannot be reached, as a tracker against theft does. */
const TRACKING: Wiring = (car, uplink) => (ports) => {
  const booted = bootLatchkey(ports);
  uplink.changed = (online) => {
    if (!online) car().board?.performLater([{ kind: "setImmobiliser", released: false, limited: false }]);
  };
  const { controller } = booted;
  return {
    ...booted,
    controller: {
      status: () => controller.status(),
      durable: () => controller.durable(),
      handle: (event) => {
        const effects = controller.handle(event);
        return uplink.online ? effects : effects.filter((effect) => effect.kind !== "setImmobiliser" || !effect.released);
      },
    },
  };
};

describe("no network, no difference", () => {
  it("with the cloud up, down, slow, lying or gone, the modem off or coming and going, everything local is the same to the millisecond", () => {
    expect(differences(GENUINE)).toEqual([]);
  });

  it("is a statement about something: people get in, are refused, and the modem is busy meanwhile", () => {
    const { outcomes, requests } = run("up", GENUINE);
    expect(outcomes.filter((outcome) => outcome.includes(": done ")).length).toBeGreaterThanOrEqual(5);
    expect(outcomes).toContain("starts: true");
    expect(outcomes.filter((outcome) => outcome.startsWith("stranger"))).toEqual([expect.not.stringContaining("done") as string]);
    expect(outcomes.filter((outcome) => outcome.startsWith("guest")).map((outcome) => outcome.split(" after")[0])).toEqual(["guest unlock: done", "guest lock: refused 210"]);
    expect(requests).toBeGreaterThan(5);
  });

  it("is noticed to be gone with a car that asks its maker first", () => {
    expect(differences(ASKING).some((difference) => difference.startsWith("gone"))).toBe(true);
  });

  it("is noticed to be gone with a car that is held while its maker is out of reach", () => {
    expect(differences(TRACKING)).toEqual(expect.arrayContaining([expect.stringMatching(/^none: starts: true became starts: false/)]));
  });
});

describe("losing a key's radio link", () => {
  /** Loses the phone's link at many moments of a drive; gives those after which the car could not be started again at the lights. */
  const stranded = (boot: BootController): number[] => {
    const moments: number[] = [];
    for (let atMs = 0; atMs < 24_000; atMs += 4_000) {
      const world = new World({ seed: `link ${atMs}`, createCrypto });
      const car = world.addCar({ name: "car", boot });
      const owner = phoneAt(world, car, "owner");
      world.clock.advance(1_000);
      const vehicleId = claimCar(world, car, owner);
      settled(world, (done) => owner.ask(vehicleId, { kind: "unlock" }, done));
      world.clock.advance(2_000);
      sitIn(car);
      settled(world, (done) => owner.ask(vehicleId, { kind: "drive" }, done));
      world.clock.after(atMs, "flight mode", () => owner.disconnect(vehicleId));
      const started = car.body.start();
      car.body.setMoving(true);
      world.clock.advance(30_000);
      car.body.stopPowertrain();
      world.clock.advance(2_000);
      if (!started || !car.body.start()) moments.push(atMs);
    }
    return moments;
  };

  /** Takes the right to drive away with the link, as if a thief had thrown the owner out. */
  const jealous: BootController = (ports) => {
    const booted = bootLatchkey(ports);
    const { controller } = booted;
    return {
      ...booted,
      controller: {
        status: () => controller.status(),
        durable: () => controller.durable(),
        handle: (event) => {
          const effects = controller.handle(event);
          return event.kind === "linkClosed" ? [...effects, { kind: "setImmobiliser", released: false, limited: false }] : effects;
        },
      },
    };
  };

  it("never immobilises a car that drives", () => {
    expect(stranded(bootLatchkey)).toEqual([]);
  });

  it("is noticed where it does", () => {
    expect(stranded(jealous)).not.toEqual([]);
  });
});
