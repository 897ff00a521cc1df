import { describe, expect, it } from "vitest";
import { ok } from "../../firmware/base/index.ts";
import { resumePairing, transferCode } from "../../firmware/key/index.ts";
import { TABLES } from "../../firmware/records/index.ts";
import { RESET_INPUT } from "../../sim/body/index.ts";
import { PowerCut, type SimFlash } from "../../sim/flash/index.ts";
import type { WiredCar, WiredKey } from "../../sim/wired/index.ts";
import { enrolled, idOf, keyIdOf, listedKeys, told } from "../support/people.ts";
import { carOnSimFlash, claim, newKey } from "../support/wired-car.ts";
import { choices } from "./choices.ts";
import { GENUINE, overlaid, withParts, type Mutant } from "./mutants.ts";

/** What is wrong with who owns the car: a claimed one has an owner whose phone opens it, an unclaimed one has no keys at all. */
function fault(car: WiredCar, phones: readonly WiredKey[]): string | undefined {
  const { access } = car.controller.parts;
  if (access.ownership === "lost") return "it cannot be told who owns the car";
  if (access.ownership === "unclaimed") return access.keyCount === 0 ? undefined : `no owner, yet ${access.keyCount} keys`;
  if (access.ownerCount === 0) return "claimed, without an owner";
  const owners = phones.filter((phone) => access.key(idOf(phone))?.role === "owner");
  if (owners.length === 0) return "none of the owners' phones is one that exists";
  for (const owner of owners) {
    finishPairing(owner);
    car.pass(500);
    const outcome = told(owner.askFresh({ kind: "unlock" }));
    if (outcome !== "done" && outcome !== "nothingToDo") return `the owner's phone is told ${outcome}`;
    owner.disconnect();
  }
  return undefined;
}

/** A phone whose pairing was answered into the void fetches the answer. */
function finishPairing(phone: WiredKey): void {
  const task = phone.wallet.cars.length === 0 ? resumePairing(phone.wallet) : undefined;
  if (task !== undefined) phone.pairWith(task);
}

/** A random life of owners among themselves; gives the first fault. */
function firstFault(mutant: Mutant, seed: string): string | undefined {
  const car = carOnSimFlash(mutant);
  const choose = choices(seed);
  const phones: WiredKey[] = [claim(car)];
  const hold = (active: boolean): void => car.tell({ kind: "inputChanged", input: RESET_INPUT, active });
  const acts: readonly (() => void)[] = [
    () => phones.length < 6 && void phones.push(enrolled(choose.of(phones), `owner ${phones.length}`, "owner")),
    () => void choose.of(phones).askFresh({ kind: "revoke", keyId: keyIdOf(choose.of(phones)) }),
    () => void choose.of(phones).askFresh({ kind: "revoke", keyId: keyIdOf(choose.of(phones)) }),
    () => {
      const role5 = [...listedKeys(phones[0]!)].find(([, role]) => role === 5);
      if (role5 !== undefined) phones[0]!.ask({ kind: "revoke", keyId: Uint8Array.from(Buffer.from(role5[0], "hex")) });
    },
    () => {
      const reply = choose.of(phones).askFresh({ kind: "transfer" });
      if (told(reply) !== "done") return;
      const code = transferCode(reply.kind === "reply" ? reply.reply : expect.fail());
      const buyer = newKey(car, `buyer ${seed} ${car.nowMs}`);
      if (told(buyer.pair(code.ok ? code.value : "")) === "paired") phones.push(buyer);
    },
    () => {
      hold(choose.below(3) === 0);
      choose.of(phones).askFresh({ kind: "reset" });
      hold(false);
    },
    () => car.pass(choose.of([1_000, 3_600_000, 90_000_000])),
    () => void car.restart(),
  ];
  for (let step = 0; step < 20; step++) {
    if (car.controller.parts.access.ownership === "unclaimed") phones.push(claim(car, `owner ${seed} ${step}`));
    try {
      choose.of(acts)();
    } catch {
      // Phones that own the car no longer cannot ask for what this step wanted.
    }
    car.pass(500);
    const found = fault(car, phones);
    if (found !== undefined) return `seed ${seed}, step ${step}: ${found}`;
  }
  return undefined;
}

