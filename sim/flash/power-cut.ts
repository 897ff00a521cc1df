/** Power is gone in the middle of a flash operation. Nothing in the firmware may catch it; the world that set the cut does. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
  constructor(readonly step: number) {
    super(`power cut at step ${step}`);
  }
}
