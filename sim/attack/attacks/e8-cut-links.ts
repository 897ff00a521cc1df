import { guestOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, inTheMiddle, ownerIsServed } from "../acts.ts";

export const E8: Attack = {
  id: "E8",
  title: "The link is cut at every frame of a command",
  source: "follows from the protocol texts",
  has: "a jammer",
  does: "cuts the link before and after each frame of a guest's only use, also before the answer; the guest tries again",
  must: "the use is spent once: done once or not at all, and the phone finds out which",
  guard: "firmware/access/grant-uses.ts, firmware/key/counted-uses.ts",
  play: (stage) => {
    for (let cut = 0; cut < 4; cut++) {
      const { car, owner } = stage.claimed();
      const guest = guestOf(owner, "one use", { uses: 1, actions: ["unlock", "lock"] });
      stage.say(`the link is cut ${cut % 2 === 0 ? "before" : "after"} frame ${(cut >> 1) + 1}`);
      const drop = (frame: Uint8Array, index: number): Uint8Array[] => {
        if (index < cut >> 1) return [frame];
        // Cut before, the car does not hear it; cut after, the phone does not hear the answer.
        const { link } = guest;
        guest.lost();
        if (cut % 2 === 1 && link !== undefined) return [frame];
        if (link !== undefined) car.detach(link);
        return [];
      };
      inTheMiddle(car, drop, () => asked(guest, { kind: "unlock" }));
      const again = asked(guest, { kind: "unlock" });
      const opened = car.effects("driveLatch").filter(({ latch, toward }) => latch === "driverDoor" && toward === "unlocked").length;
      stage.check(`opened once, cut ${cut}`, opened === 1, `then told ${again}; the door was driven open ${opened} times`);
      const third = asked(guest, { kind: "unlock" });
      car.pass(130_000);
      asked(owner, { kind: "lock", forced: true });
      const late = asked(guest, { kind: "unlock" });
      stage.check(`the use is spent, cut ${cut}`, late !== "done", `${third}, then ${late}`);
      ownerIsServed(stage, car, owner);
    }
  },
};
