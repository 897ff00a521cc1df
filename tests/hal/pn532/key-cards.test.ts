import { describe, expect, it } from "vitest";
import { toHex } from "../../../firmware/base/index.ts";
import { OWN_INSTRUCTIONS } from "../../../firmware/card/index.ts";
import { makeCard } from "../../../scripts/device/cards.ts";
import type { VirtualCard } from "../../../sim/pn532/index.ts";
import { told } from "../../support/people.ts";
import { claimedCar } from "../../support/wired-car.ts";
import { rig } from "./rig.ts";

/** A car whose reader is the driver on the virtual chip, all in one virtual time. */
function carWithReader() {
  const reader = rig();
  const { car, owner } = claimedCar();
  let done = 0;
  const pump = (): void => {
    for (; done < car.performed.length; done++) {
      const effect = car.performed[done]!;
      if (effect.kind === "askCard") reader.reader.ask(effect.bytes);
      if (effect.kind === "releaseCard") reader.reader.release();
    }
  };
  reader.react((event) => {
    car.nowMs = reader.clock.monotonicMs();
    if (event.kind === "cardEntered") car.tell({ kind: "cardEntered", reader: 1, place: "outside" });
    else if (event.kind === "cardAnswered") car.tell({ kind: "cardAnswered", reader: 1, bytes: event.bytes, elapsedMs: event.elapsedMs });
    else car.tell({ kind: "cardLeft", reader: 1 });
    pump();
  });
  /** Holds a card to the reader until the car has done with it, and takes it away. */
  const tap = (card: VirtualCard): void => {
    reader.chip.tap(card);
    reader.clock.advance(4_000);
    reader.chip.removeCard();
    reader.clock.advance(2_000);
  };
  const enrol = (card: VirtualCard, name: string): void => {
    expect(told(owner.askFresh({ kind: "enrolCard", name }))).toBe("done");
    tap(card);
  };
  return { ...reader, car, tap, enrol };
}

describe("key cards on a PN532, from the chip's bytes to the latch", () => {
  it("of both types are enrolled, unlock and lock", () => {
    const { car, tap, enrol } = carWithReader();
    const [own, tesla] = [makeCard("own")!, makeCard("tesla")!];
    enrol(own, "own");
    enrol(tesla, "tesla");
    expect(car.controller.parts.access.keyCount).toBe(4);
    tap(own);
    expect(car.latch("driverDoor")).toBe("unlocked");
    tap(tesla);
    expect(car.latch("driverDoor")).toBe("locked");
    tap(makeCard("blank")!);
    expect(car.latch("driverDoor")).toBe("locked");
  });

  it("of our own type are timed by the driver where it counts: a relay that adds what it must is refused", () => {
    const { car, tap, enrol } = carWithReader();
    const own = makeCard("own")!;
    enrol(own, "own");
    const asked = (ms: number): VirtualCard => ({ ...own, answerMs: (apdu) => (apdu[1] === OWN_INSTRUCTIONS.timed ? ms : 600) });
    tap(asked(160));
    expect([car.latch("driverDoor"), car.notes.at(-1)?.why]).toEqual(["locked", "cardTooSlow"]);
    tap(asked(100));
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("that leave in the middle of any step do nothing, and work when they come back", () => {
    const { car, chip, clock, tap, enrol } = carWithReader();
    const own = makeCard("own")!;
    enrol(own, "own");
    for (const instruction of [0xa4, ...Object.values(OWN_INSTRUCTIONS)]) {
      chip.tap({ ...own, answer: (apdu) => (apdu[1] === instruction ? void chip.removeCard() : own.answer(apdu)) });
      clock.advance(4_000);
      expect(car.latch("driverDoor")).toBe("locked");
    }
    tap(own);
    expect(car.latch("driverDoor")).toBe("unlocked");
  });

  it("of our own type show a reader nothing before they are asked that it would know again", () => {
    const { chip, clock, kinds } = carWithReader();
    const own = makeCard("own")!;
    const uids = [own.uid];
    for (let tap = 0; tap < 2; tap++) {
      chip.tap(own);
      uids.push(own.uid);
      clock.advance(4_000);
      chip.removeCard();
      clock.advance(2_000);
    }
    expect(kinds().filter((kind) => kind === "cardEntered")).toHaveLength(2);
    expect(uids.map((uid) => uid[0])).toEqual([0x08, 0x08, 0x08]);
    expect(new Set(uids.map(toHex)).size).toBe(3);
  });
});
