import { fromHex } from "../../../firmware/base/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import { newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked } from "../acts.ts";

/** Ed25519 public keys of small order, and one that is not canonical: signatures that verify under them can be made by anybody. */
const WEAK = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

export const D3: Attack = {
  id: "D3",
  title: "Keys of small order, under which everybody can sign",
  source: "Wycheproof, speccheck",
  has: "an owner who enrols what is shown",
  does: "has a key of small order, or one that is not canonical, enrolled",
  must: "such keys are refused at enrolment",
  guard: "firmware/access/acceptable-key.ts, hal/crypto-rules",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    for (const hex of WEAK) {
      const { coseKey } = publicKeyOf("Ed25519", fromHex(hex)!);
      const answer = asked(owner, { kind: "enrol", role: "driver", name: "weak", publicKey: coseKey });
      stage.say(`the owner enrols ${hex.slice(0, 8)}...: ${answer}`);
      stage.check(`refused: ${hex.slice(0, 8)}...${hex.slice(-4)}`, answer !== "done", answer);
      car.pass(300);
    }
    const sound = newKey(car, "sound").wallet.key.publicKey;
    stage.check("a sound key is enrolled", asked(owner, { kind: "enrol", role: "driver", name: "sound", publicKey: sound }) === "done");
  },
};
