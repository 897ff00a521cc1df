import { toHex, utf8Encode } from "../../../firmware/base/index.ts";
import { idOf, vehicleOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { nothingOpens, ownerIsServed, radio, useAndListen } from "../acts.ts";

export const E2: Attack = {
  id: "E2",
  title: "Link encryption is silently absent",
  year: 2020,
  source: "BLESA, WOOT 2020",
  has: "a receiver, and a link that encrypts nothing",
  does: "reads along when owner and guest use the car, and answers in their place",
  must: "nothing depends on the link: no name, key, id or grant can be read, and nothing learned opens",
  guard: "firmware/edhoc, firmware/session/channel.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const recorded = useAndListen(car, owner);
    const heard = recorded.flat().map(toHex);
    const secrets: readonly (readonly [string, string])[] = [
      ["the owner's key id", idOf(owner)],
      ["the owner's public key", toHex(owner.wallet.key.publicKey.slice(-32))],
      ["the vehicle id", vehicleOf(owner)],
      ["the guest's name", toHex(utf8Encode("gil"))],
    ];
    stage.check("something was heard", heard.length > 10, `${heard.length} frames`);
    for (const [what, secret] of secrets) stage.check(`not to be read: ${what}`, !heard.some((frame) => frame.includes(secret)));
    nothingOpens(stage, car, "what was heard is sent by somebody else", () => {
      for (const session of recorded) radio(car, session);
    });
    ownerIsServed(stage, car, owner);
  },
};
