import { err, ok, type Result } from "../../firmware/base/index.ts";
import { connect, watchCar, type UnixAddress } from "../../hal/socket-radio/index.ts";

/** One link into the car. */
export interface CarLink {
  /** False where the link is gone. */
  send(bytes: Uint8Array): boolean;
  close(): void;
}

export interface CarLinkHandlers {
  readonly onFrame: (bytes: Uint8Array) => void;
  readonly onClosed: () => void;
}

/** What an uplink can do at its car: nothing that a stranger by radio could not do, but for handing over a signed list. */
export interface CarPort {
  openLink(handlers: CarLinkHandlers): Promise<Result<CarLink, string>>;
  /** False where the car does not listen yet. */
  deliverList(list: Uint8Array): boolean;
  close(): void;
}

/** The car that listens at a socket. `onGone`: once, when it is gone or was never there. */
export function attachCar(at: UnixAddress, handlers: { readonly onReport: (bytes: Uint8Array) => void; readonly onGone: (why: string) => void }): CarPort {
  const watch = watchCar({ at, onReport: handlers.onReport, onEnd: handlers.onGone });
  return {
    async openLink({ onFrame, onClosed }) {
      const link = await connect({ at, onEvent: (event) => (event.kind === "frameReceived" ? onFrame(event.bytes) : event.kind === "closed" ? onClosed() : undefined) });
      return link.ok ? ok(link.value) : err(link.error.message);
    },
    deliverList: (list) => watch.sendList(list),
    close: () => watch.close(),
  };
}
