import type { Attack } from "./attack.ts";
import { A1 } from "./attacks/a1-link-layer-relay.ts";
import { A2 } from "./attacks/a2-relay-sweep.ts";
import { A3 } from "./attacks/a3-internet-relay.ts";
import { A4 } from "./attacks/a4-forged-phase.ts";
import { A5 } from "./attacks/a5-spoofed-round.ts";
import { A6 } from "./attacks/a6-shortened-flight.ts";
import { A7 } from "./attacks/a7-no-ranging.ts";
import { A8 } from "./attacks/a8-foreign-rounds.ts";
import { A9 } from "./attacks/a9-card-relay.ts";
import { A10 } from "./attacks/a10-approaching-signal.ts";
import { A11 } from "./attacks/a11-phone-on-table.ts";
import { A12 } from "./attacks/a12-driven-away.ts";
import { B1 } from "./attacks/b1-enrolment-window.ts";
import { B2 } from "./attacks/b2-many-enrolments.ts";
import { B3 } from "./attacks/b3-stolen-account.ts";
import { B4 } from "./attacks/b4-impostor-car.ts";
import { B5 } from "./attacks/b5-card-clone.ts";
import { B6 } from "./attacks/b6-guest-reaches-up.ts";
import { B7 } from "./attacks/b7-borrowed-grant.ts";
import { B8 } from "./attacks/b8-wrong-issuer.ts";
import { B9 } from "./attacks/b9-transfer-interrupted.ts";
import { B10 } from "./attacks/b10-reset-from-outside.ts";
import { C1 } from "./attacks/c1-replay.ts";
import { C2 } from "./attacks/c2-rolling-resync.ts";
import { C3 } from "./attacks/c3-rollback-pairs.ts";
import { C4 } from "./attacks/c4-jam-and-hold.ts";
import { C5 } from "./attacks/c5-cut-before-stored.ts";
import { C6 } from "./attacks/c6-old-image.ts";
import { C7 } from "./attacks/c7-handshake-disorder.ts";
import { C8 } from "./attacks/c8-clocks.ts";
import { C9 } from "./attacks/c9-sequence-wrap.ts";
import { D2 } from "./attacks/d2-low-order-points.ts";
import { D3 } from "./attacks/d3-weak-keys.ts";
import { D4 } from "./attacks/d4-suite-downgrade.ts";
import { D5 } from "./attacks/d5-method-changed.ts";
import { D6 } from "./attacks/d6-misbinding.ts";
import { D7 } from "./attacks/d7-reflection.ts";
import { D9 } from "./attacks/d9-false-signature.ts";
import { D10 } from "./attacks/d10-short-tag.ts";
import { D11 } from "./attacks/d11-bit-flips.ts";
import { D13 } from "./attacks/d13-key-share-reuse.ts";
import { D14 } from "./attacks/d14-too-early.ts";
import { D15 } from "./attacks/d15-interleaved.ts";
import { D16 } from "./attacks/d16-cbor-bombs.ts";
import { E1 } from "./attacks/e1-spoofed-car.ts";
import { E2 } from "./attacks/e2-no-link-encryption.ts";
import { E3 } from "./attacks/e3-injection.ts";
import { E4 } from "./attacks/e4-slots-held.ts";
import { E5 } from "./attacks/e5-handshake-flood.ts";
import { E6 } from "./attacks/e6-tracking.ts";
import { E7 } from "./attacks/e7-fragments.ts";
import { E8 } from "./attacks/e8-cut-links.ts";
import { E9 } from "./attacks/e9-loss.ts";
import { F1 } from "./attacks/f1-network.ts";
import { F2 } from "./attacks/f2-window-edges.ts";
import { F3 } from "./attacks/f3-revocation-evasion.ts";
import { F4 } from "./attacks/f4-old-list.ts";
import { F5 } from "./attacks/f5-live-session.ts";
import { F6 } from "./attacks/f6-new-name.ts";
import { F7 } from "./attacks/f7-two-doors.ts";
import { F8 } from "./attacks/f8-wrong-vehicle.ts";
import { F9 } from "./attacks/f9-full-store.ts";
import { F10 } from "./attacks/f10-lost-phone.ts";
import { G1 } from "./attacks/g1-pin-guessing.ts";
import { G3 } from "./attacks/g3-bad-update.ts";
import { G5 } from "./attacks/g5-stuck-lock.ts";
import { G6 } from "./attacks/g6-crash-anywhere.ts";
import { G7 } from "./attacks/g7-edited-log.ts";
import { G8 } from "./attacks/g8-empty-batteries.ts";
import { G9 } from "./attacks/g9-published-keys.ts";

/** In the order of the public record: relay, enrolment, replay, cryptography, link, delegation, what is left. */
const ATTACKS: readonly Attack[] = [
  A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12,
  B1, B2, B3, B4, B5, B6, B7, B8, B9, B10,
  C1, C2, C3, C4, C5, C6, C7, C8, C9,
  D2, D3, D4, D5, D6, D7, D9, D10, D11, D13, D14, D15, D16,
  E1, E2, E3, E4, E5, E6, E7, E8, E9,
  F1, F2, F3, F4, F5, F6, F7, F8, F9, F10,
  G1, G3, G5, G6, G7, G8, G9,
];

/** Every attack that is played here. */
export function listAttacks(): readonly Attack[] {
  return ATTACKS;
}

/** The attack called `id`, if there is one; ids are taken in any case. */
export function findAttack(id: string): Attack | undefined {
  return ATTACKS.find((attack) => attack.id === id.toUpperCase());
}
