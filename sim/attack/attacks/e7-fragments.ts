import { fragment } from "../../../firmware/session/index.ts";
import { told } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { fresh, heardHandshake, nothingOpens, ownerIsServed, radio } from "../acts.ts";

export const E7: Attack = {
  id: "E7",
  title: "Fragments that overlap, lie, never end, or drip",
  source: "follows from the protocol texts",
  has: "a radio",
  does: "sends first fragments twice, indices out of step, tails that are missing, messages without an end, a byte a second",
  must: "what is put together is bounded in size and time; phones with the smallest payload are served",
  guard: "firmware/session/framing.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const message1 = heardHandshake(owner)[0]!.slice(1);
    const [head, ...tail] = fragment("edhoc", message1, 20) as [Uint8Array, ...Uint8Array[]];
    const endless = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => Uint8Array.from([index === 0 ? 0x81 : index & 0x3f, ...stage.bytes(200)]));
    const stranger = 90_000;
    nothingOpens(stage, car, "fragments of every wrong kind", () => {
      radio(car, [head, head, ...tail]);
      radio(car, [head, ...[...tail].reverse()]);
      radio(car, tail);
      radio(car, [Uint8Array.of(0xc1), Uint8Array.of(0xff), new Uint8Array(0), new Uint8Array(600)]);
      radio(car, [Uint8Array.of(0xc2, 1, 2, 3), ...tail]);
    });
    const closings = (): number => car.effects("closeLink").filter(({ link }) => link === stranger).length;
    const opened = { kind: "linkOpened", link: stranger, attPayloadBytes: 512, proximity: "local" } as const;
    car.tell(opened);
    let sent = 0;
    for (const bytes of endless(40)) {
      if (closings() > 0) break;
      car.tell({ kind: "frameReceived", link: stranger, bytes });
      sent += bytes.length;
    }
    stage.check("a message without an end is given up", closings() === 1 && sent < 2_000, `after ${sent} bytes`);
    car.pass(1_000);
    stage.say("a stranger drips a byte a second");
    const slow = stranger + 1;
    car.tell({ ...opened, link: slow });
    let seconds = 0;
    for (; seconds < 30 && !car.effects("closeLink").some(({ link }) => link === slow); seconds++) {
      car.tell({ kind: "frameReceived", link: slow, bytes: Uint8Array.of(seconds === 0 ? 0x81 : seconds, 0) });
      car.pass(1_000);
    }
    stage.check("a message that drips is given up", seconds <= 6, `after ${seconds} s`);
    fresh(owner).connect(undefined, { attPayloadBytes: 20 });
    const answer = owner.tries(() => owner.ask({ kind: "status" }));
    stage.check("the smallest payload works", answer !== undefined && told(answer) === "done");
    owner.disconnect();
    ownerIsServed(stage, car, owner);
  },
};
