import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { ED25519, ES256 } from "./vectors.ts";

const PROGRAM = `
  import { createPortableCrypto } from "./hal/crypto-portable/index.ts";
  import { fromHex, toHex, utf8Encode } from "./firmware/base/index.ts";
  let drawn = 0;
  const crypto = createPortableCrypto({ random: { bytes: (length) => new Uint8Array(length).fill(++drawn) } });
  const ed25519 = crypto.importSigningKey("Ed25519", fromHex("${ED25519[1]!.seed}"));
  const es256 = crypto.importSigningKey("ES256", fromHex("${ES256.scalar}"));
  const [a, b] = [crypto.generateAgreementKey("P-256"), crypto.generateAgreementKey("P-256")];
  const [c, d] = [crypto.generateAgreementKey("X25519"), crypto.generateAgreementKey("X25519")];
  const same = (one, other) => toHex(one) === toHex(other);
  result = {
    globals: Object.keys(globalThis).filter((name) => name !== "result" && name !== "program"),
    ed25519: toHex(crypto.sign(ed25519, fromHex("${ED25519[1]!.message}"))),
    es256: toHex(crypto.sign(es256, utf8Encode("sample"))),
    agree: same(crypto.agree(a, b.publicKey), crypto.agree(b, a.publicKey)) && same(crypto.agree(c, d.publicKey), crypto.agree(d, c.publicKey)),
    hkdf: crypto.hkdfExpand(crypto.sha256(utf8Encode("x")), utf8Encode("y"), 40).length,
    opened: ["AES-CCM-16-64-128", "ChaCha20-Poly1305"].map((algorithm) => {
      const sizes = algorithm === "ChaCha20-Poly1305" ? [32, 12] : [16, 13];
      const input = { algorithm, key: new Uint8Array(sizes[0]), nonce: new Uint8Array(sizes[1]), aad: new Uint8Array(3) };
      return toHex(crypto.aeadOpen(input, crypto.aeadSeal(input, utf8Encode("hi"))));
    }),
  };
`;

describe("the portable crypto port in an engine that has nothing but JavaScript", () => {
  it("signs, agrees, seals and opens without Node, Web Crypto, TextEncoder or any other global", async () => {
    const bundled = await build({
      stdin: { contents: PROGRAM, resolveDir: fileURLToPath(new URL("../../../", import.meta.url)), loader: "ts" },
      bundle: true, platform: "browser", format: "iife", globalName: "program", write: false, logLevel: "error",
    });
    const context = createContext({ result: undefined });
    runInContext(bundled.outputFiles[0]!.text, context);
    expect({ ...context["result"], globals: [...context["result"].globals], opened: [...context["result"].opened] }).toEqual({
      globals: [],
      ed25519: ED25519[1]!.signature,
      es256: ES256.signatures[0]!.signature,
      agree: true,
      hkdf: 40,
      opened: ["6869", "6869"],
    });
  });
});
