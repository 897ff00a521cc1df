import type { LatchId } from "../../firmware/lock/index.ts";
import { walk, type Air, type Place, type Position, type Radio } from "../air/index.ts";
import type { VirtualClock } from "../time/index.ts";
import type { Car } from "./car.ts";

/** Things with a radio that somebody carries. */
const CARRIED_COUNT_MAX = 16;

/** Somebody who walks about, gets in and out of cars and carries phones. What they carry goes where they go. */
export class Person {
  readonly name: string;
  readonly #clock: VirtualClock;
  readonly #air: Air;
  readonly #carried = new Set<Radio>();
  #place: Place;
  #inside: Car | undefined;
  #journey = 0;

  constructor(name: string, clock: VirtualClock, air: Air, position: Position) {
    this.name = name;
    this.#clock = clock;
    this.#air = air;
    this.#place = { position };
  }

  get place(): Place {
    return this.#place;
  }

  get inside(): Car | undefined {
    return this.#inside;
  }

  take(radio: Radio): void {
    if (this.#carried.size >= CARRIED_COUNT_MAX) throw new RangeError(`${this.name} has no hand free`);
    this.#carried.add(radio);
    this.#air.move(radio, this.#place);
  }

  /** Leaves a device where the person is now. */
  putDown(radio: Radio): void {
    this.#carried.delete(radio);
  }

  /** Leaves a device in a car. */
  leaveIn(car: Car, radio: Radio): void {
    this.#carried.delete(radio);
    this.#air.move(radio, car.cabin);
  }

  /** Is there at once; for the beginning of a scenario. */
  standAt(position: Position): void {
    this.#journey += 1;
    this.#moveTo({ position });
  }

  /** Walks there; a later order replaces this one. */
  walkTo(position: Position, arrived?: () => void): void {
    const journey = ++this.#journey;
    walk(this.#clock, this.#place.position, position, (step) => {
      if (journey !== this.#journey) return;
      this.#moveTo({ position: step });
      if (step.xCm === position.xCm && step.yCm === position.yCm) arrived?.();
    });
  }

  /** Gets in through an open door and closes it. Answers whether that worked. */
  getIn(car: Car, latch: LatchId): boolean {
    if (this.#inside !== undefined || !car.body.enter(this.name, latch)) return false;
    this.#journey += 1;
    this.#inside = car;
    this.#moveTo(car.cabin);
    car.body.close(latch);
    return true;
  }

  /** Gets out, whatever the locks say, and closes the door behind. */
  getOut(latch: LatchId): void {
    const car = this.#inside;
    if (car === undefined) return;
    car.body.leave(this.name, latch);
    this.#inside = undefined;
    this.#moveTo({ position: car.placeAt(latch) });
    car.body.close(latch);
  }

  #moveTo(place: Place): void {
    this.#place = place;
    for (const radio of this.#carried) this.#air.move(radio, place);
  }
}
