import { told } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed } from "../acts.ts";

export const E3: Attack = {
  id: "E3",
  title: "Frames injected into a live connection",
  year: 2021,
  source: "InjectaBLE 2021",
  has: "a radio that wins a connection's timing",
  does: "puts frames of his own between those of a connected owner",
  must: "none is taken; the session goes on or dies cleanly, and nothing opens",
  guard: "firmware/session/channel.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    nothingOpens(stage, car, "40 frames into the links of a connected owner", () => {
      for (let n = 0; n < 40; n++) {
        if (owner.link === undefined) owner.tries(() => owner.askFresh({ kind: "status" }));
        const { link } = owner;
        if (link !== undefined) car.tell({ kind: "frameReceived", link, bytes: Uint8Array.from([stage.of([0xc2, 0xc1, 0xc3, 0x82, 0x41]), ...stage.bytes(1 + stage.below(60))]) });
        car.pass(300);
      }
    });
    owner.disconnect();
    const answer = owner.tries(() => owner.askFresh({ kind: "status" }));
    stage.check("the owner's next session works", answer !== undefined && told(answer) === "done");
    owner.disconnect();
    ownerIsServed(stage, car, owner);
  },
};
