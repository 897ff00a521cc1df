import { toHex } from "../../firmware/base/index.ts";
import type { LinkEnd, Place } from "../air/index.ts";
import type { Car, World } from "../world/index.ts";

/** Frames kept of one car: dozens of sessions. */
const FRAME_COUNT_MAX = 400;

/** Advertised identities kept of one car: a week of quarter hours. */
const IDENTITY_COUNT_MAX = 1_000;

/** One identity on the air for this long tells that it is the same car: it was parked overnight, or passes by again. */
const TRACKED_MS = 3_600_000;

interface Heard {
  readonly frames: Uint8Array[];
  readonly identities: Map<string, { readonly firstMs: number; lastMs: number }>;
}

/** Somebody with a receiver beside each car, who hears everything, sends it again, and keeps a list of who advertises. */
export class Eavesdropper {
  readonly #world: World;
  readonly #heard = new Map<string, Heard>();

  constructor(world: World, cars: readonly string[]) {
    this.#world = world;
    for (const name of cars) this.#listen(world.cars.get(name)!);
  }

  /** Whether one identity of the car stayed for an hour: what was advertised last stays until something else is. */
  tells(car: string): boolean {
    const { identities } = this.#heard.get(car)!;
    const nowMs = this.#world.clock.monotonicMs();
    const spans = [...identities.values()].map(({ firstMs, lastMs }, index, all) => (index === all.length - 1 ? nowMs : Math.max(lastMs, all[index + 1]!.firstMs)) - firstMs);
    return spans.length === 0 || spans.some((spanMs) => spanMs >= TRACKED_MS);
  }

  /** Sends every frame again on a link of its own, in order, and on another one backwards. */
  replay(name: string): void {
    const car = this.#world.cars.get(name)!;
    const { frames } = this.#heard.get(name)!;
    for (const [order, sent] of [["in order", [...frames]], ["backwards", [...frames].reverse()]] as const) {
      const radio = this.#world.air.addRadio(`replay ${order}`, placeBeside(car), { linkOpened: (end) => this.#send(end, sent, 0) });
      this.#world.air.connect(radio, car.radio, () => undefined);
    }
  }

  #send(end: LinkEnd, frames: readonly Uint8Array[], index: number): void {
    const frame = frames[index];
    if (!end.open || frame === undefined) return;
    end.send(frame);
    this.#world.clock.after(50, "replay", () => this.#send(end, frames, index + 1));
  }

  #listen(car: Car): void {
    const heard: Heard = { frames: [], identities: new Map() };
    this.#heard.set(car.name, heard);
    this.#world.air.sniff(placeBeside(car), ({ kind, bytes, atMs }) => {
      if (kind === "frame") {
        if (heard.frames.length < FRAME_COUNT_MAX) heard.frames.push(bytes);
        return;
      }
      const identity = toHex(bytes);
      const known = heard.identities.get(identity);
      if (known !== undefined) known.lastMs = atMs;
      else if (heard.identities.size < IDENTITY_COUNT_MAX) heard.identities.set(identity, { firstMs: atMs, lastMs: atMs });
    });
  }
}

function placeBeside(car: Car): Place {
  return { position: { xCm: car.position.xCm + 300, yCm: car.position.yCm } };
}
