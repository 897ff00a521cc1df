import { createPrivateKey, createPublicKey } from "node:crypto";
import { concat } from "../../../firmware/base/index.ts";
import type { SignatureAlgorithm } from "../../../firmware/ports/index.ts";
import { readTrace } from "../edhoc/trace.ts";

/** Private keys printed in RFC 8032 section 7.1, tests 1 to 3. */
const RFC8032_SEEDS = [
  "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
];

/** Keys that everybody has, derived from the published private keys or read from the published traces. */
export function publishedKeys(): [name: string, algorithm: SignatureAlgorithm, raw: Uint8Array][] {
  const rfc8032 = RFC8032_SEEDS.map((seed, i): [string, SignatureAlgorithm, Uint8Array] => {
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "hex")]);
    const { x } = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({ format: "jwk" });
    return [`RFC 8032 test ${i + 1}`, "Ed25519", Uint8Array.from(Buffer.from(x!, "base64url"))];
  });
  const trace1 = readTrace("rfc9529-trace1-method0-suite0-x5t.json");
  const trace2 = readTrace("rfc9529-trace2-method3-suite2-kid.json");
  const point = (who: string) => concat(...["x", "y"].map((axis) => trace2.get(`${who}'s public authentication key, '${axis}'-coordinate`)));
  return [
    ...rfc8032,
    ["RFC 9529 trace 1 Responder", "Ed25519", trace1.get("PK_R")],
    ["RFC 9529 trace 1 Initiator", "Ed25519", trace1.get("PK_I")],
    ["RFC 9529 trace 2 Responder", "ES256", point("Responder")],
    ["RFC 9529 trace 2 Initiator", "ES256", point("Initiator")],
  ];
}
