import { describe, expect, it } from "vitest";
import { listAttacks, playAttack, type AttackReport } from "../../../sim/attack/index.ts";
import { createCrypto } from "../latchkey.ts";
import * as C from "./crypto-weaknesses.ts";
import * as W from "./weaknesses.ts";

const SEEDS = ["1", "2", "3"] as const;

/** For each attack, a guard without which it must be seen to work. */
const GUARDS: Readonly<Record<string, W.Named>> = {
  A1: W.STRENGTH_IS_DISTANCE,
  A2: W.PHASE_ALONE,
  A3: W.PHASE_ALONE,
  A4: W.PHASE_ALONE,
  A5: W.ONE_ROUND,
  A6: W.PHASE_ALONE,
  A7: W.STRENGTH_IS_DISTANCE,
  A8: W.ANY_BINDING,
  A9: W.SLOW_CARDS,
  A10: W.STRENGTH_IS_DISTANCE,
  A11: W.MOTION_IGNORED,
  A12: W.NEVER_IMMOBILISED,
  B1: W.strangerIsOwner("thief"),
  B2: W.strangerIsOwner("stranger"),
  B3: W.strangerIsOwner("thief"),
  B4: C.PHONE_BELIEVES,
  B5: W.cardIsOwners("clone"),
  B6: W.ALWAYS_YES,
  B7: C.CAR_BELIEVES,
  B8: W.ALWAYS_YES,
  B9: W.PIECEMEAL,
  B10: W.BUTTON_HELD,
  C1: W.FIXED_CODES,
  C2: W.FIXED_CODES,
  C3: W.FIXED_CODES,
  C4: W.ANY_FRAME,
  C5: W.FORGOTTEN_USES,
  C6: W.FIXED_CODES,
  C7: W.FIXED_CODES,
  C8: W.NO_CLOCK,
  D2: C.LOW_ORDER,
  D3: C.ANY_KEY,
  D4: W.OFFER_IGNORED,
  D5: W.OFFER_IGNORED,
  D6: C.CAR_BELIEVES,
  D9: C.CAR_BELIEVES,
  D10: C.SHORT_TAGS,
  D11: C.NO_TAGS,
  D13: C.ONE_KEY_SHARE,
  D14: W.ANY_FRAME,
  D15: W.TWICE,
  D16: W.ANY_FRAME,
  E1: C.ONE_PHONE_KEY_SHARE,
  E2: C.NOTHING_ENCRYPTED,
  E3: W.ANY_FRAME,
  E4: W.SQUATTERS_STAY,
  E5: W.NO_BUDGET,
  E6: W.ONE_IDENTITY,
  E7: W.ANY_FRAME,
  E8: W.TWICE,
  E9: W.NO_LATCH,
  F1: W.ANOTHER_CAR_EACH_DAY,
  F2: W.NO_CLOCK,
  F3: W.NO_CLOCK,
  F4: W.ALWAYS_YES,
  F5: W.FORGIVING,
  F6: W.FORGIVING,
  F7: W.ALWAYS_YES,
  F8: W.ALWAYS_YES,
  F9: W.FORGIVING,
  F10: W.FORGIVING,
  G1: W.ENDLESS_TRIES,
  G3: C.CAR_BELIEVES,
  G5: W.STORM,
  G6: W.OPENS_AT_START,
  G7: W.STOPS_WHEN_FULL,
  G8: W.cardIsOwners("thief"),
  G9: W.TEST_KEYS,
};

/** Attacks on a part that a car cannot be given another one for. */
const NO_SEAM = ["C9", "D7"];

const failed = ({ checks }: AttackReport): readonly string[] => checks.filter(({ held }) => !held).map(({ what, saw }) => `${what}: ${saw}`);

describe("an attack", () => {
  for (const attack of listAttacks()) {
    it(`${attack.id}, ${attack.title}: what must hold holds, whatever the seed`, () => {
      for (const seed of SEEDS) {
        const report = playAttack(attack, { createCrypto, seed });
        expect(failed(report), `seed ${seed}`).toEqual([]);
        expect(report.verdict).toBe("held");
        expect(report.contrastHolds).not.toBe(false);
      }
    });

    const guard = GUARDS[attack.id];
    if (guard === undefined) continue;
    it(`${attack.id} is seen to work with ${guard.name}`, () => {
      const seed = SEEDS[0];
      const report = playAttack(attack, { createCrypto, seed, weakness: guard.weaken(`${attack.id}/${seed}`) });
      expect(failed(report).length).toBeGreaterThan(0);
      expect(report.verdict).toBe("broken");
    });
  }

  it("has a guard that can be taken out, or is named as one that has none", () => {
    expect(listAttacks().map(({ id }) => id).filter((id) => GUARDS[id] === undefined)).toEqual(NO_SEAM);
  });
});
