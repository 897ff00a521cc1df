import { TABLES } from "../../../firmware/records/index.ts";
import { verifiedLog } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, ownerIsServed } from "../acts.ts";

/** Acts that fill the log of a small memory several times. */
const ACTS = 1_200;

export const G7: Attack = {
  id: "G7",
  title: "The log is edited, wiped, and filled to its end",
  source: "follows from the protocol texts",
  has: "the car's memory for a minute, and a key to be used all day",
  does: "changes a line, takes lines out; elsewhere turns a lock until the log is full",
  must: "phones that have read it see the chain broken; a full log rolls, and doors open all the same",
  guard: "firmware/audit, firmware/key/log-check.ts",
  play: (stage) => {
    const tampered = (what: string, tamper: (rows: readonly (readonly [Uint8Array, Uint8Array])[]) => readonly { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[]): void => {
      const { car, owner } = stage.claimed();
      for (let n = 0; n < 6; n++) asked(owner, n % 2 === 0 ? { kind: "unlock" } : { kind: "lock", forced: true });
      owner.askFresh({ kind: "status" });
      verifiedLog(owner);
      owner.disconnect();
      const { store } = car.controller.parts;
      const rows = [...store.entries(TABLES.audit)].map(([key, value]) => [key, value] as const);
      store.commit(tamper(rows).map((change) => ({ table: TABLES.audit, ...change })));
      stage.say(`${what}, of ${rows.length} stored lines`);
      car.restart();
      let seen = car.report.faults.length > 0 ? "the car names its memory damaged" : "";
      try {
        owner.askFresh({ kind: "status" });
        verifiedLog(owner, "start");
      } catch (fault) {
        seen = (fault as Error).message;
      }
      owner.disconnect();
      stage.check(`seen: ${what}`, seen !== "", seen || "the log verifies");
      ownerIsServed(stage, car, owner);
    };
    tampered("a line is changed", (rows) => rows.slice(2, 3).map(([key, value]) => ({ key, value: Uint8Array.from(value, (byte, at) => (at === value.length - 1 ? byte ^ 1 : byte)) })));
    tampered("a line is taken out", (rows) => rows.slice(2, 3).map(([key]) => ({ key, value: undefined })));
    const { car, owner } = stage.claimed();
    for (let n = 0; n < ACTS; n++) {
      car.tell({ kind: "latchReported", latch: "trunk", report: n % 2 === 0 ? "unlocked" : "locked" });
      car.pass(40);
    }
    const kept = car.controller.parts.audit.lineCount;
    stage.check("a full log rolls", kept > 0 && kept < ACTS, `${kept} lines kept of ${car.controller.parts.audit.lastSequence}`);
    ownerIsServed(stage, car, owner);
  },
};
