import { concat, ok } from "../base/index.ts";
import { thumbprint } from "../cose/index.ts";
import type { CborMap, CborValue } from "../cbor/index.ts";
import type { RecordChange } from "../records/index.ts";
import { BODY, carKeysHash, EXPORTER_LABELS, formatPairingUri, REASONS, type Command } from "../wire/index.ts";
import type { Controller } from "./controller.ts";
import type { Effect } from "./events.ts";
import { keyIdBytes, whoOf, type Request } from "./request.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { Turn } from "./turn.ts";

const PROOF_BYTES = 32;

/** First owners, new owners and the one-time secret that makes them. */
export class PairingDesk {
  private readonly car: Controller;
  private readonly desk: RequestDesk;
  /** Who signs updates from the claim on that is open now. */
  private releaseKey: readonly RecordChange[] = [];
  private claimShown = false;

  constructor(car: Controller, desk: RequestDesk) {
    this.car = car;
    this.desk = desk;
  }

  /** The car's own console asks for the first owner's code. */
  openClaim(turn: Turn, releaseKey: Uint8Array | undefined): void {
    const { access, identity, crypto, updates } = this.car.parts;
    const anchor = releaseKey === undefined ? ok([]) : updates.planReleaseKey(releaseKey);
    if (!anchor.ok) return turn.note({ what: "claim", who: "console", outcome: "refused", why: anchor.error });
    const opened = access.openPairing({ why: "claim", nowMs: turn.nowMs });
    if (!opened.ok) return turn.note({ what: "claim", who: "console", outcome: "refused", why: opened.error });
    this.releaseKey = anchor.value;
    const { Ed25519, ES256 } = identity.publicKeys;
    const hash = carKeysHash(thumbprint(crypto, Ed25519), thumbprint(crypto, ES256));
    this.claimShown = true;
    turn.do({ kind: "showClaim", uri: formatPairingUri({ carKeysHash: hash, secret: opened.value.secret }), expiresAtMs: opened.value.expiresAtMs });
    turn.note({ what: "claim", who: "console", outcome: "info", why: "a pairing is open" });
  }

  cancelClaim(turn: Turn): void {
    const { access } = this.car.parts;
    if (access.ownership === "claimed") return;
    access.closePairing();
    this.ended(turn, "cancelled");
  }

  /** A pairing is over: its code goes, and with it the newcomers who are still connected. */
  ended(turn: Turn, why: "expired" | "tooManyFailures" | "cancelled"): void {
    this.hideClaim(turn, why);
    this.car.closeSessions(turn, (asker) => asker.kind === "newcomer");
  }

  /** An owner hands the car over: the secret goes to that owner's phone, and nowhere else. */
  openTransfer(turn: Turn, request: Request): void {
    const { access, identity, crypto } = this.car.parts;
    if (!this.car.store(turn, [], [{ what: "transfer", who: whoOf(request.asker), outcome: "info", why: "a pairing is open" }])) {
      return this.desk.refuse(turn, request, "storageFault");
    }
    const opened = access.openPairing({ why: "transfer", by: request.asker, nowMs: turn.nowMs });
    if (!opened.ok) return this.desk.refuse(turn, request, opened.error);
    const { Ed25519, ES256 } = identity.publicKeys;
    this.desk.answer(turn, request, 0, new Map<number, CborValue>([
      [BODY.secret, concat(carKeysHash(thumbprint(crypto, Ed25519), thumbprint(crypto, ES256)), opened.value.secret)],
      [BODY.dueInS, Math.floor((opened.value.expiresAtMs - turn.nowMs) / 1000)],
    ]));
  }

  pair(turn: Turn, request: Request, command: Extract<Command, { kind: "pair" }>): void {
    const { asker, exporter, proximity } = request;
    const { access } = this.car.parts;
    if (asker.kind === "key" && access.key(asker.keyId)?.role === "owner") {
      // The answer to this key's pairing was lost on the way: it did succeed.
      const { epoch } = access.issuer(asker.keyId);
      return this.desk.answer(turn, request, REASONS.alreadyEnrolled.code, this.carKeysBody([[BODY.issuerEpoch, epoch]]));
    }
    if (asker.kind !== "newcomer") return this.desk.refuse(turn, request, "roleForbids");
    const exported = exporter(EXPORTER_LABELS.pairingProof, Uint8Array.of(0), PROOF_BYTES);
    const verified = access.verifyPairingProof({ newcomerId: asker.keyId, proof: command.proof, exported, proximity, nowMs: turn.nowMs });
    if (!verified.ok) {
      const { reason, changes } = verified.error;
      const line = { what: "pair", who: asker.keyId, outcome: "refused", why: reason } as const;
      // What counts no failure may be tried as often as the radio carries it: it must not fill the log.
      if (changes.length === 0) this.car.recordRefusal(turn, line);
      else if (!this.car.store(turn, changes, [line])) this.car.noteLine(turn, line);
      this.desk.answer(turn, request, REASONS[reason].code);
      if (reason === "tooManyAttempts") this.ended(turn, "tooManyFailures");
      return;
    }
    const mirrorExported = exporter(EXPORTER_LABELS.pairingProof, Uint8Array.of(1), PROOF_BYTES);
    const plan = access.planPair(asker, { name: command.name, recoveryKey: command.recoveryKey, mirrorExported, nowMs: turn.nowMs });
    if (!plan.ok) return this.desk.refuse(turn, request, plan.error);
    const { changes, closing, keyId, mirrorProof, issuerEpoch } = plan.value;
    const paired = this.desk.change(turn, request, {
      changes: [...changes, ...this.releaseKey],
      closing,
      line: { what: "pair", who: keyId, outcome: "done", why: `${command.name} is the owner` },
      body: this.carKeysBody([
        [BODY.keyId, keyIdBytes(keyId)],
        [BODY.mirrorProof, mirrorProof],
        [BODY.issuerEpoch, issuerEpoch],
      ]),
    });
    if (!paired) return;
    this.releaseKey = [];
    this.hideClaim(turn, "claimed");
  }

  private hideClaim(turn: Turn, why: Extract<Effect, { kind: "hideClaim" }>["why"]): void {
    if (!this.claimShown) return;
    this.claimShown = false;
    turn.do({ kind: "hideClaim", why });
  }

  private carKeysBody(entries: readonly (readonly [number, CborValue])[]): CborMap {
    const { Ed25519, ES256 } = this.car.parts.identity.publicKeys;
    return new Map<number, CborValue>([...entries, [BODY.carKeys, [Ed25519.coseKey, ES256.coseKey]]]);
  }
}
