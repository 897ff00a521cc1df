import { guestOf, newKey, told } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";
import { strangerKnowing } from "../strangers.ts";

export const B2: Attack = {
  id: "B2",
  title: "A flood of enrolment requests while the car is open and occupied",
  year: 2022,
  source: "as B1",
  has: "a radio beside the open car, and a guest's key",
  does: "asks again and again for a key, over his own links and the guest's",
  must: "every one is refused, the log takes few lines of it, and the owner is served",
  guard: "firmware/access/role-table.ts, firmware/controller/ledger.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const guest = guestOf(owner, "guest", { uses: 50 });
    asked(guest, { kind: "unlock" });
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: true });
    car.tell({ kind: "occupancyChanged", occupied: true });
    const before = car.controller.parts.access.keyCount;
    const linesBefore = car.controller.parts.audit.lastSequence;
    const stranger = strangerKnowing(owner, "stranger");
    const answers = new Set<string>();
    stage.say("200 requests to enrol a key, half of them by a guest of the car");
    guest.askFresh({ kind: "status" });
    for (let n = 0; n < 100; n++) {
      answers.add(asked(stranger, { kind: "enrol", role: "owner", name: "mine", publicKey: stranger.wallet.key.publicKey }));
      const mine = newKey(car, `mine ${n}`);
      answers.add(told(guest.ask({ kind: "enrol", role: "driver", name: "mine", publicKey: mine.wallet.key.publicKey })));
    }
    const after = car.controller.parts.access.keyCount;
    const lines = car.controller.parts.audit.lastSequence - linesBefore;
    stage.check("no key was enrolled", after === before, `${before} keys before, ${after} after; answers: ${[...answers].join(", ")}`);
    stage.check("the log is not flooded", lines <= 30, `${lines} lines of 200 refusals`);
    car.tell({ kind: "doorChanged", latch: "driverDoor", open: false });
    car.tell({ kind: "occupancyChanged", occupied: false });
    ownerIsServed(stage, car, owner);
  },
};
