import { ok } from "../../../firmware/base/index.ts";
import { credentialOf, keyIdOf, publicKeyOf } from "../../../firmware/cose/index.ts";
import { idCredOfCcs, idCredOfKid, Responder } from "../../../firmware/edhoc/index.ts";
import { fragment } from "../../../firmware/session/index.ts";
import type { Phone } from "./phone.ts";

/** An attacker with a phone's own key (or its messages): answers the phone as if it were the phone itself. */
export class Mirror {
  private readonly responder: Responder<undefined>;

  constructor(phone: Phone, how: "kid" | "value") {
    const { crypto, wallet } = phone;
    const key = crypto.importSigningKey(wallet.key.algorithm, wallet.key.stored)!;
    const publicKey = publicKeyOf(key.algorithm, key.publicKey);
    const credential = credentialOf(publicKey.coseKey);
    const idCred = how === "kid" ? idCredOfKid(keyIdOf(crypto, publicKey)) : idCredOfCcs(credential);
    this.responder = new Responder<undefined>({
      crypto,
      methods: [0],
      suites: [4, 5],
      connectionId: Uint8Array.of(1),
      own: () => ({ idCred, credential, key }),
      peers: () => ok([]),
    });
  }

  /** The frame of a message_2 to the frame of a message_1. */
  message2(message1: Uint8Array): Uint8Array {
    const message2 = this.responder.processMessage1(message1.subarray(1));
    if (!message2.ok) throw new Error(message2.error.kind);
    return fragment("edhoc", message2.value, 244)[0]!;
  }
}
