import { publicKeyOf } from "../../../firmware/cose/index.ts";
import type { CryptoPort, SigningKey } from "../../../firmware/ports/index.ts";
import { encodeBootRecord, parseManifest, signManifest, SlotDriver } from "../../../firmware/update/index.ts";
import { EMPTY_SLOTS, SimSlots } from "../../slots/index.ts";
import { guestOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";
import type { Stage } from "../stage.ts";

const MODEL = "bench car";
const PIECE_BYTES = 1_000;

interface Signer {
  readonly crypto: CryptoPort;
  readonly key: SigningKey;
}

function signer(stage: Stage, name: string): Signer {
  const crypto = stage.crypto(`release key of ${name}`);
  return { crypto, key: crypto.generateSigningKey("Ed25519") };
}

export const G3: Attack = {
  id: "G3",
  title: "Unsigned, foreign, older, cut and changed firmware, and none that an owner wanted",
  year: 2020,
  source: "Wouters (COSIC) 2020",
  has: "the console's wire, a genuine release, a signing key of his own, and a guest's key",
  does: "offers releases, consents with the guest's key, delivers too little, too much and something else",
  must: "nothing is run that the release key and an owner have not both signed, to the last byte",
  guard: "firmware/update, firmware/controller/update-desk.ts",
  play: (stage) => {
    const [maker, stranger] = [signer(stage, "maker"), signer(stage, "stranger")];
    const { car, owner } = stage.claimed({ update: { model: MODEL, releaseKey: publicKeyOf("Ed25519", maker.key.publicKey).coseKey } });
    const sha256 = (data: Uint8Array): Uint8Array => maker.crypto.sha256(data);
    const factory = stage.bytes(500);
    const record = encodeBootRecord(maker.crypto, { active: "a", bundle: { digest: sha256(factory), sizeBytes: factory.length }, trial: undefined, rolledBack: undefined });
    const slots = new SimSlots(sha256, { ...EMPTY_SLOTS, a: factory, record });
    const driver = new SlotDriver(slots, maker.crypto, (answer) => car.tell(answer));
    let restarts = 0;
    car.onSlotEffect = (effect) => {
      if (effect.kind === "restartForTrial") restarts++;
      else driver.perform(effect);
    };
    driver.start();
    const bundle = stage.bytes(3_000);
    const release = (by: Signer, changes: { readonly model?: string; readonly sequenceNumber?: number } = {}): Uint8Array =>
      signManifest(by.crypto, by.key, { sequenceNumber: 1, model: MODEL, version: "1.0.0", sizeBytes: bundle.length, digest: sha256(bundle), nextReleaseKey: undefined, ...changes });
    const stateOf = (): string => car.controller.parts.updates.status.state;
    const offer = (what: string, manifest: Uint8Array): void => {
      car.tell({ kind: "updateOffered", manifest });
      stage.say(`${what} is offered: ${stateOf()}`);
    };
    const genuine = release(maker);
    for (const [what, manifest] of [["one signed by a stranger", release(stranger)], ["one for another model", release(maker, { model: "another car" })], ["one that is cut", genuine.slice(0, -3)], ["one that is changed", Uint8Array.from(genuine, (byte, at) => (at === genuine.length - 5 ? byte ^ 1 : byte))]] as const) {
      offer(what, manifest);
      stage.check(`refused: ${what}`, stateOf() === "idle", stateOf());
    }
    offer("a genuine release", genuine);
    const parsed = parseManifest(maker.crypto, genuine);
    const id = parsed.ok ? parsed.value.id : new Uint8Array(32);
    // Once through: a car that wants it all again has found it wrong.
    const deliver = (bytes: Uint8Array): void => {
      let last = -1;
      for (let offset = car.controller.updateDesk.wantedOffset; offset !== undefined && offset > last && offset < bytes.length; offset = car.controller.updateDesk.wantedOffset) {
        car.tell({ kind: "updatePieceArrived", offset, bytes: bytes.slice(offset, offset + PIECE_BYTES) });
        last = offset;
      }
    };
    const byGuest = asked(guestOf(owner, "guest"), { kind: "consentUpdate", id });
    car.tell({ kind: "updatePieceArrived", offset: 0, bytes: bundle });
    stage.check("no byte is written without an owner's consent", byGuest !== "done" && slots.contentOf("b").length === 0, `a guest's consent: ${byGuest}`);
    asked(owner, { kind: "consentUpdate", id });
    deliver(bundle.slice(0, -1));
    stage.check("cut by a byte it is not staged", restarts === 0 && stateOf() !== "staged", stateOf());
    deliver(Uint8Array.from(bundle, (byte, at) => (at === bundle.length - 1 ? byte ^ 1 : byte)));
    stage.check("with a byte changed it is not staged", restarts === 0 && stateOf() !== "staged", stateOf());
    ownerIsServed(stage, car, owner);
    deliver(bundle);
    car.pass(60_000);
    stage.check("whole and genuine it is staged", stateOf() === "staged", stateOf());
  },
};
