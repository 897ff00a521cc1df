import type { Bleno } from "./bleno.ts";

/**
 * Keeps bleno alive when a packet is malformed: bleno 0.6.2 throws out of its socket's data event on a truncated ATT or SMP
 * packet, so that any stranger could end the process with one byte. The packet is dropped, and `onMalformed` told.
 *
 * To be called before the first `stateChange` listener: it is then that bleno starts to listen.
 */
export function guardAgainstMalformed(bleno: Bleno, onMalformed: (why: string) => void): void {
  const hci = bleno._bindings._hci;
  const take = hci.onSocketData;
  hci.onSocketData = function guarded(packet) {
    try {
      take.call(this, packet);
    } catch (error) {
      onMalformed((error as Error).message);
    }
  };
}
