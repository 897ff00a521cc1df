import { guestOf, setTime, START_S } from "../../wired/index.ts";
import type { Attack } from "../attack.ts";
import { asked, nothingOpens } from "../acts.ts";

export const C8: Attack = {
  id: "C8",
  title: "Clocks set back by GPS, by a chip, by a restart",
  source: "follows from the protocol texts",
  has: "a GPS transmitter, the wire of the clock chip, and a guest's key that has run out",
  does: "tells the car that it is yesterday; cuts its power so that it knows no time",
  must: "time never goes back behind what an owner signed; without trusted time a window opens nothing",
  guard: "firmware/time, firmware/access/decide.ts",
  play: (stage) => {
    const { car, owner } = stage.claimed();
    setTime(owner, START_S);
    const guest = guestOf(owner, "guest", { notBeforeS: START_S, expiresAtS: START_S + 3_600 });
    car.pass(3_700_000);
    setTime(owner, START_S + 3_700);
    nothingOpens(stage, car, "the guest's key after its hour", () => asked(guest, { kind: "unlock" }));
    for (const source of ["gps", "rtc"] as const) car.tell({ kind: "timeReported", source, unixS: START_S + 60 + stage.below(3_000) });
    nothingOpens(stage, car, "GPS and clock chip say that it is an hour ago", () => asked(guest, { kind: "unlock" }));
    car.restart();
    nothingOpens(stage, car, "the car has restarted and knows no time", () => asked(guest, { kind: "unlock" }));
    for (const source of ["gps", "rtc"] as const) car.tell({ kind: "timeReported", source, unixS: START_S + 60 });
    nothingOpens(stage, car, "and is told the past again", () => asked(guest, { kind: "unlock" }));
    setTime(owner, START_S + 4_000);
    const next = guestOf(owner, "next", { notBeforeS: START_S, expiresAtS: START_S + 90_000 });
    stage.check("a guest in its window opens", asked(next, { kind: "unlock" }) === "done");
  },
};
