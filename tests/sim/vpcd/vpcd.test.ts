import { expect, it } from "vitest";
import { fromHex, toHex } from "../../../firmware/base/index.ts";
import { atrOf, VpcdCard } from "../../../sim/vpcd/index.ts";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;

function card(answer = (apdu: Uint8Array): Uint8Array | undefined => Uint8Array.of(apdu.length, 0x90, 0x00)) {
  const sent: string[] = [];
  return { sent, card: new VpcdCard({ ats: hex("78807002"), answer, send: (bytes) => sent.push(toHex(bytes)) }) };
}

it("an ATR is made of an ATS as PC/SC does", () => {
  expect(toHex(atrOf(hex("78807002")))).toBe("3b80800101");
  expect(toHex(atrOf(hex("7877910200")))).toBe("3b8180010000");
  expect(toHex(atrOf(new Uint8Array(0)))).toBe("3b80800101");
  expect(atrOf(new Uint8Array(60)).length).toBe(20);
});

it("controls and commands are told apart, in any pieces", () => {
  const { card: vpcd, sent } = card();
  const line = hex("000101 000102 000104 0005 00a4040000 0000 000100");
  for (const byte of line) vpcd.receive(Uint8Array.of(byte));
  expect(sent).toEqual(["00053b80800101", "0003059000"]);
});

it("many messages in one piece are all answered, and a silent card's answer is empty", () => {
  const { card: vpcd, sent } = card(() => undefined);
  vpcd.receive(hex("00020001".repeat(3)));
  expect(sent).toEqual(["0000", "0000", "0000"]);
});
