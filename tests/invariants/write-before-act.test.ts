import { describe, expect, it } from "vitest";
import { ok } from "../../firmware/base/index.ts";
import { EffectPump, type Effect, type EffectPerformer, type Pumped } from "../../firmware/controller/index.ts";
import { transferCode } from "../../firmware/key/index.ts";
import { mountRecords, TABLES, type RecordStore } from "../../firmware/records/index.ts";
import { RESET_INPUT } from "../../sim/body/index.ts";
import type { SimFlash } from "../../sim/flash/index.ts";
import type { WiredCar } from "../../sim/wired/index.ts";
import { enrolled, guestOf, keyIdOf, share, signRevocation, START_S, told } from "../support/people.ts";
import { carOnSimFlash, claim, newKey } from "../support/wired-car.ts";
import { betweenPumpAnd, GENUINE, overlaid, withParts, type Mutant } from "./mutants.ts";

const STATE_TABLES = Object.values(TABLES).filter((table) => table !== TABLES.audit);

/** Everything a store holds in these tables, as text that is equal exactly where two stores are. */
function contents(store: RecordStore, tables: readonly (typeof TABLES)[keyof typeof TABLES][]): string {
  return tables.map((table) => [...store.entries(table)].map(([key, value]) => `${table}/${String(key)}=${String(value)}`).sort().join("\n")).join("\n");
}

/** What would be left if power went now. */
function survivors(car: WiredCar): RecordStore {
  const flash = car.flash as SimFlash;
  const mounted = mountRecords(flash.restart(flash.durableImage()));
  if (!mounted.ok) throw new RangeError(mounted.error.detail);
  return mounted.value.store;
}

/** Effects that somebody outside sees; those that only make the car safer or say something may come at any time. */
function isSeen(effect: Effect): boolean {
  if (effect.kind === "setImmobiliser") return effect.released;
  return effect.kind === "driveLatch" || effect.kind === "send" || effect.kind === "showClaim";
}

/** A pump that looks, at every effect which is seen from outside, whether power could go now without anything being taken back. */
function watched(mutant: Mutant, wrong: string[], car: () => WiredCar): Mutant {
  return {
    ...mutant,
    createPump: (controller: Pumped, performer: EffectPerformer) => {
      const watching: EffectPerformer = {
        sync: (done) => performer.sync(done),
        perform: (effect) => {
          if (isSeen(effect)) check(effect);
          performer.perform(effect);
        },
      };
      const check = (effect: Effect): void => {
        const live = car().controller.parts.store;
        const durable = survivors(car());
        if (contents(live, STATE_TABLES) !== contents(durable, STATE_TABLES)) wrong.push(`${effect.kind}: what it depends on is not durable`);
        // Lines of what the lock did by itself may follow; the line of who asked comes first.
        const lines = [...durable.entries(TABLES.audit)].length;
        if (effect.kind === "driveLatch" && lines < linesWanted(car())) wrong.push("driveLatch: its line is not in the log");
      };
      return mutant.createPump?.(controller, watching) ?? new EffectPump(controller, watching);
    },
  };
}

/** Lines that must be durable before a latch is driven for a key. Set by the scenario before each request that drives one. */
const WANTED = new WeakMap<WiredCar, number>();
const linesWanted = (car: WiredCar): number => WANTED.get(car) ?? 0;

/** Every request that changes something, once; gives what was seen from outside before it was durable. */
function violations(mutant: Mutant): string[] {
  const wrong: string[] = [];
  const box: { car?: WiredCar } = {};
  const seen: string[] = [];
  const car = carOnSimFlash(watched(mutant, wrong, () => box.car!));
  box.car = car;
  const drives = (): void => void WANTED.set(car, car.controller.parts.audit.lastSequence + 1);
  const done = (outcome: Parameters<typeof told>[0]): void => void seen.push(told(outcome));

  const owner = claim(car);
  const second = enrolled(owner, "bea", "owner");
  const driver = enrolled(owner, "ben", "driver");
  const guest = guestOf(owner, "gil", { uses: 5, actions: ["unlock", "lock", "drive", "trunk"] });
  const banned = newKey(car, "bill");
  const list = signRevocation(owner, share(owner, banned));
  for (const [key, kind] of [[owner, "unlock"], [guest, "trunk"], [driver, "unlock"]] as const) {
    drives();
    done(key.askFresh({ kind }));
    drives();
    done(key.askFresh({ kind: "lock", forced: true }));
    car.pass(300);
  }
  WANTED.delete(car);
  done(guest.askFresh({ kind: "drive" }));
  done(owner.askFresh({ kind: "setTime", unixS: START_S, newTimeEpoch: false }));
  done(owner.ask({ kind: "deliverList", list }));
  done(owner.ask({ kind: "valetMode", on: true }));
  done(owner.ask({ kind: "valetMode", on: false }));
  done(owner.ask({ kind: "changeSettings", settings: new Map([["autoRelockMs", 9_000]]) }));
  done(owner.ask({ kind: "revoke", keyId: keyIdOf(driver) }));
  done(owner.ask({ kind: "newIssuerEpoch" }));
  done(owner.ask({ kind: "revoke", keyId: keyIdOf(second) }));
  done(owner.ask({ kind: "cancelPending", pendingId: 1 }));
  const transfer = owner.ask({ kind: "transfer" });
  const code = transferCode(transfer.kind === "reply" ? transfer.reply : expect.fail());
  const buyer = newKey(car, "bob");
  newKey(car, "mallory").pair((code.ok ? code.value : "").replace(/s=.*$/, `s=${"A".repeat(22)}`));
  done(buyer.pair(code.ok ? code.value : ""));
  car.tell({ kind: "inputChanged", input: RESET_INPUT, active: true });
  car.pass(1_000);
  done(buyer.askFresh({ kind: "reset" }));
  car.pass(100_000);
  if (seen.some((outcome) => outcome !== "done" && outcome !== "paired" && outcome !== "delayStarted")) throw new RangeError(`the scenario does not play: ${seen.join()}`);
  return wrong;
}

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "commits that wait for nothing": betweenPumpAnd((controller) => ({
    handle: (event) => controller.handle(event).filter(({ kind }) => kind !== "commit"),
    durable: () => controller.durable(),
  })),
  "commits that come last": betweenPumpAnd((controller) => ({
    handle: (event) => {
      const effects = controller.handle(event);
      return [...effects.filter(({ kind }) => kind !== "commit"), ...effects.filter(({ kind }) => kind === "commit")];
    },
    durable: () => controller.durable(),
  })),
  "a board that says that it has synced and does so a commit later": {
    createPump: (controller, performer) => {
      let owed = false;
      return new EffectPump(controller, {
        perform: (effect) => performer.perform(effect),
        sync: (done) => {
          if (owed) performer.sync(() => undefined);
          owed = true;
          done();
        },
      });
    },
  },
  "a store that writes later": withParts(({ store }) => {
    const late: Parameters<typeof store.commit>[0][] = [];
    return {
      store: overlaid(store, {
        commit: (changes) => {
          for (const earlier of late.splice(0)) store.commit(earlier);
          late.push(changes);
          return ok();
        },
      }),
    };
  }),
};

describe("write before act", () => {
  it("no latch moves, no drive is released and no answer is sent before what it depends on is durable", () => {
    expect(violations(GENUINE)).toEqual([]);
  });

  for (const [name, mutant] of Object.entries(MUTANTS)) {
    it(`is noticed to be gone with ${name}`, () => {
      expect(violations(mutant)).not.toEqual([]);
    });
  }
});
