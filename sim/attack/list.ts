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

/** In the order of the public record: relay, enrolment, replay, cryptography, link, delegation, what is left. */
const ATTACKS: readonly Attack[] = [
  A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12,
  B1, B2, B3, B4, B5, B6, B7, B8, B9, B10,
  C1, C2, C3, C4, C5, C6, C7, C8, C9,
];

/** Every attack that is played here. */
export function listAttacks(): readonly Attack[] {
  return ATTACKS;
}

/** The attack called `id`, if there is one; ids are taken in any case. */
export function findAttack(id: string): Attack | undefined {
  return ATTACKS.find((attack) => attack.id === id.toUpperCase());
}
