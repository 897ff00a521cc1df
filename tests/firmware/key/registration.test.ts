import { describe, expect, it } from "vitest";
import { decode } from "../../../firmware/cbor/index.ts";
import { keyIdOf, parsePublicKey, parseSign1, verifySign1 } from "../../../firmware/cose/index.ts";
import { createWallet, signRegistration } from "../../../firmware/key/index.ts";
import { quickCrypto } from "../../support/wired-car.ts";

describe("the statement that registers a car with a service", () => {
  it.each(["Ed25519", "ES256"] as const)("is signed by the phone's own %s key, over challenge, car, account and that key", (algorithm) => {
    const crypto = quickCrypto(`registration ${algorithm}`);
    const wallet = createWallet(crypto, { algorithm, name: "anna" });
    if (!wallet.ok) throw new Error(wallet.error);
    const [challenge, vehicleId] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const statement = parseSign1(signRegistration(crypto, wallet.value, { challenge, vehicleId, account: "anna@example" }));
    const key = parsePublicKey(crypto, wallet.value.key.publicKey);
    if (!statement.ok || !key.ok) throw new Error("unreadable");
    expect(decode(statement.value.payload)).toEqual({ ok: true, value: ["latchkey-vehicle-registration", challenge, vehicleId, "anna@example", wallet.value.key.publicKey] });
    expect(statement.value.kid).toEqual(keyIdOf(crypto, key.value));
    expect(verifySign1(crypto, statement.value, key.value)).toBe(true);
    expect(verifySign1(crypto, { ...statement.value, payload: statement.value.payload.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }, key.value)).toBe(false);
  });
});
