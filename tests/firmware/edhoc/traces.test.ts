import { describe, expect, test } from "vitest";
import { err, ok, toHex, type Result } from "../../../firmware/base/index.ts";
import {
  idCredOfKid,
  idCredOfMap,
  Initiator,
  Responder,
  type IdCred,
  type OwnCredential,
  type PeerCredential,
} from "../../../firmware/edhoc/index.ts";
import type { CryptoPort } from "../../../firmware/ports/index.ts";
import { createNodeCrypto } from "../../../hal/crypto-node/index.ts";
import { testCrypto } from "../../support/crypto.ts";
import { seededRandom } from "../../support/random.ts";
import { agreementKey, must, readTrace, recording, type Trace } from "./trace.ts";

/** A party of a trace: who it is, and how the other one knows it. */
interface Party {
  readonly own: OwnCredential;
  readonly peer: PeerCredential<string>;
}

function knows(party: Party): (idCred: IdCred) => Result<readonly PeerCredential<string>[], string> {
  return (idCred) => (toHex(idCred.encoded) === toHex(party.own.idCred.encoded) ? ok([party.peer]) : err("a stranger"));
}

const ports: readonly (readonly [string, CryptoPort])[] = [
  ["node:crypto", createNodeCrypto({ random: seededRandom("traces") })],
  ["portable crypto", testCrypto("traces")],
];

const one = readTrace("rfc9529-trace1-method0-suite0-x5t.json");
const two = readTrace("rfc9529-trace2-method3-suite2-kid.json");

function partyOfTraceOne(crypto: CryptoPort, letter: "I" | "R"): Party {
  const key = crypto.importSigningKey("Ed25519", one.get(`SK_${letter}`))!;
  const credential = one.get(`CRED_${letter}`, { encoding: "cbor-item" });
  const publicKey = one.get(`PK_${letter}`);
  expect(key.publicKey).toEqual(publicKey);
  return {
    own: { idCred: idCredOfMap(one.get(`ID_CRED_${letter}`)), credential, key },
    peer: { credential, publicKey, tag: letter },
  };
}

function partyOfTraceTwo(crypto: CryptoPort, letter: "I" | "R"): Party {
  const key = agreementKey(crypto, "P-256", two.get(`SK_${letter}`));
  const credential = two.get(`CRED_${letter}`);
  const role = letter === "I" ? "Initiator" : "Responder";
  const publicKey = two.get(`${role}'s public authentication key, 'x'-coordinate`);
  expect(key.publicKey).toEqual(publicKey);
  const idCred = idCredOfKid(two.get(`ID_CRED_${letter}`).subarray(3));
  expect(idCred.encoded).toEqual(two.get(`ID_CRED_${letter}`));
  return { own: { idCred, credential, key }, peer: { credential, publicKey, tag: letter } };
}

interface Setting {
  readonly trace: Trace;
  readonly method: 0 | 3;
  readonly suites: readonly number[];
  readonly curve: "X25519" | "P-256";
  readonly firstStep: string;
  readonly party: (crypto: CryptoPort, letter: "I" | "R") => Party;
}

const settings: readonly (readonly [string, Setting])[] = [
  ["1", { trace: one, method: 0, suites: [0], curve: "X25519", firstStep: "message_1", party: partyOfTraceOne }],
  ["2", { trace: two, method: 3, suites: [6, 2], curve: "P-256", firstStep: "message_1 (second time)", party: partyOfTraceTwo }],
];

/** Items that pass no crypto port as they are: inputs, parts of the messages compared above, values of another protocol. */
const NO_PORT =
  /^(X|Y|G_Y|SK_[IR]|METHOD|SUITES_I|.*coordinate|.*Sender ID|CRED_[IR]|ID_CRED_[IR]|PK_[IR]|C_[IR]|EAD_\d|(CIPHER|PLAIN)TEXT_2|message_\d|context for KeyUpdate)$/;

