import { enrolled, keyIdOf } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens, ownerIsServed } from "../acts.ts";

export const F5: Attack = {
  id: "F5",
  title: "A revoked key still has a session and a ticket",
  source: "follows from the protocol texts",
  has: "an open session and a fast reconnect of a driver's key",
  does: "stays connected while the owner revokes it, asks over the session, then over the ticket, then after a restart",
  must: "revocation ends sessions and tickets of that key before it is answered",
  guard: "firmware/controller/request-desk.ts, firmware/session/tickets.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    const driver = enrolled(owner, "driver", "driver");
    asked(driver, { kind: "status" });
    driver.askFresh({ kind: "status" });
    const wallet = driver.wallet;
    const { link } = driver;
    stage.say("the owner revokes the driver, who is connected");
    asked(owner, { kind: "revoke", keyId: keyIdOf(driver) });
    stage.check("the session is closed at once", car.effects("closeLink").some((closed) => closed.link === link));
    for (const [what, restart] of [["the ticket", false], ["a full handshake", false], ["both after a restart", true]] as const) {
      if (restart) car.restart();
      nothingOpens(stage, car, `the driver tries ${what}`, () => {
        driver.wallet = what === "a full handshake" ? { ...wallet, cars: wallet.cars.map((it) => ({ ...it, ticket: undefined })) } : wallet;
        asked(driver, { kind: "unlock" });
        asked(driver, { kind: "drive" });
      });
    }
    ownerIsServed(stage, car, owner);
  },
};
