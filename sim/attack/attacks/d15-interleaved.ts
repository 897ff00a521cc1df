import type { Attack } from "../attack.ts";
import { asked, fresh, heardHandshake, inTheMiddle, ownerIsServed } from "../acts.ts";

export const D15: Attack = {
  id: "D15",
  title: "Two handshakes interleaved on one link",
  source: "lakers issue 82 and its class",
  has: "a place between phone and car, and a first message of an earlier handshake",
  does: "slips it in before and after each message of the phone",
  must: "one outcome is defined: the newest handshake counts, no state of the other is left, and the next link works",
  guard: "firmware/session/sessions.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const old = heardHandshake(owner)[0]!;
    for (const place of [0, 1]) {
      for (const first of [true, false]) {
        const slip = (frame: Uint8Array, index: number): Uint8Array[] => (index !== place ? [frame] : first ? [old, frame] : [frame, old]);
        const from = car.performed.length;
        const answer = inTheMiddle(car, slip, () => asked(fresh(owner), { kind: "unlock" }));
        const opened = car.performed.slice(from).filter((effect) => effect.kind === "driveLatch" && effect.latch === "driverDoor" && effect.toward === "unlocked").length;
        stage.say(`an old first message ${first ? "before" : "after"} frame ${place + 1}: ${answer}`);
        stage.check(`one end, ${first ? "before" : "after"} frame ${place + 1}`, opened === (answer === "done" ? 1 : 0), `${answer}, the door driven open ${opened} times`);
        car.pass(1_000);
        asked(fresh(owner), { kind: "lock", forced: true });
      }
    }
    ownerIsServed(stage, car, owner);
  },
};
