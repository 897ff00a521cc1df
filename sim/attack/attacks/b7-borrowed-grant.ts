import { guestOf, newKey, setTime, START_S } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, forger, nothingOpens } from "../acts.ts";

export const B7: Attack = {
  id: "B7",
  title: "A guest's grant shown by somebody else",
  source: "RFC 8747",
  has: "a copy of a guest's grant, read from a message it was sent in",
  does: "shows it with a key of his own, and as its holder without the holder's key",
  must: "a grant opens nothing without the private key that it names",
  guard: "firmware/session/handshake.ts, firmware/cwt",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    setTime(owner, START_S);
    const guest = guestOf(owner, "guest", { notBeforeS: START_S, expiresAtS: START_S + 86_400 });
    const thief = newKey(car, "thief");
    thief.wallet = { ...thief.wallet, cars: guest.wallet.cars.map((it) => ({ ...it, ticket: undefined })) };
    nothingOpens(stage, car, "the grant with another key", () => asked(thief, { kind: "unlock" }));
    const pretender = forger(car, guest, stage.crypto("forger"));
    nothingOpens(stage, car, "the grant under its holder's name, signed with another key", () => asked(pretender, { kind: "unlock" }));
    stage.check("the guest opens", asked(guest, { kind: "unlock" }) === "done");
  },
};
