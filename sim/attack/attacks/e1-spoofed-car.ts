import { toHex, utf8Decode } from "../../../firmware/base/index.ts";
import { idOf, vehicleOf } from "../../wired/index.ts";
import { tokenOf } from "../../incident/index.ts";
import type { Attack } from "../attack.ts";
import { asked, fresh, inTheMiddle, ownerIsServed } from "../acts.ts";
import { theirSide, useTheirs } from "../theirs.ts";

export const E1: Attack = {
  id: "E1",
  title: "A fake car that advertises as the real one",
  year: 2020,
  source: "Project TEMPA 2022, BLESA 2020 and their class",
  has: "a radio that repeats the car's advertisement",
  does: "lets phones connect, says nothing, and keeps what they say",
  must: "a phone shows nothing of itself before the car has proved itself, and nothing that comes twice",
  guard: "firmware/key/handshake.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const heard: string[] = [];
    stage.say("the phone connects to the fake car three times");
    for (let n = 0; n < 3; n++) {
      inTheMiddle(car, (frame) => (heard.push(toHex(frame)), []), () => asked(fresh(owner), { kind: "unlock" }));
    }
    const secrets = [idOf(owner), toHex(owner.wallet.key.publicKey), vehicleOf(owner)];
    stage.check("the phone was heard", heard.length === 3, `${heard.length} frames`);
    stage.check("nothing of the phone or its car is shown", !heard.some((frame) => secrets.some((secret) => frame.includes(secret))));
    // What is the same in all first messages of everybody: header, method, suite, and the head of the key share.
    stage.check("nothing comes twice", new Set(heard.map((frame) => frame.slice(10, 74))).size === 3);
    ownerIsServed(stage, car, owner);
  },
  contrast: (stage) => {
    const side = theirSide(stage);
    const said: string[] = [];
    side.world.air.sniff({ position: side.carOf("owner").placeAt("driverDoor") }, ({ kind, bytes }) => {
      if (kind === "frame") said.push(utf8Decode(bytes) ?? "");
    });
    useTheirs(side, "owner", "unlock");
    const shown = said.some((text) => text.includes(tokenOf("owner")));
    stage.checkTheirs("nothing of the phone is shown", !shown, shown ? `it says ${tokenOf("owner")} to whoever is there` : "nothing heard");
  },
};
