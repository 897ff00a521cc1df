import { fromHex } from "../../../firmware/base/index.ts";
import { publicKeyOf } from "../../../firmware/cose/index.ts";
import type { SignatureAlgorithm } from "../../../firmware/ports/index.ts";
import { newKey } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";

/** Public keys whose private halves are printed where everybody reads: RFC 8032 section 7.1, RFC 9529 sections 2 and 3. */
const PUBLISHED: readonly (readonly [string, SignatureAlgorithm, string])[] = [
  ["RFC 8032 test 1", "Ed25519", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"],
  ["RFC 8032 test 2", "Ed25519", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"],
  ["RFC 9529 Responder", "Ed25519", "a1db47b95184854ad12a0c1a354e418aace33aa0f2c662c00b3ac55de92f9359"],
  ["RFC 9529 Initiator", "ES256", "ac75e9ece3e50bfc8ed60399889522405c47bf16df96660a41298cb4307f7eb66e5de611388a4b8a8211334ac7d37ecb52a387d257e6db3c2a93df21ff3affc8"],
];

export const G9: Attack = {
  id: "G9",
  title: "Keys that are printed in standards, left in from a test",
  source: "a test key published in a maker's documents",
  has: "the documents",
  does: "has a key enrolled whose private half everybody can read",
  must: "refused at enrolment, whatever the role",
  guard: "firmware/access/acceptable-key.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    for (const [name, algorithm, hex] of PUBLISHED) {
      const { coseKey } = publicKeyOf(algorithm, fromHex(hex)!);
      for (const role of ["owner", "driver"] as const) {
        const answer = asked(owner, { kind: "enrol", role, name, publicKey: coseKey });
        stage.check(`refused as ${role}: ${name}`, answer === "unacceptableKey", answer);
        car.pass(300);
      }
    }
    const own = newKey(car, "own").wallet.key.publicKey;
    stage.check("a key of somebody's own is enrolled", asked(owner, { kind: "enrol", role: "driver", name: "own", publicKey: own }) === "done");
    ownerIsServed(stage, car, owner);
  },
};