describe.each(ports)("with %s", (_name, inner) => {
  describe.each(settings)("trace %s of RFC 9529", (_number, { trace, method, suites, curve, firstStep, party }) => {
    function run() {
      const i = recording(inner);
      const r = recording(inner);
      const initiatorParty = party(inner, "I");
      const responderParty = party(inner, "R");
      const initiator = new Initiator({
        crypto: i.crypto,
        method,
        suites,
        connectionId: trace.get("C_I", { encoding: "raw", step: firstStep }),
        own: initiatorParty.own,
        peers: knows(responderParty),
        ephemeralKey: agreementKey(inner, curve, trace.get("X", { step: firstStep })),
      });
      const responder = new Responder({
        crypto: r.crypto,
        methods: [method],
        suites: [suites.at(-1)!],
        connectionId: trace.get("C_R", { encoding: "raw" }),
        own: () => responderParty.own,
        peers: knows(initiatorParty),
        ephemeralKey: agreementKey(inner, curve, trace.get("Y")),
      });
      const message1 = initiator.message1();
      const message2 = must(responder.processMessage1(message1));
      expect(must(initiator.processMessage2(message2)).tag).toBe("R");
      const message3 = initiator.message3();
      expect(must(responder.processMessage3(message3)).peer.tag).toBe("I");
      const ends = { initiator: initiator.established!, responder: responder.established! };
      const message4 = ends.responder.message4();
      expect(ends.initiator.processMessage4(message4)).toEqual({ ok: true, value: undefined });
      return { i, r, ends, messages: { message1, message2, message3, message4 } };
    }

    test("is reproduced byte for byte: all four messages", () => {
      const { messages } = run();
      expect(toHex(messages.message1)).toBe(toHex(trace.get("message_1", { step: firstStep })));
      expect(toHex(messages.message2)).toBe(toHex(trace.get("message_2")));
      expect(toHex(messages.message3)).toBe(toHex(trace.get("message_3")));
      expect(toHex(messages.message4)).toBe(toHex(trace.get("message_4")));
    });

    test("is reproduced in every value that passes through the crypto port, at both ends", () => {
      const { i, r, ends } = run();
      for (const end of Object.values(ends)) {
        end.exporter(0, new Uint8Array(0), 16);
        end.exporter(1, new Uint8Array(0), 8);
        end.keyUpdate(trace.get("context for KeyUpdate", { encoding: "raw" }));
        end.exporter(0, new Uint8Array(0), 16);
        end.exporter(1, new Uint8Array(0), 8);
      }
      let compared = 0;
      for (const item of trace.items) {
        if (item.step.startsWith("message_1") || item.step === "error" || NO_PORT.test(item.name)) continue;
        // The same value once more, wrapped for a use that is compared itself.
        if (["cbor-item", "cbor-bstr"].includes(item.encoding) && !/^(A_\d|Message to be signed \d)$/.test(item.name)) continue;
        if (/^context_\d$/.test(item.name)) continue;
        expect([item.name, i.seen.has(item.hex), r.seen.has(item.hex)]).toEqual([item.name, true, true]);
        compared++;
      }
      expect(compared).toBeGreaterThan(35);
    });

    test("gives the published exporter values before and after the key update, at both ends", () => {
      const { ends } = run();
      for (const end of Object.values(ends)) {
        const secrets = () => [toHex(end.exporter(0, new Uint8Array(0), 16)), toHex(end.exporter(1, new Uint8Array(0), 8))];
        expect(secrets()).toEqual(["OSCORE Master Secret", "OSCORE Master Salt"].map((name) => toHex(trace.get(name))));
        end.keyUpdate(trace.get("context for KeyUpdate", { encoding: "raw" }));
        expect(secrets()).toEqual(
          ["OSCORE Master Secret after KeyUpdate", "OSCORE Master Salt after KeyUpdate"].map((name) => toHex(trace.get(name))),
        );
      }
    });
  });

  test("trace 2 begins with an unsupported suite, answered by error 2 with the responder's suites", () => {
    const step = "message_1 (first time)";
    const initiator = new Initiator({
      crypto: inner,
      method: 3,
      // Suite 6 is none of ours to run, so this initiator only hears the error.
      suites: [2],
      connectionId: two.get("C_I", { step, encoding: "raw" }),
      own: partyOfTraceTwo(inner, "I").own,
      peers: knows(partyOfTraceTwo(inner, "R")),
      ephemeralKey: agreementKey(inner, "P-256", two.get("X", { step: "message_1 (second time)" })),
    });
    initiator.message1();
    const responder = new Responder({
      crypto: inner,
      methods: [3],
      suites: [2],
      connectionId: two.get("C_R", { encoding: "raw" }),
      own: () => partyOfTraceTwo(inner, "R").own,
      peers: knows(partyOfTraceTwo(inner, "I")),
    });
    const answer = responder.processMessage1(two.get("message_1", { step }));
    expect(answer).toEqual({ ok: false, error: { kind: "unsupported-suite", errorMessage: two.get("error") } });
    expect(initiator.processMessage2(two.get("error"))).toEqual({
      ok: false,
      error: { kind: "peer-error", error: { code: 2, suites: [2] } },
    });
  });
});