/** Cuts the power at every `stride`-th byte that `change` writes, and looks who owns the car afterwards. */
function faultsAtCuts(mutant: Mutant, prepare: (car: WiredCar) => { readonly phones: readonly WiredKey[]; readonly change: () => void }, stride: number): string[] {
  const wrong: string[] = [];
  for (let afterSteps = 0; ; afterSteps += stride) {
    const car = carOnSimFlash(mutant);
    const { phones, change } = prepare(car);
    const flash = car.flash as SimFlash;
    flash.cutAt({ afterSteps, byteTear: "random", eraseTear: "random" });
    try {
      change();
      return wrong;
    } catch (thrown) {
      if (!(thrown instanceof PowerCut)) throw thrown;
    }
    const failure = car.restart(flash.restart(flash.image()));
    const { access } = car.controller.parts;
    const halfMade = access.ownership === "claimed" && !access.listKeys(64).keys.some(({ role }) => role === "recovery");
    const found = failure?.detail ?? (halfMade ? "an owner without the recovery key" : fault(car, phones));
    if (found !== undefined) wrong.push(`cut after ${afterSteps} steps: ${found}`);
  }
}

const firstPairing = (car: WiredCar) => {
  car.tell({ kind: "claimRequested" });
  const anna = newKey(car, "anna");
  return { phones: [anna], change: () => void anna.pair() };
};

const handover = (car: WiredCar) => {
  const anna = claim(car);
  enrolled(anna, "ben", "driver");
  const reply = anna.askFresh({ kind: "transfer" });
  const code = transferCode(reply.kind === "reply" ? reply.reply : expect.fail());
  const buyer = newKey(car, "bill");
  return { phones: [anna, buyer], change: () => void buyer.pair(code.ok ? code.value : "") };
};

const removal = (car: WiredCar) => {
  const anna = claim(car);
  const bea = enrolled(anna, "bea", "owner");
  return { phones: [anna, bea], change: () => void bea.askFresh({ kind: "revoke", keyId: keyIdOf(bea) }) };
};

const MUTANTS: Readonly<Record<string, Mutant>> = {
  "a removal that counts no owners": withParts(({ access }) => ({
    access: overlaid(access, {
      planRevoke: (asker, keyId, nowMs) => {
        const plan = access.planRevoke(asker, keyId, nowMs);
        if (plan.ok || plan.error !== "lastOwner") return plan;
        const gone = { table: TABLES.keys, key: Uint8Array.from(Buffer.from(keyId, "hex")), value: undefined };
        return ok({ kind: "done", changes: [gone], closing: { everybody: false, keyIds: [keyId], grantIds: [], issuerIds: [] } });
      },
    }),
  })),
};

/** Commits that are stored change by change: half of one may be there after a cut. */
const HALVES: Mutant = withParts(({ store }) => ({
  store: overlaid(store, {
    commit: (changes) => {
      for (const change of changes) {
        const stored = store.commit([change]);
        if (!stored.ok) return stored;
      }
      return ok();
    },
  }),
}));

describe("one owner at least", () => {
  it("no sequence of removals, transfers, resets, delays and restarts leaves a claimed car without a working owner key", () => {
    for (let seed = 0; seed < 12; seed++) expect(firstFault(GENUINE, `owners ${seed}`)).toBeUndefined();
  });

  it("a first pairing, a handover and a removal that power cuts off anywhere leave whole owners, the old or the new", () => {
    expect(faultsAtCuts(GENUINE, firstPairing, 9)).toEqual([]);
    expect(faultsAtCuts(GENUINE, handover, 11)).toEqual([]);
    expect(faultsAtCuts(GENUINE, removal, 7)).toEqual([]);
  });

  for (const [name, mutant] of Object.entries(MUTANTS)) {
    it(`is noticed to be gone with ${name}`, () => {
      expect(Array.from({ length: 12 }, (_, seed) => firstFault(mutant, `owners ${seed}`)).filter((found) => found !== undefined)).not.toEqual([]);
    });
  }

  it("is noticed to be gone with commits that are stored in halves", () => {
    expect([...faultsAtCuts(HALVES, firstPairing, 9), ...faultsAtCuts(HALVES, handover, 11)]).not.toEqual([]);
  });
});
