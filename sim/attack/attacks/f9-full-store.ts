import { OWNER_COUNT_MAX } from "../../../firmware/access/index.ts";
import { enrolled, keyIdOf, newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed } from "../acts.ts";

export const F9: Attack = {
  id: "F9",
  title: "The store of owners is filled to its end",
  source: "Home Key notes: stores of 16 and 32 entries",
  has: "an owner who enrols whoever asks",
  does: "fills the list of owners, hoping that something older is dropped: a revocation, or an owner",
  must: "what is full takes no more, and drops nothing",
  guard: "firmware/access/limits.ts, firmware/access/enrolment.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const revoked = enrolled(owner, "revoked", "driver");
    asked(owner, { kind: "revoke", keyId: keyIdOf(revoked) });
    const answers = new Map<string, number>();
    for (let n = 0; n < OWNER_COUNT_MAX + 4; n++) {
      const answer = asked(owner, { kind: "enrol", role: "owner", name: `owner ${n}`, publicKey: newKey(car, `owner ${n}`).wallet.key.publicKey });
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      car.pass(300);
    }
    const { ownerCount } = car.controller.parts.access;
    stage.say(`${OWNER_COUNT_MAX + 4} owners are to be enrolled: ${[...answers].map(([answer, count]) => `${answer} ${count} times`).join(", ")}`);
    stage.check("no more owners than there is room for", ownerCount === OWNER_COUNT_MAX, `${ownerCount} of ${OWNER_COUNT_MAX}`);
    car.restart();
    nothingOpens(stage, car, "the revoked key comes again", () => asked(revoked, { kind: "unlock" }));
    ownerIsServed(stage, car, owner);
  },
};
