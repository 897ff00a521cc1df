import { describe, expect, it } from "vitest";
import { carKeysHash, formatPairingUri, parsePairingUri } from "../../../firmware/wire/index.ts";
import { Draw } from "./generators.ts";

describe("the pairing URI", () => {
  it("says what it was made from", () => {
    const draw = new Draw("uris");
    for (let i = 0; i < 200; i++) {
      const invitation = { carKeysHash: draw.bytes(32), secret: draw.bytes(16) };
      const uri = formatPairingUri(invitation);
      expect(uri).toMatch(/^latchkey:1\?h=[\w-]{43}&s=[\w-]{22}$/);
      expect(parsePairingUri(uri)).toEqual({ ok: true, value: invitation });
    }
  });

  it("takes the first half of each thumbprint", () => {
    const hash = carKeysHash(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
    expect([...hash]).toEqual([...Array<number>(16).fill(1), ...Array<number>(16).fill(2)]);
  });

  const good = formatPairingUri({ carKeysHash: new Uint8Array(32), secret: new Uint8Array(16) });
  it.each([
    ["nothing", ""],
    ["another scheme", good.replace("latchkey", "https")],
    ["another version", good.replace(":1?", ":2?")],
    ["a short secret", good.slice(0, -1)],
    ["a long secret", `${good}A`],
    ["stray bits", `${good.slice(0, -1)}B`],
    ["padding", `${good}=`],
    ["another parameter", `${good}&x=1`],
    ["a newline at the end", `${good}\n`],
    ["parameters the other way round", `latchkey:1?${good.slice(11).split("&").reverse().join("&")}`],
  ])("with %s is malformed", (_what, text) => {
    expect(parsePairingUri(text)).toEqual({ ok: false, error: "malformed" });
  });
});
