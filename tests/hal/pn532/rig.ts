import { toHex } from "../../../firmware/base/index.ts";
import type { CardReaderEvent } from "../../../hal/card-reader/index.ts";
import { createPn532Reader } from "../../../hal/pn532/index.ts";
import type { SerialListener } from "../../../hal/serial-line/index.ts";
import { schedulerOf } from "../../../sim/hci/index.ts";
import { VirtualPn532, type VirtualCard } from "../../../sim/pn532/index.ts";
import { VirtualClock } from "../../../sim/time/index.ts";

/** A card that answers a command with its own bytes turned round, and 9000. */
export function echoCard(options: Partial<VirtualCard> = {}): VirtualCard {
  return {
    atqa: 0x0044,
    sak: 0x20,
    uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6),
    ats: Uint8Array.of(0x78, 0x77, 0x91, 0x02, 0x00),
    answer: (apdu) => Uint8Array.of(...Array.from(apdu).reverse(), 0x90, 0x00),
    ...options,
  };
}

/** The driver and the virtual chip, joined by a line with a wire to cut, in virtual time. */
export function rig() {
  const clock = new VirtualClock();
  const scheduler = schedulerOf(clock);
  const events: CardReaderEvent[] = [];
  const troubles: string[] = [];
  /** What the driver wrote, each write in hex. */
  const written: string[] = [];
  const lines: { closed: boolean; readonly listener: SerialListener }[] = [];
  const current = () => lines.at(-1)!;
  const chip = new VirtualPn532({ scheduler, send: (bytes) => current().listener.received(bytes) });
  let onEvent: (event: CardReaderEvent) => void = () => undefined;
  let onTrouble: () => void = () => undefined;
  const reader = createPn532Reader({
    open: (listener) => {
      const line = { closed: false, listener };
      lines.push(line);
      listener.opened();
      return {
        write: (bytes) => {
          if (line.closed) return;
          written.push(toHex(bytes));
          chip.receive(bytes);
        },
        close: () => {
          line.closed = true;
          return Promise.resolve();
        },
      };
    },
    timer: scheduler,
    onTrouble: (message) => {
      troubles.push(message);
      onTrouble();
    },
    listener: (event) => {
      events.push(event);
      onEvent(event);
    },
  });
  return {
    clock,
    chip,
    reader,
    events,
    troubles,
    written,
    lines,
    /** What the core does with an event, at once. */
    react: (to: (event: CardReaderEvent) => void) => (onEvent = to),
    reactToTrouble: (to: () => void) => (onTrouble = to),
    kinds: () => events.map(({ kind }) => kind),
    /** Bytes to the driver past the chip. */
    inject: (bytes: Uint8Array) => current().listener.received(bytes),
    unplug: () => current().listener.lost("unplugged"),
    replug: () => {
      chip.restart();
      current().listener.opened();
    },
    until: (kind: CardReaderEvent["kind"], count = 1, limitMs = 120_000) => clock.runUntil(() => events.filter((event) => event.kind === kind).length >= count, limitMs),
  };
}
