import type { BootFailure, ControllerEvent } from "../../firmware/controller/index.ts";
import type { FlashPort } from "../../firmware/ports/index.ts";
import { WiredCar } from "../../sim/wired/index.ts";
import { microseconds } from "./figure.ts";

/** A car on a bench whose own work can be timed apart from that of its phones and cards. */
export class TimedCar extends WiredCar {
  /** Microseconds inside the controller since the last reset: events in, effects out, flash included. */
  spentUs = 0;
  timing = false;

  override tell(event: ControllerEvent): void {
    if (!this.hooked) this.hook();
    super.tell(event);
  }

  override restart(flash?: FlashPort): BootFailure | undefined {
    this.hooked = false;
    return super.restart(flash);
  }

  private hooked = false;

  /** Times the controller itself, so that neither the phone nor the wire between them counts. */
  private hook(): void {
    this.hooked = true;
    const { controller } = this;
    const { handle } = controller;
    controller.handle = (event) => {
      if (!this.timing) return handle.call(controller, event);
      let effects: ReturnType<typeof handle> = [];
      this.spentUs += microseconds(() => {
        effects = handle.call(controller, event);
      });
      return effects;
    };
  }
}
