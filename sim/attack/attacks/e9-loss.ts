import { describeOutcome, type PhoneOutcome } from "../../phone/index.ts";
import { lockByHand } from "../../incident/index.ts";
import { claimCar } from "../../world/index.ts";
import type { Attack } from "../attack.ts";

export const E9: Attack = {
  id: "E9",
  title: "Jamming: 5 to 60 % of all packets are lost",
  source: "follows from the protocol texts",
  has: "a jammer",
  does: "loses packets of an owner who asks, and of a car that nobody asks",
  must: "no false unlock; whoever asks is served, later as more is lost",
  guard: "firmware/session/framing.ts, firmware/key/key-link.ts",
  play: (stage) => {
    const world = stage.world();
    const car = world.addCar({ name: "car", boot: stage.boot });
    world.clock.advance(1_000);
    const phone = world.addPhone({ name: "owner", place: { position: car.placeAt("driverDoor") } });
    const vehicleId = claimCar(world, car, phone);
    for (const percent of [5, 20, 40, 60]) {
      world.air.settings.baseLossPerMillion = percent * 10_000;
      phone.disconnect(vehicleId);
      world.clock.advance(5_000);
      lockByHand(car);
      world.clock.advance(60_000);
      stage.check(`locked while nobody asks, ${percent} % lost`, car.body.lockedUp);
      const startMs = world.clock.monotonicMs();
      const said: string[] = [];
      let servedMs: number | undefined;
      for (let attempt = 0; attempt < 6 && servedMs === undefined; attempt++) {
        const ended: PhoneOutcome[] = [];
        phone.ask(vehicleId, { kind: "unlock" }, (outcome) => ended.push(outcome));
        world.clock.runUntil(() => ended.length > 0, 60_000);
        said.push(ended[0] === undefined ? "no answer" : describeOutcome(ended[0]));
        world.clock.advance(1_000);
        if (!car.body.lockedUp) servedMs = world.clock.monotonicMs() - startMs - 1_000;
      }
      stage.say(`${percent} % lost: ${said.join(", then ")}`);
      stage.check(`served with ${percent} % lost`, servedMs !== undefined, servedMs === undefined ? said.join(", then ") : `within ${(servedMs / 1000).toFixed(1)} s, try ${said.length}`);
    }
  },
};
