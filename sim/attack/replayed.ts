import { Eavesdropper, lockByHand } from "../incident/index.ts";
import type { Stage } from "./stage.ts";
import { theirSide, useTheirs } from "./theirs.ts";

/** A box beside the cloud-dependent car records one visit and sends it again later. */
export function listenAndReplayTheirs(stage: Stage, laterMs: number): void {
  const side = theirSide(stage);
  const { body } = side.carOf("owner");
  const eavesdropper = new Eavesdropper(side.world, ["car"]);
  useTheirs(side, "owner", "unlock");
  lockByHand(side.carOf("owner"));
  side.world.clock.advance(laterMs);
  eavesdropper.replay("car");
  side.world.clock.advance(5_000);
  stage.checkTheirs("the car stays locked", body.lockedUp, body.lockedUp ? "locked" : "opened by its own recording");
}
